//! Descriptions for other languages: what [`mesh_protobuf::schema`] makes `.proto` files of.
//!
//! They are constants, reached only by who asks for them. Fields whose type nothing describes are allowed; the codec's `Probe`
//! finds out.
//!
//! [`mesh_protobuf::schema`]: https://docs.rs/mesh_protobuf/latest/mesh_protobuf/schema/

use super::fields::literal;
use super::header::{own_type, place, used_parameters};
use crate::model::{Content, Enumeration, Field, FieldKind, Fields, Layout, Model, Variant};
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Generics, Member, Type, parse_quote};

/// The impls that describe `model`; none for a transparent type, which is what its field is.
pub(super) fn expand(model: &Model) -> Option<TokenStream> {
    let (members, variants) = match &model.layout {
        Layout::Message(fields) => (members(fields), None),
        Layout::Oneof(variants) => {
            let oneof = oneof("variant", REQUIRED, &quote!(Self::VARIANTS));
            let oneof = (!variants.is_empty()).then_some(oneof);
            (quote!(#oneof), Some(variants))
        }
        Layout::Enumeration(enumeration) => return Some(numbers(model, enumeration)),
        Layout::Transparent(_) => return None,
    };
    let own = own_type(model);
    let generics = bounded(model);
    let (parameters, _, clause) = generics.split_for_impl();
    let variants = variants.map(|variants| {
        let variants = variants.iter().map(variant);
        quote! {
            const VARIANTS: &'static [__payload::schema::FieldDescriptor] = &[#(#variants),*];
        }
    });
    let docs = &model.docs;
    Some(quote! {
        // What a type without such fields does not use.
        #[allow(unused_imports)]
        use __payload::__private::Undescribed as _;

        #[automatically_derived]
        impl #parameters __payload::schema::DescribeMessage for #own #clause {
            const DESCRIPTOR: &'static __payload::schema::MessageDescriptor = &__payload::schema::MessageDescriptor {
                package: <Self as __payload::encoding::MessageName>::PACKAGE,
                name: <Self as __payload::encoding::MessageName>::NAME,
                docs: #docs,
                members: &[#members],
            };
            #variants
        }
    })
}

/// What is said of an enum that is not in an option.
const REQUIRED: &str = "One of them is always there.";

/// The bounds by which the types of fields are described: those that the codec has for the parameter itself, in a field and as
/// a value.
fn bounded(model: &Model) -> Generics {
    let mut generics = model.generics.clone();
    let bounds = match &model.bound {
        Some(bound) => bound.clone(),
        None => used_parameters(model)
            .into_iter()
            .map(|parameter| {
                parse_quote! {
                    #parameter: __payload::DefaultEncoding<
                        Encoding: __payload::schema::DescribeField<#parameter>
                            + __payload::encoding::Encoding<
                                Value: __payload::schema::DescribeValue<#parameter>,
                            >,
                    >
                }
            })
            .collect(),
    };
    if !bounds.is_empty() {
        generics.make_where_clause().predicates.extend(bounds);
    }
    generics
}

/// An enum without fields, as the numbers that it is.
fn numbers(model: &Model, enumeration: &Enumeration) -> TokenStream {
    let own = own_type(model);
    let (parameters, _, clause) = model.generics.split_for_impl();
    let docs = &model.docs;
    let values = enumeration.variants.iter().zip(&enumeration.values);
    let values = values.map(|(&(_, number), (name, docs))| {
        let number = Literal::i32_unsuffixed(number);
        quote! {
            __payload::schema::EnumValueDescriptor { name: #name, number: #number, docs: #docs }
        }
    });
    quote! {
        #[automatically_derived]
        impl #parameters __payload::schema::DescribeNumber for #own #clause {
            const VARINT: __payload::schema::ValueType = __payload::schema::ValueType::Enum(
                &__payload::schema::EnumDescriptor {
                    package: <Self as __payload::encoding::MessageName>::PACKAGE,
                    name: <Self as __payload::encoding::MessageName>::NAME,
                    docs: #docs,
                    values: &[#(#values),*],
                },
            );
        }
    }
}

fn members(fields: &Fields) -> TokenStream {
    let members = fields.list.iter().filter_map(|field| match &field.kind {
        FieldKind::Numbered { number, encoding } => {
            let field = numbered(field, *number, encoding.as_ref());
            Some(quote!(__payload::schema::Member::Field(#field)))
        }
        FieldKind::Oneof { optional } => Some(inline(field, optional.as_ref())),
        FieldKind::Unknown => None,
    });
    quote!(#(#members),*)
}

fn numbered(field: &Field, number: u32, encoding: Option<&Type>) -> TokenStream {
    let ty = &field.ty;
    let probe = probe(ty, encoding);
    let described = quote_spanned!(place(ty)=> #probe::FIELD);
    descriptor(&proto_name(field), number, &field.docs, &described)
}

/// What knows whether a type is described.
fn probe(ty: &Type, encoding: Option<&Type>) -> TokenStream {
    match encoding {
        Some(encoding) => {
            quote_spanned!(place(ty)=> __payload::__private::Probe::<#encoding, #ty>)
        }
        None => quote_spanned!(place(ty)=> __payload::__private::Own::<#ty>),
    }
}

/// What a `.proto` file calls a field: one without a name goes by its place, counted from 1.
fn proto_name(field: &Field) -> String {
    match &field.member {
        Member::Unnamed(index) if field.name == index.index.to_string() => {
            format!("field_{}", index.index + 1)
        }
        _ => field.name.clone(),
    }
}

fn inline(field: &Field, optional: Option<&Type>) -> TokenStream {
    let ty = optional.unwrap_or(&field.ty);
    let docs = match (optional, field.docs.as_str()) {
        (Some(_), docs) => docs.to_owned(),
        (None, "") => REQUIRED.to_owned(),
        (None, docs) => format!("{docs}\n{REQUIRED}"),
    };
    let variants =
        quote_spanned!(place(ty)=> <#ty as __payload::schema::DescribeMessage>::VARIANTS);
    oneof(&proto_name(field), &docs, &variants)
}

fn oneof(name: &str, docs: &str, fields: &TokenStream) -> TokenStream {
    quote! {
        __payload::schema::Member::Oneof(__payload::schema::OneofDescriptor {
            name: #name,
            docs: #docs,
            fields: #fields,
        })
    }
}

fn variant(variant: &Variant) -> TokenStream {
    let described = match &variant.content {
        Content::Unit(_) => quote!(__payload::schema::FieldType::EMPTY),
        Content::Value { ty, encoding } => {
            let probe = probe(ty, encoding.as_ref());
            quote_spanned!(place(ty)=> #probe::VALUE)
        }
        Content::Message(fields) => {
            let members = members(fields);
            quote! {
                __payload::schema::FieldType::One(__payload::schema::ValueType::Nested(&[#members]))
            }
        }
    };
    descriptor(
        &variant.field_name,
        variant.number,
        &variant.docs,
        &described,
    )
}

fn descriptor(name: &str, number: u32, docs: &str, ty: &impl ToTokens) -> TokenStream {
    let number = literal(number);
    quote! {
        __payload::schema::FieldDescriptor { name: #name, number: #number, docs: #docs, ty: #ty }
    }
}
