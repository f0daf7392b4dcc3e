//! What the second stage hands to the third: a type whose layout is decided and known to be expressible.
//!
//! Everything here is valid: numbers are unique and in range, names are protobuf names, and no attribute is left unjudged, so
//! that [`expand`](crate::expand) has no errors to report.

use crate::ast::Style;
use proc_macro2::TokenStream;
use syn::{Generics, Ident, Member, Type, WherePredicate};

/// A type to derive for.
#[derive(Debug)]
pub(crate) struct Model {
    /// Its name in Rust.
    pub(crate) ident: Ident,
    /// Its parameters and bounds.
    pub(crate) generics: Generics,
    /// The protobuf package and name of the message; none for a transparent type, which is no message of its own.
    pub(crate) name: Option<(String, String)>,
    /// The path of the codec.
    pub(crate) payload: TokenStream,
    /// Which resources a message of this type may carry.
    pub(crate) resource: Resource,
    /// Whether other versions of the type may be met: their fields are then unknown ones, and errors otherwise.
    pub(crate) open: bool,
    /// The bounds that replace the inferred ones.
    pub(crate) bound: Option<Vec<WherePredicate>>,
    /// Whether the generated code names something deprecated.
    pub(crate) deprecated: bool,
    /// Its documentation.
    pub(crate) docs: String,
    /// How it is laid out.
    pub(crate) layout: Layout,
}

/// Which resources a message may carry beside its bytes.
#[derive(Debug)]
pub(crate) enum Resource {
    /// Those of a mesh. Parameters are bound by the facade's trait, which also covers them in options and sequences.
    Mesh {
        /// The path of the resource type.
        ty: TokenStream,
        /// The path of the trait.
        payload_trait: TokenStream,
    },
    /// Those of one type that the user names.
    Named(Type),
    /// Any, since the message has none: it can be encoded from a reference, too.
    Any,
}

/// How a type is laid out.
#[derive(Debug)]
pub(crate) enum Layout {
    /// A struct: a message.
    Message(Fields),
    /// An enum: a message that holds one of several fields.
    Oneof(Vec<Variant>),
    /// A fieldless enum: a number.
    Enumeration(Box<Enumeration>),
    /// A struct that is laid out like its only field.
    Transparent(Box<Transparent>),
}

/// An enum that is a number.
#[derive(Debug)]
pub(crate) struct Enumeration {
    /// Its variants and their numbers.
    pub(crate) variants: Vec<(Ident, i32)>,
    /// What messages and errors call each of them.
    pub(crate) names: Vec<String>,
    /// What `.proto` files call each of them, and its documentation.
    pub(crate) values: Vec<(String, String)>,
    /// The variant that holds any other number.
    pub(crate) unknown: Option<(Ident, Member, Type)>,
}

/// The fields of a struct or variant.
#[derive(Debug)]
pub(crate) struct Fields {
    /// How they are written in Rust.
    pub(crate) style: Style,
    /// In the order of their declaration.
    pub(crate) list: Vec<Field>,
}

/// A field.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name or position.
    pub(crate) member: Member,
    /// Its type.
    pub(crate) ty: Type,
    /// What errors call it.
    pub(crate) name: String,
    /// Its documentation.
    pub(crate) docs: String,
    /// How it is laid out.
    pub(crate) kind: FieldKind,
}

/// How a field is laid out.
#[derive(Debug)]
pub(crate) enum FieldKind {
    /// As a field of its own.
    Numbered {
        /// Its number.
        number: u32,
        /// The layout, if not its type's own.
        encoding: Option<Type>,
    },
    /// As the fields of an enum's variants, in line.
    Oneof {
        /// The enum, if the field is an option of it.
        optional: Option<Type>,
    },
    /// Whatever no other field is.
    Unknown,
}

/// A variant of an enum that is a message.
#[derive(Debug)]
pub(crate) struct Variant {
    /// Its name in Rust.
    pub(crate) ident: Ident,
    /// What errors call it.
    pub(crate) name: String,
    /// What `.proto` files call its field.
    pub(crate) field_name: String,
    /// Its documentation.
    pub(crate) docs: String,
    /// Its number.
    pub(crate) number: u32,
    /// What it holds.
    pub(crate) content: Content,
}

/// What a variant holds.
#[derive(Debug)]
pub(crate) enum Content {
    /// Nothing: an empty message.
    Unit(Style),
    /// One value, which is the field itself.
    Value {
        /// Its type.
        ty: Box<Type>,
        /// The layout, if not its type's own.
        encoding: Option<Type>,
    },
    /// Fields: a message in the message.
    Message(Fields),
}

/// A struct that is laid out like its only field.
#[derive(Debug)]
pub(crate) struct Transparent {
    /// The field's name or position.
    pub(crate) member: Member,
    /// Its type.
    pub(crate) ty: Type,
    /// The layout, if not its type's own.
    pub(crate) encoding: Option<Type>,
    /// The fields that hold nothing.
    pub(crate) phantoms: Vec<Member>,
}

impl Layout {
    /// The types of all fields.
    pub(crate) fn types(&self) -> Vec<&Type> {
        match self {
            Self::Message(fields) => fields.list.iter().map(|field| &field.ty).collect(),
            Self::Oneof(variants) => variants
                .iter()
                .flat_map(|variant| match &variant.content {
                    Content::Unit(_) => Vec::new(),
                    Content::Value { ty, .. } => vec![&**ty],
                    Content::Message(fields) => fields.list.iter().map(|field| &field.ty).collect(),
                })
                .collect(),
            Self::Enumeration(_) => Vec::new(),
            Self::Transparent(transparent) => vec![&transparent.ty],
        }
    }
}
