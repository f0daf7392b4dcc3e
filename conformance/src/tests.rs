//! The testee without the runner: requests and answers as they are on the pipe, and messages of every shape of field.

use crate::proto2::TestAllTypesProto2;
use crate::proto3::TestAllTypesProto3;
use crate::request::Response;
use crate::{answer, serve};
use mesh_protobuf::{Decode, Encode, NoResource, decode, encode};
use proptest::collection::vec;
use proptest::prelude::*;
use std::cell::Cell;

const MESSAGE: &str = "protobuf_test_messages.proto3.TestAllTypesProto3";

/// A request with this payload as field `number`, for an answer in `format`.
fn request(number: u8, payload: &[u8], format: u8, name: &str) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2, payload.len() as u8];
    bytes.extend(payload);
    bytes.extend([0x18, format, 0x22, name.len() as u8]);
    bytes.extend(name.as_bytes());
    bytes
}

#[test]
fn every_request_gets_an_answer_until_the_input_ends() {
    let mut input = Vec::new();
    for payload in [&[0x08, 5][..], &[0x08]] {
        let request = request(1, payload, 1, MESSAGE);
        input.extend((request.len() as u32).to_le_bytes());
        input.extend(request);
    }
    let mut output = Vec::new();
    serve(&mut &input[..], &mut output).unwrap();
    let first = encode(Response::Protobuf(vec![0x08, 5]));
    assert_eq!(output[..4], (first.len() as u32).to_le_bytes());
    assert_eq!(output[4..4 + first.len()], first);
    let second = decode::<Response>(&output[8 + first.len()..]).unwrap();
    assert!(matches!(second, Response::ParseError(_)), "{second:?}");
}

#[test]
fn a_request_that_breaks_off_is_an_error() {
    assert!(serve(&mut &[9, 0, 0, 0, 1][..], &mut Vec::new()).is_err());
}

#[test]
fn other_formats_are_skipped() {
    for request in [
        request(2, b"{}", 1, MESSAGE),
        request(1, &[], 2, MESSAGE),
        request(8, b"", 4, MESSAGE),
    ] {
        let response = answer(&request);
        assert!(matches!(response, Response::Skipped(_)), "{response:?}");
    }
}

#[test]
fn what_makes_no_sense_is_said_to_make_none() {
    for request in [request(1, &[], 1, "no.such.Message"), vec![0x08], vec![]] {
        let response = answer(&request);
        assert!(
            matches!(response, Response::RuntimeError(_)),
            "{response:?}"
        );
    }
}

/// A field: of any number and wire type, and often of one that the test messages have.
fn field() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![1u32..130, 201u32..330, 401u32..420, 1u32..1 << 29];
    let payload = prop_oneof![
        any::<u64>().prop_map(|value| (0, varint(value))),
        any::<u8>().prop_map(|value| (0, varint(value.into()))),
        any::<[u8; 8]>().prop_map(|value| (1, value.to_vec())),
        vec(any::<u8>(), 0..20).prop_map(|value| (2, delimited(value))),
        vec((1u8..5, any::<u8>()), 0..4).prop_map(|fields| {
            let body = fields
                .into_iter()
                .flat_map(|(number, value)| [vec![number << 3], varint(value.into())].concat());
            (2, delimited(body.collect()))
        }),
        any::<[u8; 4]>().prop_map(|value| (5, value.to_vec())),
    ];
    (number, payload).prop_map(|(number, (wire_type, payload))| {
        let mut bytes = varint(u64::from(number) << 3 | wire_type);
        bytes.extend(payload);
        bytes
    })
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn delimited(body: Vec<u8>) -> Vec<u8> {
    let mut bytes = varint(body.len() as u64);
    bytes.extend(body);
    bytes
}

/// Whether the bytes decode; if so, what they decode to is written and read as the same.
fn is_fixpoint<T: for<'de> Decode<'de> + Encode<NoResource>>(bytes: &[u8]) -> bool {
    let Ok(value) = decode::<T>(bytes) else {
        return false;
    };
    let written = encode(value);
    let again = encode(decode::<T>(&written).unwrap());
    // Bytes are compared rather than values, since a number that is none is not equal to itself.
    assert_eq!(again, written);
    true
}

#[test]
fn what_decodes_is_written_and_read_as_the_same() {
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(500)
    };
    let decoded = Cell::new(0);
    proptest!(config, |(fields in vec(field(), 0..4))| {
        let bytes = fields.concat();
        decoded.set(decoded.get() + u32::from(is_fixpoint::<TestAllTypesProto3>(&bytes)));
        decoded.set(decoded.get() + u32::from(is_fixpoint::<TestAllTypesProto2>(&bytes)));
    });
    let decoded = decoded.get();
    assert!(decoded > 100, "only {decoded} messages decoded");
}
