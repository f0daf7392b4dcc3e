//! A message on top of a value, or of an earlier occurrence of the same field.
#![allow(missing_docs, clippy::unwrap_used)]

use mesh_protobuf::{decode, encode, merge};
use proptest::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn numbers_text_and_bytes_are_replaced() {
    let old = (1u32, String::from("old"), vec![1u8, 2], 5u128);
    let update = encode((2u32, "new", vec![3u8], 6u128));
    let new = (2, "new".into(), vec![3], 6);
    assert_eq!(merge(old, &update).unwrap(), new);
}

#[test]
fn what_does_not_occur_is_kept() {
    type Kept = (
        (u32, String, Vec<u8>, Option<u8>, Box<str>),
        (NonZeroU32, [u8; 2], Arc<[u16]>, Result<u8, ()>, Box<u8>),
        (
            Duration,
            std::net::Ipv4Addr,
            BTreeMap<u8, u8>,
            Cow<'static, [u8]>,
        ),
    );
    let value: Kept = (
        (1, "a".into(), vec![1], Some(0), "b".into()),
        (NonZeroU32::MIN, [1, 2], Arc::from([3]), Ok(4), Box::new(5)),
        (
            Duration::from_millis(1500),
            [127, 0, 0, 1].into(),
            BTreeMap::from([(1, 2)]),
            Cow::Borrowed(&[1, 2]),
        ),
    );
    assert_eq!(merge(value.clone(), &[]).unwrap(), value);
    assert_eq!(
        merge(value.clone(), &[0x0a, 0, 0x12, 0, 0x1a, 0]).unwrap(),
        value
    );
}

#[test]
fn sequences_are_appended_to() {
    let old = (
        vec![1u32],
        VecDeque::from([1i8]),
        BTreeSet::from([1u8, 2]),
        vec![String::from("a")].into_boxed_slice(),
    );
    let update = encode((vec![2u32, 3], [2i8], [2u8, 3], ["b"]));
    let (numbers, deque, set, text) = merge(old, &update).unwrap();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(deque, [1, 2]);
    // Sets of bytes are `bytes`, one value.
    assert_eq!(set, BTreeSet::from([2, 3]));
    assert_eq!(*text, ["a", "b"]);
}

#[test]
fn equal_keys_of_a_map_take_the_last_value() {
    let old = BTreeMap::from([(1u8, "one"), (2, "two")].map(|(key, text)| (key, text.to_string())));
    let new = merge(old, &encode(vec![(2u8, "zwei"), (3, "drei"), (3, "trois")])).unwrap();
    let expected = [(1u8, "one"), (2, "zwei"), (3, "trois")];
    assert_eq!(
        new,
        BTreeMap::from(expected.map(|(key, text)| (key, text.to_string())))
    );
}

#[test]
fn messages_are_merged_field_by_field() {
    type Message = (u8, Option<u8>, Vec<u8>);
    let old: (Message, Option<Message>, Box<Message>, Arc<Message>) = (
        (1, None, vec![1]),
        Some((2, Some(2), vec![])),
        Box::new((3, Some(3), vec![3])),
        Arc::new((4, None, vec![4])),
    );
    let change: Message = (0, Some(9), vec![]);
    let update = encode((&change, Some(&change), &change, &change));
    let new = merge(old, &update).unwrap();
    assert_eq!(new.0, (1, Some(9), vec![1]));
    assert_eq!(new.1, Some((2, Some(9), vec![])));
    assert_eq!(*new.2, (3, Some(9), vec![3]));
    assert_eq!(*new.3, (4, Some(9), vec![4]));
}

#[test]
fn a_shared_message_is_cloned_before_it_is_merged_into() {
    let shared = Arc::new((1u8, 2u8));
    let merged = merge(shared.clone(), &encode((5u8, 0u8))).unwrap();
    assert_eq!((*shared, *merged), ((1, 2), (5, 2)));
}

#[test]
fn a_result_is_merged_within_its_variant_and_replaced_across() {
    type Outcome = Result<(u8, u8), String>;
    let ok: Outcome = Ok((1, 2));
    assert_eq!(
        merge(ok.clone(), &encode(Outcome::Ok((0, 5)))).unwrap(),
        Ok((1, 5))
    );
    assert_eq!(
        merge(ok, &encode(Outcome::Err("no".into()))).unwrap(),
        Err("no".into())
    );

    let mut both = encode(Outcome::Err("no".into()));
    both.extend(encode(Outcome::Ok((3, 4))));
    assert_eq!(decode::<Outcome>(&both).unwrap(), Ok((3, 4)));
}

#[test]
fn arrays_and_shared_slices_are_replaced() {
    let old: ([u8; 2], [u32; 2], Arc<[u32]>) = ([1, 2], [3, 4], Arc::from([5]));
    let new = merge(old, &encode(([6u8, 7], [8u32, 9], [10u32]))).unwrap();
    assert_eq!(new, ([6, 7], [8, 9], Arc::from([10])));
}

#[test]
fn part_of_a_time_is_merged_into_the_whole() {
    let old = Duration::new(5, 6);
    assert_eq!(
        merge(old, &encode((7u8, 0u8))).unwrap(),
        Duration::new(7, 6)
    );
}

#[test]
fn merging_equals_decoding_both_messages_in_a_row() {
    type Message = (
        (u32, Option<i16>, String, Vec<u8>, Vec<u64>, Vec<String>),
        (
            BTreeMap<u8, (u8, Option<u8>)>,
            Option<(u8, Vec<u8>)>,
            Box<(Option<bool>, f64)>,
            VecDeque<Option<u8>>,
        ),
    );
    let config = ProptestConfig {
        cases: 32,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(first in any::<Message>(), second in any::<Message>())| {
        let merged = merge(first.clone(), &encode(&second)).unwrap();
        let row = [encode(&first), encode(&second)].concat();
        prop_assert_eq!(merged, decode::<Message>(&row).unwrap());
    });
}
