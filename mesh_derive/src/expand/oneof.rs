//! Enums: messages that hold one of several fields, which can also stand in line among those of another message.

use super::fields::{argument, compose, literal, variable};
use super::header::{Action, Header, default_encoding, encoding_of, own_type, place};
use super::layout;
use crate::model::{Content, Model, Resource, Variant};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

/// The impls for an enum with these variants.
pub(super) fn expand(model: &Model, variants: &[Variant]) -> TokenStream {
    let own = own_type(model);
    let encoding = default_encoding(
        &model.generics,
        &own,
        &quote!(__payload::encodings::Message),
    );
    let oneof = quote!(__payload::encoding::OneofEncode);
    let encode = match model.resource {
        Resource::Any => {
            let by_ref = Header::new(model, Action::EncodeRef);
            let forward = Header::new(model, Action::Forward(&oneof));
            let impls = [
                by_ref.implement(&oneof, &write_oneof(model, variants, &by_ref)),
                forward.implement(&oneof, &forward_oneof(&forward)),
                message_encode(model, variants, &by_ref),
                message_encode(model, variants, &forward),
            ];
            quote!(#(#impls)*)
        }
        Resource::Mesh { .. } | Resource::Named(_) => {
            let header = Header::new(model, Action::Encode);
            let write = header.implement(&oneof, &write_oneof(model, variants, &header));
            let message = message_encode(model, variants, &header);
            quote!(#write #message)
        }
    };
    let header = Header::new(model, Action::Decode);
    let read = header.implement(
        &quote!(__payload::encoding::OneofDecode),
        &read_oneof(model, variants, &header),
    );
    let message = message_decode(model, &header);
    let numbers = numbers(model, variants);
    quote!(#encoding #numbers #encode #read #message)
}

/// The variants' numbers, for the messages in which they stand in line.
fn numbers(model: &Model, variants: &[Variant]) -> TokenStream {
    let own = own_type(model);
    let (parameters, _, clause) = model.generics.split_for_impl();
    let numbers = variants.iter().map(|variant| literal(variant.number));
    quote! {
        #[automatically_derived]
        impl #parameters __payload::__private::OneofNumbers for #own #clause {
            const NUMBERS: &'static [u32] = &[#(#numbers),*];
        }
    }
}

fn write_oneof(model: &Model, variants: &[Variant], header: &Header) -> TokenStream {
    let Header {
        value, resource, ..
    } = header;
    let by_ref = matches!(model.resource, Resource::Any);
    if variants.is_empty() {
        let place = if by_ref {
            quote!(*value)
        } else {
            quote!(value)
        };
        return quote! {
            fn write_oneof(value: #value, _: &mut __payload::Writer<'_, #resource>) {
                match #place {}
            }
        };
    }
    let ident = &model.ident;
    let arms = variants.iter().map(|variant| {
        let number = literal(variant.number);
        let name = &variant.ident;
        let path = quote!(#ident::#name);
        match &variant.content {
            Content::Unit(style) => {
                let pattern = compose(&path, *style, &[], &[]);
                quote!(#pattern => __payload::__private::write_empty(#number, writer),)
            }
            Content::Value { ty, encoding } => {
                let value = variable(0);
                let pattern = quote!(#path(#value));
                let (argument, value) = argument(ty, &value, by_ref);
                let encoding = encoding_of(ty, encoding.as_ref());
                let write = quote_spanned! {place(ty)=>
                    <<#encoding as __payload::encoding::Encoding>::Value as
                        __payload::encoding::ValueEncode<#argument, #resource>>::write_tagged
                };
                quote!(#pattern => #write(#number, #value, writer),)
            }
            Content::Message(fields) => {
                let pattern = fields.pattern(&path);
                let write = fields.write(by_ref, resource);
                quote! {
                    #pattern => __payload::__private::write_message(#number, writer, |writer| { #write }),
                }
            }
        }
    });
    quote! {
        fn write_oneof(value: #value, writer: &mut __payload::Writer<'_, #resource>) {
            match value {
                #(#arms)*
            }
        }
    }
}

fn forward_oneof(header: &Header) -> TokenStream {
    let Header {
        value, resource, ..
    } = header;
    quote! {
        #[inline]
        fn write_oneof(value: #value, writer: &mut __payload::Writer<'_, #resource>) {
            <Self as __payload::encoding::OneofEncode<&#value, #resource>>::write_oneof(&value, writer);
        }
    }
}

/// An enum by itself is a message that has nothing but the oneof.
fn message_encode(model: &Model, variants: &[Variant], header: &Header) -> TokenStream {
    let Header {
        value, resource, ..
    } = header;
    let layout = layout::of_enum(model, variants, resource);
    header.implement(
        &quote!(__payload::encoding::MessageEncode),
        &quote! {
            #[inline]
            fn write_body(value: #value, writer: &mut __payload::Writer<'_, #resource>) {
                <Self as __payload::encoding::OneofEncode<#value, #resource>>::write_oneof(value, writer);
            }

            #layout
        },
    )
}

fn message_decode(model: &Model, header: &Header) -> TokenStream {
    let Header {
        value, resource, ..
    } = header;
    let read = if model.open {
        quote!(read_oneof_body)
    } else {
        quote!(read_closed_oneof_body)
    };
    header.implement(
        &quote!(__payload::encoding::MessageDecode),
        &quote! {
            fn read_body(
                previous: ::core::option::Option<#value>,
                reader: &mut __payload::Reader<'__de, '_, #resource>,
            ) -> __payload::Result<#value> {
                __payload::__private::#read(previous, reader)
            }
        },
    )
}

fn read_oneof(model: &Model, variants: &[Variant], header: &Header) -> TokenStream {
    let Header {
        value, resource, ..
    } = header;
    if variants.is_empty() {
        return quote! {
            fn read_oneof(
                _: &mut ::core::option::Option<#value>,
                _: u32,
                _: __payload::wire::WireType,
                _: &mut __payload::Reader<'__de, '_, #resource>,
            ) -> __payload::Result<bool> {
                ::core::result::Result::Ok(false)
            }
        };
    }
    let arms = variants
        .iter()
        .map(|variant| read_variant(model, variant, resource));
    let names = variants.iter().map(|Variant { name, number, .. }| {
        let number = literal(*number);
        quote!((#number, #name))
    });
    quote! {
        fn read_oneof(
            slot: &mut ::core::option::Option<#value>,
            number: u32,
            wire_type: __payload::wire::WireType,
            reader: &mut __payload::Reader<'__de, '_, #resource>,
        ) -> __payload::Result<bool> {
            let read = match number {
                #(#arms)*
                _ => return ::core::result::Result::Ok(false),
            };
            *slot = ::core::option::Option::Some(
                read.map_err(|error| __payload::__private::in_field(error, ::core::convert::From::from(number), &[#(#names),*]))?,
            );
            ::core::result::Result::Ok(true)
        }
    }
}

/// The arm that reads one variant, on top of the same one read before.
fn read_variant(model: &Model, variant: &Variant, resource: &TokenStream) -> TokenStream {
    let ident = &model.ident;
    let name = &variant.ident;
    let path = quote!(#ident::#name);
    let number = literal(variant.number);
    let accepts = |accepts: TokenStream| model.open.then(|| quote!(if #accepts(wire_type)));
    let accepts_message = accepts(quote!(__payload::__private::accepts_message));
    match &variant.content {
        Content::Unit(style) => {
            let value = compose(&path, *style, &[], &[]);
            quote! {
                #number #accepts_message => __payload::__private::read_empty(wire_type, reader).map(|()| #value),
            }
        }
        Content::Value { ty, encoding } => {
            let encoding = encoding_of(ty, encoding.as_ref());
            let decode = quote_spanned! {place(ty)=>
                <<#encoding as __payload::encoding::Encoding>::Value as
                    __payload::encoding::ValueDecode<'__de, #ty, #resource>>
            };
            let accepts = accepts(quote_spanned!(place(ty)=> #decode::accepts_value));
            let read = quote_spanned!(place(ty)=> #decode::read_value);
            quote! {
                #number #accepts => {
                    let previous = match slot.take() {
                        ::core::option::Option::Some(#path(value)) => ::core::option::Option::Some(value),
                        _ => ::core::option::Option::None,
                    };
                    #read(previous, wire_type, reader).map(#path)
                }
            }
        }
        Content::Message(fields) => {
            let read = fields.read(model, &path, &quote!(previous), resource);
            quote! {
                #number #accepts_message => {
                    let previous = slot.take();
                    __payload::__private::read_message(wire_type, reader, |reader| { #read })
                }
            }
        }
    }
}
