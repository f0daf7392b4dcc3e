//! The half of a pipe that bytes come out of.

use super::state::{Effect, End, Place, Shared};
use futures::io::AsyncRead;
use mesh_node::OwnedMessage;
use mesh_node::local_node::AttachedPort;
use std::io::{self, IoSliceMut};
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// The reading half of a [`pipe()`](super::pipe): an [`AsyncRead`].
///
/// A read gives what is there, waits if that is nothing, and gives 0 bytes when the writer was closed or dropped and
/// everything it wrote has been read. Reading with an empty buffer gives 0 bytes at once. A read that is abandoned has taken
/// nothing.
///
/// It can be sent in a message, also while data is under way; unread data goes along. Dropping it makes the writer's next
/// write fail with [`BrokenPipe`](io::ErrorKind::BrokenPipe).
///
/// # Errors
///
/// If the writer was lost rather than dropped, reading fails after what did arrive. The error's inner error is the
/// [`ChannelError`](mesh_node::error::ChannelError), with the cause; its kind is
///
/// | the writer's | [`io::ErrorKind`] |
/// |---|---|
/// | link was lost | `ConnectionReset` |
/// | process failed or shut down | `ConnectionAborted` |
/// | messages broke the protocol or a limit | `InvalidData` |
///
/// # Examples
///
/// ```
/// use futures::{AsyncReadExt, AsyncWriteExt};
///
/// # futures_executor::block_on(async {
/// let (mut reader, mut writer) = mesh_channel::pipe();
/// writer.write_all(b"last words").await?;
/// writer.close().await?;
/// let mut bytes = Vec::new();
/// reader.read_to_end(&mut bytes).await?;
/// assert_eq!(bytes, b"last words");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct ReadPipe {
    pub(super) shared: Arc<Shared>,
    /// The way to the writer when that is elsewhere; grants go out on it.
    pub(super) port: Option<AttachedPort>,
    /// Whether this half lives on elsewhere, so that dropping it here ends nothing.
    pub(super) departed: bool,
}

impl ReadPipe {
    pub(super) fn new(shared: Arc<Shared>, port: Option<AttachedPort>) -> Self {
        Self {
            shared,
            port,
            departed: false,
        }
    }
}

impl AsyncRead for ReadPipe {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_read_vectored(cx, &mut [IoSliceMut::new(buf)])
    }

    fn poll_read_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        let this = self.get_mut();
        let port = &mut this.port;
        let (result, effect) = ready!(this.shared.poll(
            cx,
            |state| &mut state.reader_waker,
            |state| {
                if port.is_none() && state.place == Place::WriterAway {
                    *port = state.port.take();
                }
                state.take(bufs)
            }
        ));
        match effect {
            Effect::Wake(waker) => waker.wake(),
            Effect::Grant(limit) => {
                if let Some(port) = port {
                    port.send(OwnedMessage::new(limit));
                }
            }
            Effect::Nothing | Effect::Send(_) => {}
        }
        Poll::Ready(result.map_err(io::Error::from))
    }
}

impl Drop for ReadPipe {
    fn drop(&mut self) {
        if self.departed {
            return;
        }
        let (_buffer, _waker, _port, writer) = {
            let mut state = self.shared.state.lock();
            let buffer = mem::take(&mut state.buffer);
            let own = state.reader_waker.take();
            match state.place {
                Place::Together => {
                    state.reader_end = Some(End::Closed);
                    (buffer, own, None, state.writer_waker.take())
                }
                _ => (buffer, own, state.port.take(), None),
            }
        };
        if let Some(writer) = writer {
            writer.wake();
        }
    }
}
