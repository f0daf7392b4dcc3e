//! Pipes within one process: the stream, its ends, and backpressure.
#![cfg(not(loom))]
#![allow(
    clippy::unwrap_used,
    reason = "the lint spares test functions, but not what they share"
)]

use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use futures::{FutureExt, future};
use futures_executor::block_on;
use mesh_channel::pipe;
use mesh_channel::pipe::{DEFAULT_CAPACITY, MAX_CAPACITY, ReadPipe, WritePipe, pipe_with_capacity};
use std::io::{ErrorKind, IoSlice, IoSliceMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::thread;

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn write_now(writer: &mut WritePipe, bytes: &[u8]) -> Option<std::io::Result<usize>> {
    writer.write(bytes).now_or_never()
}

fn read_now(reader: &mut ReadPipe, len: usize) -> Option<std::io::Result<Vec<u8>>> {
    let mut bytes = vec![0; len];
    let result = reader.read(&mut bytes).now_or_never()?;
    Some(result.map(|n| {
        bytes.truncate(n);
        bytes
    }))
}

#[test]
fn what_is_written_is_read_and_a_dropped_writer_is_the_end() {
    let (mut reader, mut writer) = pipe();
    assert!(read_now(&mut reader, 8).is_none());
    assert_eq!(write_now(&mut writer, b"hello").unwrap().unwrap(), 5);
    assert_eq!(read_now(&mut reader, 2).unwrap().unwrap(), b"he");
    drop(writer);
    assert_eq!(read_now(&mut reader, 8).unwrap().unwrap(), b"llo");
    assert_eq!(read_now(&mut reader, 8).unwrap().unwrap(), b"");
    assert_eq!(read_now(&mut reader, 8).unwrap().unwrap(), b"");
}

#[test]
fn a_closed_writer_ends_the_stream_and_takes_nothing_more() {
    let (mut reader, mut writer) = pipe();
    block_on(writer.write_all(b"bye")).unwrap();
    block_on(writer.flush()).unwrap();
    block_on(writer.close()).unwrap();
    block_on(writer.close()).unwrap();
    let error = write_now(&mut writer, b"!").unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    let mut text = String::new();
    block_on(reader.read_to_string(&mut text)).unwrap();
    assert_eq!(text, "bye");
}

#[test]
fn writing_to_a_dropped_reader_is_a_broken_pipe() {
    let (reader, mut writer) = pipe();
    drop(reader);
    let error = write_now(&mut writer, b"x").unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    assert_eq!(write_now(&mut writer, b"").unwrap().unwrap(), 0);
}

#[test]
fn a_waiting_writer_learns_that_the_reader_was_dropped() {
    let (reader, mut writer) = pipe_with_capacity(1);
    block_on(writer.write_all(b"x")).unwrap();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut cx = Context::from_waker(&waker);
    let mut write = writer.write(b"y");
    assert!(write.poll_unpin(&mut cx).is_pending());
    drop(reader);
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    assert_eq!(block_on(write).unwrap_err().kind(), ErrorKind::BrokenPipe);
}

#[test]
fn empty_reads_and_writes_do_nothing_at_once() {
    let (mut reader, mut writer) = pipe_with_capacity(1);
    assert_eq!(read_now(&mut reader, 0).unwrap().unwrap(), b"");
    block_on(writer.write_all(b"x")).unwrap();
    assert_eq!(write_now(&mut writer, b"").unwrap().unwrap(), 0);
    assert_eq!(read_now(&mut reader, 0).unwrap().unwrap(), b"");
    assert_eq!(read_now(&mut reader, 1).unwrap().unwrap(), b"x");
}

#[test]
fn a_pipe_holds_its_capacity_and_not_more() {
    let (mut reader, mut writer) = pipe();
    let data = vec![7; DEFAULT_CAPACITY + 1];
    let written = write_now(&mut writer, &data).unwrap().unwrap();
    assert_eq!(written, DEFAULT_CAPACITY);
    assert!(write_now(&mut writer, &data).is_none());
    // Any room is usable by a writer that asks.
    assert_eq!(read_now(&mut reader, 3).unwrap().unwrap(), [7; 3]);
    assert_eq!(write_now(&mut writer, &data).unwrap().unwrap(), 3);
}

#[test]
fn capacities_are_kept_within_their_limits() {
    let (_reader, mut writer) = pipe_with_capacity(0);
    assert_eq!(write_now(&mut writer, b"xy").unwrap().unwrap(), 1);
    let (_reader, mut writer) = pipe_with_capacity(usize::MAX);
    let data = vec![0; MAX_CAPACITY + 1];
    assert_eq!(
        write_now(&mut writer, &data).unwrap().unwrap(),
        MAX_CAPACITY
    );
}

#[test]
fn a_waiting_writer_is_woken_once_half_of_the_pipe_is_free() {
    let (mut reader, mut writer) = pipe_with_capacity(8);
    block_on(writer.write_all(&[0; 8])).unwrap();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut cx = Context::from_waker(&waker);
    let mut write = writer.write(b"more");
    assert!(write.poll_unpin(&mut cx).is_pending());
    assert!(write.poll_unpin(&mut cx).is_pending());
    for _ in 0..3 {
        read_now(&mut reader, 1).unwrap().unwrap();
        assert_eq!(count.0.load(Ordering::SeqCst), 0);
    }
    read_now(&mut reader, 1).unwrap().unwrap();
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    assert_eq!(block_on(write).unwrap(), 4);
}

#[test]
fn an_abandoned_read_or_write_has_taken_nothing() {
    let (mut reader, mut writer) = pipe_with_capacity(2);
    assert!(read_now(&mut reader, 2).is_none());
    block_on(writer.write_all(b"ab")).unwrap();
    assert!(write_now(&mut writer, b"cd").is_none());
    assert_eq!(read_now(&mut reader, 8).unwrap().unwrap(), b"ab");
    block_on(writer.write_all(b"ef")).unwrap();
    assert_eq!(read_now(&mut reader, 8).unwrap().unwrap(), b"ef");
}

#[test]
fn vectored_reads_and_writes_cover_all_slices() {
    let (mut reader, mut writer) = pipe_with_capacity(8);
    let slices = [b"ab".as_slice(), b"", b"cde", b"fghij"].map(IoSlice::new);
    let written = block_on(writer.write_vectored(&slices)).unwrap();
    assert_eq!(written, 8);
    let (mut a, mut b, mut c) = ([0; 3], [0; 0], [0; 9]);
    let mut slices = [&mut a[..], &mut b[..], &mut c[..]].map(IoSliceMut::new);
    assert_eq!(block_on(reader.read_vectored(&mut slices)).unwrap(), 8);
    assert_eq!((&a, &c[..5]), (b"abc", b"defgh".as_slice()));
}

#[test]
fn the_latest_task_that_asks_is_the_one_that_is_woken() {
    let (mut reader, mut writer) = pipe();
    let (first, second) = (Arc::new(Count::default()), Arc::new(Count::default()));
    for count in [&first, &second] {
        let waker = Waker::from(count.clone());
        let mut cx = Context::from_waker(&waker);
        assert!(reader.read(&mut [0]).poll_unpin(&mut cx).is_pending());
    }
    block_on(writer.write_all(b"x")).unwrap();
    assert_eq!(first.0.load(Ordering::SeqCst), 0);
    assert_eq!(second.0.load(Ordering::SeqCst), 1);
}

#[test]
fn wakers_run_without_a_lock() {
    /// Reads from the pipe while being woken.
    struct Reads(std::sync::Mutex<Option<ReadPipe>>, AtomicUsize);
    impl Wake for Reads {
        fn wake(self: Arc<Self>) {
            let mut reader = self.0.lock().unwrap().take().unwrap();
            let n = read_now(&mut reader, 8).unwrap().unwrap().len();
            self.1.store(n, Ordering::SeqCst);
        }
    }
    let (mut reader, mut writer) = pipe();
    let reads = Arc::new(Reads(std::sync::Mutex::new(None), AtomicUsize::new(0)));
    let waker = Waker::from(reads.clone());
    let mut cx = Context::from_waker(&waker);
    assert!(reader.read(&mut [0]).poll_unpin(&mut cx).is_pending());
    *reads.0.lock().unwrap() = Some(reader);
    assert_eq!(write_now(&mut writer, b"abc").unwrap().unwrap(), 3);
    assert_eq!(reads.1.load(Ordering::SeqCst), 3);
}

#[test]
fn two_threads_pass_a_stream_through_a_small_pipe() {
    let (mut reader, mut writer) = pipe_with_capacity(7);
    let data: Vec<u8> = (0..20_000u32).map(|i| ((i * 31) >> 3) as u8).collect();
    let copy = data.clone();
    let writing = thread::spawn(move || {
        block_on(async {
            for chunk in copy.chunks(11) {
                writer.write_all(chunk).await.unwrap();
            }
        });
    });
    let mut read = Vec::new();
    block_on(reader.read_to_end(&mut read)).unwrap();
    writing.join().unwrap();
    assert!(read == data);
}

#[test]
fn both_halves_can_be_driven_by_one_task() {
    let (mut reader, mut writer) = pipe_with_capacity(5);
    let mut text = String::new();
    let write = async move { writer.write_all(b"more than five bytes").await };
    let (written, read) = block_on(future::join(write, reader.read_to_string(&mut text)));
    written.unwrap();
    read.unwrap();
    assert_eq!(text, "more than five bytes");
}

#[test]
fn halves_are_send_sync_unpin_and_static() {
    fn check<T: Send + Sync + Unpin + std::fmt::Debug + 'static>() {}
    fn is_read<T: AsyncRead>() {}
    fn is_write<T: AsyncWrite>() {}
    check::<ReadPipe>();
    check::<WritePipe>();
    is_read::<ReadPipe>();
    is_write::<WritePipe>();
}
