//! mesh's own channels.

use crate::channels::endpoint::{Awaited, Channel};
use crate::harness::scenario::Owner;

/// `mesh::channel`.
pub(crate) struct Mesh;

impl Channel for Mesh {
    const NAME: &'static str = "mesh";
    const OWNER: Owner = Owner::Mesh;
    type Sender<T: Send + 'static> = mesh_channel::Sender<T>;
    type Receiver<T: Send + 'static> = mesh_channel::Receiver<T>;

    fn channel<T: Send + 'static>() -> (mesh_channel::Sender<T>, mesh_channel::Receiver<T>) {
        mesh_channel::channel()
    }

    fn send<T: Send + 'static>(sender: &mesh_channel::Sender<T>, message: T) {
        sender.send(message);
    }

    fn take<T: Send + 'static>(receiver: &mut mesh_channel::Receiver<T>) -> Option<T> {
        receiver.try_recv().ok()
    }
}

impl Awaited for Mesh {
    async fn next<T: Send + 'static>(receiver: &mut mesh_channel::Receiver<T>) -> Option<T> {
        receiver.recv().await.ok()
    }
}
