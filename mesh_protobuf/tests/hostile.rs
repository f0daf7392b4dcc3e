//! Bytes from anywhere decode to a value or to a typed error: no panic, no hang, no bottomless nesting.
#![allow(missing_docs, clippy::unwrap_used)]

mod tree;

use mesh_protobuf::encoding::{DefaultEncoding, FieldDecode, FieldEncode, MessageDecode};
use mesh_protobuf::encodings::{Byte, Message, Unpacked, Varint, Wrapped};
use mesh_protobuf::wire::{WireType, tag};
use mesh_protobuf::{
    Context, Decode, ErrorKind, NoResource, Reader, Result, Writer, decode, encode,
};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::{NonZeroI8, NonZeroU32};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tree::Tree;

/// A value of every kind, with order enough that equal values have equal bytes.
type Everything = (
    (u8, i8, u16, i64, usize, bool, char, u128, Option<Vec<u8>>),
    (
        Vec<u32>,
        Vec<f32>,
        Vec<u8>,
        VecDeque<i16>,
        Arc<[u64]>,
        Box<[String]>,
    ),
    (
        String,
        Arc<str>,
        Cow<'static, str>,
        Option<Option<()>>,
        Vec<Vec<Option<u8>>>,
    ),
    (
        BTreeMap<u32, Vec<String>>,
        BTreeSet<i32>,
        Vec<(u8, Duration)>,
    ),
    (
        Option<SystemTime>,
        Option<IpAddr>,
        Option<SocketAddr>,
        Option<NonZeroU32>,
    ),
    (
        Option<[u16; 3]>,
        Option<Box<Tree>>,
        Vec<std::result::Result<u8, String>>,
    ),
);

fn everything() -> impl Strategy<Value = Everything> {
    let tree = any::<(u64, String)>().prop_map(|(value, name)| {
        let leaf = Tree {
            value,
            name,
            ..Tree::default()
        };
        Box::new(Tree {
            next: Some(Box::new(leaf.clone())),
            children: vec![leaf.clone(), leaf],
            ..Tree::chain(2)
        })
    });
    let vectors = (
        vec(any::<u32>(), 0..4),
        vec(any::<f32>(), 0..4),
        vec(any::<u8>(), 0..9),
        vec(any::<i16>(), 0..4).prop_map(VecDeque::from),
        vec(any::<u64>(), 0..4).prop_map(Arc::from),
        vec(any::<String>(), 0..3).prop_map(Vec::into_boxed_slice),
    );
    let texts = (
        any::<String>(),
        any::<String>().prop_map(Arc::from),
        any::<String>().prop_map(Cow::Owned),
        any::<Option<Option<()>>>(),
        vec(vec(any::<Option<u8>>(), 0..3), 0..3),
    );
    let last = (
        any::<Option<[u16; 3]>>(),
        proptest::option::of(tree),
        vec(any::<std::result::Result<u8, String>>(), 0..3),
    );
    let numbers = any::<(u8, i8, u16, i64, usize, bool, char, u128)>();
    let numbers = (numbers, proptest::option::of(vec(any::<u8>(), 0..5)))
        .prop_map(|((a, b, c, d, e, f, g, h), i)| (a, b, c, d, e, f, g, h, i));
    let maps = (
        btree_map(any::<u32>(), vec(any::<String>(), 0..3), 0..3),
        btree_set(any::<i32>(), 0..4),
        vec(any::<(u8, Duration)>(), 0..3),
    );
    let addresses = any::<(
        Option<SystemTime>,
        Option<IpAddr>,
        Option<SocketAddr>,
        Option<NonZeroU32>,
    )>();
    (numbers, vectors, texts, maps, addresses, last)
}

/// One change to a message.
#[derive(Clone, Debug)]
enum Mutation {
    Set(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    Truncate(usize),
    Repeat(usize, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        any::<(usize, u8)>().prop_map(|(at, byte)| Mutation::Set(at, byte)),
        any::<(usize, u8)>().prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        any::<usize>().prop_map(Mutation::Remove),
        any::<usize>().prop_map(Mutation::Truncate),
        any::<(usize, usize)>().prop_map(|(from, to)| Mutation::Repeat(from, to)),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutation: &Mutation) {
    let len = bytes.len().max(1);
    match *mutation {
        _ if bytes.is_empty() => bytes.push(0x0a),
        Mutation::Set(at, byte) => bytes[at % len] = byte,
        Mutation::Insert(at, byte) => bytes.insert(at % len, byte),
        Mutation::Remove(at) => drop(bytes.remove(at % len)),
        Mutation::Truncate(at) => bytes.truncate(at % len),
        Mutation::Repeat(from, to) => {
            let (from, to) = (from % len, to % len);
            bytes.extend_from_within(from.min(to)..from.max(to));
        }
    }
}

/// What decodes at all, encodes to bytes that decode to the same value again.
fn decode_or_fail(bytes: &[u8]) {
    if let Ok(value) = decode::<Everything>(bytes) {
        let again = encode(&value);
        let back = decode::<Everything>(&again).unwrap();
        assert_eq!(encode(&back), again);
    }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

#[test]
fn arbitrary_bytes_decode_or_fail() {
    fn each<T: for<'de> Decode<'de>>(bytes: &[u8]) {
        drop(decode::<T>(bytes));
    }
    proptest!(config(2000), |(bytes in vec(any::<u8>(), 0..200))| {
        decode_or_fail(&bytes);
        each::<Tree>(&bytes);
        each::<HashMap<u32, HashSet<u8>>>(&bytes);
        each::<Vec<[Option<Box<Tree>>; 2]>>(&bytes);
        drop(decode::<(&str, &[u8])>(&bytes));
    });
}

#[test]
fn every_value_survives_and_its_mutations_decode_or_fail() {
    proptest!(config(500), |(value in everything(), mutations in vec(mutation(), 1..6))| {
        let mut bytes = encode(&value);
        prop_assert_eq!(&decode::<Everything>(&bytes).unwrap(), &value);
        for mutation in &mutations {
            mutate(&mut bytes, mutation);
            decode_or_fail(&bytes);
        }
    });
}

#[test]
fn a_message_cut_short_is_an_error() {
    proptest!(config(50), |(value in everything())| {
        // One field, so that no cut falls between two.
        let bytes = encode(vec![value]);
        for end in 1..bytes.len() {
            prop_assert!(decode::<Vec<Everything>>(&bytes[..end]).is_err(), "cut at {}", end);
        }
    });
}

fn error<T: for<'de> Decode<'de> + Debug>(bytes: &[u8]) -> ErrorKind {
    decode::<T>(bytes).unwrap_err().kind().clone()
}

#[test]
fn numbers_that_do_not_fit_are_out_of_range() {
    assert_eq!(error::<u8>(&encode(256u32)), ErrorKind::OutOfRange);
    assert_eq!(error::<u16>(&encode(65_536u32)), ErrorKind::OutOfRange);
    assert_eq!(error::<i8>(&encode(-129i32)), ErrorKind::OutOfRange);
    assert_eq!(error::<char>(&encode(0xd800u32)), ErrorKind::OutOfRange);
    assert_eq!(error::<char>(&encode(0x11_0000u32)), ErrorKind::OutOfRange);
    assert_eq!(
        error::<Option<NonZeroU32>>(&encode(Some(0u32))),
        ErrorKind::OutOfRange
    );
    assert_eq!(
        error::<Option<NonZeroI8>>(&encode(Some(0i8))),
        ErrorKind::OutOfRange
    );
    assert_eq!(
        error::<Vec<u16>>(&encode(vec![1u32, 1 << 20])),
        ErrorKind::OutOfRange
    );
}

#[test]
fn a_number_of_32_bits_takes_the_low_ones_of_a_longer_one() {
    let long = 0x1234_5678_9abc_def0u64;
    assert_eq!(decode::<u32>(&encode(long)).unwrap(), 0x9abc_def0);
    assert_eq!(
        decode::<Vec<u32>>(&encode(vec![long, 1])).unwrap(),
        [0x9abc_def0, 1]
    );
    // `sint32`: the low half of the zigzag bits, not of the number that they stand for.
    let zigzag = i64::from(i32::MIN) - 1;
    assert_eq!(decode::<i32>(&encode(zigzag)).unwrap(), -1);
    assert_eq!(decode::<i32>(&encode(i64::MAX)).unwrap(), i32::MAX);
    assert_eq!(decode::<i32>(&encode(i64::MIN)).unwrap(), i32::MIN);
    // `int32`
    let bytes = [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    let context = Context::<NoResource>::for_len(bytes.len(), &mut []);
    let mut reader = Reader::new(&bytes, &context);
    let number: i32 = Wrapped::<Varint>::read_body(None, &mut reader).unwrap();
    assert_eq!(number, -1);
    // What is narrower is judged by those 32 bits.
    assert_eq!(decode::<u8>(&encode((1u64 << 32) + 7)).unwrap(), 7);
}

#[test]
fn any_number_but_zero_is_true() {
    assert!(decode::<bool>(&encode(2u32)).unwrap());
    assert!(decode::<bool>(&encode(u64::MAX)).unwrap());
    assert!(!decode::<bool>(&encode(Some(0u32))).unwrap());
}

#[test]
fn values_that_their_type_does_not_have_are_refused() {
    assert_eq!(error::<String>(&[0x0a, 1, 0xff]), ErrorKind::InvalidUtf8);
    assert_eq!(error::<Arc<str>>(&[0x0a, 1, 0xff]), ErrorKind::InvalidUtf8);
    assert!(matches!(
        error::<Duration>(&encode((0u8, 1_000_000_000u32))),
        ErrorKind::Invalid(_)
    ));
    assert!(matches!(
        error::<SystemTime>(&encode((0u8, u32::MAX))),
        ErrorKind::Invalid(_)
    ));
    let wrong = |expected, found| ErrorKind::WrongLength { expected, found };
    assert_eq!(error::<u128>(&encode(vec![1u8; 15])), wrong(16, 15));
    assert_eq!(error::<Ipv4Addr>(&encode(vec![1u8; 16])), wrong(4, 16));
    assert_eq!(error::<IpAddr>(&encode(vec![1u8; 5])), wrong(16, 5));
    assert_eq!(error::<[u32; 2]>(&encode(vec![1u32, 2, 3])), wrong(2, 3));
    assert_eq!(error::<[u8; 4]>(&encode(vec![1u8, 2])), wrong(4, 2));
    assert_eq!(
        error::<Option<[u8; 4]>>(&encode(Some(vec![0u8; 5]))),
        wrong(4, 5)
    );
}

#[test]
fn absent_fields_without_a_default_are_missing() {
    assert_eq!(error::<NonZeroU32>(&[]), ErrorKind::MissingField);
    assert_eq!(error::<[u8; 1]>(&[]), ErrorKind::MissingField);
    assert_eq!(error::<Ipv4Addr>(&[]), ErrorKind::MissingField);
    assert_eq!(error::<SocketAddr>(&[]), ErrorKind::MissingField);
    assert_eq!(
        error::<(std::result::Result<(), ()>,)>(&[]),
        ErrorKind::MissingField
    );
    assert_eq!(
        error::<std::result::Result<(), ()>>(&[]),
        ErrorKind::UnknownVariant
    );
    assert_eq!(
        error::<std::convert::Infallible>(&[]),
        ErrorKind::UnknownVariant
    );
    assert_eq!(
        error::<Vec<std::convert::Infallible>>(&[0x0a, 0]),
        ErrorKind::UnknownVariant
    );
}

#[test]
fn absent_fields_with_a_default_have_it() {
    type Defaults = (
        (u8, i64, f32, bool, char, i128),
        (
            String,
            Vec<u8>,
            Vec<String>,
            Option<u8>,
            BTreeMap<u8, u8>,
            HashSet<u8>,
        ),
        (
            (),
            Duration,
            Option<Box<Tree>>,
            Box<Tree>,
            [u8; 0],
            std::ops::Range<u8>,
        ),
    );
    assert_eq!(decode::<Defaults>(&[]).unwrap(), Default::default());
    assert_eq!(decode::<SystemTime>(&[]).unwrap(), SystemTime::UNIX_EPOCH);
    assert_eq!(
        decode::<(Arc<[u8]>, &str, &[u8])>(&[]).unwrap(),
        (Arc::from([]), "", &[][..])
    );
    assert_eq!(encode(Defaults::default()), []);
}

#[test]
fn a_wire_type_that_the_encoding_does_not_have_is_an_error() {
    let text = encode("text");
    assert_eq!(error::<u32>(&text), ErrorKind::WrongWireType(WireType::Len));
    assert_eq!(
        error::<f32>(&encode(1.0f64)),
        ErrorKind::WrongWireType(WireType::Fixed64)
    );
    assert_eq!(
        error::<String>(&encode(1u32)),
        ErrorKind::WrongWireType(WireType::Varint)
    );
    assert_eq!(
        error::<Option<Tree>>(&encode(1u32)),
        ErrorKind::WrongWireType(WireType::Varint)
    );
}

#[test]
fn unknown_fields_of_every_wire_type_are_skipped() {
    let mut bytes = encode((1u8, 2u8));
    bytes.extend([0x18, 0x96, 0x01]); // field 3, varint
    bytes.extend([0x21, 1, 2, 3, 4, 5, 6, 7, 8]); // field 4, eight bytes
    bytes.extend([0x2a, 2, 9, 9]); // field 5, delimited
    bytes.extend([0x33, 0x08, 1, 0x3b, 0x3c, 0x34]); // field 6, a group with a varint and a group
    bytes.extend([0x3d, 1, 2, 3, 4]); // field 7, four bytes
    assert_eq!(decode::<(u8, u8)>(&bytes).unwrap(), (1, 2));
    decode::<()>(&bytes).unwrap();

    assert_eq!(error::<()>(&[0x33]), ErrorKind::UnexpectedEnd);
    assert_eq!(error::<()>(&[0x34]), ErrorKind::UnmatchedGroup);
    assert_eq!(error::<()>(&[0x33, 0x3c]), ErrorKind::UnmatchedGroup);
}

/// Runs on a stack of the size that threads of the standard library have.
fn on_a_small_stack(run: fn()) {
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    thread.spawn(run).unwrap().join().unwrap();
}

#[test]
fn nesting_is_bounded_and_fits_an_ordinary_stack() {
    on_a_small_stack(|| {
        let deepest = encode(Tree::chain(100));
        assert_eq!(decode::<Tree>(&deepest).unwrap(), Tree::chain(100));
        assert_eq!(error::<Tree>(&encode(Tree::chain(101))), ErrorKind::TooDeep);

        // Deeper than the encoder could go: 2,000 levels, each the length of the rest.
        let mut bytes = Vec::new();
        for _ in 0..2000 {
            bytes = encode(((), (), Some(bytes)));
        }
        assert_eq!(error::<Tree>(&bytes), ErrorKind::TooDeep);

        let groups = vec![0x33; 10_000];
        assert_eq!(error::<Tree>(&groups), ErrorKind::TooDeep);
    });
}

/// A type without a smallest value: nothing on the wire can end it.
#[derive(Debug)]
struct Endless {
    _next: Box<Endless>,
}

impl DefaultEncoding for Endless {
    type Encoding = Message;
}

impl<'de, R> MessageDecode<'de, Endless, R> for Message {
    fn read_body(_: Option<Endless>, reader: &mut Reader<'de, '_, R>) -> Result<Endless> {
        type Next = <Box<Endless> as DefaultEncoding>::Encoding;
        let mut slot = <Next as FieldDecode<'de, Box<Endless>, R>>::start(None);
        while let Some((_, wire_type)) = reader.next_field()? {
            <Next as FieldDecode<'de, Box<Endless>, R>>::read_field(&mut slot, wire_type, reader)?;
        }
        let next = <Next as FieldDecode<'de, Box<Endless>, R>>::finish(slot, reader)?;
        Ok(Endless { _next: next })
    }
}

#[test]
fn absent_messages_in_absent_messages_are_bounded_too() {
    on_a_small_stack(|| {
        assert_eq!(error::<Endless>(&[]), ErrorKind::TooDeep);
        assert_eq!(error::<Endless>(&[0x0a, 2, 0x0a, 0]), ErrorKind::TooDeep);
    });
}

#[test]
fn elements_without_a_size_cost_input_each() {
    let units = decode::<Vec<()>>(&[0x0a, 0, 0x0a, 0]).unwrap();
    assert_eq!(units.len(), 2);
    // A length says how many bytes follow, never how many elements.
    let claims_many = [0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f];
    assert_eq!(error::<Vec<()>>(&claims_many), ErrorKind::UnexpectedEnd);
    assert_eq!(error::<Vec<u64>>(&claims_many), ErrorKind::UnexpectedEnd);
    assert_eq!(error::<String>(&claims_many), ErrorKind::UnexpectedEnd);
}

#[test]
fn packed_and_single_elements_mix() {
    let mut bytes = encode(vec![1u32, 2]);
    bytes.extend([0x08, 3]);
    bytes.extend(encode(vec![4u32]));
    assert_eq!(decode::<Vec<u32>>(&bytes).unwrap(), [1, 2, 3, 4]);
    // A run that ends within a number.
    assert_eq!(
        error::<Vec<u32>>(&[0x0a, 1, 0x80]),
        ErrorKind::UnexpectedEnd
    );
    assert_eq!(
        error::<Vec<f32>>(&[0x0a, 3, 0, 0, 0]),
        ErrorKind::UnexpectedEnd
    );
}

#[test]
fn bytes_that_are_not_packed_are_read_one_by_one() {
    type Encoding = Unpacked<Byte>;
    let mut writer = Writer::<NoResource>::new();
    Encoding::write_field(1, vec![5u8, 0, 200], &mut writer);
    let bytes = writer.finish().0;
    assert_eq!(bytes, [0x08, 5, 0x08, 0, 0x08, 200, 1]);
    let context = Context::<NoResource>::for_len(bytes.len(), &mut []);
    let mut reader = Reader::new(&bytes, &context);
    let read: Vec<u8> = Wrapped::<Encoding>::read_body(None, &mut reader).unwrap();
    assert_eq!(read, [5, 0, 200]);
}

#[test]
fn malformed_tags_and_varints_are_errors() {
    assert_eq!(error::<()>(&[0x00]), ErrorKind::InvalidTag(0));
    assert_eq!(error::<()>(&[0x0e]), ErrorKind::InvalidTag(0x0e));
    let mut too_long = vec![0x08];
    too_long.extend([0xff; 10]);
    assert_eq!(error::<u64>(&too_long), ErrorKind::VarintTooLong);
    assert_eq!(error::<u64>(&too_long[..10]), ErrorKind::UnexpectedEnd);
    assert_eq!(tag(1, WireType::Varint), 0x08);
}

#[test]
fn a_reader_without_depth_reads_numbers_but_no_messages() {
    let limits = mesh_protobuf::Limits {
        depth: 0,
        memory: 0,
    };
    let read = |bytes: &[u8]| -> Result<(u8, Option<()>)> {
        Decode::<NoResource>::decode_body(
            None,
            &mut Reader::new(bytes, &Context::new(&mut [], limits)),
        )
    };
    assert_eq!(read(&encode(7u8)).unwrap(), (7, None));
    assert_eq!(
        *read(&encode((7u8, Some(())))).unwrap_err().kind(),
        ErrorKind::TooDeep
    );
}
