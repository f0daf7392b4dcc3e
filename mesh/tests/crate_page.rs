//! Every name that the facade promises, used for what it is there for.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use futures::executor::block_on;
use mesh::error::RemoteError;
use mesh::local_node::Port;
use mesh::message::SerializedMessage;
use mesh::payload::Protobuf;
use mesh::resource::Resource;
use mesh::rpc::{FailableRpc, Rpc, RpcError, RpcSend};
use mesh::{
    Address, Cancel, CancelContext, CancelReason, Cancelled, Cell, CellUpdater, ChannelError,
    ChannelErrorKind, Deadline, MeshPayload, Message, NodeId, OneshotReceiver, OneshotSender,
    OwnedMessage, PortId, Receiver, RecvError, Sender, TryRecvError, Uuid,
};
use std::time::Duration;

/// The derive macro and the trait have one name.
#[derive(MeshPayload, Debug, PartialEq)]
struct Pair(u32, String);

fn travel<T: MeshPayload>(value: T) -> T {
    OwnedMessage::serialized(OwnedMessage::new(value).serialize())
        .parse()
        .unwrap()
}

#[test]
fn channel_and_mpsc_channel_make_a_sender_and_a_receiver() {
    let both: [(Sender<u32>, Receiver<u32>); 2] = [mesh::channel(), mesh::mpsc_channel()];
    for (tx, rx) in both {
        let (tx, mut rx) = (travel(tx), travel(rx));
        tx.send(5);
        assert_eq!(block_on(rx.recv()).unwrap(), 5);
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
        drop(tx);
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
        assert!(matches!(block_on(rx.recv()), Err(RecvError::Closed)));
    }
}

#[test]
fn a_bridge_joins_two_channels_of_any_type() {
    struct Plain(u32);
    let (tx, rx) = mesh::channel::<Plain>();
    let (tx2, mut rx2) = mesh::channel();
    tx.send(Plain(1));
    tx2.bridge(rx);
    tx.send(Plain(2));
    drop(tx);
    let mut received = Vec::new();
    while let Ok(Plain(n)) = block_on(rx2.recv()) {
        received.push(n);
    }
    assert_eq!(received, [1, 2]);
}

#[test]
fn oneshot_makes_a_sender_and_a_receiver_of_one_value() {
    let (tx, rx): (OneshotSender<Pair>, OneshotReceiver<Pair>) = mesh::oneshot();
    let (tx, rx) = (travel(tx), travel(rx));
    tx.send(Pair(1, "one".into()));
    assert_eq!(block_on(rx).unwrap(), Pair(1, "one".into()));
}

#[test]
fn cell_makes_an_updater_and_a_cell() {
    let (updater, cell): (CellUpdater<u32>, Cell<u32>) = mesh::cell(1);
    let (mut updater, cell) = (travel(updater), travel(cell));
    block_on(updater.set(2));
    assert_eq!(cell.get(), 2);
}

#[test]
fn pipe_is_a_module_and_a_function() {
    use futures::{AsyncReadExt, AsyncWriteExt};
    let (read, write): (mesh::pipe::ReadPipe, mesh::pipe::WritePipe) = mesh::pipe();
    let (mut read, mut write) = (travel(read), travel(write));
    block_on(async {
        write.write_all(b"bytes").await.unwrap();
        drop(write);
        let mut text = String::new();
        read.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "bytes");
    });
}

#[test]
fn a_context_is_cancelled_by_its_notifier_or_its_deadline() {
    let (context, cancel): (CancelContext, Cancel) = CancelContext::new().with_cancel();
    let (context, cancel) = (travel(context), travel(cancel));
    let cancelled: Cancelled = context.cancelled();
    cancel.cancel();
    assert_eq!(block_on(cancelled), CancelReason::Cancelled);

    let mut context = CancelContext::new();
    let context = context.with_deadline(Deadline::from(Duration::ZERO));
    let outcome = block_on(context.until_cancelled(std::future::pending::<()>()));
    assert_eq!(outcome, Err(CancelReason::DeadlineExceeded));
    let context = CancelContext::new().with_timeout(Duration::from_secs(3600));
    assert_eq!(block_on(context.until_cancelled(async { 5 })), Ok(5));
}

#[test]
fn rpc_answers_a_request() {
    let (tx, mut rx) = mesh::channel::<(Rpc<u32, u32>, FailableRpc<(), ()>)>();
    let (sub, mut failing) = mesh::channel();
    let failed = sub.call_failable(|rpc| rpc, ());
    let doubled = tx.call(|rpc| (rpc, failing.try_recv().unwrap()), 4);
    let (double, fail) = travel(rx.try_recv().unwrap());
    double.handle_sync(|n| 2 * n);
    fail.fail(RemoteError::new("broken"));
    assert_eq!(block_on(doubled).unwrap(), 8);
    assert!(
        matches!(block_on(failed), Err(RpcError::Call(error)) if error.to_string() == "broken")
    );
}

#[test]
fn messages_hold_values_or_bytes_and_resources() {
    let message = Message::new(Pair(2, "two".into())).into_owned();
    let SerializedMessage { data, resources } = message.serialize();
    assert!(resources.is_empty());
    assert_eq!(
        Message::borrowed(&data, resources)
            .parse::<Pair>()
            .unwrap()
            .0,
        2
    );

    let (near, _far) = Port::new_pair();
    let message = OwnedMessage::new(near).serialize();
    assert!(matches!(message.resources[..], [Resource::Port(_)]));
}

#[test]
fn payload_is_the_codec() {
    fn bytes<T: Protobuf>(value: T) -> Vec<u8> {
        mesh::payload::encode(value)
    }
    assert_eq!(bytes(150u32), [0x08, 0x96, 0x01]);
}

#[test]
fn a_failed_channel_says_why() {
    let error = ChannelError::new(ChannelErrorKind::PeerFailed, "killed by signal 9");
    let (tx, mut rx) = mesh::channel::<u32>();
    // A sender's port that fails, as that of a process that died does.
    let message = OwnedMessage::new(tx).serialize();
    for resource in message.resources {
        let Resource::Port(port) = resource else {
            panic!("a sender travels as a port");
        };
        port.fail(error.clone());
    }
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Error(cause)) if cause == error));
    assert!(matches!(block_on(rx.recv()), Err(RecvError::Error(cause)) if cause == error));
}

#[test]
fn addresses_name_ports_and_nodes() {
    let node = NodeId(Uuid::random().unwrap());
    let port: PortId = Port::new_pair().0.id();
    let address = travel(Address { node, port });
    assert_eq!(address.to_string(), format!("{node}:{port}"));
}
