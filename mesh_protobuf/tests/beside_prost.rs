//! The same messages as prost, another implementation of protobuf, writes and reads them.
#![allow(missing_docs, clippy::unwrap_used)]

use mesh_protobuf::encoding::{MessageDecode, MessageEncode};
use mesh_protobuf::encodings::{
    Byte, Fixed, Map, Optional, Outcome, Repeated, Text, Tuple, Unpacked, Varint, ZigZag,
};
use mesh_protobuf::{Context, NoResource, Reader, Writer};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// Both write the same bytes, and each reads those of the other.
fn same<E, T, P>(ours: T, theirs: P)
where
    E: MessageEncode<T, NoResource> + for<'de> MessageDecode<'de, T, NoResource>,
    T: Clone + PartialEq + Debug,
    P: prost::Message + Default + PartialEq + Debug,
{
    let mut writer = Writer::new();
    E::write_body(ours.clone(), &mut writer);
    let bytes = writer.finish().0;
    assert_eq!(bytes, theirs.encode_to_vec());
    assert_eq!(P::decode(&*bytes).unwrap(), theirs);
    let back = E::read_body(
        None,
        &mut Reader::new(&bytes, &Context::for_len(bytes.len(), &mut [])),
    );
    assert_eq!(back.unwrap(), ours);
}

#[derive(Clone, PartialEq, prost::Message)]
struct Scalars {
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
}

type ScalarTuple = (
    u32,
    u64,
    i32,
    i64,
    i32,
    i64,
    u32,
    i64,
    f32,
    f64,
    bool,
    String,
);
type ScalarEncoding = Tuple<(
    Varint,
    Varint,
    Varint,
    Varint,
    ZigZag,
    ZigZag,
    Fixed,
    Fixed,
    Fixed,
    Fixed,
    Varint,
    Text,
)>;

fn scalars() -> impl Strategy<Value = (ScalarTuple, Scalars)> {
    let numbers = any::<(u32, u64, i32, i64, i32, i64, u32, i64)>();
    (numbers, any::<(f32, f64, bool, String)>()).prop_map(
        |((a, b, c, d, e, f, g, h), (i, j, k, l))| {
            // To prost negative zero is the default; to us it is a number of its own.
            let (i, j) = (i + 0.0, j + 0.0);
            let theirs = Scalars {
                uint32: a,
                uint64: b,
                int32: c,
                int64: d,
                sint32: e,
                sint64: f,
                fixed32: g,
                sfixed64: h,
                float: i,
                double: j,
                bool: k,
                string: l.clone(),
            };
            ((a, b, c, d, e, f, g, h, i, j, k, l), theirs)
        },
    )
}

#[derive(Clone, PartialEq, prost::Message)]
struct Composite {
    #[prost(bytes = "vec", tag = "1")]
    bytes: Vec<u8>,
    #[prost(uint32, optional, tag = "2")]
    optional: Option<u32>,
    #[prost(uint64, repeated, tag = "3")]
    packed: Vec<u64>,
    #[prost(sint32, repeated, packed = "false", tag = "4")]
    unpacked: Vec<i32>,
    #[prost(double, repeated, tag = "5")]
    doubles: Vec<f64>,
    #[prost(string, repeated, tag = "6")]
    strings: Vec<String>,
    #[prost(message, optional, tag = "7")]
    message: Option<Scalars>,
    #[prost(message, repeated, tag = "8")]
    messages: Vec<Scalars>,
    #[prost(btree_map = "string, uint32", tag = "9")]
    map: BTreeMap<String, u32>,
    #[prost(bytes = "vec", repeated, tag = "10")]
    blobs: Vec<Vec<u8>>,
}

type CompositeEncoding = Tuple<(
    Repeated<Byte>,
    Optional<Varint>,
    Repeated<Varint>,
    Unpacked<ZigZag>,
    Repeated<Fixed>,
    Repeated<Text>,
    Optional<ScalarEncoding>,
    Repeated<ScalarEncoding>,
    Map<Text, Varint>,
    Repeated<Repeated<Byte>>,
)>;

#[derive(Clone, PartialEq, prost::Message)]
struct OneOf {
    #[prost(oneof = "Variant", tags = "1, 2")]
    variant: Option<Variant>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Variant {
    #[prost(uint32, tag = "1")]
    Number(u32),
    #[prost(string, tag = "2")]
    Text(String),
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

#[test]
fn scalars_are_the_same() {
    proptest!(config(), |((ours, theirs) in scalars())| {
        same::<ScalarEncoding, _, _>(ours, theirs);
    });
}

#[test]
fn composites_are_the_same() {
    let plain = (
        vec(any::<u8>(), 0..20),
        any::<Option<u32>>(),
        vec(any::<u64>(), 0..5),
        vec(any::<i32>(), 0..5),
        vec(any::<f64>(), 0..5),
        vec(any::<String>(), 0..3),
    );
    let nested = (
        proptest::option::of(scalars()),
        vec(scalars(), 0..3),
        btree_map(any::<String>(), any::<u32>(), 0..3),
        vec(vec(any::<u8>(), 0..5), 0..3),
    );
    proptest!(config(), |((a, b, c, d, e, f) in plain, (g, h, i, j) in nested)| {
        let (g, message) = g.unzip();
        let (h, messages) = h.into_iter().unzip();
        let theirs = Composite {
            bytes: a.clone(),
            optional: b,
            packed: c.clone(),
            unpacked: d.clone(),
            doubles: e.clone(),
            strings: f.clone(),
            message,
            messages,
            map: i.clone(),
            blobs: j.clone(),
        };
        let h: Vec<ScalarTuple> = h;
        same::<CompositeEncoding, _, _>((a, b, c, d, e, f, g, h, i, j), theirs);
    });
}

#[test]
fn a_result_is_a_oneof() {
    let number = OneOf {
        variant: Some(Variant::Number(0)),
    };
    same::<Outcome<Varint, Text>, _, _>(Ok::<u32, String>(0), number);
    let text = OneOf {
        variant: Some(Variant::Text("x".into())),
    };
    same::<Outcome<Varint, Text>, _, _>(Err::<u32, String>("x".into()), text);
}

#[test]
fn entries_of_maps_may_spell_out_their_defaults() {
    // Other implementations write key and value even if they are zero.
    let spelled_out = [0x0a, 4, 0x08, 0, 0x10, 0];
    let map: BTreeMap<u8, u8> = mesh_protobuf::decode(&spelled_out).unwrap();
    assert_eq!(map, BTreeMap::from([(0, 0)]));
}
