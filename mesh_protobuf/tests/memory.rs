//! Decoding takes no more memory, and moves no more of it about, than its limits say. Measured at the allocator.
// An allocator cannot be written without `unsafe`; this one counts and hands on.
#![allow(missing_docs, unsafe_code, clippy::unwrap_used)]

mod tree;

use mesh_protobuf::{
    Decode, ErrorKind, Limits, NoResource, decode, decode_with_limits, encode, merge,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use tree::Tree;

struct Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
    static TOTAL: Cell<usize> = const { Cell::new(0) };
}

/// Notes that this thread has taken and given back memory. A thread that is ending is not counted.
fn note(taken: usize, given_back: usize) {
    let _ = HELD.try_with(|held| {
        held.set(held.get().wrapping_add(taken));
        // Memory taken on another thread may be given back on this one.
        if (held.get() as isize) > PEAK.get() as isize {
            PEAK.set(held.get());
        }
        held.set(held.get().wrapping_sub(given_back));
        TOTAL.set(TOTAL.get().wrapping_add(taken));
    });
}

// SAFETY: every call is handed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc`, which is the same here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        note(0, layout.size());
        // SAFETY: `ptr` came from `System` by way of `alloc` or `realloc` with this layout.
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // Counted as if it always moved.
        note(new_size, layout.size());
        // SAFETY: `ptr` came from `System` by way of `alloc` or `realloc` with this layout.
        unsafe { System.realloc(ptr, layout, new_size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What the allocator saw while a closure ran: the peak above the start, and all of it together.
struct Seen {
    peak: usize,
    total: usize,
}

fn watch<T>(run: impl FnOnce() -> T) -> (T, Seen) {
    let held = HELD.get();
    PEAK.set(held);
    TOTAL.set(0);
    let value = run();
    let seen = Seen {
        peak: PEAK.get().wrapping_sub(held),
        total: TOTAL.get(),
    };
    (value, seen)
}

/// An error is one box, the names in its path, and its text if it has one.
const ERROR: usize = 1024;

/// Decodes within the limits, and checks that the allocator agrees.
fn within<T: for<'de> Decode<'de>>(bytes: &[u8], limits: Limits) -> Option<ErrorKind> {
    let (result, seen) = watch(|| decode_with_limits::<T>(bytes, limits));
    assert!(
        seen.peak <= 2 * limits.memory + ERROR,
        "{} took {} bytes of {}",
        std::any::type_name::<T>(),
        seen.peak,
        limits.memory
    );
    assert!(
        seen.total <= 4 * limits.memory + ERROR,
        "{} moved {} bytes of {}",
        std::any::type_name::<T>(),
        seen.total,
        limits.memory
    );
    result.err().map(|error| error.kind().clone())
}

fn limits(memory: usize) -> Limits {
    Limits {
        depth: Limits::DEFAULT_DEPTH,
        memory,
    }
}

type Thin = (
    String,
    Vec<u8>,
    Option<u64>,
    Option<Box<u64>>,
    String,
    String,
    String,
    String,
);
type Boxes = (Box<Thin>, Box<[u64; 0]>, Arc<(u64, u64, u64, u64)>);

fn each_kind_within(bytes: &[u8], limits: Limits) -> Vec<Option<ErrorKind>> {
    let kinds = vec![
        within::<Vec<Thin>>(bytes, limits),
        within::<Vec<Boxes>>(bytes, limits),
        within::<VecDeque<Thin>>(bytes, limits),
        within::<Box<[Thin]>>(bytes, limits),
        within::<Arc<[Thin]>>(bytes, limits),
        within::<Vec<Vec<Vec<Thin>>>>(bytes, limits),
        within::<Vec<BTreeMap<u8, Thin>>>(bytes, limits),
        within::<Vec<BTreeSet<u64>>>(bytes, limits),
        within::<Vec<HashMap<u8, Thin>>>(bytes, limits),
        within::<Vec<HashSet<u64>>>(bytes, limits),
        within::<Vec<Option<Box<Thin>>>>(bytes, limits),
        within::<Vec<Arc<Thin>>>(bytes, limits),
        within::<Vec<Tree>>(bytes, limits),
        within::<Vec<String>>(bytes, limits),
        within::<Vec<Vec<u8>>>(bytes, limits),
        within::<Vec<[Vec<u8>; 2]>>(bytes, limits),
        within::<Vec<std::path::PathBuf>>(bytes, limits),
        within::<Vec<Box<Thin>>>(bytes, limits),
        within::<Box<Vec<Box<Box<Thin>>>>>(bytes, limits),
        within::<Box<[Box<[Thin]>]>>(bytes, limits),
        within::<Vec<BTreeMap<u64, Box<Thin>>>>(bytes, limits),
        within::<Vec<HashMap<u64, Vec<Box<Thin>>>>>(bytes, limits),
        within::<Vec<[Thin; 8]>>(bytes, limits),
    ];
    #[cfg(feature = "heapless")]
    let kinds = [
        kinds,
        vec![
            within::<Vec<heapless::Vec<Thin, 8>>>(bytes, limits),
            within::<Vec<heapless::String<200>>>(bytes, limits),
            within::<Vec<Box<heapless::Deque<Thin, 8>>>>(bytes, limits),
            within::<Vec<heapless::LinearMap<u8, Thin, 4>>>(bytes, limits),
            within::<Vec<heapless::FnvIndexMap<u8, Vec<Thin>, 4>>>(bytes, limits),
        ],
    ]
    .concat();
    #[cfg(feature = "bytes")]
    let kinds = [kinds, vec![within::<Vec<bytes::Bytes>>(bytes, limits)]].concat();
    kinds
}

#[test]
fn many_empty_elements_stay_within_the_limit() {
    let bytes = [0x0a, 0].repeat(10_000);
    for memory in [0, 1000, 100_000] {
        for failed in each_kind_within(&bytes, limits(memory)) {
            let bound = matches!(
                failed,
                // An array's, or that of a fixed capacity.
                Some(ErrorKind::MissingField | ErrorKind::Full { .. })
            );
            assert!(failed == Some(ErrorKind::TooLarge) || bound, "{failed:?}");
        }
    }
    each_kind_within(&bytes, Limits::for_len(bytes.len()));
}

#[test]
fn nested_collections_of_one_element_stay_within_the_limit() {
    for element in [
        &[0x0a, 2, 0x0a, 0][..],
        &[0x0a, 4, 0x0a, 2, 0x0a, 0],
        &[0x0a, 1, 7],
    ] {
        let bytes = element.repeat(5000);
        for memory in [1000, 100_000] {
            each_kind_within(&bytes, limits(memory));
        }
    }
}

#[test]
fn arbitrary_bytes_stay_within_the_limit() {
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    // Pieces that look like elements, so that they often go far, and now and then anything.
    let piece = prop_oneof![
        20 => Just(vec![0x0a, 0]),
        20 => Just(vec![0x0a, 2, 0x0a, 0]),
        20 => Just(vec![0x0a, 4, 0x0a, 2, 0x0a, 0]),
        20 => Just(vec![0x0a, 2, 0x12, 0]),
        1 => vec(any::<u8>(), 0..4),
    ];
    let bytes = vec(piece, 0..500).prop_map(|pieces| pieces.concat());
    proptest!(config, |(bytes in bytes, memory in 0usize..10_000)| {
        each_kind_within(&bytes, limits(memory));
    });
}

#[test]
fn maps_and_sets_of_many_elements_stay_within_the_limit() {
    let numbers = encode((0..20_000u64).collect::<Vec<_>>());
    let pairs = encode((0..20_000u64).map(|i| (i, i)).collect::<Vec<_>>());
    for memory in [1000, 50_000, 10_000_000] {
        within::<BTreeSet<u64>>(&numbers, limits(memory));
        within::<HashSet<u64>>(&numbers, limits(memory));
        within::<BTreeMap<u64, u64>>(&pairs, limits(memory));
        within::<HashMap<u64, u64>>(&pairs, limits(memory));
    }
    assert_eq!(
        within::<HashMap<u64, u64>>(&pairs, limits(10_000_000)),
        None
    );
    assert_eq!(
        within::<BTreeMap<u64, u64>>(&pairs, limits(10_000_000)),
        None
    );
}

/// A value whose elements take this much each is refused unless it may take as much for every one of them.
fn charged_for_each<T: for<'de> Decode<'de>>(element: usize) {
    let (count, empty) = (1000, [0x0a, 0]);
    let bytes = empty.repeat(count);
    let refused = within::<T>(&bytes, limits(count * element - 1));
    let name = std::any::type_name::<T>();
    assert_eq!(refused, Some(ErrorKind::TooLarge), "{name}");
    // A vector that doubles has room for twice as many.
    let enough = 2 * 1024 * element;
    assert_eq!(within::<T>(&bytes, limits(enough)), None, "{name}");
}

#[test]
fn each_element_is_charged_with_its_size() {
    charged_for_each::<Vec<String>>(size_of::<String>());
    charged_for_each::<Vec<(u64, u64, u64, u64)>>(32);
    charged_for_each::<VecDeque<Thin>>(size_of::<Thin>());
    charged_for_each::<Box<[Thin]>>(size_of::<Thin>());
    charged_for_each::<Vec<Box<Thin>>>(size_of::<Box<Thin>>() + size_of::<Thin>());
    charged_for_each::<Vec<Arc<(u64, u64)>>>(16 + 3 * size_of::<usize>());
    charged_for_each::<Vec<BTreeMap<u8, Thin>>>(size_of::<BTreeMap<u8, Thin>>());
    charged_for_each::<Vec<HashSet<u64>>>(size_of::<HashSet<u64>>());
    #[cfg(feature = "heapless")]
    {
        charged_for_each::<Vec<heapless::Vec<u64, 100>>>(808);
        charged_for_each::<Vec<heapless::String<200>>>(208);
        charged_for_each::<Vec<Box<heapless::Vec<u64, 100>>>>(816);
        charged_for_each::<Vec<heapless::FnvIndexMap<u32, u32, 8>>>(size_of::<
            heapless::FnvIndexMap<u32, u32, 8>,
        >());
    }
    #[cfg(feature = "bytes")]
    charged_for_each::<Vec<bytes::Bytes>>(size_of::<bytes::Bytes>());
}

#[test]
fn each_entry_of_a_map_or_set_is_charged_with_its_size() {
    const COUNT: u64 = 10_000;
    let pairs = encode((0..COUNT).map(|i| (i, i)).collect::<Vec<_>>());
    let numbers = encode((0..COUNT).collect::<Vec<_>>());
    let least = |size: usize| limits(COUNT as usize * size - 1);
    let refused = Some(ErrorKind::TooLarge);
    assert_eq!(within::<BTreeMap<u64, u64>>(&pairs, least(16)), refused);
    assert_eq!(within::<HashMap<u64, u64>>(&pairs, least(16)), refused);
    assert_eq!(within::<BTreeSet<u64>>(&numbers, least(8)), refused);
    assert_eq!(within::<HashSet<u64>>(&numbers, least(8)), refused);
    type Boxed = Box<u64>;
    assert_eq!(within::<BTreeMap<u64, Boxed>>(&pairs, least(24)), refused);
    assert_eq!(within::<HashMap<u64, Boxed>>(&pairs, least(24)), refused);
}

#[test]
fn a_length_beyond_the_input_takes_nothing() {
    let bytes = [0x0a, 0xff, 0xff, 0xff, 0x7f];
    let (_, seen) = watch(|| {
        drop(decode::<Vec<u64>>(&bytes));
        drop(decode::<Vec<f64>>(&bytes));
        drop(decode::<Vec<u8>>(&bytes));
        drop(decode::<String>(&bytes));
    });
    assert!(seen.total <= 4 * ERROR, "{}", seen.total);
}

/// A message that occurs many times, each with one more element for what it holds.
fn drip(times: usize) -> Vec<u8> {
    [0x0a, 2, 0x08, 7].repeat(times)
}

#[test]
fn a_sequence_that_grows_by_merging_is_not_moved_each_time() {
    let bytes = drip(10_000);
    let (value, seen) = watch(|| decode::<((Vec<u64>, u8),)>(&bytes).unwrap());
    assert_eq!(value.0.0.len(), 10_000);
    assert!(seen.total < 10_000 * 8 * 5, "{}", seen.total);

    let limit = Limits::for_len(bytes.len());
    within::<((VecDeque<u64>,),)>(&bytes, limit);
    within::<((HashSet<u64>,),)>(&bytes, limit);
    within::<((BTreeSet<u64>,),)>(&bytes, limit);
    within::<((Arc<[u64]>,),)>(&bytes, limit);
    // A boxed slice has no room to grow into: it moves, and is charged for that until the limit is reached.
    let failed = within::<((Box<[u64]>,),)>(&bytes, limit);
    assert_eq!(failed, Some(ErrorKind::TooLarge));
    assert_eq!(within::<((Box<[u64]>,),)>(&drip(100), limit), None);
}

#[test]
fn a_box_that_is_merged_is_charged_for_each_occurrence() {
    let bytes = [0x0a, 2, 0x08, 1].repeat(1000);
    let failed = within::<(Option<Box<(u64, u64)>>,)>(&bytes, limits(15_999));
    assert_eq!(failed, Some(ErrorKind::TooLarge));
    let decoded = within::<(Option<Box<(u64, u64)>>,)>(&bytes, limits(16_000));
    assert_eq!(decoded, None);
}

#[test]
fn borrowed_fields_take_no_memory() {
    let bytes = encode(("a long text", vec![1u8; 1000]));
    let (value, seen) = watch(|| decode::<(&str, &[u8])>(&bytes).unwrap());
    assert_eq!((value.0, value.1.len()), ("a long text", 1000));
    assert_eq!(seen.total, 0);
    let none = limits(0);
    let strict: (&str, &[u8]) = decode_with_limits(&bytes, none).unwrap();
    assert_eq!(strict.0, "a long text");
}

#[test]
fn bytes_are_copied_once() {
    let bytes = encode(vec![7u8; 100_000]);
    let (value, seen) = watch(|| decode::<Vec<u8>>(&bytes).unwrap());
    assert_eq!((value.len(), seen.total), (100_000, 100_000));
    let (merged, seen) = watch(|| merge(value, &bytes).unwrap());
    assert_eq!((merged.len(), seen.total), (100_000, 0));
}

#[test]
fn a_reused_buffer_is_enough_for_the_next_message() {
    let mut buffer = Vec::new();
    mesh_protobuf::encode_into(vec!["text"; 100].as_slice(), &mut buffer);
    let list = vec!["text"; 100];
    let ((), seen) = watch(|| mesh_protobuf::encode_into(&list, &mut buffer));
    assert_eq!(seen.total, 0);
    assert_eq!(decode::<Vec<&str>>(&buffer).unwrap(), list);
}

#[test]
fn limits_are_per_message_and_not_per_field() {
    type Message = (Vec<String>, Vec<String>);
    let bytes = encode((vec!["x"; 10], vec!["x"; 10]));
    let half = 16 * size_of::<String>() + 10;
    assert_eq!(
        within::<Message>(&bytes, limits(half)),
        Some(ErrorKind::TooLarge)
    );
    assert_eq!(within::<Message>(&bytes, limits(2 * half)), None);
    let context = mesh_protobuf::Context::<NoResource>::for_len(bytes.len(), &mut []);
    let mut reader = mesh_protobuf::Reader::new(&bytes, &context);
    <Message as Decode<'_>>::decode_body(None, &mut reader).unwrap();
}
