//! The codec beside prost, on one schema: what both read is the same, and each reads what the other writes.
//!
//! The two may differ in what they refuse. Where one refuses what the other reads, the reason must be one of these:
//!
//! | refused by | reason |
//! |---|---|
//! | prost | a known field with another wire type; to mesh it is an unknown field, as to protobuf's own implementations |
//! | prost | more than a hundred messages within each other, groups that are unknown included, counted in its own way |
//! | mesh | its limits of depth and of memory |
//!
//! Messages that have a map's field with a wire type other than of a message are left out: prost does not look at it, and takes
//! what follows for an entry.

use mesh_derive::Protobuf;
use mesh_protobuf::wire::WireType;
use mesh_protobuf::{ErrorKind, NoResource, Context, Reader, Result, decode, encode};
use prost::Message as _;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, Protobuf)]
struct Ours {
    #[mesh(1)]
    uint32: u32,
    #[mesh(2)]
    uint64: u64,
    #[mesh(3, encoding = "Varint")]
    int32: i32,
    #[mesh(4, encoding = "Varint")]
    int64: i64,
    #[mesh(5)]
    sint32: i32,
    #[mesh(6)]
    sint64: i64,
    #[mesh(7, encoding = "Fixed")]
    fixed32: u32,
    #[mesh(8, encoding = "Fixed")]
    sfixed64: i64,
    #[mesh(9)]
    float: f32,
    #[mesh(10)]
    double: f64,
    #[mesh(11)]
    bool: bool,
    #[mesh(12)]
    string: String,
    #[mesh(13)]
    bytes: Vec<u8>,
    #[mesh(14)]
    optional: Option<u32>,
    #[mesh(15)]
    packed: Vec<u64>,
    #[mesh(16, encoding = "Unpacked<ZigZag>")]
    unpacked: Vec<i32>,
    #[mesh(17)]
    doubles: Vec<f64>,
    #[mesh(18)]
    bools: Vec<bool>,
    #[mesh(19)]
    strings: Vec<String>,
    #[mesh(20)]
    blobs: Vec<Vec<u8>>,
    #[mesh(21)]
    inner: Option<Box<Ours>>,
    #[mesh(22)]
    inners: Vec<Ours>,
    #[mesh(23)]
    map: BTreeMap<String, u32>,
    #[mesh(24)]
    messages: BTreeMap<i32, Ours>,
    #[mesh(25)]
    colour: Colour,
    #[mesh(26)]
    colours: Vec<Colour>,
    #[mesh(oneof)]
    choice: Option<OurChoice>,
}

#[derive(Clone, Debug, Default, Protobuf)]
#[mesh(enumeration)]
enum Colour {
    #[default]
    #[mesh(0)]
    Red,
    #[mesh(1)]
    Green,
    #[mesh(unknown)]
    Other(i32),
}

#[derive(Clone, Debug, Protobuf)]
enum OurChoice {
    #[mesh(30)]
    Number(u32),
    #[mesh(31)]
    Text(String),
    #[mesh(32)]
    Inner(Box<Ours>),
}

#[derive(Clone, PartialEq, prost::Message)]
struct Theirs {
    #[prost(uint32, tag = "1")]
    uint32: u32,
    #[prost(uint64, tag = "2")]
    uint64: u64,
    #[prost(int32, tag = "3")]
    int32: i32,
    #[prost(int64, tag = "4")]
    int64: i64,
    #[prost(sint32, tag = "5")]
    sint32: i32,
    #[prost(sint64, tag = "6")]
    sint64: i64,
    #[prost(fixed32, tag = "7")]
    fixed32: u32,
    #[prost(sfixed64, tag = "8")]
    sfixed64: i64,
    #[prost(float, tag = "9")]
    float: f32,
    #[prost(double, tag = "10")]
    double: f64,
    #[prost(bool, tag = "11")]
    bool: bool,
    #[prost(string, tag = "12")]
    string: String,
    #[prost(bytes = "vec", tag = "13")]
    bytes: Vec<u8>,
    #[prost(uint32, optional, tag = "14")]
    optional: Option<u32>,
    #[prost(uint64, repeated, tag = "15")]
    packed: Vec<u64>,
    #[prost(sint32, repeated, packed = "false", tag = "16")]
    unpacked: Vec<i32>,
    #[prost(double, repeated, tag = "17")]
    doubles: Vec<f64>,
    #[prost(bool, repeated, tag = "18")]
    bools: Vec<bool>,
    #[prost(string, repeated, tag = "19")]
    strings: Vec<String>,
    #[prost(bytes = "vec", repeated, tag = "20")]
    blobs: Vec<Vec<u8>>,
    #[prost(message, optional, boxed, tag = "21")]
    inner: Option<Box<Theirs>>,
    #[prost(message, repeated, tag = "22")]
    inners: Vec<Theirs>,
    #[prost(btree_map = "string, uint32", tag = "23")]
    map: BTreeMap<String, u32>,
    #[prost(btree_map = "sint32, message", tag = "24")]
    messages: BTreeMap<i32, Theirs>,
    #[prost(int32, tag = "25")]
    colour: i32,
    #[prost(int32, repeated, tag = "26")]
    colours: Vec<i32>,
    #[prost(oneof = "TheirChoice", tags = "30, 31, 32")]
    choice: Option<TheirChoice>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum TheirChoice {
    #[prost(uint32, tag = "30")]
    Number(u32),
    #[prost(string, tag = "31")]
    Text(String),
    #[prost(message, tag = "32")]
    Inner(Box<Theirs>),
}

impl From<Colour> for i32 {
    fn from(colour: Colour) -> Self {
        match colour {
            Colour::Red => 0,
            Colour::Green => 1,
            Colour::Other(number) => number,
        }
    }
}

impl From<OurChoice> for TheirChoice {
    fn from(ours: OurChoice) -> Self {
        match ours {
            OurChoice::Number(number) => Self::Number(number),
            OurChoice::Text(text) => Self::Text(text),
            OurChoice::Inner(inner) => Self::Inner(Box::new((*inner).into())),
        }
    }
}

impl From<Ours> for Theirs {
    fn from(ours: Ours) -> Self {
        Self {
            uint32: ours.uint32,
            uint64: ours.uint64,
            int32: ours.int32,
            int64: ours.int64,
            sint32: ours.sint32,
            sint64: ours.sint64,
            fixed32: ours.fixed32,
            sfixed64: ours.sfixed64,
            float: ours.float,
            double: ours.double,
            bool: ours.bool,
            string: ours.string,
            bytes: ours.bytes,
            optional: ours.optional,
            packed: ours.packed,
            unpacked: ours.unpacked,
            doubles: ours.doubles,
            bools: ours.bools,
            strings: ours.strings,
            blobs: ours.blobs,
            inner: ours.inner.map(|inner| Box::new((*inner).into())),
            inners: ours.inners.into_iter().map(Self::from).collect(),
            map: ours.map,
            messages: ours
                .messages
                .into_iter()
                .map(|(k, v)| (k, v.into()))
                .collect(),
            colour: ours.colour.into(),
            colours: ours.colours.into_iter().map(i32::from).collect(),
            choice: ours.choice.map(TheirChoice::from),
        }
    }
}

/// Decodes the bytes with both.
///
/// # Panics
/// They differ.
pub fn run(bytes: &[u8]) {
    if has_odd_map(bytes) {
        return;
    }
    let (ours, theirs) = (decode::<Ours>(bytes), Theirs::decode(bytes));
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => compare(ours, &theirs),
        (Ok(_), Err(refusal)) => {
            let reason = refusal.to_string();
            let known = ["invalid wire type", "recursion limit"];
            assert!(known.iter().any(|k| reason.contains(k)), "prost: {reason}");
        }
        (Err(error), Ok(_)) => {
            let kind = error.kind();
            let limit = matches!(kind, ErrorKind::TooDeep | ErrorKind::TooLarge);
            assert!(limit, "mesh refuses what prost reads: {error}");
        }
        (Err(_), Err(_)) => {}
    }
}

/// Whether somewhere the field of a map is no message. Bytes that are malformed before that have none.
fn has_odd_map(bytes: &[u8]) -> bool {
    odd_map(&mut Reader::new(bytes, &Context::for_len(bytes.len(), &mut [])), false).unwrap_or(false)
}

fn odd_map(reader: &mut Reader<'_, '_, NoResource>, in_entry: bool) -> Result<bool> {
    while let Some((number, wire_type)) = reader.next_field()? {
        let inside = match (in_entry, number, wire_type) {
            (false, 23 | 24, wire_type) if wire_type != WireType::Len => return Ok(true),
            (false, 24, WireType::Len) => Some(true),
            (false, 21 | 22 | 32, WireType::Len) | (true, 2, WireType::Len) => Some(false),
            _ => None,
        };
        let odd = match inside {
            Some(entry) => reader.delimited(|inner| odd_map(inner, entry))?,
            None => reader.skip(number, wire_type).map(|()| false)?,
        };
        if odd {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Compared as text, since a float that is no number does not equal itself, and negative zero equals zero.
fn compare(ours: Ours, theirs: &Theirs) {
    let shown = format!("{theirs:?}");
    assert_eq!(format!("{:?}", Theirs::from(ours.clone())), shown);
    let written = encode(&ours);
    match Theirs::decode(&*written) {
        Ok(back) => assert_eq!(format!("{back:?}"), shown, "mesh wrote {written:02x?}"),
        Err(error) => panic!("prost does not read what mesh wrote: {error}"),
    }
    // To prost negative zero is the default, so it may be gone here.
    let written = theirs.encode_to_vec();
    let expected = Theirs::decode(&*written).map(|back| format!("{back:?}"));
    match decode::<Ours>(&written) {
        Ok(back) => assert_eq!(Some(format!("{:?}", Theirs::from(back))), expected.ok()),
        Err(error) if matches!(error.kind(), ErrorKind::TooLarge) => {}
        Err(error) => panic!("mesh does not read what prost wrote: {error}"),
    }
}
