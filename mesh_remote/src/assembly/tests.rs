//! Tests of putting frames together, fed by the queue that takes them apart, and by anything at all.

use super::*;
use crate::frame::Frame;
use crate::outbox::Outbox;
use crate::packet::{END_BYTES, PACKET_BYTES};
use proptest::prelude::*;

const LIMITS: FrameLimits = FrameLimits {
    bytes: 1000,
    descriptors: 20,
};

/// What an assembly handed out, to compare.
#[derive(Debug, PartialEq, Eq)]
enum Out {
    Frame(Vec<u8>, Vec<u32>),
    Lost(Vec<u8>, DescriptorsLost),
    End,
}

fn take(
    assembly: &mut Assembly<u32>,
    packet: &[u8],
    descriptors: Vec<u32>,
    cut_off: bool,
) -> (Vec<Out>, Result<ControlFlow<()>, Malformed>) {
    let mut out = Vec::new();
    let arrived = Arrived {
        list: descriptors.into_iter(),
        cut_off,
    };
    let result = assembly.packet(packet, arrived, &mut |delivery| {
        out.push(match delivery {
            Delivery::Frame(bytes, descriptors) => Out::Frame(bytes.to_vec(), descriptors),
            Delivery::Large(bytes, descriptors) => Out::Frame(bytes.to_vec(), descriptors),
            Delivery::Lost(bytes, lost) => Out::Lost(bytes.to_vec(), lost),
            Delivery::End => Out::End,
        });
        ControlFlow::Continue(())
    });
    (out, result)
}

fn piece(length: usize, descriptors: u8, part: Part) -> Vec<u8> {
    let header = Header {
        length,
        descriptors,
        part,
    };
    let mut bytes = header.write().as_slice().to_vec();
    bytes.resize(bytes.len() + length, 7);
    bytes
}

fn first(length: usize, descriptors: u8, of_bytes: u32, of_descriptors: u16) -> Vec<u8> {
    let total = Total {
        bytes: of_bytes,
        descriptors: of_descriptors,
    };
    piece(length, descriptors, Part::First(total))
}

fn error_of(packet: &[u8], descriptors: Vec<u32>) -> Malformed {
    let mut assembly = Assembly::new(LIMITS);
    take(&mut assembly, packet, descriptors, false)
        .1
        .unwrap_err()
}

proptest! {
    #[test]
    fn frames_come_out_as_they_went_in(
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..20),
        packet_bytes in 23usize..300,
    ) {
        let mut outbox = Outbox::new(packet_bytes);
        for frame in &frames {
            outbox.push(Frame::new(frame));
        }
        outbox.push_end();
        let mut assembly = Assembly::new(LIMITS);
        let mut out = Vec::new();
        while let Some(mut item) = outbox.take() {
            while let Some(packet) = item.packet() {
                let bytes = packet.parts().collect::<Vec<_>>().concat();
                prop_assert!(bytes.len() <= packet_bytes);
                let (more, result) = take(&mut assembly, &bytes, Vec::new(), false);
                prop_assert!(result.is_ok());
                out.extend(more);
                item.advance();
            }
            outbox.written(&mut item);
        }
        prop_assert_eq!(outbox.bytes(), 0);
        let mut expected: Vec<Out> = frames
            .into_iter()
            .map(|frame| Out::Frame(frame, Vec::new()))
            .collect();
        expected.push(Out::End);
        prop_assert_eq!(out, expected);
    }

    #[test]
    fn nothing_that_arrives_breaks_a_bound(
        packets in prop::collection::vec(
            (
                prop::collection::vec(prop_oneof![0u8..8, any::<u8>()], 0..80),
                prop::collection::vec(any::<u32>(), 0..4),
                any::<bool>(),
            ),
            0..20,
        ),
    ) {
        let mut assembly = Assembly::new(LIMITS);
        for (bytes, descriptors, cut_off) in packets {
            let (out, result) = take(&mut assembly, &bytes, descriptors, cut_off);
            for out in out {
                if let Out::Frame(bytes, descriptors) = out {
                    prop_assert!(bytes.len() <= LIMITS.bytes as usize);
                    prop_assert!(descriptors.len() <= usize::from(LIMITS.descriptors));
                }
            }
            if let Some(partial) = &assembly.partial {
                prop_assert!(partial.filled <= partial.memory.len());
                prop_assert!(partial.memory.len() <= LIMITS.bytes as usize);
                prop_assert!(
                    partial.descriptors.list.len() <= usize::from(LIMITS.descriptors)
                );
            }
            if result.is_err() {
                break;
            }
        }
    }
}

#[test]
fn what_does_not_follow_is_malformed() {
    assert_eq!(
        error_of(&piece(1, 0, Part::Middle), vec![]),
        Malformed::Order
    );
    assert_eq!(error_of(&piece(1, 0, Part::Last), vec![]), Malformed::Order);
    let open = first(1, 0, 10, 0);
    assert_eq!(
        error_of(&[open.clone(), open].concat(), vec![]),
        Malformed::Order
    );
    let open_and_end = [first(1, 0, 10, 0), END_BYTES.to_vec()].concat();
    assert_eq!(error_of(&open_and_end, vec![]), Malformed::Order);
    let after = [END_BYTES.to_vec(), piece(1, 0, Part::Whole)].concat();
    assert_eq!(error_of(&after, vec![]), Malformed::AfterEnd);
    let twice = [END_BYTES, END_BYTES].concat();
    assert_eq!(error_of(&twice, vec![]), Malformed::AfterEnd);
    assert_eq!(error_of(&[1, 0, 0, 0], vec![]), Malformed::Truncated);
}

#[test]
fn a_frame_that_is_not_as_announced_is_malformed() {
    let longer = [first(5, 0, 9, 0), piece(5, 0, Part::Last)].concat();
    assert_eq!(error_of(&longer, vec![]), Malformed::FrameLength);
    let shorter = [first(5, 0, 11, 0), piece(5, 0, Part::Last)].concat();
    assert_eq!(error_of(&shorter, vec![]), Malformed::FrameLength);
    let no_progress = [first(5, 0, 11, 0), piece(0, 0, Part::Middle)].concat();
    assert_eq!(error_of(&no_progress, vec![]), Malformed::FrameLength);
    let descriptors = [first(5, 1, 10, 1), piece(5, 1, Part::Last)].concat();
    assert_eq!(error_of(&descriptors, vec![1, 2]), Malformed::FrameLength);
}

#[test]
fn a_frame_beyond_the_limits_is_refused_before_it_comes() {
    assert_eq!(
        error_of(&piece(1001, 0, Part::Whole), vec![]),
        Malformed::Limit
    );
    assert_eq!(error_of(&first(1, 0, 1001, 0), vec![]), Malformed::Limit);
    assert_eq!(error_of(&first(1, 0, 10, 21), vec![]), Malformed::Limit);
    assert_eq!(
        error_of(&piece(0, 21, Part::Whole), (0..21).collect()),
        Malformed::Limit
    );
}

#[test]
fn a_large_frame_reserves_no_more_than_has_arrived_justifies() {
    let mut assembly: Assembly<u32> = Assembly::new(FrameLimits::default());
    let announced = first(1, 0, 60 << 20, 0);
    let (_, result) = take(&mut assembly, &announced, vec![], false);
    assert!(result.is_ok());
    assert!(assembly.partial.unwrap().memory.capacity() <= RESERVE_BYTES);
}

#[test]
fn descriptors_that_are_missing_or_not_announced_are_malformed() {
    let one = piece(1, 1, Part::Whole);
    assert_eq!(error_of(&one, vec![]), Malformed::DescriptorsMissing);
    assert_eq!(
        error_of(&one, vec![1, 2]),
        Malformed::DescriptorsUnannounced
    );
    assert_eq!(error_of(&[], vec![1]), Malformed::DescriptorsUnannounced);
}

#[test]
fn only_the_frame_whose_descriptors_were_cut_off_loses_them() {
    let packet = [
        piece(1, 2, Part::Whole),
        piece(2, 3, Part::Whole),
        piece(3, 0, Part::Whole),
        piece(4, 1, Part::Whole),
    ]
    .concat();
    let mut assembly = Assembly::new(LIMITS);
    let (out, result) = take(&mut assembly, &packet, vec![1, 2, 3, 4], true);
    assert!(result.is_ok());
    let lost = |length, announced, arrived| {
        let lost = DescriptorsLost { announced, arrived };
        Out::Lost(vec![7; length], lost)
    };
    assert_eq!(
        out,
        [
            Out::Frame(vec![7; 1], vec![1, 2]),
            lost(2, 3, 2),
            Out::Frame(vec![7; 3], vec![]),
            lost(4, 1, 0),
        ]
    );
}

#[test]
fn a_frame_in_pieces_that_lost_descriptors_in_one_keeps_none() {
    let mut assembly = Assembly::new(LIMITS);
    let (out, _) = take(&mut assembly, &first(1, 2, 3, 5), vec![1], true);
    assert_eq!(out, []);
    let (out, _) = take(&mut assembly, &piece(1, 2, Part::Middle), vec![2, 3], false);
    assert_eq!(out, []);
    assert!(
        assembly
            .partial
            .as_ref()
            .unwrap()
            .descriptors
            .list
            .is_empty()
    );
    let (out, _) = take(&mut assembly, &piece(1, 1, Part::Last), vec![4], false);
    let lost = DescriptorsLost {
        announced: 5,
        arrived: 4,
    };
    assert_eq!(out, [Out::Lost(vec![7; 3], lost)]);
}

#[test]
fn a_packet_of_the_greatest_length_is_one_piece() {
    let mut assembly: Assembly<u32> = Assembly::new(FrameLimits::default());
    let packet = first(PIECE_BYTES, 0, 80_000, 0);
    assert!(packet.len() <= PACKET_BYTES);
    assert!(take(&mut assembly, &packet, vec![], false).1.is_ok());
}

/// Puts a frame in pieces together in place, where it can.
fn fill(assembly: &mut Assembly<u32>, packets: &[Vec<u8>]) -> (Vec<Out>, Result<(), Malformed>) {
    let mut out = Vec::new();
    let deliver = &mut |delivery: Delivery<'_, u32>| {
        if let Delivery::Large(bytes, descriptors) = delivery {
            out.push(Out::Frame(bytes.to_vec(), descriptors));
        }
        ControlFlow::Continue(())
    };
    for packet in packets {
        let (header, bytes) = packet.split_first_chunk().unwrap();
        let room = assembly.room().unwrap();
        room.get_mut(..bytes.len()).unwrap().copy_from_slice(bytes);
        let header = Header::read_short(header).unwrap();
        if let Err(malformed) = assembly.filled(header, deliver) {
            return (out, Err(malformed));
        }
    }
    (out, Ok(()))
}

#[test]
fn pieces_go_where_they_belong_and_room_grows_with_what_has_arrived() {
    let total = 3 * RESERVE_BYTES;
    let mut assembly = Assembly::new(FrameLimits::default());
    assert!(assembly.room().is_none());
    let announced = first(10, 0, total as u32, 0);
    assert!(take(&mut assembly, &announced, vec![], false).1.is_ok());
    let mut left = total - 10;
    let mut out = Vec::new();
    while left > 0 {
        let length = assembly.room().unwrap().len();
        let partial = assembly.partial.as_ref().unwrap();
        assert!(partial.memory.len() <= RESERVE_BYTES.max(2 * partial.filled));
        left -= length;
        let part = if left > 0 { Part::Middle } else { Part::Last };
        let (more, result) = fill(&mut assembly, &[piece(length, 0, part)]);
        assert!(result.is_ok());
        out.extend(more);
    }
    assert!(out == [Out::Frame(vec![7; total], vec![])]);
}

#[test]
fn a_frame_that_ends_early_is_malformed_in_place_too() {
    let mut assembly = Assembly::new(LIMITS);
    assert!(
        take(&mut assembly, &first(1, 0, 10, 0), vec![], false)
            .1
            .is_ok()
    );
    let (out, result) = fill(&mut assembly, &[piece(5, 0, Part::Last)]);
    assert_eq!((out, result), (vec![], Err(Malformed::FrameLength)));
}

/// What comes out of a packet in memory that may be kept, and whether it was.
fn take_in(assembly: &mut Assembly<u32>, packet: &[u8], descriptors: Vec<u32>) -> (usize, bool) {
    let mut memory = packet.to_vec();
    memory.resize(PACKET_BYTES + 1, 0);
    let at = memory.as_ptr();
    let arrived = Arrived {
        list: descriptors.into_iter(),
        cut_off: false,
    };
    let mut seen = 0;
    let taken = assembly.packet_in(&mut memory, packet.len(), arrived, &mut |delivery| {
        match delivery {
            Delivery::Large(bytes, _) => {
                assert!(at.wrapping_add(4) <= bytes.as_ptr());
                seen += bytes.len();
            }
            Delivery::Frame(bytes, _) => seen += bytes.len(),
            other => panic!("{other:?}"),
        }
        ControlFlow::Continue(())
    });
    assert!(taken.is_ok());
    assert_eq!(memory.len(), PACKET_BYTES + 1);
    (seen, memory.as_ptr() != at)
}

#[test]
fn a_large_frame_keeps_the_memory_of_its_packet_and_others_do_not() {
    let mut assembly = Assembly::new(FrameLimits::default());
    let large = piece(COPIED_BYTES + 1, 0, Part::Whole);
    let taken = take_in(&mut assembly, &large, vec![]);
    assert_eq!(taken, (COPIED_BYTES + 1, true));
    let large = piece(PIECE_BYTES, 2, Part::Whole);
    assert_eq!(
        take_in(&mut assembly, &large, vec![1, 2]),
        (PIECE_BYTES, true)
    );
    let small = piece(COPIED_BYTES, 0, Part::Whole);
    assert_eq!(
        take_in(&mut assembly, &small, vec![]),
        (COPIED_BYTES, false)
    );
    let two = [
        piece(COPIED_BYTES + 1, 0, Part::Whole),
        piece(9, 0, Part::Whole),
    ]
    .concat();
    let taken = take_in(&mut assembly, &two, vec![]);
    assert_eq!(taken, (COPIED_BYTES + 10, false));
}

#[test]
fn a_large_frame_is_held_to_the_limits_and_its_descriptors() {
    let error = |assembly: &mut Assembly<u32>, packet: &[u8], descriptors: Vec<u32>| {
        let arrived = Arrived {
            list: descriptors.into_iter(),
            cut_off: false,
        };
        let mut memory = packet.to_vec();
        let deliver = &mut |_: Delivery<'_, u32>| ControlFlow::Continue(());
        assembly
            .packet_in(&mut memory, packet.len(), arrived, deliver)
            .unwrap_err()
    };
    let large = piece(COPIED_BYTES + 1, 0, Part::Whole);
    let tight = &mut Assembly::new(LIMITS);
    assert_eq!(error(tight, &large, vec![]), Malformed::Limit);
    let assembly = &mut Assembly::new(FrameLimits::default());
    let unannounced = error(assembly, &large, vec![1]);
    assert_eq!(unannounced, Malformed::DescriptorsUnannounced);
    let one = piece(COPIED_BYTES + 1, 1, Part::Whole);
    let missing = error(assembly, &one, vec![]);
    assert_eq!(missing, Malformed::DescriptorsMissing);
    assert!(take(assembly, &first(1, 0, 9, 0), vec![], false).1.is_ok());
    assert_eq!(error(assembly, &large, vec![]), Malformed::Order);
    let ended = &mut Assembly::new(FrameLimits::default());
    assert!(take(ended, &END_BYTES, vec![], false).1.is_ok());
    assert_eq!(error(ended, &large, vec![]), Malformed::AfterEnd);
}
