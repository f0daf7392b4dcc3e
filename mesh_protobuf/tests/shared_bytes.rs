//! `Bytes` as fields: what they are on the wire, and that they share the message they come from.
#![cfg(feature = "bytes")]
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use mesh_protobuf::schema::{Describe, ScalarType, ValueType};
use mesh_protobuf::{
    Context, ErrorKind, Limits, NoResource, Reader, decode, decode_bytes, decode_with_limits,
    encode, merge,
};
use std::collections::BTreeMap;

/// Whether `part` lies in `whole`.
fn lies_in(part: &[u8], whole: &[u8]) -> bool {
    let whole = whole.as_ptr_range();
    whole.contains(&part.as_ptr())
}

#[test]
fn they_have_the_bytes_of_a_vector() {
    let data = vec![1u8, 2, 255];
    let shared = Bytes::from(data.clone());
    assert_eq!(encode(&shared), encode(&data));
    assert_eq!(encode(shared.clone()), encode(&data));
    assert_eq!(encode(Some(&shared)), encode(Some(&data)));
    assert_eq!(encode(vec![shared.clone(); 3]), encode(vec![data; 3]));
    assert_eq!(encode((Bytes::new(), 1u8)), encode((Vec::<u8>::new(), 1u8)));
    assert_eq!(encode(Some(Bytes::new())), encode(Some(Vec::<u8>::new())));
}

#[test]
fn a_field_is_a_part_of_the_message_wherever_it_is() {
    type Message = (
        Bytes,
        Option<Bytes>,
        Vec<Bytes>,
        BTreeMap<u8, Bytes>,
        Box<(u8, Bytes)>,
    );
    let part = |byte| Bytes::from(vec![byte; 50]);
    let message: Message = (
        part(1),
        Some(part(2)),
        vec![part(3), part(4)],
        BTreeMap::from([(5, part(5))]),
        Box::new((6, part(6))),
    );
    let bytes = Bytes::from(encode(&message));
    let back: Message = decode_bytes(&bytes).unwrap();
    assert_eq!(back, message);
    let parts = [&back.0, &back.2[0], &back.2[1], &back.3[&5], &back.4.1];
    for part in parts.into_iter().chain(&back.1) {
        assert!(lies_in(part, &bytes), "{part:?}");
    }

    // The message lives as long as a part of it.
    let last = back.2[1].clone();
    drop((back, bytes));
    assert_eq!(last, part(4));
}

#[test]
fn from_bytes_that_are_only_lent_a_field_is_a_copy_and_charged() {
    let bytes = encode(Bytes::from(vec![7; 1000]));
    let copy: Bytes = decode(&bytes).unwrap();
    assert!(!lies_in(&copy, &bytes));
    assert_eq!(copy, vec![7; 1000]);

    let limits = |memory| Limits { depth: 1, memory };
    assert!(decode_with_limits::<Bytes>(&bytes, limits(1000)).is_ok());
    let error = decode_with_limits::<Bytes>(&bytes, limits(999)).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::TooLarge);

    let shared = Bytes::from(bytes);
    let mut resources = [];
    let context = Context::<NoResource>::new(&mut resources, limits(0)).sharing(&shared);
    let mut reader = Reader::new(&shared, &context);
    reader.next_field().unwrap();
    assert_eq!(reader.shared_bytes().unwrap().len(), 1000);
}

#[test]
fn other_fields_borrow_and_own_as_ever() {
    let bytes = Bytes::from(encode(("name", vec![1u8, 2], Bytes::from_static(b"data"))));
    let (name, owned, data): (&str, Vec<u8>, Bytes) = decode_bytes(&bytes).unwrap();
    assert!(lies_in(name.as_bytes(), &bytes));
    assert!(!lies_in(&owned, &bytes));
    assert_eq!(data, "data");
}

#[test]
fn a_later_occurrence_replaces_an_earlier_one() {
    let (first, second) = (Bytes::from_static(b"1"), Bytes::from_static(b"22"));
    let both = [encode(&first), encode(&second)].concat();
    assert_eq!(decode::<Bytes>(&both).unwrap(), second);
    assert_eq!(merge(first.clone(), &encode(&second)).unwrap(), second);
    assert_eq!(merge(first.clone(), &[]).unwrap(), first);
}

#[test]
fn malformed_bytes_are_errors() {
    for (bytes, kind) in [
        (&[0x0a, 3, 1, 2][..], ErrorKind::UnexpectedEnd),
        (
            &[
                0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
            ],
            ErrorKind::UnexpectedEnd,
        ),
        (
            &[0x08, 1],
            ErrorKind::WrongWireType(mesh_protobuf::wire::WireType::Varint),
        ),
    ] {
        let shared = Bytes::copy_from_slice(bytes);
        let error = decode_bytes::<Bytes>(&shared).unwrap_err();
        assert_eq!(*error.kind(), kind);
    }
}

#[test]
fn to_other_languages_they_are_bytes() {
    let value = <Bytes as Describe>::VALUE;
    assert!(matches!(value, ValueType::Plain(ScalarType::BYTES, "")));
}
