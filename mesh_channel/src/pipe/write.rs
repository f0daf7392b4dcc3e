//! The half of a pipe that bytes go into.

use super::state::{Effect, End, Place, Shared};
use futures::io::AsyncWrite;
use mesh_node::OwnedMessage;
use mesh_node::local_node::AttachedPort;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// The writing half of a [`pipe()`](super::pipe): an [`AsyncWrite`].
///
/// A write takes as much as there is room for, and waits if there is none. An empty write takes nothing, at once. A write
/// that is abandoned has taken nothing.
///
/// Flushing is always done at once: what was written has been handed over to the pipe, whether or not the reader has read it.
/// Closing or dropping it is the end of the stream for the reader, after what was written.
///
/// It can be sent in a message, also while data is under way. To a reader in another process every write is a message, so
/// many small writes are better collected in a `BufWriter`.
///
/// # Errors
///
/// [`BrokenPipe`](io::ErrorKind::BrokenPipe) when the reader was dropped, or this half closed; when the reader was lost, the
/// cause, as for [`ReadPipe`](super::ReadPipe).
///
/// # Examples
///
/// ```
/// use futures::AsyncWriteExt;
///
/// # futures_executor::block_on(async {
/// let (reader, mut writer) = mesh_channel::pipe();
/// writer.write_all(b"into the void").await.unwrap();
/// drop(reader);
/// let error = writer.write_all(b"!").await.unwrap_err();
/// assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
/// # });
/// ```
#[derive(Debug)]
pub struct WritePipe {
    pub(super) shared: Arc<Shared>,
    /// The way to the reader when that is elsewhere; chunks go out on it.
    pub(super) port: Option<AttachedPort>,
    /// Whether this half was closed, or lives on elsewhere: dropping it here ends nothing.
    pub(super) closed: bool,
}

impl WritePipe {
    pub(super) fn new(shared: Arc<Shared>, port: Option<AttachedPort>) -> Self {
        Self {
            shared,
            port,
            closed: false,
        }
    }

    fn close(&mut self) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        let _own_port = self.port.take();
        let (_waker, _port, reader) = {
            let mut state = self.shared.state.lock();
            let own = state.writer_waker.take();
            match state.place {
                Place::Together => {
                    state.writer_end = Some(End::Closed);
                    (own, None, state.reader_waker.take())
                }
                _ => (own, state.port.take(), None),
            }
        };
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

impl AsyncWrite for WritePipe {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        let this = self.get_mut();
        if this.closed {
            let error =
                io::Error::new(io::ErrorKind::BrokenPipe, "the pipe was closed for writing");
            return Poll::Ready(Err(error));
        }
        let port = &mut this.port;
        let (result, effect) = ready!(this.shared.poll(
            cx,
            |state| &mut state.writer_waker,
            |state| {
                if port.is_none() && state.place == Place::ReaderAway {
                    *port = state.port.take();
                }
                state.put(bufs)
            }
        ));
        match effect {
            Effect::Wake(waker) => waker.wake(),
            Effect::Send(n) => {
                if let Some(port) = port {
                    port.send(OwnedMessage::new(gather(bufs, n)));
                }
            }
            Effect::Nothing | Effect::Grant(_) => {}
        }
        Poll::Ready(result.map_err(io::Error::from))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().close();
        Poll::Ready(Ok(()))
    }
}

impl Drop for WritePipe {
    fn drop(&mut self) {
        self.close();
    }
}

/// The first `n` bytes of `bufs`.
fn gather(bufs: &[IoSlice<'_>], n: usize) -> Vec<u8> {
    let mut chunk = Vec::with_capacity(n);
    for buf in bufs {
        chunk.extend_from_slice(&buf[..buf.len().min(n - chunk.len())]);
    }
    chunk
}
