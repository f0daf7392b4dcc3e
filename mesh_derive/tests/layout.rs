//! Fingerprints of `MeshPayload` layouts: what changes one, and what does not.

#![allow(dead_code, reason = "these types are described, not used")]

#[path = "facade/mod.rs"]
mod mesh;

use mesh::MeshPayload as Payload;
use mesh::resource::Resource;
use mesh_derive::{MeshPayload, Protobuf};
use mesh_protobuf::encoding::{DefaultEncoding, MessageDecode, MessageEncode};
use mesh_protobuf::encodings::{Message, Wrapped};
use mesh_protobuf::{Reader, Writer, layout};
use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;

fn layout_of<T: Payload>() -> u64 {
    layout::fingerprint::<T, Resource>().expect("derived types are described")
}

/// A payload: `payload!(Name { field: Type, … })`, an enum with `|` before its variants.
macro_rules! payload {
    ($name:ident { $($(#[$attribute:meta])* $field:ident: $ty:ty),* $(,)? }) => {
        #[derive(MeshPayload)]
        #[mesh(crate = "mesh")]
        pub(crate) struct $name { $($(#[$attribute])* $field: $ty),* }
    };
    ($name:ident | $($variants:tt)*) => {
        #[derive(MeshPayload)]
        #[mesh(crate = "mesh")]
        pub(crate) enum $name { $($variants)* }
    };
}

/// Fails unless all layouts differ from each other.
fn all_differ(layouts: &[(&str, u64)]) {
    for (at, (name, layout)) in layouts.iter().enumerate() {
        for (other_name, other) in &layouts[..at] {
            assert_ne!(layout, other, "{name} and {other_name}");
        }
    }
}

macro_rules! all_differ {
    ($($ty:ty),* $(,)?) => { all_differ(&[$((stringify!($ty), layout_of::<$ty>())),*]) };
}

payload!(Read {
    offset: u64,
    len: u32
});

mod same {
    use super::*;
    payload!(AnotherName {
        offset: u64,
        len: u32
    });
    payload!(Renamed {
        #[mesh(rename = "offset")]
        position: u64,
        len: u32,
    });
    payload!(Boxed { offset: Box<u64>, len: u32 });
    payload!(Wrapper {
        offset: Transparent,
        len: u32
    });

    #[derive(MeshPayload)]
    #[mesh(crate = "mesh", transparent)]
    pub(super) struct Transparent(u64);
}

#[test]
fn a_layout_is_that_of_the_fields_and_not_of_the_type() {
    let read = layout_of::<Read>();
    assert_eq!(layout_of::<Read>(), read);
    assert_eq!(layout_of::<same::AnotherName>(), read);
    assert_eq!(layout_of::<same::Boxed>(), read);
    assert_eq!(layout_of::<same::Wrapper>(), read);
    assert_eq!(
        layout_of::<Box<Read>>(),
        read,
        "a box is not on the wire either"
    );
}

#[test]
fn a_field_that_is_renamed_keeps_its_layout_with_its_old_name() {
    assert_eq!(layout_of::<same::Renamed>(), layout_of::<Read>());
}

#[test]
fn every_change_of_a_field_changes_the_layout() {
    payload!(Swapped {
        len: u32,
        offset: u64
    });
    payload!(Added {
        offset: u64,
        len: u32,
        flags: u32
    });
    payload!(Inserted {
        flags: u32,
        offset: u64,
        len: u32
    });
    payload!(Removed { offset: u64 });
    payload!(Wider {
        offset: u64,
        len: u64
    });
    payload!(Signed {
        offset: u64,
        len: i32
    });
    payload!(NonZero {
        offset: u64,
        len: std::num::NonZeroU32
    });
    payload!(Optional { offset: u64, len: Option<u32> });
    payload!(Many { offset: u64, len: Vec<u32> });
    payload!(Text {
        offset: u64,
        len: String
    });
    payload!(Nested {
        offset: u64,
        len: (u32,)
    });
    payload!(Encoded {
        offset: u64,
        #[mesh(encoding = "Fixed")]
        len: u32
    });
    payload!(NotRenamed {
        position: u64,
        len: u32
    });
    #[derive(MeshPayload)]
    #[mesh(crate = "mesh")]
    struct Tuple(u64, u32);
    all_differ!(
        Read, Swapped, Added, Inserted, Removed, Wider, Signed, NonZero, Optional, Many, Text,
        Nested, Encoded, NotRenamed, Tuple,
    );
}

#[test]
fn two_fields_of_one_type_that_change_places_change_the_layout() {
    payload!(Here { from: u64, to: u64 });
    payload!(There { to: u64, from: u64 });
    all_differ!(Here, There);
}

#[test]
fn the_layout_of_a_message_has_that_of_messages_in_it() {
    payload!(Swapped {
        len: u32,
        offset: u64
    });
    payload!(A { reads: Vec<Option<Read>> });
    payload!(B { reads: Vec<Option<Swapped>> });
    all_differ!(A, B);
    all_differ!(
        Vec<Read>,
        Vec<Swapped>,
        Vec<Option<Read>>,
        Option<Vec<Read>>
    );
    all_differ!(Result<Read, u32>, Result<u32, Read>, Result<Swapped, u32>);
    all_differ!(BTreeMap<u32, Read>, BTreeMap<u32, Swapped>, BTreeMap<u64, Read>, Vec<(u32, Read)>);
    assert_eq!(
        layout_of::<BTreeMap<u32, Read>>(),
        layout_of::<HashMap<u32, Read>>()
    );
}

#[test]
fn every_change_of_a_variant_changes_the_layout() {
    payload!(Base | Read(u64), Write { at: u64, data: Vec<u8> }, Flush);
    payload!(Swapped | Write { at: u64, data: Vec<u8> }, Read(u64), Flush);
    payload!(Inserted | Read(u64), Trim, Write { at: u64, data: Vec<u8> }, Flush);
    payload!(Appended | Read(u64), Write { at: u64, data: Vec<u8> }, Flush, Trim);
    payload!(Removed | Read(u64), Write { at: u64, data: Vec<u8> });
    payload!(Wider | Read(u128), Write { at: u64, data: Vec<u8> }, Flush);
    payload!(Inside | Read(u64), Write { data: Vec<u8>, at: u64 }, Flush);
    payload!(Braces | Read { at: u64 }, Write { at: u64, data: Vec<u8> }, Flush);
    payload!(Unit | Read, Write { at: u64, data: Vec<u8> }, Flush);
    payload!(NotRenamed | Load(u64), Write { at: u64, data: Vec<u8> }, Flush);
    payload!(Renamed | #[mesh(rename = "Read")] Load(u64), Write { at: u64, data: Vec<u8> }, Flush);
    payload!(Never |);
    all_differ!(
        Base, Swapped, Inserted, Appended, Removed, Wider, Inside, Braces, Unit, NotRenamed, Never
    );
    assert_eq!(layout_of::<Base>(), layout_of::<Renamed>());
}

#[test]
fn an_enum_that_is_a_number_has_a_layout_of_its_own() {
    payload!(Level | Low, High);
    payload!(Swapped | High, Low);
    payload!(Inserted | Low, Middle, High);
    payload!(
        Renamed | Low,
        #[mesh(rename = "High")]
        Top
    );
    payload!(Same | Low, High);
    all_differ!(Level, Swapped, Inserted, u32, u64, bool);
    all_differ!(Vec<Level>, Vec<Swapped>, Vec<u32>);
    assert_eq!(layout_of::<Level>(), layout_of::<Same>());
    assert_eq!(layout_of::<Level>(), layout_of::<Renamed>());
}

#[test]
fn numbers_differ_by_their_type_also_where_their_bytes_do_not() {
    all_differ!(
        u8,
        u16,
        u32,
        u64,
        u128,
        usize,
        i8,
        i16,
        i32,
        i64,
        i128,
        isize,
        f32,
        f64,
        bool,
        char,
        ()
    );
}

#[derive(MeshPayload)]
#[mesh(crate = "mesh")]
struct Pair<A, B> {
    first: A,
    second: B,
    marker: PhantomData<fn(A)>,
}

#[test]
fn a_generic_type_has_the_layout_of_its_arguments() {
    payload!(Plain {
        first: u32,
        second: String,
        marker: ()
    });
    assert_eq!(layout_of::<Pair<u32, String>>(), layout_of::<Plain>());
    all_differ!(Pair<u32, String>, Pair<String, u32>, Pair<Read, u32>, Pair<u32, u32>);
}

mod tree {
    use super::*;

    payload!(List { value: u32, next: Option<Box<List>> });
    payload!(SignedList { value: i32, next: Option<Box<SignedList>> });
    payload!(Tree { children: Vec<Tree>, value: u64, names: BTreeMap<u32, Tree> });
    payload!(SmallTree { children: Vec<SmallTree>, value: u32, names: BTreeMap<u32, SmallTree> });

    // One that contains another that contains it, met from either side.
    payload!(Even { next: Option<Box<Odd>> });
    payload!(Odd { next: Option<Box<Even>>, end: bool });
    payload!(OddEnd { next: Option<Box<EvenEnd>>, end: u32 });
    payload!(EvenEnd { next: Option<Box<OddEnd>> });

    // What grows by a factor of eight at each level.
    payload!(Wide {
        a: Vec<Wide>, b: Vec<Wide>, c: Vec<Wide>, d: Vec<Wide>,
        e: Vec<Wide>, f: Vec<Wide>, g: Vec<Wide>, h: Vec<Wide>,
    });
    payload!(BehindWide {
        wide: Wide,
        read: Read
    });
    payload!(BehindWideSwapped {
        wide: Wide,
        read: Behind
    });
    payload!(Behind {
        len: u32,
        offset: u64
    });
}

#[test]
fn a_type_that_contains_itself_has_a_layout() {
    use tree::*;
    all_differ!(
        List, SignedList, Tree, SmallTree, Even, Odd, EvenEnd, OddEnd, Wide
    );
    assert_eq!(layout_of::<Tree>(), layout_of::<Tree>());
}

#[test]
fn what_stands_behind_a_large_message_is_looked_at_too() {
    use tree::*;
    all_differ!(BehindWide, BehindWideSwapped);
}

/// What fills a message with more levels than are looked at.
macro_rules! levels {
    ($inner:ty) => { $inner };
    ($inner:ty, $($name:ident)*) => { levels!(@ $inner; $($name)*) };
    (@ $inner:ty; $name:ident $($rest:ident)*) => { levels!(@ (($inner,),); $($rest)*) };
    (@ $inner:ty;) => { $inner };
}

#[test]
fn a_change_below_the_depth_that_is_looked_at_does_not_show() {
    all_differ!(levels!(u32, a b c), levels!(u64, a b c));
    assert_eq!(
        layout_of::<levels!(u32, a b c d e f)>(),
        layout_of::<levels!(u64, a b c d e f)>()
    );
}

mod open {
    use super::*;

    #[derive(Protobuf)]
    pub(super) struct V1 {
        #[mesh(1)]
        path: String,
    }

    #[derive(Protobuf)]
    pub(super) struct V2 {
        #[mesh(1)]
        path: Option<String>,
        #[mesh(2)]
        sectors: u64,
    }

    #[derive(Protobuf)]
    #[mesh(enumeration)]
    pub(super) enum Kind1 {
        #[mesh(0)]
        None,
    }

    #[derive(Protobuf)]
    #[mesh(enumeration)]
    pub(super) enum Kind2 {
        #[mesh(0)]
        None,
        #[mesh(1)]
        Some,
    }

    payload!(Holds1 { disk: V1, kind: Kind1, all: Vec<V1> });
    payload!(Holds2 { disk: V2, kind: Kind2, all: Vec<V2> });
    payload!(HoldsNone { disk: u32, kind: Kind1, all: Vec<V1> });
}

#[test]
fn a_protobuf_message_may_change_and_its_place_may_not() {
    use open::*;
    assert_eq!(layout::fingerprint::<V1, Resource>(), None);
    assert_eq!(layout_of::<Holds1>(), layout_of::<Holds2>());
    all_differ!(Holds1, HoldsNone);
}

struct ByHand(u32);

impl DefaultEncoding for ByHand {
    type Encoding = Message;
}

impl<R> MessageEncode<ByHand, R> for Message {
    fn write_body(value: ByHand, writer: &mut Writer<R>) {
        type Number = Wrapped<mesh_protobuf::encodings::Varint>;
        <Number as MessageEncode<u32, R>>::write_body(value.0, writer);
    }
}

impl<'de, R> MessageDecode<'de, ByHand, R> for Message {
    fn read_body(
        _: Option<ByHand>,
        reader: &mut Reader<'de, '_, R>,
    ) -> mesh_protobuf::Result<ByHand> {
        type Number = Wrapped<mesh_protobuf::encodings::Varint>;
        <Number as MessageDecode<'de, u32, R>>::read_body(None, reader).map(ByHand)
    }
}

#[test]
fn what_nobody_describes_is_equal_to_all_that_nobody_describes() {
    payload!(Holds {
        hand: ByHand,
        len: u32
    });
    payload!(HoldsOpen {
        hand: open::V1,
        len: u32
    });
    payload!(HoldsOther {
        hand: open::V1,
        len: u64
    });
    assert_eq!(layout::fingerprint::<ByHand, Resource>(), None);
    assert_eq!(layout_of::<Holds>(), layout_of::<HoldsOpen>());
    all_differ!(Holds, HoldsOther);
}

#[test]
fn fingerprints_are_the_same_in_every_build() {
    // Peers compare these: to change one is to make channels between releases fail.
    let layouts = [
        layout_of::<u32>(),
        layout_of::<Read>(),
        layout_of::<tree::Tree>(),
    ];
    let known = [
        0x2279_4277_b331_de19,
        0x49f5_45f6_6f18_2972,
        0x0bff_e235_195d_3749,
    ];
    assert_eq!(layouts, known);
}
