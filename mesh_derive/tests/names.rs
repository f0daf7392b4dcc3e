//! Whatever a user calls things, and whatever stands in the way of a field, derived code compiles without a warning and means
//! the right one.
//!
//! The attributes below are part of the test: this file must pass the compiler and Clippy.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused,
    unused_qualifications,
    unused_lifetimes,
    elided_lifetimes_in_paths,
    single_use_lifetimes,
    keyword_idents,
    nonstandard_style,
    rust_2018_idioms,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
#![allow(dead_code, clippy::unwrap_used, reason = "types that are only derived")]

#[path = "facade/mod.rs"]
mod mesh;

use mesh_derive::{MeshPayload, Protobuf};
use mesh_protobuf::{UnknownFields, decode, encode};

/// Fields named like keywords.
#[derive(Clone, Debug, Default, PartialEq, Eq, Protobuf)]
pub struct Keywords {
    /// A field.
    #[mesh(1)]
    pub r#type: u32,
    #[mesh(2)]
    r#match: String,
    #[mesh(3)]
    r#fn: Vec<u8>,
}

/// A type and variants named like keywords.
#[derive(Clone, Debug, PartialEq, Eq, Protobuf)]
#[allow(non_camel_case_types, reason = "that is the test")]
pub enum r#union {
    /// A variant.
    #[mesh(1)]
    r#struct(u32),
    /// Another.
    #[mesh(2)]
    r#enum {
        /// A field.
        #[mesh(1)]
        r#in: u32,
    },
}

/// Fields named like the variables of the expansion.
#[derive(Clone, Debug, Default, PartialEq, Eq, MeshPayload)]
#[mesh(crate = "mesh")]
pub struct Variables {
    /// A field.
    pub value: u32,
    writer: u32,
    reader: u32,
    previous: Option<u32>,
    number: u32,
    wire_type: u32,
    read: u32,
    error: u32,
    slot: u32,
    __0: u32,
    __payload: u32,
}

/// Likewise in an enum, whose variants are named like the standard library's.
#[derive(Clone, Debug, PartialEq, Eq, MeshPayload)]
#[mesh(crate = "mesh")]
pub enum Variants {
    /// A variant.
    Some {
        /// A field.
        value: u32,
        /// Another.
        slot: u32,
        /// Another.
        number: u32,
        /// Another.
        reader: Option<Box<Self>>,
    },
    /// Another.
    None,
    /// Another.
    Ok(u32),
    /// Another.
    Err(String),
}

/// Types named like what the expansion uses.
pub mod shadowed {
    use mesh_derive::Protobuf;

    /// Not the standard library's.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Protobuf)]
    pub struct Option {
        /// A field.
        #[mesh(1)]
        pub u32: u32,
    }

    /// Not the standard library's.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Protobuf)]
    pub struct Result<Message> {
        /// A field.
        #[mesh(1)]
        pub option: Option,
        /// Another.
        #[mesh(2)]
        pub writer: Message,
    }

    /// Not the codec's.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Protobuf)]
    pub struct Writer(#[mesh(1)] pub Vec<Result<Option>>);
}

mod private {
    //! A type that cannot be named outside, in one that can.

    use mesh_derive::Protobuf;

    /// Reachable through a re-export only.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Protobuf)]
    pub struct Open {
        #[mesh(1)]
        hidden: Hidden,
        #[mesh(oneof)]
        choice: Option<Choice>,
    }

    #[derive(Clone, Debug, Default, PartialEq, Eq, Protobuf)]
    struct Hidden {
        #[mesh(1)]
        number: u32,
    }

    #[derive(Clone, Debug, PartialEq, Eq, Protobuf)]
    enum Choice {
        #[mesh(2)]
        Hidden(Hidden),
    }

    impl Open {
        /// One with something in it.
        #[must_use]
        pub fn filled() -> Self {
            let hidden = Hidden { number: 7 };
            Self {
                choice: Some(Choice::Hidden(hidden.clone())),
                hidden,
            }
        }
    }
}

pub use private::Open;

/// Parameters of all kinds, with defaults and bounds.
#[derive(Clone, Debug, PartialEq, Eq, Protobuf)]
pub struct Parameters<'a, 'b: 'a, T: Clone + Default = u32, const N: usize = 2> {
    /// A field.
    #[mesh(1)]
    pub short: &'a str,
    #[mesh(2)]
    long: &'b [u8],
    #[mesh(3)]
    array: Option<[T; N]>,
}

/// Deprecated variants and fields, which deriving does not use.
#[derive(Clone, Debug, PartialEq, Eq, Protobuf)]
pub enum Versions {
    /// A variant.
    #[mesh(1)]
    #[deprecated = "as a test"]
    Old(u32),
    /// Another.
    #[mesh(2)]
    New {
        /// A field.
        #[mesh(1)]
        #[deprecated = "as a test"]
        number: u32,
    },
}

/// A number with a deprecated name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Protobuf)]
#[mesh(enumeration)]
pub enum Code {
    /// A variant.
    #[mesh(0)]
    #[deprecated = "as a test"]
    Old,
    /// Another.
    #[mesh(1)]
    New,
}

/// Fields and variants that are there or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Protobuf)]
pub struct Conditional {
    #[cfg(any())]
    #[mesh(1)]
    absent: NoSuchType,
    /// A field.
    #[cfg(not(any()))]
    #[mesh(2)]
    pub present: u32,
    #[cfg_attr(all(), mesh(3))]
    attributed: u32,
    #[cfg(not(any()))]
    #[mesh(unknown)]
    rest: UnknownFields,
}

/// Likewise, numbered by what is there.
#[derive(Clone, Debug, PartialEq, Eq, MeshPayload)]
#[mesh(crate = "mesh")]
pub enum Positions {
    /// A variant.
    #[cfg(any())]
    Absent(NoSuchType),
    /// Another.
    Present(u32),
    /// Another.
    #[cfg(not(any()))]
    Last {
        /// A field.
        #[cfg(any())]
        absent: NoSuchType,
        /// Another.
        number: u32,
    },
}

macro_rules! declared {
    ($name:ident, $field:ident: $type:ty) => {
        /// Declared by a macro, whose field has no name that a user could write.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Protobuf)]
        pub struct $name {
            /// A field.
            #[mesh(1)]
            pub $field: $type,
            #[mesh(2)]
            value: u32,
        }
    };
}
declared!(ByMacro, value_of: Option<Vec<u8>>);

#[test]
fn fields_named_like_anything_come_back() {
    let keywords = Keywords {
        r#type: 1,
        r#match: "2".into(),
        r#fn: vec![3],
    };
    assert_eq!(decode::<Keywords>(&encode(&keywords)).unwrap(), keywords);
    let error = decode::<Keywords>(&[0x12, 1, 0xff]).unwrap_err();
    assert_eq!(error.to_string(), "match: text is not UTF-8");

    for value in [r#union::r#struct(1), r#union::r#enum { r#in: 2 }] {
        assert_eq!(decode::<r#union>(&encode(&value)).unwrap(), value);
    }
    let writer = shadowed::Writer(vec![shadowed::Result {
        option: shadowed::Option { u32: 1 },
        writer: shadowed::Option { u32: 2 },
    }]);
    assert_eq!(
        decode::<shadowed::Writer>(&encode(&writer)).unwrap(),
        writer
    );
    let open = Open::filled();
    assert_eq!(decode::<Open>(&encode(&open)).unwrap(), open);
    let by_macro = ByMacro {
        value_of: Some(vec![1]),
        value: 2,
    };
    assert_eq!(decode::<ByMacro>(&encode(&by_macro)).unwrap(), by_macro);
}

#[test]
fn variables_of_the_expansion_do_not_take_the_place_of_fields() {
    let variables = Variables {
        value: 1,
        writer: 2,
        reader: 3,
        previous: Some(4),
        number: 5,
        wire_type: 6,
        read: 7,
        error: 8,
        slot: 9,
        __0: 10,
        __payload: 11,
    };
    let (bytes, _) = mesh::encode(variables.clone());
    assert_eq!(
        mesh::decode::<Variables>(&bytes, vec![]).unwrap(),
        variables
    );
    let inner = Variants::Some {
        value: 1,
        slot: 2,
        number: 3,
        reader: Some(Box::new(Variants::Err("4".into()))),
    };
    for value in [inner, Variants::None, Variants::Ok(5)] {
        let (bytes, _) = mesh::encode(value.clone());
        assert_eq!(mesh::decode::<Variants>(&bytes, vec![]).unwrap(), value);
    }
}

#[test]
fn parameters_of_all_kinds_go_together() {
    let value = Parameters::<'_, '_, u64, 3> {
        short: "short",
        long: b"long",
        array: Some([1, 2, 3]),
    };
    let bytes = encode(&value);
    assert_eq!(decode::<Parameters<'_, '_, u64, 3>>(&bytes).unwrap(), value);
    let default = Parameters {
        array: Some([1u32, 2]),
        ..decode::<Parameters<'_, '_>>(&[]).unwrap()
    };
    assert_eq!(encode(&default), [0x1a, 2, 1, 2]);
}

#[test]
fn fields_that_are_configured_away_have_no_part() {
    let value = decode::<Conditional>(&[0x08, 1, 0x10, 2, 0x18, 3]).unwrap();
    assert_eq!((value.present, value.attributed), (2, 3));
    assert_eq!(value.rest.as_bytes(), [0x08, 1]);

    let (bytes, _) = mesh::encode(Positions::Last { number: 7 });
    assert_eq!(bytes, [0x12, 2, 0x08, 7]);
    let (bytes, _) = mesh::encode(Positions::Present(7));
    assert_eq!(bytes, [0x08, 7]);
}
