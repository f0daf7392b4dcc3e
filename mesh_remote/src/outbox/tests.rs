//! Tests of the queue: what is packed together, and what is accounted for.

use super::*;
use crate::packet::PIECE_BYTES;
use std::fs::File;

fn drain(outbox: &mut Outbox) -> Vec<(usize, usize)> {
    let mut packets = Vec::new();
    while let Some(mut item) = outbox.take() {
        while let Some(packet) = item.packet() {
            packets.push((packet.length(), packet.descriptors.len()));
            item.advance();
        }
        outbox.written(&mut item);
    }
    packets
}

fn descriptors(count: usize) -> Vec<OwnedFd> {
    let file = File::open("/dev/null").unwrap();
    (0..count)
        .map(|_| file.try_clone().unwrap().into())
        .collect()
}

/// Where a part of the next packet lies.
fn part(item: &Outgoing<'_>, number: usize) -> *const u8 {
    let packet = item.packet().unwrap();
    packet.parts().nth(number).unwrap().as_ptr()
}

#[test]
fn small_frames_go_out_together() {
    let mut outbox = Outbox::new(PACKET_BYTES);
    for _ in 0..1000 {
        outbox.push(Frame::new(&[1; 60]));
    }
    assert_eq!(outbox.bytes(), 64_000);
    assert_eq!(drain(&mut outbox), [(64_000, 0)]);
    assert_eq!(outbox.bytes(), 0);
    assert!(outbox.is_empty());
}

#[test]
fn a_large_frame_keeps_its_place_and_its_buffer() {
    let mut outbox = Outbox::new(PACKET_BYTES);
    let large = vec![1; 20_000];
    let address = large.as_ptr();
    outbox.push(Frame::new(b"before"));
    outbox.push(Frame::new(large));
    outbox.push(Frame::new(b"after"));
    let _before = outbox.take();
    let item = outbox.take().unwrap();
    assert_eq!(part(&item, 1), address);
    outbox.put_back(item);
    assert_eq!(drain(&mut outbox), [(20_004, 0), (9, 0)]);
}

#[test]
fn the_parts_of_a_frame_follow_each_other_wherever_packets_end() {
    let whole: Vec<u8> = (0..200_000u32).map(|at| (at ^ (at >> 8)) as u8).collect();
    for cut in [0, 5, 70_000, PACKET_BYTES - 6, 100_000, 200_000] {
        let mut outbox = Outbox::new(PACKET_BYTES);
        let mut frame = Frame::new(&whole[..cut]);
        let rest = whole[cut..].chunks(60_001);
        frame.tail = rest.map(|chunk| chunk.to_vec().into()).collect();
        outbox.push(frame);
        assert_eq!(outbox.bytes(), whole.len());
        let mut item = outbox.take().unwrap();
        let mut written: Vec<u8> = Vec::new();
        while let Some(packet) = item.packet() {
            assert!(packet.length() <= PACKET_BYTES);
            written.extend(packet.parts().skip(1).flatten());
            item.advance();
        }
        assert!(written == whole, "{cut}");
    }
}

#[test]
fn a_long_tail_is_not_copied_and_a_short_one_is_packed() {
    let mut outbox = Outbox::new(PACKET_BYTES);
    let mut frame = Frame::new(b"head");
    frame.tail = vec![vec![1; 50_000].into()];
    let address = frame.tail[0].as_ptr();
    outbox.push(frame);
    let item = outbox.take().unwrap();
    assert_eq!(part(&item, 2), address);
    let mut outbox = Outbox::new(PACKET_BYTES);
    for _ in 0..2 {
        let mut frame = Frame::new(b"head");
        frame.tail = vec![b"tail".to_vec().into()];
        outbox.push(frame);
    }
    assert_eq!(drain(&mut outbox), [(2 * (4 + 8), 0)]);
}

#[test]
fn a_packet_carries_no_more_descriptors_than_the_kernel_takes() {
    let mut outbox = Outbox::new(PACKET_BYTES);
    for count in [200, 53, 1, 0, 600] {
        outbox.push(Frame::with_descriptors(Vec::new(), descriptors(count)));
    }
    let counts: Vec<usize> = drain(&mut outbox).iter().map(|(_, count)| *count).collect();
    assert_eq!(counts, [253, 1, 253, 253, 94]);
}

#[test]
fn what_is_cleared_comes_out_and_counts_no_more() {
    let mut outbox = Outbox::new(PACKET_BYTES);
    outbox.push(Frame::with_descriptors(vec![0; 10], descriptors(2)));
    outbox.push(Frame::new(vec![0; 100_000]));
    outbox.push_end();
    assert_eq!(outbox.clear().len(), 3);
    assert_eq!(outbox.bytes(), 0);
    assert!(outbox.is_empty());
}

#[test]
fn the_farewell_goes_out_with_the_last_frames() {
    let mut outbox = Outbox::new(PACKET_BYTES);
    outbox.push(Frame::new(b"last words"));
    outbox.push_end();
    assert_eq!(drain(&mut outbox), [(4 + 10 + 4, 0)]);
}

#[test]
fn a_frame_in_many_places_goes_out_in_more_packets() {
    let mut outbox = Outbox::new(PACKET_BYTES);
    let mut frame = Frame::new(vec![1; 20_000]);
    frame.tail = vec![vec![1; 100].into(); 2 * SLICES];
    outbox.push(frame);
    let item = outbox.take().unwrap();
    assert_eq!(item.packet().unwrap().parts().count(), PARTS);
    outbox.put_back(item);
    let packets = drain(&mut outbox);
    let counts: Vec<usize> = packets.iter().map(|(bytes, _)| *bytes).collect();
    assert_eq!(counts, [10 + 20_700, 4 + 800, 4 + 100]);
}

#[test]
fn what_tells_the_length_of_a_large_frame_goes_out_first() {
    let mut outbox = Outbox::new(PACKET_BYTES);
    let mut frame = Frame::new(b"head");
    frame.tail = vec![vec![1; PACKET_BYTES].into()];
    outbox.push(frame);
    let packets = drain(&mut outbox);
    assert_eq!(packets[0].0, 10 + 4);
    assert_eq!(packets[1].0, 4 + PIECE_BYTES);
}
