//! Two streams in memory, joined, that take and give pieces of random length and now and then nothing at all.

use futures::io::{AsyncRead, AsyncWrite};
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// How much one direction holds.
const ROOM: usize = 64 << 10;

#[derive(Default)]
struct Direction {
    bytes: VecDeque<u8>,
    is_closed: bool,
    waiting: Vec<Waker>,
}

type Shared = Arc<Mutex<Direction>>;

/// One end.
pub(crate) struct Pipe {
    input: Shared,
    output: Shared,
    random: u64,
}

/// Two ends, whose lengths are drawn from a seed.
pub(crate) fn pair(seed: u64) -> (Pipe, Pipe) {
    let (left, right) = (Shared::default(), Shared::default());
    let end = |input: &Shared, output: &Shared, random| Pipe {
        input: input.clone(),
        output: output.clone(),
        random,
    };
    let seed = seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15);
    (end(&left, &right, seed), end(&right, &left, seed ^ 1))
}

impl Pipe {
    /// How much to take or give this time; zero stands for "not now".
    fn draw(&mut self) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        match self.random % 8 {
            0 => 0,
            1 => 1,
            2 => (self.random >> 8) as usize % 16 + 1,
            _ => (self.random >> 8) as usize % ROOM + 1,
        }
    }
}

fn wake(direction: &mut Direction) -> Vec<Waker> {
    std::mem::take(&mut direction.waiting)
}

impl AsyncRead for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let drawn = self.draw();
        if drawn == 0 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut input = self.input.lock().unwrap();
        if input.bytes.is_empty() && !input.is_closed {
            input.waiting.push(context.waker().clone());
            return Poll::Pending;
        }
        let count = drawn.min(buffer.len()).min(input.bytes.len());
        for (to, from) in buffer.iter_mut().zip(input.bytes.drain(..count)) {
            *to = from;
        }
        let wakers = wake(&mut input);
        drop(input);
        wakers.into_iter().for_each(Waker::wake);
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let drawn = self.draw();
        if drawn == 0 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut output = self.output.lock().unwrap();
        if output.is_closed {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let count = drawn.min(buffer.len()).min(ROOM - output.bytes.len());
        if count == 0 {
            output.waiting.push(context.waker().clone());
            return Poll::Pending;
        }
        output.bytes.extend(&buffer[..count]);
        let wakers = wake(&mut output);
        drop(output);
        wakers.into_iter().for_each(Waker::wake);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        for direction in [&self.input, &self.output] {
            let mut direction = direction.lock().unwrap();
            direction.is_closed = true;
            let wakers = wake(&mut direction);
            drop(direction);
            wakers.into_iter().for_each(Waker::wake);
        }
    }
}
