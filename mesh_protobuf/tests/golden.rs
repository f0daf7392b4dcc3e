//! The bytes of each encoding, worked out by hand: what they are must not change.
#![allow(missing_docs, clippy::unwrap_used)]

use mesh_protobuf::encoding::{Encoding, FieldDecode, FieldEncode, MessageDecode, MessageEncode};
use mesh_protobuf::encodings::{
    Borrowed, Byte, Fixed, Fixed128, Map, Optional, Repeated, Text, Tuple, Unpacked, Varint, Via,
    Wrapped, ZigZag,
};
use mesh_protobuf::{Context, NoResource, Reader, Writer, decode, encode};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, SystemTime};

/// Encodes `value` with the encoding `E` as the only field of a message, compares the bytes, and decodes them again.
fn golden<E, T>(value: T, bytes: &[u8])
where
    T: Clone + PartialEq + Debug,
    E: FieldEncode<T, NoResource> + for<'de> FieldDecode<'de, T, NoResource>,
{
    let mut writer = Writer::new();
    Wrapped::<E>::write_body(value.clone(), &mut writer);
    assert_eq!(writer.finish().0, bytes);
    let context = Context::for_len(bytes.len(), &mut []);
    let mut reader = Reader::new(bytes, &context);
    assert_eq!(Wrapped::<E>::read_body(None, &mut reader).unwrap(), value);
}

#[test]
fn varints() {
    golden::<Varint, _>(1u8, &[0x08, 1]);
    golden::<Varint, _>(150u32, &[0x08, 0x96, 0x01]);
    golden::<Varint, _>(true, &[0x08, 1]);
    golden::<Varint, _>('é', &[0x08, 0xe9, 0x01]);
    golden::<Varint, _>(
        -1i32,
        &[0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
    );
    golden::<Varint, _>(0u64, &[]);
}

#[test]
fn zig_zag_varints() {
    golden::<ZigZag, _>(-1i32, &[0x08, 1]);
    golden::<ZigZag, _>(1i64, &[0x08, 2]);
    golden::<ZigZag, _>(i32::MIN, &[0x08, 255, 255, 255, 255, 15]);
    golden::<ZigZag, _>(0i8, &[]);
}

#[test]
fn fixed_widths() {
    golden::<Fixed, _>(1u32, &[0x0d, 1, 0, 0, 0]);
    golden::<Fixed, _>(-2i64, &[0x09, 254, 255, 255, 255, 255, 255, 255, 255]);
    golden::<Fixed, _>(1.0f32, &[0x0d, 0, 0, 0x80, 0x3f]);
    golden::<Fixed, _>(-0.0f64, &[0x09, 0, 0, 0, 0, 0, 0, 0, 0x80]);
    golden::<Fixed, _>(0.0f64, &[]);
    golden::<Fixed128, _>(-1i128, &[&[0x0a, 16][..], &[255; 16]].concat());
    golden::<Fixed128, _>(0u128, &[]);
}

#[test]
fn text_and_bytes() {
    golden::<Text, _>(String::from("testing"), b"\x0a\x07testing");
    golden::<Text, _>(String::new(), &[]);
    golden::<Repeated<Byte>, _>(vec![0u8, 255], &[0x0a, 2, 0, 255]);
    golden::<Repeated<Byte>, _>([9u8; 3], &[0x0a, 3, 9, 9, 9]);
    golden::<Repeated<Repeated<Byte>>, _>(vec![vec![1u8], vec![]], &[0x0a, 1, 1, 0x0a, 0]);
    golden::<Byte, _>(200u8, &[0x08, 200, 1]);
}

#[test]
fn sequences_packed_and_not() {
    golden::<Repeated<Varint>, _>(
        vec![3u32, 270, 86942],
        &[0x0a, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5],
    );
    golden::<Unpacked<Varint>, _>(vec![3u32, 270], &[0x08, 3, 0x08, 0x8e, 2]);
    golden::<Unpacked<ZigZag>, _>(BTreeSet::from([-1i8, 1]), &[0x08, 1, 0x08, 2]);
    golden::<Repeated<Fixed>, _>([1u32, 2], &[0x0a, 8, 1, 0, 0, 0, 2, 0, 0, 0]);
    golden::<Repeated<Text>, _>(
        vec![String::from("a"), String::new()],
        &[0x0a, 1, b'a', 0x0a, 0],
    );
    golden::<Repeated<Tuple<()>>, _>(vec![(), ()], &[0x0a, 0, 0x0a, 0]);
    golden::<Repeated<Varint>, _>(Vec::<u64>::new(), &[]);
    // A sequence in a sequence is packed numbers, or a message with the inner sequence as field 1.
    golden::<Repeated<Repeated<Varint>>, _>(vec![vec![1u8], vec![]], &[0x0a, 1, 1, 0x0a, 0]);
    golden::<Repeated<Repeated<Text>>, _>(
        vec![vec![String::from("a")], vec![]],
        &[0x0a, 3, 0x0a, 1, b'a', 0x0a, 0],
    );
    golden::<Repeated<<Unpacked<Varint> as Encoding>::Value>, _>(
        vec![vec![1u8, 2]],
        &[0x0a, 4, 0x08, 1, 0x08, 2],
    );
}

#[test]
fn options() {
    golden::<Optional<Varint>, _>(None::<u32>, &[]);
    golden::<Optional<Varint>, _>(Some(0u32), &[0x08, 0]);
    golden::<Optional<Text>, _>(Some(String::new()), &[0x0a, 0]);
    golden::<Optional<Repeated<Byte>>, _>(Some(Vec::<u8>::new()), &[0x0a, 0]);
    golden::<Optional<Tuple<()>>, _>(Some(()), &[0x0a, 0]);
    assert_eq!(encode(Some(None::<u8>)), [0x0a, 0]);
    assert_eq!(encode(Some(Some(0u8))), [0x0a, 2, 0x08, 0]);
    assert_eq!(encode(vec![None, Some(1u8)]), [0x0a, 0, 0x0a, 2, 0x08, 1]);
}

#[test]
fn maps_and_tuples() {
    let map = BTreeMap::from([(1u32, String::from("a")), (2, String::new())]);
    let bytes = [0x0a, 5, 0x08, 1, 0x12, 1, b'a', 0x0a, 2, 0x08, 2];
    golden::<Map<Varint, Text>, _>(map.clone(), &bytes);
    let pairs: Vec<_> = map.into_iter().collect();
    golden::<Map<Varint, Text>, _>(pairs, &bytes);
    golden::<Tuple<(Varint, Fixed)>, _>((7i32, 7u32), &[0x0a, 7, 0x08, 7, 0x15, 7, 0, 0, 0]);
    golden::<Tuple<(Varint, Varint)>, _>((0u8, 0u8), &[]);
    golden::<Tuple<(Varint, Varint)>, _>(3u8..9, &[0x0a, 4, 0x08, 3, 0x10, 9]);
    assert_eq!(encode((1u8, ((), 2u8))), [0x08, 1, 0x12, 2, 0x10, 2]);
}

#[test]
fn results() {
    assert_eq!(encode(Ok::<u8, ()>(0)), [0x08, 0]);
    assert_eq!(encode(Err::<u8, ()>(())), [0x12, 0]);
    assert_eq!(
        encode(vec![Ok::<Vec<String>, u8>(vec![])]),
        [0x0a, 2, 0x0a, 0]
    );
}

#[test]
fn times_are_those_of_googles_well_known_types() {
    assert_eq!(encode(Duration::new(3, 7)), [0x08, 3, 0x10, 7]);
    let before = SystemTime::UNIX_EPOCH - Duration::from_millis(500);
    let half = [0x10, 0x80, 0xca, 0xb5, 0xee, 0x01];
    let minus_one = [0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
    assert_eq!(encode(before), [&minus_one[..], &half].concat());
    let after = SystemTime::UNIX_EPOCH + Duration::from_millis(1500);
    assert_eq!(encode(after), [&[0x08, 1][..], &half].concat());
}

#[test]
fn addresses_are_in_network_order() {
    assert_eq!(encode(Ipv4Addr::new(1, 2, 3, 4)), [0x0a, 4, 1, 2, 3, 4]);
    assert_eq!(
        encode(IpAddr::from([1, 2, 3, 4])),
        encode(Ipv4Addr::new(1, 2, 3, 4))
    );
    let v6 = [&[0x0a, 16][..], &[0; 15], &[1]].concat();
    assert_eq!(encode(Ipv6Addr::LOCALHOST), v6);
    let socket: SocketAddr = "1.2.3.4:80".parse().unwrap();
    assert_eq!(encode(socket), [0x0a, 4, 1, 2, 3, 4, 0x10, 80]);
    let socket: SocketAddr = "[::1%7]:80".parse().unwrap();
    assert_eq!(encode(socket), [&v6[..], &[0x10, 80, 0x20, 7]].concat());
}

#[test]
fn pointers_leave_no_trace() {
    use std::sync::Arc;
    assert_eq!(encode(Box::new(5u8)), encode(5u8));
    assert_eq!(encode(Some(Arc::new(Box::new(0u8)))), encode(Some(0u8)));
    assert_eq!(encode(vec![Box::new((1u8, 2u8))]), encode(vec![(1u8, 2u8)]));
    assert_eq!(encode(Cow::Borrowed(&[1u16, 2][..])), encode(vec![1u16, 2]));
}

#[test]
fn borrowed_text_and_bytes_point_into_the_message() {
    fn read<'de, T>(bytes: &'de [u8]) -> T
    where
        Borrowed: FieldDecode<'de, T, NoResource>,
    {
        Wrapped::<Borrowed>::read_body(
            None,
            &mut Reader::new(bytes, &Context::for_len(bytes.len(), &mut [])),
        )
        .unwrap()
    }
    assert!(matches!(read(&encode("hi")), Cow::Borrowed("hi")));
    assert!(matches!(
        read(&encode(vec![1u8])),
        Cow::<[u8]>::Borrowed(&[1])
    ));
    assert!(matches!(read(&[]), Cow::Borrowed("")));
    assert!(matches!(read(&[]), Cow::<[u8]>::Borrowed(&[])));

    let mut writer = Writer::<NoResource>::new();
    let text: Cow<'_, str> = Cow::Borrowed("hi");
    Wrapped::<Borrowed>::write_body(&text, &mut writer);
    assert_eq!(writer.finish().0, encode("hi"));
    assert!(matches!(
        decode(&encode("hi")).unwrap(),
        Cow::<'static, str>::Owned(_)
    ));
}

/// A number that is sent as text.
#[derive(Clone, Debug, PartialEq)]
struct Decimal(u32);

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> String {
        decimal.0.to_string()
    }
}

impl TryFrom<String> for Decimal {
    type Error = std::num::ParseIntError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

#[test]
fn converted_values_are_those_they_convert_to() {
    golden::<Via<String>, _>(Decimal(42), b"\x0a\x0242");
    golden::<Optional<Via<String>>, _>(Some(Decimal(0)), b"\x0a\x010");
    golden::<Repeated<Via<String>>, _>(vec![Decimal(1), Decimal(2)], b"\x0a\x011\x0a\x012");
    golden::<Tuple<(Via<String>, Varint)>, _>((Decimal(1), 2u8), b"\x0a\x05\x0a\x011\x10\x02");
    let context = Context::<NoResource>::for_len(b"\x0a\x01x".len(), &mut []);
    let mut reader = Reader::new(b"\x0a\x01x", &context);
    let failed = Wrapped::<Via<String>>::read_body(None::<Decimal>, &mut reader);
    assert_eq!(
        failed.unwrap_err().to_string(),
        "invalid digit found in string"
    );
}

#[test]
fn converted_numbers_are_packed() {
    #[derive(Clone, Debug, PartialEq)]
    struct Id(u32);
    impl From<Id> for u32 {
        fn from(id: Id) -> u32 {
            id.0
        }
    }
    impl From<u32> for Id {
        fn from(id: u32) -> Self {
            Self(id)
        }
    }
    golden::<Repeated<Via<u32>>, _>(vec![Id(1), Id(2)], &[0x0a, 2, 1, 2]);
    golden::<Repeated<Via<u32, Fixed>>, _>(vec![Id(1)], &[0x0a, 4, 1, 0, 0, 0]);
}
