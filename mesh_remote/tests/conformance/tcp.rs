//! Links over a TCP connection within this host, driven by tokio.

use futures::io::{AsyncRead, AsyncWrite};
use mesh_remote::link::{FrameLimits, Sink};
use mesh_remote::stream::{self, StreamLink};
use std::io;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// A tokio stream with the traits of `futures`.
struct Compatible(TcpStream);

impl AsyncRead for Compatible {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        Pin::new(&mut self.0)
            .poll_read(context, &mut buffer)
            .map_ok(|()| buffer.filled().len())
    }
}

impl AsyncWrite for Compatible {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, buffer)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, buffers)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

/// Two sides, driven until both have ended.
pub(crate) fn pair(
    limits: FrameLimits,
    left: Box<dyn Sink>,
    right: Box<dyn Sink>,
) -> (StreamLink, StreamLink) {
    let (links, made) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_io()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let address = listener.local_addr().unwrap();
            let (here, there) = tokio::join!(TcpStream::connect(address), listener.accept());
            let (left, left_driver) = stream::start(Compatible(here.unwrap()), limits, left);
            let (right, right_driver) = stream::start(Compatible(there.unwrap().0), limits, right);
            links.send((left, right)).unwrap();
            let (left, right) = (tokio::spawn(left_driver), tokio::spawn(right_driver));
            left.await.unwrap();
            right.await.unwrap();
        });
    });
    made.recv().unwrap()
}
