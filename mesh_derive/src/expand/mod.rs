//! The third stage: writes the impls.
//!
//! All of them stand in one `const _`, in which the codec is called `__payload`; every other path is absolute, so nothing in
//! the user's scope can be mistaken for something of the language's. Generated code is safe, and as small as it can be
//! had: what does not depend on the type is in functions of the codec's `__private` module.

mod enumeration;
mod fields;
mod header;
mod layout;
mod message;
mod oneof;
mod schema;
mod transparent;

use crate::model::{Layout, Model};
use proc_macro2::TokenStream;
use quote::quote;

/// The impls for `model`.
pub(crate) fn expand(model: &Model) -> TokenStream {
    let impls = match &model.layout {
        Layout::Message(fields) => message::expand(model, fields),
        Layout::Oneof(variants) => oneof::expand(model, variants),
        Layout::Enumeration(numbers) => enumeration::expand(model, numbers),
        Layout::Transparent(transparent) => transparent::expand(model, transparent),
    };
    let name = name(model);
    let schema = schema::expand(model);
    let payload = &model.payload;
    let allow = model.deprecated.then(|| quote!(#[allow(deprecated)]));
    quote! {
        #allow
        const _: () = {
            use #payload as __payload;
            #name
            #impls
            #schema
        };
    }
}

fn name(model: &Model) -> Option<TokenStream> {
    let (package, name) = model.name.as_ref()?;
    let own = header::own_type(model);
    let (parameters, _, clause) = model.generics.split_for_impl();
    Some(quote! {
        #[automatically_derived]
        impl #parameters __payload::encoding::MessageName for #own #clause {
            const PACKAGE: &'static str = #package;
            const NAME: &'static str = #name;
        }
    })
}
