//! Two versions of a type and the bytes between them: what docs/evolution.md promises.

use mesh_derive::Protobuf;
use mesh_protobuf::{ErrorKind, Limits, UnknownFields, decode, decode_with_limits, encode, merge};
use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// The version that everything is compared with.
#[derive(Debug, PartialEq, Protobuf)]
struct First {
    #[mesh(1)]
    name: String,
    #[mesh(2)]
    size: u32,
    #[mesh(3)]
    tags: Vec<String>,
}

fn first() -> First {
    First {
        name: "a".into(),
        size: 7,
        tags: vec!["x".into()],
    }
}

#[derive(Debug, PartialEq, Protobuf)]
struct WithMore {
    #[mesh(4)]
    read_only: bool,
    #[mesh(1)]
    name: String,
    #[mesh(2)]
    size: u32,
    #[mesh(3)]
    tags: Vec<String>,
    #[mesh(5)]
    owner: Option<Owner>,
}

#[derive(Debug, PartialEq, Protobuf)]
struct Owner {
    #[mesh(1)]
    id: u64,
}

#[test]
fn an_added_field_is_absent_to_the_new_reader_and_skipped_by_the_old_one() {
    let mut new = WithMore {
        read_only: false,
        name: "a".into(),
        size: 7,
        tags: vec!["x".into()],
        owner: None,
    };
    assert_eq!(decode::<WithMore>(&encode(first())).unwrap(), new);
    new.read_only = true;
    new.owner = Some(Owner { id: 1 });
    assert_eq!(decode::<First>(&encode(new)).unwrap(), first());
}

#[test]
fn an_added_field_without_a_default_is_missing_from_old_messages() {
    #[derive(Debug, Protobuf)]
    struct Strict {
        #[mesh(1)]
        _name: String,
        #[mesh(4)]
        _slots: NonZeroU32,
    }
    let error = decode::<Strict>(&encode(first())).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::MissingField);
    assert_eq!(error.to_string(), "_slots: a required field is missing");
}

#[test]
fn a_removed_field_is_skipped_by_the_new_reader_and_absent_to_the_old_one() {
    #[derive(Debug, PartialEq, Protobuf)]
    struct WithLess {
        #[mesh(2)]
        size: u32,
    }
    assert_eq!(
        decode::<WithLess>(&encode(first())).unwrap(),
        WithLess { size: 7 }
    );
    let old: First = decode(&encode(WithLess { size: 7 })).unwrap();
    assert_eq!((old.name.as_str(), old.size, old.tags.len()), ("", 7, 0));
}

#[test]
fn names_and_the_order_of_fields_are_not_on_the_wire() {
    #[derive(Debug, PartialEq, Protobuf)]
    struct Renamed {
        #[mesh(3)]
        labels: Vec<String>,
        #[mesh(2)]
        bytes: u32,
        #[mesh(1)]
        title: String,
    }
    let renamed = Renamed {
        labels: vec!["x".into()],
        bytes: 7,
        title: "a".into(),
    };
    assert_eq!(encode(&renamed), encode(first()));
}

/// A message with one number, and a value of it.
macro_rules! number {
    ($name:ident, $type:ty, $encoding:literal) => {
        #[derive(Debug, PartialEq, Protobuf)]
        struct $name(#[mesh(1, encoding = $encoding)] $type);
    };
}
number!(Short, u16, "Varint");
number!(Plain, u32, "Varint");
number!(Long, u64, "Varint");
number!(Signed, i32, "Varint");
number!(LongSigned, i64, "Varint");
number!(Flag, bool, "Varint");
number!(Zigzag, i32, "ZigZag");
number!(LongZigzag, i64, "ZigZag");

#[test]
fn a_widened_integer_reads_old_messages() {
    assert_eq!(
        decode::<Plain>(&encode(Short(65_535))).unwrap(),
        Plain(65_535)
    );
    assert_eq!(
        decode::<Long>(&encode(Plain(u32::MAX))).unwrap(),
        Long(u32::MAX.into())
    );
    assert_eq!(
        decode::<LongSigned>(&encode(Signed(-2))).unwrap(),
        LongSigned(-2)
    );
    assert_eq!(
        decode::<LongZigzag>(&encode(Zigzag(-2))).unwrap(),
        LongZigzag(-2)
    );
    assert_eq!(decode::<Plain>(&encode(Flag(true))).unwrap(), Plain(1));
}

#[test]
fn a_narrower_reader_cuts_off_at_32_bits_and_refuses_below() {
    assert_eq!(decode::<Plain>(&encode(Long(7))).unwrap(), Plain(7));
    assert_eq!(
        decode::<Plain>(&encode(Long((1 << 32) + 7))).unwrap(),
        Plain(7)
    );
    assert_eq!(
        decode::<Signed>(&encode(LongSigned(-2))).unwrap(),
        Signed(-2)
    );
    assert_eq!(decode::<Flag>(&encode(Long(1 << 40))).unwrap(), Flag(true));
    let error = decode::<Short>(&encode(Plain(65_536))).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::OutOfRange);
}

#[derive(Debug, PartialEq, Protobuf)]
struct Perhaps {
    #[mesh(1)]
    number: Option<u32>,
    #[mesh(2)]
    text: Option<String>,
}

#[derive(Debug, PartialEq, Protobuf)]
struct Several {
    #[mesh(1, encoding = "Unpacked<Varint>")]
    number: Vec<u32>,
    #[mesh(2)]
    text: Vec<String>,
}

#[derive(Debug, PartialEq, Protobuf)]
struct Packed {
    #[mesh(1)]
    number: Vec<u32>,
}

#[test]
fn an_option_becomes_a_sequence_and_of_a_sequence_the_old_reader_has_the_last() {
    let one = Perhaps {
        number: Some(5),
        text: Some("a".into()),
    };
    let several: Several = decode(&encode(&one)).unwrap();
    assert_eq!(several.number, [5]);
    assert_eq!(several.text, ["a"]);
    assert_eq!(decode::<Packed>(&encode(one)).unwrap().number, [5]);

    let several = Several {
        number: vec![4, 5],
        text: vec!["b".into(), "c".into()],
    };
    let last: Perhaps = decode(&encode(several)).unwrap();
    assert_eq!((last.number, last.text.as_deref()), (Some(5), Some("c")));
}

#[test]
fn a_plain_field_becomes_an_option_which_is_none_where_there_was_the_default() {
    let some: Perhaps = decode(&encode(Plain(5))).unwrap();
    assert_eq!(some.number, Some(5));
    let none: Perhaps = decode(&encode(Plain(0))).unwrap();
    assert_eq!(none.number, None);
    assert_eq!(decode::<Plain>(&encode(none)).unwrap(), Plain(0));
    assert_eq!(decode::<Plain>(&encode(some)).unwrap(), Plain(5));
}

#[test]
fn a_packed_sequence_is_an_unknown_field_to_a_reader_of_one_number() {
    let one: Perhaps = decode(&encode(Packed { number: vec![4, 5] })).unwrap();
    assert_eq!(one.number, None);
}

#[test]
fn a_field_of_another_wire_type_is_an_unknown_field() {
    #[derive(Debug, PartialEq, Protobuf)]
    struct Other {
        #[mesh(1)]
        name: u64,
        #[mesh(2)]
        size: f32,
        #[mesh(3)]
        tags: Vec<String>,
        #[mesh(unknown)]
        unknown: UnknownFields,
    }
    let bytes = encode(first());
    let other: Other = decode(&bytes).unwrap();
    assert_eq!((other.name, other.size), (0, 0.0));
    assert_eq!(other.tags, ["x"]);
    assert_eq!(other.unknown.as_bytes(), [0x0a, 1, b'a', 0x10, 7]);
    // It is kept, so the reader of the first version has everything back.
    assert_eq!(decode::<First>(&encode(other)).unwrap(), first());
    // A value of the right wire type beside the wrong one counts.
    let mixed = [&bytes[..], &encode(Plain(9))].concat();
    assert_eq!(decode::<Other>(&mixed).unwrap().name, 9);
}

#[test]
fn a_key_or_value_of_another_wire_type_is_unknown_to_an_entry_of_a_map() {
    let bytes = encode(BTreeMap::from([(1u32, String::from("one"))]));
    let numbers: BTreeMap<u32, u32> = decode(&bytes).unwrap();
    assert_eq!(numbers, BTreeMap::from([(1, 0)]));
    let texts: BTreeMap<String, String> = decode(&bytes).unwrap();
    assert_eq!(texts, BTreeMap::from([(String::new(), "one".into())]));
}

#[derive(Debug, PartialEq, Protobuf)]
enum Shape {
    #[mesh(10)]
    Circle(f64),
}

#[derive(Debug, PartialEq, Protobuf)]
enum MoreShapes {
    #[mesh(10)]
    Circle(f64),
    #[mesh(11)]
    Square {
        #[mesh(1)]
        side: u32,
    },
    #[mesh(12)]
    Point,
}

#[derive(Debug, PartialEq, Protobuf)]
struct Drawing {
    #[mesh(1)]
    name: String,
    #[mesh(oneof)]
    shape: Option<Shape>,
    #[mesh(unknown)]
    unknown: UnknownFields,
}

#[derive(Debug, PartialEq, Protobuf)]
struct NewDrawing {
    #[mesh(1)]
    name: String,
    #[mesh(oneof)]
    shape: Option<MoreShapes>,
}

#[test]
fn a_variant_unknown_to_the_reader_of_an_optional_oneof_is_none_and_can_be_kept() {
    let new = || NewDrawing {
        name: "a".into(),
        shape: Some(MoreShapes::Square { side: 3 }),
    };
    let mut old: Drawing = decode(&encode(new())).unwrap();
    assert_eq!(old.shape, None);
    assert_eq!(decode::<NewDrawing>(&encode(&old)).unwrap(), new());
    old.unknown.clear();
    assert_eq!(decode::<NewDrawing>(&encode(&old)).unwrap().shape, None);
}

#[test]
fn a_variant_unknown_to_the_reader_of_an_enum_that_is_a_message_is_an_error() {
    #[derive(Debug, Protobuf)]
    struct Holder {
        #[mesh(1)]
        _shape: Shape,
    }
    let error = decode::<Shape>(&encode(MoreShapes::Point)).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::UnknownVariant);
    let bytes = encode((MoreShapes::Square { side: 3 },));
    let error = decode::<Holder>(&bytes).unwrap_err();
    assert_eq!(error.to_string(), "_shape: unknown or missing variant");
    // Of another wire type it is unknown as well.
    let error = decode::<MoreShapes>(&[0x58, 3]).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::UnknownVariant);
    let error = decode::<MoreShapes>(&[0x60, 3]).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::UnknownVariant);
}

#[test]
fn fields_may_move_into_a_oneof() {
    #[derive(Debug, PartialEq, Protobuf)]
    struct Before {
        #[mesh(10)]
        circle: Option<f64>,
    }
    let before = Before { circle: Some(1.5) };
    let after: Drawing = decode(&encode(before)).unwrap();
    assert_eq!(after.shape, Some(Shape::Circle(1.5)));
    assert_eq!(decode::<Before>(&encode(after)).unwrap().circle, Some(1.5));
}

#[derive(Debug, PartialEq, Protobuf)]
#[mesh(enumeration)]
enum Closed {
    #[mesh(0)]
    Off,
    #[mesh(1)]
    On,
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
#[mesh(enumeration)]
enum Open {
    #[mesh(0)]
    Off,
    #[mesh(-1)]
    Broken,
    #[mesh(unknown)]
    Other(i32),
}

#[derive(Debug, PartialEq, Protobuf)]
#[mesh(enumeration)]
enum OpenNamed {
    #[mesh(5)]
    Five,
    #[mesh(unknown)]
    Other { number: i32 },
}

#[test]
fn a_number_unknown_to_an_enumeration_is_an_error_or_kept() {
    let error = decode::<Closed>(&encode(2u32)).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::UnknownVariant);
    assert_eq!(decode::<Closed>(&encode(1u32)).unwrap(), Closed::On);

    assert_eq!(decode::<Open>(&encode(2u32)).unwrap(), Open::Other(2));
    assert_eq!(encode(Open::Other(2)), encode(2u32));
    let all = vec![Open::Off, Open::Other(i32::MIN), Open::Broken];
    assert_eq!(decode::<Vec<Open>>(&encode(&all)).unwrap(), all);
    // A number that has a variant comes back as that.
    assert_eq!(
        decode::<Open>(&encode(Open::Other(-1))).unwrap(),
        Open::Broken
    );
    // Of a longer number the low 32 bits count.
    assert_eq!(decode::<Open>(&encode(1u64 << 32)).unwrap(), Open::Off);
    // Without a variant for zero, an absent field is an unknown number, too.
    assert_eq!(
        decode::<OpenNamed>(&[]).unwrap(),
        OpenNamed::Other { number: 0 }
    );
    assert_eq!(decode::<OpenNamed>(&[0x08, 5]).unwrap(), OpenNamed::Five);
}

/// Keeps what it does not know, as does what it holds.
#[derive(Debug, Default, PartialEq, Protobuf)]
struct Keeper {
    #[mesh(2)]
    size: u32,
    #[mesh(unknown)]
    unknown: UnknownFields,
    #[mesh(6)]
    inner: Option<Box<Keeper>>,
    #[mesh(7)]
    by_name: BTreeMap<String, Keeper>,
}

#[test]
fn what_is_kept_is_written_back_at_every_level() {
    let inner = [&[0x10, 1][..], &[0x4a, 1, b'z']].concat();
    let entry = [&[0x0a, 1, b'k', 0x12, inner.len() as u8][..], &inner].concat();
    let bytes = [
        &[0x10, 5][..],
        &[0x32, inner.len() as u8],
        &inner,
        &[0x3a, entry.len() as u8],
        &entry,
        // Unknown: text, a group with a group in it, a number; known ones after them would go first.
        &[0x0a, 1, b'a', 0x43, 0x4b, 0x08, 1, 0x4c, 0x44, 0x18, 9],
    ]
    .concat();
    let keeper: Keeper = decode(&bytes).unwrap();
    assert_eq!(keeper.size, 5);
    assert_eq!(keeper.by_name["k"].unknown.as_bytes(), [0x4a, 1, b'z']);
    assert_eq!(encode(&keeper), bytes);
}

#[test]
fn what_is_kept_is_added_to_when_messages_merge() {
    let old: Keeper = decode(&[0x08, 1]).unwrap();
    let new = merge(old, &[0x10, 5, 0x08, 2]).unwrap();
    assert_eq!(new.size, 5);
    assert_eq!(new.unknown.as_bytes(), [0x08, 1, 0x08, 2]);
    // So it does when a field occurs twice.
    let keeper: Keeper = decode(&[0x32, 2, 0x08, 1, 0x32, 2, 0x08, 2]).unwrap();
    let inner = keeper.inner.unwrap();
    assert_eq!(inner.unknown.as_bytes(), [0x08, 1, 0x08, 2]);
}

#[test]
fn what_is_kept_stays_within_the_limits() {
    let bytes = [&[0x0a, 0xe8, 0x07][..], &[0; 1000]].concat();
    let limits = |memory| Limits { depth: 4, memory };
    assert!(decode_with_limits::<Keeper>(&bytes, limits(2000)).is_ok());
    let error = decode_with_limits::<Keeper>(&bytes, limits(900)).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::TooLarge);
    let groups = [[0x0b].repeat(5), [0x0c].repeat(5)].concat();
    let error = decode_with_limits::<Keeper>(&groups, limits(900)).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::TooDeep);
    // A group that ends without having begun is no field at all.
    let error = decode::<Keeper>(&[0x14]).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::UnmatchedGroup);
}

#[test]
fn a_message_may_become_the_bytes_of_one_and_back() {
    #[derive(Debug, PartialEq, Protobuf)]
    struct Opaque {
        #[mesh(5)]
        owner: Vec<u8>,
    }
    let opaque = Opaque {
        owner: encode(Owner { id: 3 }),
    };
    let new: WithMore = decode(&encode(&opaque)).unwrap();
    assert_eq!(new.owner, Some(Owner { id: 3 }));
    assert_eq!(decode::<Opaque>(&encode(new)).unwrap(), opaque);
}
