//! The guest's messages, with an allocator beneath that counts: what is not there on the target is not asked for here.
// An allocator cannot be written without `unsafe`; this one counts and hands on.
#![allow(unsafe_code, clippy::unwrap_used)]

use guest::{Failure, Place, Report, Request, State, Write, answer};
use heapless::{String, Vec};
use mesh_protobuf::schema::{DescribeMessage, FieldType, Member};
use mesh_protobuf::{ErrorKind, decode, encode_to_slice, encoded_len, merge};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is handed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that is ending is not counted.
        let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`, which is the same here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: `ptr` came from `System` by way of `alloc` with this layout.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Runs something that must not allocate.
fn without_allocating<T>(run: impl FnOnce() -> T) -> T {
    let before = CALLS.get();
    let value = run();
    assert_eq!(CALLS.get(), before, "the allocator was called");
    value
}

fn text<const N: usize>(text: &str) -> String<N> {
    text.try_into().unwrap()
}

fn report() -> Report {
    let mut report = Report {
        sequence: u64::MAX,
        sensor: text("door"),
        state: State::Other(-7),
        samples: Vec::from_slice(&[i16::MIN, -1, 0, 1, i16::MAX]).unwrap(),
        raw: Vec::from_slice(b"\0raw\xff").unwrap(),
        place: Some(Place {
            coordinates: Some([1.5, -2.0, 0.0]),
            rooms: [text("house"), text(""), text("room")]
                .into_iter()
                .collect(),
        }),
        ..Report::default()
    };
    // A ring that goes round.
    report.log.0.push_back(text("dropped")).unwrap();
    report.log.0.pop_front();
    for line in ["one", "two", "three", "four"] {
        report.log.0.push_back(text(line)).unwrap();
    }
    report.values.insert(text("volt"), 3.3).unwrap();
    report.values.insert(text("amp"), 0.0).unwrap();
    for error in [9, 3, 500] {
        report.errors.insert(error, 1).unwrap();
    }
    report
}

#[test]
fn every_message_comes_back_and_nothing_is_allocated() {
    let report = report();
    let mut buffer = [0; 256];
    without_allocating(|| {
        let bytes = encode_to_slice(&report, &mut buffer).unwrap();
        assert_eq!(encoded_len(&report), bytes.len());
        let back = decode::<Report>(bytes).unwrap();
        assert_eq!(back, report);
        assert!(back.errors.keys().eq(report.errors.keys()), "in order");

        let mut again = [0; 256];
        let by_value = encode_to_slice(back, &mut again).unwrap();
        assert_eq!(decode::<Report>(by_value).unwrap(), report);
    });
}

#[test]
fn requests_borrow_from_the_bytes_they_came_in() {
    let mut buffer = [0; 64];
    let write = Write {
        address: 0xfee0,
        data: b"\x01\x02\x03",
        digest: Some([1, 2, 3, 4]),
    };
    without_allocating(|| {
        for request in [
            Request::Ping,
            Request::Measure {
                sensor: "door",
                count: 3,
            },
            Request::Write(write),
        ] {
            let bytes = encode_to_slice(request, &mut buffer).unwrap();
            let range = bytes.as_ptr_range();
            let back = decode::<Request<'_>>(bytes).unwrap();
            assert_eq!(back, request);
            if let Request::Write(Write { data, .. }) = back {
                assert!(range.contains(&data.as_ptr()));
            }
        }
    });
}

#[test]
fn a_buffer_that_is_too_short_is_told_how_long_it_has_to_be() {
    let report = report();
    let needed = encoded_len(&report);
    let mut buffer = [0; 256];
    for room in 0..needed {
        let error = without_allocating(|| encode_to_slice(&report, &mut buffer[..room]));
        assert_eq!(error.unwrap_err().needed, needed);
    }
    let bytes = encode_to_slice(&report, &mut buffer[..needed]).unwrap();
    assert_eq!(decode::<Report>(bytes).unwrap(), report);
    let error = encode_to_slice(&report, &mut buffer[..3]).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the message takes {needed} bytes, and the buffer has fewer")
    );
}

#[test]
fn what_a_container_has_no_room_for_is_an_error_that_says_where() {
    // Field, bytes of one occurrence, capacity.
    let name = [0x12, 17];
    let cases: [(&str, std::vec::Vec<u8>, usize); 6] = [
        ("sensor", [&name[..], &[b'x'; 17]].concat(), 16),
        ("samples", [&[0x22, 33][..], &[2; 33]].concat(), 32),
        ("log", [0x2a, 0].repeat(5), 4),
        (
            "values",
            (0..5u8).flat_map(|i| [0x32, 3, 0x0a, 1, i]).collect(),
            4,
        ),
        (
            "errors",
            (1..10u8).flat_map(|i| [0x3a, 2, 0x08, i]).collect(),
            8,
        ),
        ("raw", [&[0x42, 9][..], &[1; 9]].concat(), 8),
    ];
    for (field, bytes, capacity) in cases {
        let error = decode::<Report>(&bytes).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Full { capacity }, "{field}");
        assert_eq!(error.path().collect::<std::vec::Vec<_>>(), [field]);
    }
}

#[test]
fn a_container_that_is_merged_is_appended_to_and_bytes_are_replaced() {
    let first = Report {
        samples: Vec::from_slice(&[1, 2]).unwrap(),
        raw: Vec::from_slice(b"old").unwrap(),
        ..Report::default()
    };
    let second = Report {
        samples: Vec::from_slice(&[3]).unwrap(),
        raw: Vec::from_slice(b"new").unwrap(),
        ..Report::default()
    };
    let mut buffer = [0; 64];
    let bytes = encode_to_slice(&second, &mut buffer).unwrap();
    let merged = without_allocating(|| merge(first, bytes).unwrap());
    assert_eq!(merged.samples, [1, 2, 3]);
    assert_eq!(merged.raw, b"new");
}

#[test]
fn the_guest_answers_and_refuses_without_allocating() {
    let (mut asked, mut buffer) = ([0; 64], [0; 256]);
    without_allocating(|| {
        let mut measure = |count, buffer: &mut [u8]| {
            let sensor = "door";
            let request = encode_to_slice(Request::Measure { sensor, count }, &mut asked).unwrap();
            answer(request, buffer).map(|bytes| decode::<Report>(bytes).unwrap())
        };
        let report = measure(3, &mut buffer).unwrap();
        assert_eq!(report.samples, [0, 1, 2]);
        assert_eq!(report.sensor, "door");
        assert!(matches!(measure(33, &mut buffer), Err(Failure::TooMany)));
        assert!(matches!(
            measure(3, &mut [0; 4]),
            Err(Failure::NoRoom(room)) if room.needed > 4
        ));
    });
    assert!(matches!(
        answer(&[0xff], &mut buffer),
        Err(Failure::Malformed(_))
    ));
}

#[test]
fn messages_describe_themselves_without_a_heap() {
    let mut described = Report::DESCRIPTOR.members.iter();
    assert!(described.all(|member| match member {
        Member::Field(field) => !matches!(field.ty, FieldType::Undescribed),
        _ => true,
    }));
    assert_eq!(Report::DESCRIPTOR.members.len(), 9);
}
