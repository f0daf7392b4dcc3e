//! What messages look like to other languages: descriptors of types, and `.proto` files made from them.
//!
//! Every type with `#[derive(Protobuf)]` or `#[derive(MeshPayload)]` has a description: constants that say what its message is
//! called and which fields it has, with the Rust documentation of each. [`Files`] gathers the types that a program wants to
//! share, with all that they refer to, and writes one `.proto` file for each package. Whoever has the files can compile them
//! with `protoc`, or with any other compiler of the language, and talk to the program.
//!
//! ```
//! # // The derive is in a crate above this one; by hand it is what follows.
//! # use mesh_protobuf::encodings::Message;
//! # use mesh_protobuf::schema::{
//! #     DescribeMessage, DescribeValue, FieldDescriptor, FieldType, Member, MessageDescriptor, ScalarType, ValueType,
//! # };
//! # struct Geometry;
//! # impl mesh_protobuf::DefaultEncoding for Geometry { type Encoding = Message; }
//! # impl DescribeMessage for Geometry {
//! #     const DESCRIPTOR: &'static MessageDescriptor = &MessageDescriptor {
//! #         package: "acme.disk.v1",
//! #         name: "Geometry",
//! #         docs: "The shape of a disk.",
//! #         members: &[Member::Field(FieldDescriptor {
//! #             name: "sectors",
//! #             number: 1,
//! #             docs: "",
//! #             ty: FieldType::One(ValueType::plain(ScalarType::UINT64)),
//! #         })],
//! #     };
//! # }
//! use mesh_protobuf::schema::Files;
//!
//! // /// The shape of a disk.
//! // #[derive(Protobuf)]
//! // #[mesh(package = "acme.disk.v1")]
//! // struct Geometry {
//! //     #[mesh(1)]
//! //     sectors: u64,
//! // }
//!
//! let files = Files::new().add::<Geometry>();
//! assert_eq!(
//!     files.render("acme.disk.v1")?,
//!     "\
//! // Made from Rust types by mesh_protobuf; changes belong there.
//!
//! syntax = \"proto3\";
//!
//! package acme.disk.v1;
//!
//! // The shape of a disk.
//! message Geometry {
//!   uint64 sectors = 1;
//! }
//! "
//! );
//! # Ok::<(), mesh_protobuf::schema::Error>(())
//! ```
//!
//! A program that commits its `.proto` files keeps them true with a test: `files.check_current("proto")?`.
//!
//! # How a type is described
//!
//! As with encoding, the marker that lays a type out describes it, on two of the three levels: [`DescribeValue`] for exactly one
//! wire value, [`DescribeField`] for a field. Messages have a name and fields, [`DescribeMessage`]; a description refers to a
//! message through a function, so that types can contain each other. All of it is constants: what nobody asks for is in no
//! program.
//!
//! A type that is laid out by hand is described by hand, or not at all. A derived message may have a field of such a type; it
//! is [`FieldType::Undescribed`] then, and [`Files`] says which one it was.
//!
//! # What the files say
//!
//! The table of types in the guide, in the chapter on the wire format, has a column of protobuf types; the files have the
//! same. Where protobuf has a well-known message with the same bytes, it is named: `google.protobuf.Duration`, `Timestamp`,
//! `Empty` and `Any`. What has no name in Rust, a tuple or the fields of an enum's variant, becomes a message in the message
//! around it, named after the field. Where protobuf has no words for a layout (a packed run of numbers as one value), the
//! file says `bytes`, and a comment says what is in them.

mod describe;
mod descriptor;
#[cfg(feature = "alloc")]
mod error;
#[cfg(feature = "alloc")]
mod files;
#[cfg(feature = "alloc")]
mod gather;
mod layouts;
#[cfg(feature = "alloc")]
mod names;
mod numbers;
#[cfg(feature = "alloc")]
mod plan;
#[doc(hidden)]
pub mod probe;
#[cfg(feature = "alloc")]
mod render;
#[cfg(feature = "alloc")]
mod symbols;
#[cfg(all(test, feature = "alloc"))]
mod tests;
mod types;

pub use describe::{Describe, DescribeField, DescribeMessage, DescribeValue};
pub use descriptor::{
    EnumDescriptor, EnumValueDescriptor, FieldDescriptor, FieldType, Member, MessageDescriptor,
    OneofDescriptor, ScalarType, ValueType,
};
#[cfg(feature = "alloc")]
pub use error::Error;
#[cfg(feature = "alloc")]
pub use files::Files;
pub use numbers::DescribeNumber;
