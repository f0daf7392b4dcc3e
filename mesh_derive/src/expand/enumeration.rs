//! Enums without fields: numbers.

use super::header::{default_encoding, own_type, place};
use super::layout;
use crate::model::{Enumeration, Model};
use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

/// The impls for an enum whose variants have these numbers.
pub(super) fn expand(model: &Model, enumeration: &Enumeration) -> TokenStream {
    let own = own_type(model);
    let encoding = default_encoding(&model.generics, &own, &quote!(__payload::encodings::Varint));
    let (parameters, _, clause) = model.generics.split_for_impl();
    let variants = &enumeration.variants;
    let idents: Vec<_> = variants.iter().map(|(ident, _)| ident).collect();
    // A negative number is extended to 64 bits.
    let bits: Vec<_> = variants
        .iter()
        .map(|&(_, number)| Literal::u64_unsuffixed(i64::from(number) as u64))
        .collect();
    let numbers: Vec<_> = variants
        .iter()
        .map(|&(_, number)| Literal::i32_unsuffixed(number))
        .collect();
    let ident = &model.ident;
    let layout = layout::of_enumeration(model, enumeration);
    let (unknown_bits, unknown) = match &enumeration.unknown {
        Some((name, member, ty)) => {
            let trait_name =
                quote_spanned!(place(ty)=> <#ty as __payload::__private::UnknownNumber>);
            (
                Some(quote!(#ident::#name { #member: number } => #trait_name::bits(number),)),
                quote! {
                    number => ::core::option::Option::Some(
                        #ident::#name { #member: #trait_name::from_number(number) },
                    )
                },
            )
        }
        None => (None, quote!(_ => ::core::option::Option::None)),
    };
    quote! {
        #encoding

        #[automatically_derived]
        impl #parameters __payload::encodings::Scalar for #own #clause {
            #layout

            #[inline]
            fn to_bits(&self) -> u64 {
                match self {
                    #(#ident::#idents { .. } => #bits,)*
                    #unknown_bits
                }
            }
        }

        #[automatically_derived]
        impl #parameters __payload::encodings::FromScalar for #own #clause {
            #[inline]
            fn from_bits(bits: u64) -> ::core::option::Option<Self> {
                match __payload::__private::enum_number(bits) {
                    #(#numbers => ::core::option::Option::Some(#ident::#idents {}),)*
                    #unknown,
                }
            }

            #[inline]
            fn out_of_range() -> __payload::ErrorKind {
                __payload::ErrorKind::UnknownVariant
            }
        }
    }
}
