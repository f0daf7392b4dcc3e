//! Structs that are laid out like their only field.

use super::header::{default_encoding, encoding_of, own_type, used_parameters};
use crate::model::{Model, Transparent};
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse_quote;

/// The impls for a struct around this field.
pub(super) fn expand(model: &Model, transparent: &Transparent) -> TokenStream {
    let own = own_type(model);
    let Transparent {
        member,
        ty,
        encoding,
        phantoms,
    } = transparent;
    let mut bounded = model.generics.clone();
    match (&model.bound, encoding) {
        (Some(bound), _) => bounded.make_where_clause().predicates.extend(bound.clone()),
        (None, Some(_)) => {}
        (None, None) => {
            for parameter in used_parameters(model) {
                bounded
                    .make_where_clause()
                    .predicates
                    .push(parse_quote!(#parameter: __payload::DefaultEncoding));
            }
        }
    }
    let encoding = encoding_of(ty, encoding.as_ref());
    let default_encoding = default_encoding(
        &bounded,
        &own,
        &quote!(__payload::encodings::Transparent<#encoding>),
    );
    let (parameters, _, clause) = model.generics.split_for_impl();
    let mut by_ref = model.generics.clone();
    by_ref.params.insert(0, parse_quote!('__v));
    let (by_ref_parameters, _, _) = by_ref.split_for_impl();
    let ident = &model.ident;
    quote! {
        #default_encoding

        #[automatically_derived]
        impl #parameters __payload::encodings::IntoInner for #own #clause {
            type Inner = #ty;

            #[inline]
            fn into_inner(self) -> #ty {
                self.#member
            }
        }

        #[automatically_derived]
        impl #by_ref_parameters __payload::encodings::IntoInner for &'__v #own #clause {
            type Inner = &'__v #ty;

            #[inline]
            fn into_inner(self) -> &'__v #ty {
                &self.#member
            }
        }

        #[automatically_derived]
        impl #parameters __payload::encodings::FromInner for #own #clause {
            #[inline]
            fn from_inner(inner: #ty) -> Self {
                #ident {
                    #member: inner,
                    #(#phantoms: ::core::marker::PhantomData,)*
                }
            }
        }
    }
}
