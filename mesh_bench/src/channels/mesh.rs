//! mesh's own channels.

use futures::FutureExt as _;
use mesh_channel::{OneshotReceiver, OneshotSender, Receiver, Sender};

use crate::channels::endpoint::{Awaited, Blocking, Channel, Drained, Once, OnceBlocking};
use crate::harness::scenario::Owner;

/// `mesh::channel`.
pub(crate) struct Mesh;

impl Channel for Mesh {
    const NAME: &'static str = "mesh";
    const OWNER: Owner = Owner::Mesh;
    type Sender<T: Send + 'static> = Sender<T>;
    type Receiver<T: Send + 'static> = Receiver<T>;

    fn channel<T: Send + 'static>() -> (Sender<T>, Receiver<T>) {
        mesh_channel::channel()
    }

    fn send<T: Send + 'static>(sender: &Sender<T>, message: T) {
        sender.send(message);
    }

    fn take<T: Send + 'static>(receiver: &mut Receiver<T>) -> Option<T> {
        receiver.try_recv().ok()
    }
}

impl Blocking for Mesh {
    fn wait<T: Send + 'static>(receiver: &mut Receiver<T>) -> Option<T> {
        receiver.blocking_recv().ok()
    }
}

impl Awaited for Mesh {
    async fn next<T: Send + 'static>(receiver: &mut Receiver<T>) -> Option<T> {
        receiver.recv().await.ok()
    }
}

impl Drained for Mesh {
    fn drain<T: Send + 'static>(receiver: &mut Self::Receiver<T>, batch: &mut Vec<T>, most: usize) {
        // It is ready, as the messages are there.
        let _ = receiver.recv_many(batch, most).now_or_never();
    }
}

/// `mesh::oneshot`.
pub(crate) struct MeshOnce;

impl Once for MeshOnce {
    const NAME: &'static str = "mesh";
    const OWNER: Owner = Owner::Mesh;
    type Sender<T: Send + 'static> = OneshotSender<T>;
    type Receiver<T: Send + 'static> = OneshotReceiver<T>;

    fn once<T: Send + 'static>() -> (OneshotSender<T>, OneshotReceiver<T>) {
        mesh_channel::oneshot()
    }

    fn send<T: Send + 'static>(sender: OneshotSender<T>, message: T) {
        sender.send(message);
    }

    fn take<T: Send + 'static>(mut receiver: OneshotReceiver<T>) -> Option<T> {
        receiver.try_recv().ok()
    }

    async fn value<T: Send + 'static>(receiver: OneshotReceiver<T>) -> Option<T> {
        receiver.await.ok()
    }
}

impl OnceBlocking for MeshOnce {
    fn wait<T: Send + 'static>(receiver: OneshotReceiver<T>) -> Option<T> {
        receiver.blocking_recv().ok()
    }
}
