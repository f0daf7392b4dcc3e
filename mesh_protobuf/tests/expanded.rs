//! What the derive macros expand to, by hand: the traits must admit generic and recursive types with bounds on parameters only.
#![allow(missing_docs)]

use mesh_protobuf::encoding::{
    DefaultEncoding, Encoding, FieldDecode, FieldEncode, MessageDecode, MessageEncode, ValueDecode,
    ValueEncode,
};
use mesh_protobuf::encodings::Message;
use mesh_protobuf::{Context, Reader, Result, Writer};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

enum Res {}

/// The blanket trait as mesh_node has it.
trait Payload: DefaultEncoding<Encoding = Self::PayloadEncoding> + Send + Sized + 'static {
    type PayloadEncoding: FieldEncode<Self, Res>
        + for<'de> FieldDecode<'de, Self, Res>
        + Encoding<
            Value: ValueEncode<Self, Res> + for<'de> ValueDecode<'de, Self, Res>,
            Body: MessageEncode<Self, Res> + for<'de> MessageDecode<'de, Self, Res>,
        >;
}

impl<T> Payload for T
where
    T: DefaultEncoding + Send + Sized + 'static,
    T::Encoding: FieldEncode<T, Res>
        + for<'de> FieldDecode<'de, T, Res>
        + Encoding<
            Value: ValueEncode<T, Res> + for<'de> ValueDecode<'de, T, Res>,
            Body: MessageEncode<T, Res> + for<'de> MessageDecode<'de, T, Res>,
        >,
{
    type PayloadEncoding = T::Encoding;
}

#[derive(Debug, PartialEq)]
struct Tree<T> {
    value: T,
    maybe: Option<T>,
    many: Vec<T>,
    children: Vec<Tree<T>>,
}

impl<T> DefaultEncoding for Tree<T> {
    type Encoding = Message;
}

type EncodingOf<T> = <T as DefaultEncoding>::Encoding;

impl<T: Payload> MessageEncode<Tree<T>, Res> for Message {
    fn write_body(value: Tree<T>, w: &mut Writer<Res>) {
        let Tree {
            value,
            maybe,
            many,
            children,
        } = value;
        <EncodingOf<Vec<Tree<T>>> as FieldEncode<Vec<Tree<T>>, Res>>::write_field(4, children, w);
        <EncodingOf<Vec<T>> as FieldEncode<Vec<T>, Res>>::write_field(3, many, w);
        <EncodingOf<Option<T>> as FieldEncode<Option<T>, Res>>::write_field(2, maybe, w);
        <EncodingOf<T> as FieldEncode<T, Res>>::write_field(1, value, w);
    }
}

impl<'de, T: Payload> MessageDecode<'de, Tree<T>, Res> for Message {
    fn read_body(previous: Option<Tree<T>>, r: &mut Reader<'de, '_, Res>) -> Result<Tree<T>> {
        let (a, b, c, d) = match previous {
            Some(Tree {
                value,
                maybe,
                many,
                children,
            }) => (Some(value), Some(maybe), Some(many), Some(children)),
            None => (None, None, None, None),
        };
        let mut a = <EncodingOf<T> as FieldDecode<'de, T, Res>>::start(a);
        let mut b = <EncodingOf<Option<T>> as FieldDecode<'de, Option<T>, Res>>::start(b);
        let mut c = <EncodingOf<Vec<T>> as FieldDecode<'de, Vec<T>, Res>>::start(c);
        let mut d = <EncodingOf<Vec<Tree<T>>> as FieldDecode<'de, Vec<Tree<T>>, Res>>::start(d);
        while let Some((number, wire)) = r.next_field()? {
            match number {
                1 => <EncodingOf<T> as FieldDecode<'de, T, Res>>::read_field(&mut a, wire, r)
                    .map_err(|e| e.in_field("value"))?,
                2 => <EncodingOf<Option<T>> as FieldDecode<'de, Option<T>, Res>>::read_field(
                    &mut b, wire, r,
                )?,
                3 => <EncodingOf<Vec<T>> as FieldDecode<'de, Vec<T>, Res>>::read_field(
                    &mut c, wire, r,
                )?,
                4 => <EncodingOf<Vec<Tree<T>>> as FieldDecode<'de, Vec<Tree<T>>, Res>>::read_field(
                    &mut d, wire, r,
                )?,
                _ => r.skip(number, wire)?,
            }
        }
        Ok(Tree {
            value: <EncodingOf<T> as FieldDecode<'de, T, Res>>::finish(a, r)?,
            maybe: <EncodingOf<Option<T>> as FieldDecode<'de, Option<T>, Res>>::finish(b, r)?,
            many: <EncodingOf<Vec<T>> as FieldDecode<'de, Vec<T>, Res>>::finish(c, r)?,
            children: <EncodingOf<Vec<Tree<T>>> as FieldDecode<'de, Vec<Tree<T>>, Res>>::finish(
                d, r,
            )?,
        })
    }
}

// A resource-free message: encoded from a reference, for every R; by value forwards.
struct Wrapper<T> {
    inner: T,
    text: String,
    bytes: Vec<u8>,
}

impl<T> DefaultEncoding for Wrapper<T> {
    type Encoding = Message;
}

impl<'a, T, R> MessageEncode<&'a Wrapper<T>, R> for Message
where
    T: DefaultEncoding<Encoding: FieldEncode<&'a T, R>>,
{
    fn write_body(value: &'a Wrapper<T>, w: &mut Writer<R>) {
        let Wrapper { inner, text, bytes } = value;
        <EncodingOf<Vec<u8>> as FieldEncode<&'a Vec<u8>, R>>::write_field(3, bytes, w);
        <EncodingOf<String> as FieldEncode<&'a String, R>>::write_field(2, text, w);
        <EncodingOf<T> as FieldEncode<&'a T, R>>::write_field(1, inner, w);
    }
}

struct Plain {
    a: u64,
    list: Vec<Plain>,
}

impl DefaultEncoding for Plain {
    type Encoding = Message;
}

impl<'a, R> MessageEncode<&'a Plain, R> for Message {
    fn write_body(value: &'a Plain, w: &mut Writer<R>) {
        let Plain { a, list } = value;
        <EncodingOf<Vec<Plain>> as FieldEncode<&'a Vec<Plain>, R>>::write_field(2, list, w);
        <EncodingOf<u64> as FieldEncode<&'a u64, R>>::write_field(1, a, w);
    }
}
impl<R> MessageEncode<Plain, R> for Message {
    fn write_body(value: Plain, w: &mut Writer<R>) {
        <Self as MessageEncode<&Plain, R>>::write_body(&value, w);
    }
}

/// Types that ask more of their elements can be sent where the elements have it.
fn generic_with_bounds<T: Payload + Clone + Ord + Hash + Sync>() {
    fn is_payload<T: Payload>() {}
    is_payload::<(
        BTreeMap<T, T>,
        BTreeSet<T>,
        HashMap<T, Vec<T>>,
        HashSet<Option<T>>,
    )>();
    is_payload::<(Arc<T>, Option<Arc<Vec<T>>>, Arc<[T]>, Cow<'static, [T]>)>();
}

fn generic<T: Payload>(tree: Tree<T>) -> Vec<u8> {
    fn is_payload<T: Payload>() {}
    is_payload::<Vec<Option<Tree<T>>>>();
    is_payload::<Option<Vec<Vec<T>>>>();
    is_payload::<(Box<T>, Vec<Box<Tree<T>>>, Option<Box<T>>, [T; 3], Box<[T]>)>();
    is_payload::<(
        std::result::Result<T, Vec<T>>,
        std::ops::Range<T>,
        PhantomData<T>,
    )>();
    is_payload::<(
        BTreeMap<u8, T>,
        VecDeque<Tree<T>>,
        HashMap<String, Option<T>>,
    )>();
    let mut w = Writer::new();
    <EncodingOf<Tree<T>> as Encoding>::Body::write_body(tree, &mut w);
    w.finish().0
}

#[test]
fn a_generic_recursive_type_round_trips() {
    let tree = || Tree {
        value: 5u32,
        maybe: Some(0),
        many: vec![1, 2, 300],
        children: vec![Tree {
            value: 6,
            maybe: None,
            many: vec![],
            children: vec![],
        }],
    };
    generic_with_bounds::<String>();
    let bytes = generic(tree());
    let back: Tree<u32> = Message::read_body(
        None,
        &mut Reader::new(&bytes, &Context::for_len(bytes.len(), &mut [])),
    )
    .unwrap();
    assert_eq!(back, tree());
}

#[test]
fn references_encode() {
    let w = Wrapper {
        inner: 3u8,
        text: "x".into(),
        bytes: vec![1, 2],
    };
    let bytes = mesh_protobuf::encode(&w);
    assert_eq!(bytes, [8, 3, 18, 1, b'x', 26, 2, 1, 2]);
    let p = Plain {
        a: 1,
        list: vec![Plain { a: 2, list: vec![] }],
    };
    assert_eq!(mesh_protobuf::encode(&p), mesh_protobuf::encode(p));
    assert_eq!(
        mesh_protobuf::encode(Some(vec![Some(1u32), None])),
        [10, 6, 10, 2, 8, 1, 10, 0]
    );
    assert_eq!(
        mesh_protobuf::decode::<Option<Vec<u8>>>(&mesh_protobuf::encode(Some(vec![1u8]))).unwrap(),
        Some(vec![1])
    );
}
