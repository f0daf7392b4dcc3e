//! Derived code gives no warning under the strictest lints that a crate may have.
//!
//! The attributes below are the test: this file must pass the compiler and Clippy.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused,
    unused_qualifications,
    unused_lifetimes,
    unused_results,
    single_use_lifetimes,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    trivial_casts,
    trivial_numeric_casts,
    let_underscore_drop,
    meta_variable_misuse,
    non_ascii_idents,
    redundant_lifetimes,
    unit_bindings,
    future_incompatible,
    keyword_idents,
    nonstandard_style,
    rust_2018_idioms,
    rust_2024_compatibility,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]

#[path = "facade/mod.rs"]
mod mesh;

use mesh::resource::Resource;
use mesh_derive::{MeshPayload, Protobuf};
// In scope so that a path which could have been shorter is noticed.
use mesh_protobuf::encoding::{
    DefaultEncoding, FieldEncode, MessageDecode, MessageEncode, OneofEncode,
};
use mesh_protobuf::encodings::Message;
use mesh_protobuf::{Context, ErrorKind, Reader, UnknownFields, Writer, encode};
use std::marker::PhantomData;

/// A struct.
#[derive(Clone, Copy, Debug, MeshPayload)]
#[mesh(crate = "mesh")]
pub struct Named {
    /// A field.
    pub number: u32,
    flag: bool,
}

/// A generic struct, with bounds in both places.
#[derive(Debug, MeshPayload)]
#[mesh(crate = "mesh")]
pub struct Generic<T: Clone, U>
where
    U: Clone,
{
    /// A field.
    pub value: Option<T>,
    /// Another.
    pub list: Vec<U>,
    next: Vec<Self>,
}

/// A struct that keeps what it does not have.
#[derive(Clone, Debug, Protobuf)]
pub struct Keeper {
    /// A field.
    #[mesh(1)]
    pub text: String,
    #[mesh(unknown)]
    rest: UnknownFields,
}

/// A number that may be any.
#[derive(Clone, Copy, Debug, Protobuf)]
#[mesh(enumeration)]
pub enum Progress {
    /// Known.
    #[mesh(0)]
    Draft,
    /// Any other.
    #[mesh(unknown)]
    Other(i32),
}

/// A unit struct.
#[derive(Debug, MeshPayload)]
#[mesh(crate = "mesh")]
pub struct Unit;

/// A request, all of whose variants end in the same word.
#[derive(Debug, MeshPayload)]
#[mesh(crate = "mesh")]
pub enum Request<T> {
    /// A value.
    ValueRequest(T),
    /// Several.
    ListRequest(T, Vec<T>),
    /// With names.
    NamedRequest {
        /// A field.
        value: T,
    },
    /// Nothing.
    NoneRequest,
}

/// An enum with one variant.
#[derive(Debug, MeshPayload)]
#[mesh(crate = "mesh")]
pub enum Single {
    /// The only one.
    Only {
        /// A field.
        number: u32,
    },
}

/// Without fields.
#[derive(Clone, Copy, Debug, MeshPayload)]
#[mesh(crate = "mesh")]
pub enum Level {
    /// The first.
    Low,
    /// The last.
    High,
}

/// Without variants.
#[derive(Clone, Copy, Debug, MeshPayload)]
#[mesh(crate = "mesh")]
pub enum Never {}

/// Around a number.
#[derive(Clone, Copy, Debug, MeshPayload)]
#[mesh(crate = "mesh", transparent)]
pub struct Tagged<T>(f64, PhantomData<T>);

/// With deprecated parts.
#[derive(Clone, Copy, Debug, MeshPayload)]
#[mesh(crate = "mesh")]
#[deprecated = "to show that deriving does not use it"]
pub struct Old {
    #[deprecated = "as well"]
    number: u32,
}

/// Borrows.
#[derive(Clone, Copy, Debug, Protobuf)]
pub struct Borrowed<'a> {
    /// A field.
    #[mesh(1)]
    pub name: &'a str,
    #[mesh(oneof)]
    shape: Option<Shape<'a>>,
}

/// A oneof.
#[derive(Clone, Copy, Debug, Protobuf)]
pub enum Shape<'a> {
    /// A number.
    #[mesh(2)]
    Number(u32),
    /// Nothing.
    #[mesh(3)]
    Nothing,
    /// A message.
    #[mesh(4)]
    Text {
        /// A field.
        #[mesh(1)]
        text: &'a str,
    },
}

/// A generic message.
#[derive(Debug, Protobuf)]
pub struct Tree<T> {
    /// A field.
    #[mesh(1)]
    pub value: T,
    #[mesh(2)]
    children: Vec<Self>,
}

/// With a number below zero.
#[derive(Clone, Copy, Debug, Protobuf)]
#[mesh(enumeration)]
pub enum Status {
    /// None.
    #[mesh(0)]
    Unknown,
    /// Bad.
    #[mesh(-1)]
    Bad,
}

/// Without variants.
#[derive(Clone, Copy, Debug, Protobuf)]
pub enum Nothing {}

/// Borrows and is transparent.
#[derive(Clone, Copy, Debug, Protobuf)]
#[mesh(transparent)]
pub struct Name<'a>(&'a str);

/// Uses all that is imported.
fn is_message<T>(value: T) -> usize
where
    T: DefaultEncoding<Encoding = Message>,
    Message: MessageEncode<T, Resource> + for<'de> MessageDecode<'de, T, Resource>,
{
    let mut writer = Writer::new();
    <Message as MessageEncode<_, _>>::write_body(value, &mut writer);
    let (bytes, _) = writer.finish();
    assert!(
        Message::read_body(
            None,
            &mut Reader::new(&bytes, &Context::for_len(bytes.len(), &mut []))
        )
        .is_ok()
    );
    bytes.len()
}

#[test]
fn types_may_be_declared_in_functions() {
    #[derive(Debug, MeshPayload)]
    #[mesh(crate = "mesh")]
    struct Local {
        number: u32,
    }
    #[derive(Debug, Protobuf)]
    struct Other {
        #[mesh(1)]
        number: u32,
    }
    assert_eq!(is_message(Local { number: 1 }), 2);
    assert_eq!(is_message(Other { number: 1 }), 2);
    assert_eq!(encode(&Other { number: 1 }), [8, 1]);
}

#[test]
fn imported_traits_are_the_ones_that_derived_code_uses() {
    fn is_field<T: DefaultEncoding<Encoding: FieldEncode<T, Resource>>>(_: &T) {}
    fn is_oneof<T>(_: &T)
    where
        Message: OneofEncode<T, Resource>,
    {
    }
    is_field(&Level::High);
    is_field(&Tagged::<Unit>(1.0, PhantomData));
    is_oneof(&Single::Only { number: 1 });
    is_oneof(&Shape::Text { text: "" });
    let error = mesh::decode::<Level>(&[8, 9], vec![]).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::UnknownVariant);
}
