//! Derive macros of mesh.

mod ast;
mod attributes;
mod check;
mod errors;
mod expand;
mod marker;
mod model;

use check::Flavor;
use proc_macro::TokenStream;

/// Makes a type sendable to other processes.
#[proc_macro_derive(MeshPayload, attributes(mesh))]
pub fn derive_mesh_payload(input: TokenStream) -> TokenStream {
    derive(input.into(), Flavor::Payload).into()
}

/// Makes a type a protobuf message with explicit numbers.
#[proc_macro_derive(Protobuf, attributes(mesh))]
pub fn derive_protobuf(input: TokenStream) -> TokenStream {
    derive(input.into(), Flavor::Protobuf).into()
}

fn derive(input: proc_macro2::TokenStream, flavor: Flavor) -> proc_macro2::TokenStream {
    ast::parse(input)
        .and_then(|item| check::check(item, flavor))
        .map_or_else(syn::Error::into_compile_error, |model| {
            expand::expand(&model)
        })
}
