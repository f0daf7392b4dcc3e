//! Every payload type comes back as it was: alone, by reference, and inside options, sequences, maps, tuples and results.
#![allow(missing_docs, clippy::unwrap_used)]

use mesh_protobuf::{Encode, Protobuf, decode, encode};
use proptest::collection::{btree_map, btree_set, hash_map, hash_set, vec, vec_deque};
use proptest::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8,
    NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize,
};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// By value and by reference, the same value comes back.
fn check<T>(value: T)
where
    T: Protobuf + Clone + PartialEq + Debug,
    for<'a> &'a T: Encode,
{
    let by_reference = encode(&value);
    assert_eq!(decode::<T>(&by_reference).unwrap(), value);
    let by_value = encode(value.clone());
    assert_eq!(decode::<T>(&by_value).unwrap(), value);
    // Not compared byte by byte: a hash map has no order.
    assert_eq!(by_value.len(), by_reference.len());
}

macro_rules! round_trips {
    ($($name:ident: $type:ty = $strategy:expr;)*) => { $(
        #[test]
        fn $name() {
            let config = ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() };
            let strategy = || -> BoxedStrategy<$type> { Strategy::boxed($strategy) };
            proptest!(config, |(value in strategy(), other in strategy())| {
                check(value.clone());
                check(Some(value.clone()));
                check(None::<$type>);
                check(Some(Some(value.clone())));
                check(Some(None::<$type>));
                check(vec![value.clone(), other.clone(), value.clone()]);
                check(vec![None, Some(value.clone())]);
                check(Some(vec![vec![value.clone()], vec![]]));
                check([value.clone(), other.clone()]);
                check((value.clone(), 7u8, other.clone()));
                check(BTreeMap::from([(0u8, value.clone()), (3, other.clone())]));
                check(HashMap::from([(String::new(), Some(value.clone()))]));
                check(Ok::<$type, ()>(value.clone()));
                check(Err::<Option<()>, $type>(value.clone()));
                check(Box::new(value.clone()));
                check(Some(Arc::new(value.clone())));
                check(value.clone()..other);
            });
        }
    )* };
}

round_trips! {
    u8_comes_back: u8 = any::<u8>();
    u16_comes_back: u16 = any::<u16>();
    u32_comes_back: u32 = any::<u32>();
    u64_comes_back: u64 = any::<u64>();
    u128_comes_back: u128 = any::<u128>();
    usize_comes_back: usize = any::<usize>();
    i8_comes_back: i8 = any::<i8>();
    i16_comes_back: i16 = any::<i16>();
    i32_comes_back: i32 = any::<i32>();
    i64_comes_back: i64 = any::<i64>();
    i128_comes_back: i128 = any::<i128>();
    isize_comes_back: isize = any::<isize>();
    f32_comes_back: f32 = any::<f32>();
    f64_comes_back: f64 = any::<f64>();
    bool_comes_back: bool = any::<bool>();
    char_comes_back: char = any::<char>();
    unit_comes_back: () = Just(());
    phantom_data_comes_back: PhantomData<str> = Just(PhantomData);
    nonzero_unsigned_comes_back: (NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize) =
        any::<(NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize)>();
    nonzero_signed_comes_back: (NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize) =
        any::<(NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize)>();
    nonzero_alone_comes_back: NonZeroU8 = any::<NonZeroU8>();
}

round_trips! {
    string_comes_back: String = any::<String>();
    boxed_str_comes_back: Box<str> = any::<String>().prop_map(|value| value.into());
    shared_str_comes_back: Arc<str> = any::<String>().prop_map(|value| value.into());
    cow_str_comes_back: Cow<'static, str> = any::<String>().prop_map(Cow::Owned);
    cow_slice_comes_back: Cow<'static, [u16]> = vec(any::<u16>(), 0..5).prop_map(Cow::Owned);
    cow_bytes_comes_back: Cow<'static, [u8]> = vec(any::<u8>(), 0..5).prop_map(Cow::Owned);
    bytes_come_back: Vec<u8> = vec(any::<u8>(), 0..100);
    numbers_come_back: Vec<u64> = vec(any::<u64>(), 0..20);
    doubles_come_back: Vec<f64> = vec(any::<f64>(), 0..20);
    strings_come_back: Vec<String> = vec(any::<String>(), 0..5);
    units_come_back: Vec<()> = vec(Just(()), 0..5);
    wide_numbers_come_back: Vec<i128> = vec(any::<i128>(), 0..5);
    deep_vectors_come_back: Vec<Vec<Vec<u32>>> = vec(vec(vec(any::<u32>(), 0..3), 0..3), 0..3);
    options_in_vectors_come_back: Vec<Option<Option<u8>>> = vec(any::<Option<Option<u8>>>(), 0..5);
    deque_comes_back: VecDeque<i32> = vec_deque(any::<i32>(), 0..10);
    deque_of_bytes_comes_back: VecDeque<u8> = vec_deque(any::<u8>(), 0..10);
    boxed_slice_comes_back: Box<[u32]> = vec(any::<u32>(), 0..10).prop_map(|value| value.into());
    shared_slice_comes_back: Arc<[u32]> = vec(any::<u32>(), 0..10).prop_map(|value| value.into());
    shared_bytes_come_back: Arc<[u8]> = vec(any::<u8>(), 0..10).prop_map(|value| value.into());
    byte_array_comes_back: [u8; 16] = any::<[u8; 16]>();
    number_array_comes_back: [i64; 3] = any::<[i64; 3]>();
    string_array_comes_back: [String; 2] = any::<[String; 2]>();
    empty_array_comes_back: [u32; 0] = Just([]);
    nested_array_comes_back: [[u8; 2]; 3] = any::<[[u8; 2]; 3]>();
}

round_trips! {
    option_of_vector_comes_back: Option<Vec<u32>> = proptest::option::of(vec(any::<u32>(), 0..3));
    deep_option_comes_back: Option<Option<Option<u8>>> = any::<Option<Option<Option<u8>>>>();
    option_of_map_comes_back: Option<BTreeMap<u8, u8>> = proptest::option::of(btree_map(any::<u8>(), any::<u8>(), 0..3));
    result_comes_back: Result<u32, String> = any::<Result<u32, String>>();
    result_of_options_comes_back: Result<Option<u32>, Vec<u8>> = any::<Result<Option<u32>, Vec<u8>>>();
    single_tuple_comes_back: (u32,) = any::<(u32,)>();
    tuple_comes_back: (u8, Option<bool>, String) = any::<(u8, Option<bool>, String)>();
    hash_map_comes_back: HashMap<String, u64> = hash_map(any::<String>(), any::<u64>(), 0..5);
    sorted_map_comes_back: BTreeMap<i32, Vec<String>> = btree_map(any::<i32>(), vec(any::<String>(), 0..3), 0..5);
    map_of_maps_comes_back: BTreeMap<bool, HashMap<u8, ()>> = btree_map(any::<bool>(), hash_map(any::<u8>(), Just(()), 0..3), 0..2);
    map_of_options_comes_back: BTreeMap<Option<u8>, Option<u8>> = btree_map(any::<Option<u8>>(), any::<Option<u8>>(), 0..5);
    hash_set_comes_back: HashSet<u64> = hash_set(any::<u64>(), 0..10);
    hash_set_of_bytes_comes_back: HashSet<u8> = hash_set(any::<u8>(), 0..10);
    sorted_set_comes_back: BTreeSet<String> = btree_set(any::<String>(), 0..5);
    range_comes_back: Range<u64> = any::<Range<u64>>();
    duration_comes_back: Duration = any::<Duration>();
    system_time_comes_back: SystemTime = any::<SystemTime>();
    ipv4_comes_back: Ipv4Addr = any::<Ipv4Addr>();
    ipv6_comes_back: Ipv6Addr = any::<Ipv6Addr>();
    ip_comes_back: IpAddr = any::<IpAddr>();
    socket_v4_comes_back: SocketAddrV4 = any::<SocketAddrV4>();
    socket_v6_comes_back: SocketAddrV6 = any::<SocketAddrV6>();
    socket_address_comes_back: SocketAddr = any::<SocketAddr>();
    box_of_box_comes_back: Box<Box<u32>> = any::<u32>().prop_map(|value| Box::new(Box::new(value)));
    shared_value_comes_back: Arc<String> = any::<String>().prop_map(Arc::new);
}

#[cfg(unix)]
mod unix {
    use super::{Arc, BTreeMap, HashMap, ProptestConfig, any, check, proptest, vec};
    use proptest::strategy::{BoxedStrategy, Strategy};
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    use std::path::PathBuf;

    round_trips! {
        os_string_comes_back: OsString = vec(any::<u8>(), 0..20).prop_map(OsString::from_vec);
        path_comes_back: PathBuf = vec(any::<u8>(), 0..20).prop_map(|bytes| OsString::from_vec(bytes).into());
    }
}

#[test]
fn twelve_members_come_back() {
    let tuple = (
        1u8, 2u16, 3u32, 4u64, 5u128, -1i8, -2i16, -3i32, -4i64, -5i128, true, 'x',
    );
    let bytes = encode(tuple);
    assert_eq!(decode(&bytes).ok(), Some(tuple));
}

#[test]
fn every_arity_comes_back() {
    check((1u8, 2u8));
    check((1u8, 2u8, 3u8, 4u8));
    check((1u8, 2u8, 3u8, 4u8, 5u8));
    check((1u8, 2u8, 3u8, 4u8, 5u8, 6u8));
    check((1u8, 2u8, 3u8, 4u8, 5u8, 6u8, 7u8));
    check((1u8, 2u8, 3u8, 4u8, 5u8, 6u8, 7u8, 8u8));
    check((1u8, 2u8, 3u8, 4u8, 5u8, 6u8, 7u8, 8u8, 9u8));
    check((1u8, 2u8, 3u8, 4u8, 5u8, 6u8, 7u8, 8u8, 9u8, 10u8));
    check((1u8, 2u8, 3u8, 4u8, 5u8, 6u8, 7u8, 8u8, 9u8, 10u8, 11u8));
}

#[test]
fn defaults_inside_options_and_sequences_are_kept_apart_from_nothing() {
    check(Some(0u32));
    check(Some(false));
    check(Some(String::new()));
    check(Some(None::<u8>));
    check(Some(Some(None::<u8>)));
    check(Some(Vec::<u8>::new()));
    check(Some(Vec::<String>::new()));
    check(Some(Some(Vec::<u32>::new())));
    check(Some(()));
    check(Some(((), PhantomData::<u8>)));
    check(Some((0u8, None::<u8>)));
    check(Some(HashMap::<u8, u8>::new()));
    check(vec![None, Some(0u32)]);
    check(vec![(), ()]);
    check(vec![Vec::<u64>::new()]);
    check(vec![String::new(), String::new()]);
    check([[Vec::<u8>::new()]]);
    check(Ok::<_, ()>(0u32));
    check(Err::<(), _>(()));
    check(Ok::<_, ()>(Vec::<u8>::new()));
    check(BTreeMap::from([(0u8, 0u8)]));
    check(BTreeMap::from([(None::<u8>, Some(Vec::<u8>::new()))]));
    check(Duration::ZERO);
    check(SystemTime::UNIX_EPOCH);
    check(0..0u8);
}

#[test]
fn extremes_of_time_come_back() {
    check(Duration::MAX);
    for seconds in [0, 1, 12, 1 << 33] {
        for nanos in [0, 1, 999_999_999] {
            let span = Duration::new(seconds, nanos);
            check(SystemTime::UNIX_EPOCH - span);
            check(SystemTime::UNIX_EPOCH + span);
        }
    }
}

#[cfg(unix)]
#[test]
fn the_first_and_last_moments_of_a_unix_clock_come_back() {
    let first = SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(1 << 63));
    let last = SystemTime::UNIX_EPOCH.checked_add(Duration::new((1 << 63) - 1, 999_999_999));
    check(first.unwrap());
    check(first.unwrap() + Duration::from_nanos(1));
    check(last.unwrap());
}

#[test]
fn floats_keep_their_bits() {
    for bits in [
        0x8000_0000_0000_0000u64,
        0x7ff8_0000_0000_0001,
        0xfff0_0000_0000_0000,
    ] {
        let back: f64 = decode(&encode(f64::from_bits(bits))).unwrap();
        assert_eq!(back.to_bits(), bits);
        let back: Vec<f64> = decode(&encode([f64::from_bits(bits)])).unwrap();
        assert_eq!(back[0].to_bits(), bits);
    }
    let back: f32 = decode(&encode(-0.0f32)).unwrap();
    assert_eq!(back.to_bits(), (-0.0f32).to_bits());
}

#[test]
fn a_shared_value_is_encoded_while_others_hold_it() {
    let shared = Arc::new(String::from("held"));
    let other = shared.clone();
    assert_eq!(encode(shared), encode("held"));
    let slice: Arc<[u8]> = vec![1, 2, 3].into();
    let held = slice.clone();
    assert_eq!(encode(slice), encode(&*held));
    assert_eq!(*other, "held");
}

#[test]
fn maps_with_hashers_of_their_own_come_back() {
    use std::hash::{BuildHasherDefault, DefaultHasher};
    type Hasher = BuildHasherDefault<DefaultHasher>;
    let mut map = HashMap::<u32, String, Hasher>::default();
    map.insert(7, "seven".into());
    check(map);
    let mut set = HashSet::<u32, Hasher>::default();
    set.insert(7);
    check(set);
}

#[test]
fn unsized_values_are_encoded_by_reference() {
    assert_eq!(encode("text"), encode(String::from("text")));
    assert_eq!(encode(&[1u8, 2][..]), encode(vec![1u8, 2]));
    assert_eq!(encode(&["a", "b"][..]), encode(vec!["a", "b"]));
    #[cfg(unix)]
    {
        use std::ffi::OsStr;
        use std::path::{Path, PathBuf};
        assert_eq!(encode(Path::new("/a")), encode(PathBuf::from("/a")));
        assert_eq!(encode(OsStr::new("/a")), encode(PathBuf::from("/a")));
    }
}

#[test]
fn borrowed_fields_point_into_the_message() {
    let message = encode(("text", &[1u8, 2][..], Some("more"), vec!["a", "b"]));
    type Borrowed<'a> = (&'a str, &'a [u8], Option<&'a str>, Vec<&'a str>);
    let (text, bytes, more, list): Borrowed<'_> = decode(&message).unwrap();
    assert_eq!((text, bytes, more), ("text", &[1, 2][..], Some("more")));
    assert_eq!(list, ["a", "b"]);
    assert!(message.as_ptr_range().contains(&text.as_ptr()));
    assert!(message.as_ptr_range().contains(&bytes.as_ptr()));

    let pieces: Vec<&[u8]> = vec![&[1], &[], &[2, 3]];
    let message = encode(&pieces);
    assert_eq!(decode::<Vec<&[u8]>>(&message).unwrap(), pieces);
}
