//! The derive macros of mesh: [`MeshPayload`] for messages between the processes of one program, [`Protobuf`] for
//! messages and saved state that outlive a version of it.
//!
//! Both write the impls that the codec, `mesh_protobuf`, asks for; users get them re-exported from `mesh` and
//! `mesh_protobuf`. What they have in common:
//!
//! - A struct is a protobuf message. Tuple structs and unit structs are, too.
//! - An enum is a message that holds one of several fields, a `oneof`: a variant without fields is an empty message, a
//!   variant with one unnamed field is that field's value, any other is a message of its own. Of several variants on the
//!   wire the last one counts; the same message variant again is merged; none at all, or only unknown ones, is an error.
//! - An enum whose variants have no fields can be a number, a protobuf enum (see `enumeration`).
//! - Types may be generic and recursive. Bounds are put on the type parameters that occur in fields, never on the types of
//!   fields, so that a type can contain itself; `Self` works, too. A parameter that is only in a `PhantomData` is not bound.
//!   Maps want `Ord` or `Hash` of their keys: say so on the type, or with `bound`.
//! - To `Protobuf` a field that the type does not have, or that has another wire type, is unknown: it is skipped, or kept by a field
//!   `#[mesh(unknown)]`. To `MeshPayload` it is an error, since it comes from another layout. Errors name the path of fields on the way to the fault.
//! - Fields are written in the order of their numbers.
//! - Types describe themselves, documentation included; `mesh_protobuf::schema` writes `.proto` files from that.
//!
//! # Attributes
//!
//! All of them are in `#[mesh(…)]`, separated by commas.
//!
//! | on a struct or enum | what it does |
//! |---|---|
//! | `transparent` | lays a struct with one field (besides `PhantomData`) out like that field; nothing of the struct is on the wire. The field's type must be as visible as the struct. |
//! | `enumeration` | `Protobuf`: makes an enum without fields a number, a protobuf enum. Give one variant the number 0 to be the default; without one an absent field is an error. An unknown number is an error unless a variant is `unknown`. |
//! | `resource = "path::Type"` | the type of what travels beside the bytes, for messages with descriptors or endpoints. Such messages are encoded by value. |
//! | `bound = "T: Trait, …"` | replaces the inferred bounds on type parameters, in all impls; `""` for none. |
//! | `package = "a.b"` | the protobuf package. |
//! | `rename = "Name"` | the protobuf name, if not the type's. |
//! | `crate = "path"` | where the crate is, if the dependency has another name: for `MeshPayload` whatever has the modules `payload` and `resource` and the trait `MeshPayload` (default `::mesh`), for `Protobuf` the codec (default `::mesh_protobuf`). |
//!
//! | on a variant | what it does |
//! |---|---|
//! | `3` | `Protobuf`: its number. |
//! | `rename = "name"` | what errors call it, and `.proto` files, which have `snake_case` or `TYPE_UPPER_CASE` otherwise. |
//! | `unknown` | `enumeration`: the variant, `Other(i32)`, holds the numbers that no other one has. It has no number. |
//!
//! | on a field | what it does |
//! |---|---|
//! | `3` | `Protobuf`: its number, 1 to 536870911 except 19000 to 19999. The only field of a tuple variant has the variant's. |
//! | `encoding = "Fixed"` | another layout than its type's own: a marker of `mesh_protobuf::encodings` (also inside another, `Repeated<Fixed>`) or any other type, with its path. |
//! | `oneof` | `Protobuf`: puts the variants of a derived enum, or of an `Option` written as such, in line with the message's fields. That no number is taken twice is checked at compile time. |
//! | `rename = "name"` | what errors and `.proto` files call it. |
//! | `unknown` | `Protobuf`: the field, of the type `mesh_protobuf::UnknownFields`, holds what no other field is, and is written back. It has no number. Not in a message with resources. |
//!
//! # How it works
//!
//! A pipeline: `ast` and `attributes` parse, `check` decides the layout and reports misuse at the token to change, `expand`
//! writes code for a type that is known to be expressible. The code stands in a `const _`, is safe, mentions nothing by a
//! name that the user's scope could redefine, and gives no warnings.

#![forbid(unsafe_code)]

mod ast;
mod attributes;
mod check;
mod errors;
mod expand;
mod marker;
mod model;
mod pipeline;
#[cfg(test)]
mod tests;
mod words;

use check::Flavor;
use pipeline::derive;
use proc_macro::TokenStream;

/// Makes a type sendable to other processes.
///
/// Fields are numbered by their position, from 1; so are the variants of an enum. An enum without any fields is a number:
/// its variants count from 0, and the first one is the default. Both ends should be of one build, since a field that moves
/// changes its number; use [`Protobuf`](macro@Protobuf) for what must outlive a version. Where they are not, channels compare the layouts
/// of the two types before a message is read, and fail if they differ: fields, their names and types, variants, and what is
/// inside them. Who renames a field and goes on with the same layout says `#[mesh(rename = "old")]`.
///
/// The type can hold endpoints and descriptors. It is encoded by value, with `mesh::resource::Resource` as the resource
/// type. Each type parameter that occurs in a field is bound by `mesh::MeshPayload`. A type that borrows is refused.
///
/// `#[derive(MeshPayload)] struct DiskRead { offset: u64, len: u32 }` is, to another language,
/// `message DiskRead { uint64 offset = 1; uint32 len = 2; }`. The attributes are those of the [crate's page](crate),
/// except numbers, `enumeration` and `oneof`, which go with explicit numbers.
#[proc_macro_derive(MeshPayload, attributes(mesh))]
pub fn derive_mesh_payload(input: TokenStream) -> TokenStream {
    derive(input.into(), Flavor::Payload).into()
}

/// Makes a type a protobuf message whose numbers are given, so that it can change and still be read.
///
/// Every field and variant has a number, `#[mesh(3)]`. A number once used stays with its field; to remove a field, stop using
/// its number. The attributes are those of the [crate's page](crate).
///
/// A message without `resource` is encoded from a reference or by value, may be part of any other message, and may borrow
/// from the bytes it is decoded from. Each type parameter that occurs in a field is bound by `DefaultEncoding`, with an
/// encoding that can be a field or a single value.
///
/// # Examples
///
/// ```
/// use mesh_derive::Protobuf;
///
/// #[derive(Debug, PartialEq, Protobuf)]
/// #[mesh(package = "acme.disk.v1")]
/// struct Geometry<'a> {
///     #[mesh(1)]
///     label: &'a str,
///     #[mesh(3)]
///     sectors: u64,
///     #[mesh(4, encoding = "Repeated<Fixed>")]
///     checksums: Vec<u32>,
/// }
///
/// let geometry = Geometry { label: "boot", sectors: 2048, checksums: vec![] };
/// let bytes = mesh_protobuf::encode(&geometry);
/// assert_eq!(bytes, b"\x0a\x04boot\x18\x80\x10");
/// assert_eq!(mesh_protobuf::decode::<Geometry>(&bytes)?, geometry);
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
///
/// An enum is a message of its own, or stands in line with a message's fields:
///
/// ```
/// # use mesh_derive::Protobuf;
/// #[derive(Debug, PartialEq, Protobuf)]
/// enum Shape {
///     #[mesh(2)]
///     Circle(f64),
///     #[mesh(3)]
///     Rectangle {
///         #[mesh(1)]
///         width: u32,
///         #[mesh(2)]
///         height: u32,
///     },
/// }
///
/// #[derive(Debug, PartialEq, Protobuf)]
/// struct Drawing {
///     #[mesh(1)]
///     name: String,
///     #[mesh(oneof)]
///     shape: Option<Shape>,
///     #[mesh(4)]
///     status: Status,
/// }
///
/// #[derive(Debug, PartialEq, Protobuf)]
/// #[mesh(enumeration)]
/// enum Status {
///     #[mesh(0)]
///     Draft,
///     #[mesh(1)]
///     Final,
/// }
///
/// let drawing = Drawing {
///     name: "a".into(),
///     shape: Some(Shape::Rectangle { width: 3, height: 4 }),
///     status: Status::Final,
/// };
/// let bytes = mesh_protobuf::encode(&drawing);
/// assert_eq!(bytes, [0x0a, 1, b'a', 0x20, 1, 0x1a, 4, 8, 3, 16, 4]);
/// assert_eq!(mesh_protobuf::decode::<Drawing>(&bytes)?, drawing);
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
///
/// What a newer version has and this one does not can be kept, and is written back:
///
/// ```
/// # use mesh_derive::Protobuf;
/// use mesh_protobuf::UnknownFields;
///
/// #[derive(Debug, Protobuf)]
/// struct Settings {
///     #[mesh(1)]
///     volume: u32,
///     #[mesh(2)]
///     theme: Theme,
///     #[mesh(unknown)]
///     rest: UnknownFields,
/// }
///
/// #[derive(Debug, PartialEq, Protobuf)]
/// #[mesh(enumeration)]
/// enum Theme {
///     #[mesh(0)]
///     Light,
///     #[mesh(unknown)]
///     Other(i32),
/// }
///
/// let newer = [0x08, 5, 0x10, 7, 0x1a, 1, b'x'];
/// let mut settings: Settings = mesh_protobuf::decode(&newer)?;
/// assert_eq!(settings.theme, Theme::Other(7));
/// settings.volume = 6;
/// assert_eq!(mesh_protobuf::encode(&settings), [0x08, 6, 0x10, 7, 0x1a, 1, b'x']);
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
///
/// A wrapper that leaves no trace, around a number that is always eight bytes:
///
/// ```
/// # use mesh_derive::Protobuf;
/// #[derive(Debug, PartialEq, Protobuf)]
/// #[mesh(transparent)]
/// struct Id(#[mesh(encoding = "Fixed")] u64);
///
/// let ids = vec![Id(1), Id(2)];
/// let bytes = mesh_protobuf::encode(&ids);
/// assert_eq!(bytes.len(), 2 + 2 * 8);
/// assert_eq!(mesh_protobuf::decode::<Vec<Id>>(&bytes)?, ids);
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
///
/// Errors say where:
///
/// ```
/// # use mesh_derive::Protobuf;
/// #[derive(Debug, Protobuf)]
/// struct Outer {
///     #[mesh(1)]
///     inner: Option<Inner>,
/// }
///
/// #[derive(Debug, Protobuf)]
/// struct Inner {
///     #[mesh(1, rename = "display_name")]
///     name: String,
/// }
///
/// let error = mesh_protobuf::decode::<Outer>(&[0x0a, 3, 0x0a, 1, 0xff]).unwrap_err();
/// assert_eq!(error.to_string(), "inner.display_name: text is not UTF-8");
/// ```
#[proc_macro_derive(Protobuf, attributes(mesh))]
pub fn derive_protobuf(input: TokenStream) -> TokenStream {
    derive(input.into(), Flavor::Protobuf).into()
}
