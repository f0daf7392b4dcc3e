//! The codec alone: any bytes decode to a value of a type that has every layout, or to a typed error; the value is written so that
//! the same is read again, by value as by reference; and memory is within the limits.
//!
//! The first byte says where to cut the rest in two: what the halves are, one read on top of the other, the whole must be.

use crate::memory;
use mesh_derive::Protobuf;
use mesh_protobuf::{
    ErrorKind, Limits, UnknownFields, decode, decode_with_resources, encode, encode_with_resources,
    merge,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A field of every kind. Maps and sets have an order, so that equal values have equal bytes.
#[derive(Clone, Debug, Protobuf)]
struct Everything<'a> {
    #[mesh(1)]
    numbers: Numbers,
    #[mesh(2)]
    sequences: Sequences,
    #[mesh(3)]
    texts: Texts,
    #[mesh(4, encoding = "Borrowed")]
    borrowed: Cow<'a, str>,
    #[mesh(5)]
    slice: &'a [u8],
    #[mesh(6)]
    maps: Maps,
    #[mesh(7)]
    times: (Option<SystemTime>, Duration),
    #[mesh(8)]
    address: Option<(IpAddr, SocketAddr)>,
    #[mesh(9)]
    array: Option<[u16; 3]>,
    #[mesh(10)]
    outcomes: Vec<Result<u8, String>>,
    #[mesh(11)]
    level: Level,
    #[mesh(12)]
    shapes: Vec<Shape>,
    #[mesh(oneof)]
    choice: Option<Choice>,
    #[mesh(13)]
    inner: Option<Box<Everything<'a>>>,
    #[mesh(14)]
    transparent: Metres,
    #[mesh(unknown)]
    unknown: UnknownFields,
}

#[derive(Clone, Debug, Protobuf)]
struct Numbers {
    #[mesh(1)]
    byte: u8,
    #[mesh(2)]
    small: i8,
    #[mesh(3)]
    medium: u16,
    #[mesh(4, encoding = "Varint")]
    plain: i64,
    #[mesh(5)]
    zigzag: i32,
    #[mesh(6)]
    flag: bool,
    #[mesh(7)]
    letter: char,
    #[mesh(8)]
    wide: i128,
    #[mesh(9, encoding = "Fixed")]
    fixed: u64,
    #[mesh(10)]
    float: f32,
    #[mesh(11)]
    double: f64,
    #[mesh(12)]
    nonzero: Option<NonZeroU32>,
    #[mesh(13)]
    nested: Option<Option<u32>>,
}

#[derive(Clone, Debug, Protobuf)]
struct Sequences {
    #[mesh(1)]
    packed: Vec<u32>,
    #[mesh(2, encoding = "Unpacked<ZigZag>")]
    unpacked: Vec<i32>,
    #[mesh(3)]
    doubles: Vec<f64>,
    #[mesh(4)]
    bytes: Vec<u8>,
    #[mesh(5)]
    deque: VecDeque<i16>,
    #[mesh(6)]
    shared: Arc<[u64]>,
    #[mesh(7)]
    boxed: Box<[String]>,
    #[mesh(8)]
    deep: Vec<Vec<Option<u8>>>,
    #[mesh(9)]
    units: Vec<()>,
}

#[derive(Clone, Debug, Protobuf)]
struct Texts {
    #[mesh(1)]
    owned: String,
    #[mesh(2)]
    shared: Arc<str>,
    #[mesh(3)]
    optional: Option<String>,
    #[mesh(unknown)]
    unknown: UnknownFields,
}

#[derive(Clone, Debug, Protobuf)]
struct Maps {
    #[mesh(1)]
    numbers: BTreeMap<u32, Vec<String>>,
    #[mesh(2)]
    names: BTreeMap<String, Texts>,
    #[mesh(3)]
    set: BTreeSet<i32>,
}

#[derive(Clone, Debug, Protobuf)]
#[mesh(enumeration)]
enum Level {
    #[mesh(0)]
    Low,
    #[mesh(7)]
    High,
    #[mesh(unknown)]
    Other(i32),
}

#[derive(Clone, Debug, Protobuf)]
enum Shape {
    #[mesh(1)]
    Point,
    #[mesh(2)]
    Circle(f64),
    #[mesh(3)]
    Square {
        #[mesh(1)]
        side: u32,
        #[mesh(2)]
        name: String,
    },
}

#[derive(Clone, Debug, Protobuf)]
enum Choice {
    #[mesh(20)]
    Number(u32),
    #[mesh(21)]
    Text(String),
    #[mesh(22)]
    Message(Texts),
}

#[derive(Clone, Debug, Protobuf)]
#[mesh(transparent)]
struct Metres(u32);

/// What stands for a descriptor.
#[derive(Debug, PartialEq)]
struct Token(u8);

impl mesh_protobuf::DefaultEncoding for Token {
    type Encoding = mesh_protobuf::encodings::Resource;
}

/// Resources wherever they can be.
#[derive(Debug, PartialEq, Protobuf)]
#[mesh(resource = "Token")]
struct Carrier {
    #[mesh(1)]
    one: Option<Token>,
    #[mesh(2)]
    many: Vec<Token>,
    #[mesh(3)]
    named: BTreeMap<u8, Token>,
    #[mesh(4)]
    inner: Option<Box<Carrier>>,
    #[mesh(5)]
    plain: String,
}

/// Decodes the bytes as messages.
///
/// # Panics
/// What was read comes back as something else, or took more memory than allowed.
pub fn run(bytes: &[u8]) {
    let Some((head, bytes)) = bytes.split_first() else {
        return;
    };
    whole(bytes);
    halves(bytes, usize::from(*head));
    carrier(bytes, head & 7);
}

fn whole(bytes: &[u8]) {
    let allowed = Limits::for_len(bytes.len()).memory;
    let (read, peak) = memory::peak(|| decode::<Everything<'_>>(bytes));
    // While a collection moves both places exist; an error has its path of fields.
    let most = 4096 + 2 * allowed;
    assert!(peak <= most, "{} bytes took {peak}", bytes.len());
    let Ok(value) = read else {
        return;
    };
    let by_reference = encode(&value);
    let shown = format!("{value:?}");
    assert_eq!(by_reference, encode(value), "by reference and by value");
    let back = match decode::<Everything<'_>>(&by_reference) {
        Ok(back) => back,
        // Values of collections are charged by what they take, and were charged more sparingly in a longer message.
        Err(error) if *error.kind() == ErrorKind::TooLarge => return,
        Err(error) => panic!("{error}: {shown} was written as {by_reference:02x?}"),
    };
    assert_eq!(format!("{back:?}"), shown, "written as {by_reference:02x?}");
    assert_eq!(encode(back), by_reference);
}

/// A message is what its halves are, the second read on top of the first.
fn halves(bytes: &[u8], cut: usize) {
    let (first, second) = bytes.split_at(cut.min(bytes.len()));
    let Ok(value) = decode::<Everything<'_>>(first) else {
        return;
    };
    let Ok(merged) = merge(value, second) else {
        return;
    };
    match decode::<Everything<'_>>(bytes) {
        Ok(whole) => assert_eq!(format!("{merged:?}"), format!("{whole:?}")),
        Err(error) => assert_eq!(*error.kind(), ErrorKind::TooLarge, "{error}"),
    }
}

/// Each resource is in the value at most once, and comes back where it was.
fn carrier(bytes: &[u8], tokens: u8) {
    let given = (0..tokens).map(Token).collect();
    let Ok(value) = decode_with_resources::<Carrier, Token>(bytes, given) else {
        return;
    };
    let mut seen = Vec::new();
    count(&value, &mut seen);
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), all, "a resource came twice: {value:?}");
    let shown = format!("{value:?}");
    let (bytes, resources) = encode_with_resources::<_, Token>(value);
    assert_eq!(resources.len(), all, "{shown}");
    let back = decode_with_resources::<Carrier, Token>(&bytes, resources);
    assert_eq!(back.map(|b| format!("{b:?}")).ok(), Some(shown));
}

fn count(value: &Carrier, seen: &mut Vec<u8>) {
    let here = value.one.iter().chain(&value.many);
    seen.extend(here.chain(value.named.values()).map(|token| token.0));
    if let Some(inner) = &value.inner {
        count(inner, seen);
    }
}
