//! Structs: messages.

use super::header::{Action, Header, default_encoding, own_type};
use super::layout;
use crate::model::{Fields, Model, Resource};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Type;

/// The impls for a struct with these fields.
pub(super) fn expand(model: &Model, fields: &Fields) -> TokenStream {
    let own = own_type(model);
    let encoding = default_encoding(
        &model.generics,
        &own,
        &quote!(__payload::encodings::Message),
    );
    let trait_name = quote!(__payload::encoding::MessageEncode);
    let encode = match model.resource {
        Resource::Any => {
            let by_ref = Header::new(model, Action::EncodeRef);
            let forward = Header::new(model, Action::Forward(&trait_name));
            let by_ref = by_ref.implement(&trait_name, &write_body(model, fields, &by_ref));
            let forward = forward.implement(&trait_name, &forward_body(&forward));
            quote!(#by_ref #forward)
        }
        Resource::Mesh { .. } | Resource::Named(_) => {
            let header = Header::new(model, Action::Encode);
            header.implement(&trait_name, &write_body(model, fields, &header))
        }
    };
    let header = Header::new(model, Action::Decode);
    let decode = header.implement(
        &quote!(__payload::encoding::MessageDecode),
        &read_body(model, fields, &header),
    );
    quote!(#encoding #encode #decode)
}

fn write_body(model: &Model, fields: &Fields, header: &Header) -> TokenStream {
    let Header {
        value, resource, ..
    } = header;
    let layout = layout::of_struct(model, fields, resource);
    if fields.list.is_empty() {
        return quote! {
            fn write_body(_: #value, _: &mut __payload::Writer<'_, #resource>) {}

            #layout
        };
    }
    let by_ref = matches!(model.resource, Resource::Any);
    let pattern = fields.pattern(&model.ident.to_token_stream());
    let write = fields.write(by_ref, resource);
    quote! {
        fn write_body(value: #value, writer: &mut __payload::Writer<'_, #resource>) {
            let #pattern = value;
            #write
        }

        #layout
    }
}

fn forward_body(header: &Header) -> TokenStream {
    let Header {
        value, resource, ..
    } = header;
    quote! {
        #[inline]
        fn write_body(value: #value, writer: &mut __payload::Writer<'_, #resource>) {
            <Self as __payload::encoding::MessageEncode<&#value, #resource>>::write_body(&value, writer);
        }
    }
}

fn read_body(model: &Model, fields: &Fields, header: &Header) -> TokenStream {
    let Header {
        value, resource, ..
    } = header;
    let previous = if fields.list.is_empty() {
        quote!(_)
    } else {
        quote!(previous)
    };
    let read = fields.read(model, &model.ident.to_token_stream(), &previous, resource);
    // Reading a few numbers costs less than calling a function that does: the more so for a thousand of them in a row.
    let inline = is_few_numbers(fields).then(|| quote!(#[inline(always)]));
    quote! {
        #inline
        fn read_body(
            #previous: ::core::option::Option<#value>,
            reader: &mut __payload::Reader<'__de, '_, #resource>,
        ) -> __payload::Result<#value> {
            #read
        }
    }
}

/// How many numbers a message has at most that is read in the place where it is wanted.
const FEW: usize = 4;

/// Whether all that a message has is a few numbers, as far as their types' names tell.
fn is_few_numbers(fields: &Fields) -> bool {
    const NUMBERS: [&str; 9] = [
        "u16", "u32", "u64", "i16", "i32", "i64", "f32", "f64", "bool",
    ];
    (1..=FEW).contains(&fields.list.len())
        && fields.list.iter().all(|field| match &field.ty {
            Type::Path(path) => NUMBERS.iter().any(|number| path.path.is_ident(number)),
            _ => false,
        })
}
