//! Pipes whose halves are sent in messages, as between processes, and peers that break the rules.
#![cfg(not(loom))]
#![allow(
    clippy::unwrap_used,
    reason = "the lint spares test functions, but not what they share"
)]

use futures::FutureExt;
use futures::io::{AsyncReadExt, AsyncWriteExt};
use futures_executor::block_on;
use mesh_channel::pipe;
use mesh_channel::pipe::{MAX_CAPACITY, ReadPipe, WritePipe, pipe_with_capacity};
use mesh_node::error::{ChannelError, ChannelErrorKind};
use mesh_node::local_node::{Delivery, Port, PortHandler};
use mesh_node::message::SerializedMessage;
use mesh_node::resource::Resource;
use mesh_node::{MeshPayload, Message, OwnedMessage};
use proptest::prelude::*;
use std::io;
use std::sync::{Arc, Mutex};
use std::thread;

/// Sends a value to another process and takes it there.
fn moved<T: MeshPayload>(value: T) -> T {
    let message = OwnedMessage::new(value).serialize();
    OwnedMessage::serialized(message).parse().unwrap()
}

/// The bare port of a half that has been sent.
fn port_of<T: MeshPayload>(half: T) -> Port {
    let SerializedMessage { mut resources, .. } = OwnedMessage::new(half).serialize();
    match (resources.pop(), resources.pop()) {
        (Some(Resource::Port(port)), None) => port,
        other => panic!("expected a port, found {other:?}"),
    }
}

fn write_now(writer: &mut WritePipe, bytes: &[u8]) -> Option<io::Result<usize>> {
    writer.write(bytes).now_or_never()
}

fn read_now(reader: &mut ReadPipe, len: usize) -> Option<io::Result<Vec<u8>>> {
    let mut bytes = vec![0; len];
    let result = reader.read(&mut bytes).now_or_never()?;
    Some(result.map(|n| {
        bytes.truncate(n);
        bytes
    }))
}

fn cause(error: &io::Error) -> &ChannelError {
    let inner = error.get_ref().expect("an inner error");
    inner.downcast_ref().expect("a channel error")
}

#[test]
fn a_moved_reader_takes_unread_bytes_along_and_goes_on() {
    let (reader, mut writer) = pipe();
    block_on(writer.write_all(b"before ")).unwrap();
    let mut reader = moved(reader);
    block_on(writer.write_all(b"after")).unwrap();
    drop(writer);
    let mut text = String::new();
    block_on(reader.read_to_string(&mut text)).unwrap();
    assert_eq!(text, "before after");
}

#[test]
fn a_moved_writer_goes_on_after_what_it_wrote() {
    let (mut reader, mut writer) = pipe();
    block_on(writer.write_all(b"before ")).unwrap();
    let mut writer = moved(writer);
    block_on(writer.write_all(b"after")).unwrap();
    block_on(writer.close()).unwrap();
    let mut text = String::new();
    block_on(reader.read_to_string(&mut text)).unwrap();
    assert_eq!(text, "before after");
}

#[test]
fn halves_move_many_times_with_bytes_under_way() {
    let (mut reader, mut writer) = pipe_with_capacity(1000);
    let mut read = Vec::new();
    for i in 0..200u8 {
        assert_eq!(write_now(&mut writer, &[i; 3]).unwrap().unwrap(), 3);
        match i % 4 {
            0 => reader = moved(reader),
            1 => writer = moved(writer),
            2 => (reader, writer) = moved((reader, writer)),
            _ => read.extend(read_now(&mut reader, 7).unwrap().unwrap()),
        }
    }
    drop(writer);
    let mut reader = moved(reader);
    block_on(reader.read_to_end(&mut read)).unwrap();
    let expected: Vec<u8> = (0..200).flat_map(|i| [i; 3]).collect();
    assert_eq!(read, expected);
}

#[test]
fn the_bound_holds_wherever_the_halves_are() {
    for moves in 0..4 {
        let (mut reader, mut writer) = pipe_with_capacity(8);
        if moves & 1 > 0 {
            reader = moved(reader);
        }
        if moves & 2 > 0 {
            writer = moved(writer);
        }
        assert_eq!(write_now(&mut writer, &[1; 20]).unwrap().unwrap(), 8);
        assert!(write_now(&mut writer, &[1; 20]).is_none());
        assert_eq!(read_now(&mut reader, 4).unwrap().unwrap(), [1; 4]);
        assert_eq!(write_now(&mut writer, &[2; 20]).unwrap().unwrap(), 4);
        assert!(write_now(&mut writer, &[2; 20]).is_none());
        reader = moved(reader);
        writer = moved(writer);
        assert!(write_now(&mut writer, &[3; 20]).is_none());
        assert_eq!(read_now(&mut reader, 9).unwrap().unwrap().len(), 8);
    }
}

#[test]
fn a_writer_that_waits_while_the_reader_leaves_is_woken() {
    let (mut reader, mut writer) = pipe_with_capacity(4);
    block_on(writer.write_all(b"full")).unwrap();
    let writing = thread::spawn(move || block_on(writer.write_all(b"and more than that")));
    let mut start = [0; 1];
    block_on(reader.read_exact(&mut start)).unwrap();
    let mut reader = moved(reader);
    let mut rest = String::new();
    block_on(reader.read_to_string(&mut rest)).unwrap();
    writing.join().unwrap().unwrap();
    assert_eq!(rest, "ulland more than that");
}

#[test]
fn ends_are_seen_across_moves() {
    // The reader arrives after the writer was dropped.
    let (reader, mut writer) = pipe();
    block_on(writer.write_all(b"x")).unwrap();
    drop(writer);
    let mut reader = moved(moved(reader));
    assert_eq!(read_now(&mut reader, 8).unwrap().unwrap(), b"x");
    assert_eq!(read_now(&mut reader, 8).unwrap().unwrap(), b"");
    let mut reader = moved(reader);
    assert_eq!(read_now(&mut reader, 8).unwrap().unwrap(), b"");

    // The writer arrives after the reader was dropped.
    let (reader, writer) = pipe();
    drop(reader);
    let mut writer = moved(moved(writer));
    let error = write_now(&mut writer, b"x").unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);

    // The reader is dropped elsewhere.
    let (reader, mut writer) = pipe();
    drop(moved(reader));
    let error = write_now(&mut writer, b"x").unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);

    // A closed writer stays closed, and disturbs nothing, when it is sent.
    let (mut reader, mut writer) = pipe();
    block_on(writer.write_all(b"x")).unwrap();
    block_on(writer.close()).unwrap();
    let mut writer = moved(writer);
    let error = write_now(&mut writer, b"y").unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(read_now(&mut reader, 8).unwrap().unwrap(), b"x");
    assert_eq!(read_now(&mut reader, 8).unwrap().unwrap(), b"");
}

#[test]
fn a_half_that_is_dropped_inside_a_message_counts_as_dropped() {
    let (mut reader, mut writer) = pipe();
    block_on(writer.write_all(b"x")).unwrap();
    drop(OwnedMessage::new(writer).serialize());
    assert_eq!(read_now(&mut reader, 8).unwrap().unwrap(), b"x");
    assert_eq!(read_now(&mut reader, 8).unwrap().unwrap(), b"");
    let (reader, mut writer) = pipe();
    drop(OwnedMessage::new(reader));
    assert!(write_now(&mut writer, b"x").unwrap().is_err());
}

#[test]
fn a_lost_writer_is_an_error_with_its_cause_after_the_data() {
    use ChannelErrorKind::{LinkLost, PeerFailed};
    for (lost, kind) in [
        (PeerFailed, io::ErrorKind::ConnectionAborted),
        (LinkLost, io::ErrorKind::ConnectionReset),
    ] {
        let (mut reader, mut writer) = pipe();
        block_on(writer.write_all(b"a")).unwrap();
        let port = port_of(writer);
        port.send(OwnedMessage::new(b"b".to_vec()));
        port.fail(ChannelError::new(lost, "killed by signal 9"));
        for _ in 0..2 {
            assert_eq!(read_now(&mut reader, 1).unwrap().unwrap().len(), 1);
        }
        for _ in 0..3 {
            let error = read_now(&mut reader, 1).unwrap().unwrap_err();
            assert_eq!(error.kind(), kind);
            assert_eq!(cause(&error).kind(), lost);
            assert!(error.to_string().contains("signal 9"));
            reader = moved(reader);
        }
    }
}

#[test]
fn a_lost_reader_is_an_error_with_its_cause() {
    let (reader, mut writer) = pipe();
    port_of(reader).fail(ChannelError::new(ChannelErrorKind::PeerFailed, "panicked"));
    let error = write_now(&mut writer, b"x").unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
    assert_eq!(cause(&error).kind(), ChannelErrorKind::PeerFailed);
}

/// What a peer that breaks the rules is told in return.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl PortHandler for Told {
    fn message(&self, message: Message<'_>) -> Delivery {
        let limit = message.parse::<u64>().unwrap();
        self.0.lock().unwrap().push(format!("credit {limit}"));
        Delivery::Taken
    }

    fn closed(&self) {
        self.0.lock().unwrap().push("closed".into());
    }

    fn failed(&self, error: ChannelError) {
        self.0.lock().unwrap().push(format!("{:?}", error.kind()));
    }
}

#[test]
fn a_writer_that_exceeds_its_window_fails_the_pipe_at_both_ends() {
    for chunks in [&[9][..], &[8, 1], &[4, 0, 5]] {
        let (mut reader, writer) = pipe_with_capacity(8);
        let told = Arc::new(Told::default());
        let port = port_of(writer).attach(told.clone());
        for &len in chunks {
            port.send(OwnedMessage::new(vec![0u8; len]));
        }
        let error = loop {
            match read_now(&mut reader, 100).unwrap() {
                Ok(bytes) => assert!(!bytes.is_empty() && bytes.len() <= 8),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert_eq!(cause(&error).kind(), ChannelErrorKind::ProtocolBreach);
        assert_eq!(*told.0.lock().unwrap(), ["ProtocolBreach"]);
    }
}

#[test]
fn credit_is_granted_in_absolute_counts_when_half_is_free() {
    let (mut reader, mut writer) = pipe_with_capacity(8);
    block_on(writer.write_all(b"abc")).unwrap();
    let told = Arc::new(Told::default());
    let port = port_of(writer).attach(told.clone());
    port.send(OwnedMessage::new(b"defgh".to_vec()));
    read_now(&mut reader, 3).unwrap().unwrap();
    assert!(told.0.lock().unwrap().is_empty());
    read_now(&mut reader, 1).unwrap().unwrap();
    assert_eq!(*told.0.lock().unwrap(), ["credit 12"]);
    // A chunk without bytes is nothing.
    port.send(OwnedMessage::new(Vec::<u8>::new()));
    read_now(&mut reader, 9).unwrap().unwrap();
    assert_eq!(*told.0.lock().unwrap(), ["credit 12", "credit 16"]);
    assert!(read_now(&mut reader, 1).is_none());
}

#[test]
fn a_reader_that_grants_nonsense_fails_the_pipe() {
    for limit in [0, 7, 12, u64::MAX] {
        let (reader, mut writer) = pipe_with_capacity(8);
        block_on(writer.write_all(b"abc")).unwrap();
        let port = port_of(reader);
        port.send(OwnedMessage::new(limit));
        let error = write_now(&mut writer, b"x").unwrap().unwrap_err();
        assert_eq!(cause(&error).kind(), ChannelErrorKind::ProtocolBreach);
    }
}

#[test]
fn messages_of_another_type_fail_the_pipe() {
    let (mut reader, writer) = pipe();
    port_of(writer).send(OwnedMessage::new(5u64));
    let error = read_now(&mut reader, 1).unwrap().unwrap_err();
    assert_eq!(cause(&error).kind(), ChannelErrorKind::Decode);
    let (reader, mut writer) = pipe();
    port_of(reader).send(OwnedMessage::new("credit".to_string()));
    let error = write_now(&mut writer, b"x").unwrap().unwrap_err();
    assert_eq!(cause(&error).kind(), ChannelErrorKind::Decode);
}

#[derive(mesh_derive::MeshPayload)]
#[mesh(crate = "mesh_node")]
struct ForgedReader(Port, u64, u64, u64, Vec<u8>);

#[derive(mesh_derive::MeshPayload)]
#[mesh(crate = "mesh_node")]
struct ForgedWriter(Port, u64, u64, u64);

#[test]
fn halves_with_impossible_counters_do_not_decode() {
    let port = || Port::new_pair().0;
    let reader = |capacity, read, limit, buffered: usize| {
        OwnedMessage::new(ForgedReader(
            port(),
            capacity,
            read,
            limit,
            vec![0; buffered],
        ))
        .parse::<ReadPipe>()
        .is_ok()
    };
    assert!(reader(8, 100, 108, 8));
    assert!(!reader(8, 100, 108, 9));
    assert!(!reader(8, 100, 109, 0));
    assert!(!reader(8, 100, 99, 0));
    assert!(!reader(0, 100, 100, 0));
    assert!(!reader(MAX_CAPACITY as u64 + 1, 0, 0, 0));
    assert!(!reader(8, u64::MAX, u64::MAX, 1));
    let writer = |capacity, written, limit| {
        OwnedMessage::new(ForgedWriter(port(), capacity, written, limit))
            .parse::<WritePipe>()
            .is_ok()
    };
    assert!(writer(8, 100, 108));
    assert!(!writer(8, 100, 109));
    assert!(!writer(8, 100, 99));
    assert!(!writer(0, 0, 0));
    assert!(!writer(u64::MAX, 0, 0));
}

#[test]
fn counters_at_their_end_fail_the_pipe_and_nothing_else() {
    let (near, far) = Port::new_pair();
    let forged = ForgedReader(near, 8, u64::MAX - 8, u64::MAX, vec![]);
    let mut reader: ReadPipe = OwnedMessage::new(forged).parse().unwrap();
    far.send(OwnedMessage::new(vec![1u8; 8]));
    assert_eq!(read_now(&mut reader, 8).unwrap().unwrap(), [1; 8]);
    far.send(OwnedMessage::new(vec![1u8]));
    assert!(read_now(&mut reader, 8).unwrap().is_err());
    let (near, far) = Port::new_pair();
    let forged = ForgedWriter(near, 8, u64::MAX - 1, u64::MAX);
    let mut writer: WritePipe = OwnedMessage::new(forged).parse().unwrap();
    assert_eq!(write_now(&mut writer, b"xy").unwrap().unwrap(), 1);
    far.send(OwnedMessage::new(u64::MAX));
    assert!(write_now(&mut writer, b"y").is_none());
}

/// A byte of the test stream.
fn byte(at: usize) -> u8 {
    (at ^ (at >> 8) ^ (at >> 16)).wrapping_mul(37) as u8
}

#[test]
fn a_stream_survives_both_halves_moving_while_threads_use_them() {
    const LEN: usize = 300_000;
    for capacity in [3, 100, 10_000] {
        let (mut reader, mut writer) = pipe_with_capacity(capacity);
        let len = LEN.min(capacity * 2000);
        let writing = thread::spawn(move || {
            let mut at = 0;
            let mut round = 0;
            while at < len {
                let size = (round * 7919 % (capacity * 2) + 1).min(len - at);
                let chunk: Vec<u8> = (at..at + size).map(byte).collect();
                at += block_on(writer.write(&chunk)).unwrap();
                if round % 3 == 0 {
                    writer = moved(writer);
                }
                round += 1;
            }
        });
        let mut at = 0;
        let mut round = 0;
        let mut buf = vec![0; capacity * 2];
        loop {
            let size = round * 104_729 % buf.len() + 1;
            let n = block_on(reader.read(&mut buf[..size])).unwrap();
            if n == 0 {
                break;
            }
            assert!(buf[..n].iter().enumerate().all(|(i, &b)| b == byte(at + i)));
            at += n;
            if round % 4 == 0 {
                reader = moved(reader);
            }
            round += 1;
        }
        writing.join().unwrap();
        assert_eq!(at, len);
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Write(usize),
    Read(usize),
    MoveReader,
    MoveWriter,
    MoveBoth,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0usize..40).prop_map(Step::Write),
        1 => (4000usize..20_000).prop_map(Step::Write),
        4 => (0usize..40).prop_map(Step::Read),
        1 => (4000usize..20_000).prop_map(Step::Read),
        1 => Just(Step::MoveReader),
        1 => Just(Step::MoveWriter),
        1 => Just(Step::MoveBoth),
    ]
}

proptest! {
    #[test]
    fn any_chunks_and_moves_give_the_same_stream(
        capacity in prop_oneof![1usize..20, 1000usize..30_000],
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let (mut reader, mut writer) = pipe_with_capacity(capacity);
        let (mut written, mut read) = (0, 0);
        for step in steps {
            match step {
                Step::Write(len) => {
                    let chunk: Vec<u8> = (written..written + len).map(byte).collect();
                    match write_now(&mut writer, &chunk) {
                        Some(n) => written += n.unwrap(),
                        // Room is withheld only while at least half of the pipe is in use.
                        None => prop_assert!(written - read > capacity / 2),
                    }
                }
                Step::Read(len) => match read_now(&mut reader, len) {
                    Some(bytes) => {
                        let bytes = bytes.unwrap();
                        prop_assert!(bytes.iter().enumerate().all(|(i, &b)| b == byte(read + i)));
                        read += bytes.len();
                    }
                    None => prop_assert_eq!(read, written),
                },
                Step::MoveReader => reader = moved(reader),
                Step::MoveWriter => writer = moved(writer),
                Step::MoveBoth => (reader, writer) = moved((reader, writer)),
            }
            prop_assert!(written - read <= capacity);
        }
        drop(writer);
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).now_or_never().unwrap().unwrap();
        prop_assert!(rest.iter().enumerate().all(|(i, &b)| b == byte(read + i)));
        prop_assert_eq!(read + rest.len(), written);
    }
}
