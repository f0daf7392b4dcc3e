//! What two programs compare of a `MeshPayload`, before one reads what the other wrote: see [`mesh_protobuf::layout`].
//!
//! What is known here (what the fields and variants are called, their numbers, which variants hold what) is made one number, the
//! *shape*; the code that is written adds it, and then what the encodings of the fields say of themselves, in order. It runs only
//! when it is asked for.
//!
//! The name of the type is not in it. The names of fields are, since their numbers are positions: two fields of one type that
//! change places have the same bytes before and after. Who renames a field and means the same keeps its old name with `rename`.
//!
//! A `Protobuf` type adds nothing, since it may differ between two programs that understand each other.
//!
//! [`mesh_protobuf::layout`]: https://docs.rs/mesh_protobuf/latest/mesh_protobuf/layout/

use super::header::{encoding_of, place};
use crate::model::{Content, Enumeration, FieldKind, Fields, Model, Variant};
use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

/// The function that describes the body of a struct.
pub(super) fn of_struct(
    model: &Model,
    fields: &Fields,
    resource: &TokenStream,
) -> Option<TokenStream> {
    let mut shape = Shape::new("struct");
    shape.fields(fields);
    body(model, &shape, parts(fields, resource))
}

/// The function that describes the body of an enum.
pub(super) fn of_enum(
    model: &Model,
    variants: &[Variant],
    resource: &TokenStream,
) -> Option<TokenStream> {
    let mut shape = Shape::new("enum");
    let mut all = TokenStream::new();
    for variant in variants {
        shape.number(variant.number);
        shape.name(&variant.name);
        match &variant.content {
            Content::Unit(_) => shape.name("unit"),
            Content::Value { ty, encoding } => {
                shape.name("value");
                let encoding = encoding_of(ty, encoding.as_ref());
                all.extend(quote_spanned! {place(ty)=>
                    <<#encoding as __payload::encoding::Encoding>::Value as
                        __payload::encoding::ValueEncode<#ty, #resource>>::value_layout(layout);
                });
            }
            Content::Message(fields) => {
                shape.name("fields");
                shape.fields(fields);
                all.extend(parts(fields, resource));
            }
        }
    }
    body(model, &shape, all)
}

/// What tells an enum that is a number from other numbers.
pub(super) fn of_enumeration(model: &Model, enumeration: &Enumeration) -> Option<TokenStream> {
    let mut shape = Shape::new("enumeration");
    for ((_, number), name) in enumeration.variants.iter().zip(&enumeration.names) {
        shape.number(*number as u32);
        shape.name(name);
    }
    let shape = shape.literal();
    (!model.open).then(|| quote!(const LAYOUT: u64 = #shape;))
}

fn body(model: &Model, shape: &Shape, parts: TokenStream) -> Option<TokenStream> {
    let shape = shape.literal();
    (!model.open).then(|| {
        quote! {
            fn body_layout(layout: &mut __payload::layout::Layout) {
                layout.part(#shape);
                #parts
            }
        }
    })
}

/// Statements that add what the fields' encodings say.
fn parts(fields: &Fields, resource: &TokenStream) -> TokenStream {
    let parts = fields.list.iter().filter_map(|field| {
        let ty = &field.ty;
        match &field.kind {
            FieldKind::Numbered { encoding, .. } => {
                let encoding = encoding_of(ty, encoding.as_ref());
                Some(quote_spanned! {place(ty)=>
                    <#encoding as __payload::encoding::FieldEncode<#ty, #resource>>::field_layout(layout);
                })
            }
            // Only a type that is open has them.
            FieldKind::Oneof { .. } | FieldKind::Unknown => None,
        }
    });
    parts.collect()
}

/// A hash (FNV-1a, 64 bits) of what is known of a type without its fields' types.
struct Shape(u64);

impl Shape {
    fn new(kind: &str) -> Self {
        let mut shape = Self(0xcbf2_9ce4_8422_2325);
        shape.name(kind);
        shape
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }

    /// A name cannot be taken for the beginning of another, as no text has the byte that ends it.
    fn name(&mut self, name: &str) {
        name.bytes().for_each(|byte| self.byte(byte));
        self.byte(0xff);
    }

    fn number(&mut self, number: u32) {
        for byte in number.to_le_bytes() {
            self.byte(byte);
        }
    }

    fn fields(&mut self, fields: &Fields) {
        self.number(u32::try_from(fields.list.len()).unwrap_or(u32::MAX));
        for field in &fields.list {
            if let FieldKind::Numbered { number, .. } = field.kind {
                self.number(number);
            }
            self.name(&field.name);
        }
    }

    fn literal(&self) -> Literal {
        Literal::u64_unsuffixed(self.0)
    }
}
