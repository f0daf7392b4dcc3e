//! Calls: the guide's service as it stands there, what callers and handlers learn of each other, and the way through ports.

#![allow(clippy::unwrap_used, reason = "in helpers of tests, too")]

use futures::FutureExt;
use futures::future::FusedFuture;
use futures_executor::block_on;
use mesh_channel::error::RemoteError;
use mesh_channel::rpc::{
    FailableRpc, FailableRpcFuture, Rpc, RpcError, RpcFuture, RpcSend, TryRpcSend,
};
use mesh_channel::{Receiver, RecvError, Sender, channel};
use mesh_derive::MeshPayload;
use mesh_node::error::{ChannelError, ChannelErrorKind};
use mesh_node::local_node::Port;
use mesh_node::message::SerializedMessage;
use mesh_node::resource::Resource;
use mesh_node::{MeshPayload, OwnedMessage};
use std::error::Error;
use std::future::{Future, pending};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};

/// Through bytes, as to another process.
fn travel<T: MeshPayload>(value: T) -> T {
    receive(OwnedMessage::new(value).serialize())
}

fn receive<T: MeshPayload>(message: SerializedMessage) -> T {
    OwnedMessage::serialized(message).parse().unwrap()
}

fn is_closed<R, E>(answer: Option<Result<R, RpcError<E>>>) -> bool {
    matches!(answer, Some(Err(RpcError::Channel(RecvError::Closed))))
}

/// A call on a channel of its own: what its handler gets, and the answer's future.
fn call<I, R>(input: I) -> (Rpc<I, R>, RpcFuture<R>) {
    let (tx, mut rx) = channel();
    let answer = tx.call(|rpc| rpc, input);
    (rx.try_recv().unwrap(), answer)
}

fn call_failable<I, R>(input: I) -> (FailableRpc<I, R>, FailableRpcFuture<R>) {
    let (tx, mut rx) = channel();
    let answer = tx.call_failable(|rpc| rpc, input);
    (rx.try_recv().unwrap(), answer)
}

/// The disk of the guide, written as it is there.
#[allow(
    clippy::while_let_loop,
    clippy::print_stdout,
    reason = "the guide's way"
)]
mod guide {
    use super::*;

    #[derive(MeshPayload)]
    #[mesh(crate = "mesh_node")]
    pub(crate) enum DiskRequest {
        Read(FailableRpc<DiskReadParams, Vec<u8>>),
        Write(FailableRpc<DiskWriteParams, ()>),
        Flush(FailableRpc<(), ()>),
        GetInfo(Rpc<(), DiskInfo>),
    }

    #[derive(MeshPayload)]
    #[mesh(crate = "mesh_node")]
    pub(crate) struct DiskReadParams {
        pub(crate) offset: u64,
        pub(crate) len: u32,
    }

    #[derive(MeshPayload)]
    #[mesh(crate = "mesh_node")]
    pub(crate) struct DiskWriteParams {
        pub(crate) offset: u64,
        pub(crate) data: Vec<u8>,
    }

    #[derive(MeshPayload)]
    #[mesh(crate = "mesh_node")]
    pub(crate) struct DiskInfo {
        pub(crate) size_bytes: u64,
        pub(crate) sector_size: u32,
    }

    pub(crate) struct DiskBackend(pub(crate) Vec<u8>);

    impl DiskBackend {
        fn range(&mut self, offset: u64, len: usize) -> Result<&mut [u8], RemoteError> {
            let range = offset as usize..offset as usize + len;
            self.0
                .get_mut(range)
                .ok_or_else(|| RemoteError::new("beyond the end of the disk"))
        }

        async fn read(&mut self, offset: u64, len: u32) -> Result<Vec<u8>, RemoteError> {
            Ok(self.range(offset, len as usize)?.to_vec())
        }

        async fn write(&mut self, offset: u64, data: &[u8]) -> Result<(), RemoteError> {
            self.range(offset, data.len())?.copy_from_slice(data);
            Ok(())
        }

        async fn flush(&mut self) -> Result<(), RemoteError> {
            Ok(())
        }

        fn info(&self) -> DiskInfo {
            DiskInfo {
                size_bytes: self.0.len() as u64,
                sector_size: 512,
            }
        }
    }

    pub(crate) async fn disk_service(mut rx: Receiver<DiskRequest>, disk: &mut DiskBackend) {
        loop {
            match rx.recv().await {
                Ok(req) => match req {
                    DiskRequest::Read(rpc) => {
                        rpc.handle(async |p| disk.read(p.offset, p.len).await).await
                    }
                    DiskRequest::Write(rpc) => {
                        rpc.handle(async |p| disk.write(p.offset, &p.data).await)
                            .await
                    }
                    DiskRequest::Flush(rpc) => rpc.handle(async |()| disk.flush().await).await,
                    DiskRequest::GetInfo(rpc) => rpc.handle_sync(|()| disk.info()),
                },
                Err(_) => break, // all senders dropped; shut down
            }
        }
    }

    pub(crate) async fn client(tx: Sender<DiskRequest>) -> Result<(), Box<dyn Error>> {
        let info = tx.call(DiskRequest::GetInfo, ()).await?;
        println!("disk size: {} bytes", info.size_bytes);
        assert_eq!((info.size_bytes, info.sector_size), (1024, 512));

        let write = DiskWriteParams {
            offset: 510,
            data: vec![1, 2, 3],
        };
        tx.call_failable(DiskRequest::Write, write).await?;
        tx.call_failable(DiskRequest::Flush, ()).await?;
        let data = tx
            .call_failable(
                DiskRequest::Read,
                DiskReadParams {
                    offset: 0,
                    len: 512,
                },
            )
            .await?;
        assert_eq!(data[509..], [0, 1, 2]);

        let beyond = DiskReadParams {
            offset: 1023,
            len: 2,
        };
        let error = tx
            .call_failable(DiskRequest::Read, beyond)
            .await
            .unwrap_err();
        assert!(
            matches!(&error, RpcError::Call(error) if error.to_string() == "beyond the end of the disk")
        );
        Ok(())
    }

    #[test]
    fn the_disk_service_of_the_guide_works_on_one_thread() {
        let (tx, rx) = channel::<DiskRequest>();
        let mut backend = DiskBackend(vec![0; 1024]);
        let service = disk_service(rx, &mut backend);
        let (_, result) = block_on(futures::future::join(service, client(tx)));
        result.unwrap();
    }

    #[test]
    fn the_disk_service_of_the_guide_works_wherever_its_ends_are() {
        let (tx, rx) = channel::<DiskRequest>();
        let (tx, rx) = (travel(travel(tx)), travel(travel(rx)));
        let service = std::thread::spawn(|| {
            let mut backend = DiskBackend(vec![0; 1024]);
            block_on(disk_service(rx, &mut backend));
        });
        block_on(client(tx)).unwrap();
        service.join().unwrap();
    }

    #[test]
    fn the_service_can_be_spawned_on_an_executor_of_many_threads() {
        fn spawnable(_: impl Future + Send) {}
        let (tx, rx) = channel::<DiskRequest>();
        spawnable(disk_service(rx, &mut DiskBackend(Vec::new())));
        spawnable(tx.call(DiskRequest::GetInfo, ()));
        spawnable(tx.call_failable(DiskRequest::Flush, ()));
    }
}

#[test]
fn a_plain_request_takes_a_handler_that_cannot_fail() {
    let (rpc, answer) = call(5);
    let mut seen = None;
    block_on(rpc.handle(async |input: u32| {
        seen = Some(input);
        input + 1
    }));
    assert_eq!(block_on(answer).unwrap(), 6);
    assert_eq!(seen, Some(5));
}

#[test]
fn calls_and_their_futures_may_go_to_any_thread() {
    fn sendable<T: Send + Sync + Unpin>() {}
    sendable::<Rpc<String, String>>();
    sendable::<FailableRpc<String, String>>();
    sendable::<RpcFuture<String>>();
    sendable::<FailableRpcFuture<String>>();
    sendable::<RpcError<RemoteError>>();
}

#[test]
fn an_answered_future_is_terminated() {
    let (rpc, mut answer) = call(());
    assert!(!answer.is_terminated());
    rpc.complete(5);
    assert_eq!((&mut answer).now_or_never().unwrap().unwrap(), 5);
    assert!(answer.is_terminated());
}

#[test]
fn in_process_neither_input_nor_answer_need_be_payloads() {
    struct Opaque<'a>(&'a str);
    let text = String::from("hello");
    let (rpc, answer) = call(Opaque(&text));
    rpc.handle_sync(|input| Opaque(&input.0[1..]));
    assert_eq!(block_on(answer).unwrap().0, "ello");
}

#[test]
fn a_call_is_sent_when_it_is_called_and_not_when_it_is_polled() {
    let (tx, mut rx) = channel();
    let answer: RpcFuture<u32> = tx.call(|rpc: Rpc<u32, _>| rpc, 5);
    assert_eq!(*rx.try_recv().unwrap().input(), 5);
    drop(answer);
}

#[test]
fn calls_arrive_in_order_and_may_be_answered_in_any() {
    let (tx, mut rx) = channel();
    let answers: Vec<_> = (0..5)
        .map(|n| tx.call(|rpc: Rpc<u32, u32>| rpc, n))
        .collect();
    let mut rpcs: Vec<_> = std::iter::from_fn(|| rx.try_recv().ok()).collect();
    assert!(rpcs.iter().map(Rpc::input).eq(&[0, 1, 2, 3, 4]));
    rpcs.reverse();
    rpcs.into_iter().for_each(|rpc| rpc.handle_sync(|n| n * n));
    for (n, answer) in answers.into_iter().enumerate() {
        assert_eq!(block_on(answer).unwrap() as usize, n * n);
    }
}

#[test]
fn the_answer_wakes_the_caller() {
    let (rpc, answer) = call(());
    std::thread::scope(|threads| {
        let caller = threads.spawn(|| block_on(answer));
        rpc.complete("hello");
        assert_eq!(caller.join().unwrap().unwrap(), "hello");
    });
}

#[test]
fn a_call_that_is_dropped_unanswered_is_closed() {
    let (rpc, answer) = call::<_, ()>(5);
    drop(rpc);
    assert!(is_closed(answer.now_or_never()));

    let (rpc, answer) = call_failable::<_, ()>(5);
    let (_, rest) = rpc.split();
    drop(rest);
    assert!(is_closed(answer.now_or_never()));
}

#[test]
fn a_call_to_nobody_is_closed() {
    let (tx, rx) = channel();
    let waiting = tx.call(|rpc: Rpc<(), ()>| rpc, ());
    drop(rx);
    assert!(is_closed(waiting.now_or_never()));
    assert!(is_closed(tx.call(|rpc| rpc, ()).now_or_never()));
}

#[test]
fn try_call_gives_the_request_back_if_the_receiver_is_known_to_be_gone() {
    let (tx, mut rx) = channel::<FailableRpc<u32, u32>>();
    let answer = tx.try_call_failable(|rpc| rpc, 1).unwrap();
    block_on(async {
        rx.recv()
            .await
            .unwrap()
            .handle_failable(async |n| Ok::<_, io::Error>(n))
            .await
    });
    assert_eq!(block_on(answer).unwrap(), 1);
    drop(rx);
    let error = tx.try_call_failable(|rpc| rpc, 2).unwrap_err();
    assert_eq!(*error.into_inner().input(), 2);
    let error = tx.try_call(|rpc| rpc, 3).unwrap_err();
    assert_eq!(*error.into_inner().input(), 3);
}

#[test]
fn calls_go_through_references_too() {
    fn double(to: impl TryRpcSend<Message = Rpc<u32, u32>>) -> RpcFuture<u32> {
        drop(to.call(|rpc| rpc, 0));
        to.try_call(|rpc| rpc, 1).unwrap()
    }
    let (tx, mut rx) = channel();
    let reference = &tx;
    let answers = [double(reference), double(tx.clone()), double(tx)];
    while let Ok(rpc) = rx.try_recv() {
        rpc.handle_sync(|n| 2 * n);
    }
    for answer in answers {
        assert_eq!(block_on(answer).unwrap(), 2);
    }
}

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_handler_sees_that_its_caller_has_lost_interest() {
    let (mut rpc, answer) = call::<_, ()>(());
    let woken = Arc::new(Woken::default());
    let waker = woken.clone().into();
    assert!(!rpc.is_closed());
    assert!(
        rpc.closed()
            .poll_unpin(&mut Context::from_waker(&waker))
            .is_pending()
    );
    drop(answer);
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    assert!(rpc.is_closed());
    assert!(rpc.closed().now_or_never().is_some());
    rpc.complete(());
}

#[test]
fn a_handler_that_waits_for_that_can_still_answer() {
    let (mut rpc, answer) = call(());
    assert!(rpc.closed().now_or_never().is_none());
    rpc.complete(5);
    assert_eq!(block_on(answer).unwrap(), 5);
}

#[test]
fn a_detached_call_is_worth_doing_to_the_end() {
    let mut rpc = travel(Rpc::<u32, u32>::detached(5));
    assert!(!rpc.is_closed());
    assert!(rpc.closed().now_or_never().is_none());
    let (input, rpc) = rpc.split();
    assert_eq!(input, 5);
    rpc.complete(6);
}

#[test]
fn a_handler_that_panics_or_is_given_up_closes_the_call() {
    let (rpc, answer) = call::<_, ()>(());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        rpc.handle_sync(|()| panic!("asked for by a test"))
    }));
    assert!(panicked.is_err());
    assert!(is_closed(answer.now_or_never()));

    let (rpc, mut answer) = call::<_, ()>(());
    {
        let mut handling = pin!(rpc.handle(async |()| pending().await));
        assert!(
            handling
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
        assert!((&mut answer).now_or_never().is_none());
    }
    assert!(is_closed(answer.now_or_never()));
}

#[test]
fn must_succeed_answers_or_returns_the_error_to_the_service() {
    let parse = async |text: &str| text.parse::<u32>();
    let (rpc, answer) = call("5");
    block_on(rpc.handle_must_succeed(parse)).unwrap();
    assert_eq!(block_on(answer).unwrap(), 5);

    let (rpc, answer) = call("x");
    block_on(rpc.handle_must_succeed(parse)).unwrap_err();
    assert!(is_closed(answer.now_or_never()));
}

#[test]
fn failable_handlers_may_fail_with_any_error() {
    async fn fails<E: Into<Box<dyn Error + Send + Sync>>>(error: E) -> String {
        let (rpc, answer) = call_failable::<(), ()>(());
        rpc.handle_failable(async |()| Err(error)).await;
        answer.await.unwrap_err().to_string()
    }
    block_on(async {
        assert_eq!(fails(io::Error::other("io")).await, "io");
        assert_eq!(fails(anyhow::anyhow!("anyhow")).await, "anyhow");
        assert_eq!(fails(RemoteError::new("remote")).await, "remote");
        assert_eq!(fails("text").await, "text");
    });

    let (rpc, answer) = call_failable::<_, u32>("x");
    rpc.handle_failable_sync(|text| text.parse::<u32>());
    let RpcError::Call(error) = block_on(answer).unwrap_err() else {
        panic!("the channel is fine");
    };
    assert!(error.get_ref().is::<std::num::ParseIntError>());

    let (rpc, answer) = call_failable::<_, u32>("5");
    rpc.handle_failable_sync(|text| text.parse::<u32>());
    assert_eq!(block_on(answer).unwrap(), 5);
}

#[test]
fn failing_answers_with_the_error() {
    let (rpc, answer) = call_failable::<(), ()>(());
    rpc.fail("disk is full");
    assert!(
        matches!(block_on(answer), Err(RpcError::Call(error)) if error.to_string() == "disk is full")
    );
}

#[test]
fn a_call_through_bytes_is_answered() {
    let (rpc, answer) = call("hello".to_string());
    travel(travel(rpc)).handle_sync(|text| text.len() as u32);
    assert_eq!(block_on(answer).unwrap(), 5);
}

#[test]
fn an_error_through_bytes_keeps_its_sources() {
    let (rpc, answer) = call_failable::<(), ()>(());
    let rpc = travel(rpc);
    let error = anyhow::anyhow!("sector 5").context("read failed");
    block_on(rpc.handle_failable(async |()| Err(error)));
    let error = block_on(answer).unwrap_err();
    assert_eq!(error.to_string(), "read failed");
    assert_eq!(error.source().unwrap().to_string(), "sector 5");
}

#[test]
fn a_handler_elsewhere_sees_that_its_caller_has_lost_interest() {
    let (rpc, answer) = call::<_, ()>(());
    let mut rpc = travel(travel(rpc));
    assert!(!rpc.is_closed());
    drop(answer);
    assert!(rpc.is_closed());
    assert!(rpc.closed().now_or_never().is_some());
}

#[test]
fn a_caller_elsewhere_sees_that_its_call_was_dropped() {
    let (rpc, answer) = call::<_, ()>(());
    drop(travel(rpc));
    assert!(is_closed(answer.now_or_never()));
}

#[test]
fn a_call_lost_in_a_message_is_closed() {
    let (rpc, answer) = call::<_, ()>(());
    drop(OwnedMessage::new(rpc).serialize());
    assert!(is_closed(answer.now_or_never()));
}

#[test]
fn a_caller_is_told_the_cause_when_the_handling_process_fails() {
    let (rpc, answer) = call::<_, u32>(());
    let mut message = OwnedMessage::new(rpc).serialize();
    let Some(Resource::Port(port)) = message.resources.pop() else {
        panic!("a port was expected");
    };
    port.fail(ChannelError::new(ChannelErrorKind::PeerFailed, "killed"));
    let error = block_on(answer).unwrap_err();
    let RpcError::Channel(RecvError::Error(cause)) = &error else {
        panic!("a cause was expected, not {error:?}");
    };
    assert_eq!(cause.kind(), ChannelErrorKind::PeerFailed);
    assert_eq!(error.to_string(), "the call was not answered");
}

#[test]
fn an_answer_of_another_type_is_an_error_at_the_caller() {
    let (rpc, answer) = call::<_, u32>(());
    let mut message = OwnedMessage::new(rpc).serialize();
    let Some(Resource::Port(port)) = message.resources.pop() else {
        panic!("a port was expected");
    };
    port.send(OwnedMessage::new("no number".to_string()));
    assert!(matches!(
        block_on(answer),
        Err(RpcError::Channel(RecvError::Error(cause))) if cause.kind() == ChannelErrorKind::Decode
    ));
}

#[test]
fn a_handler_is_told_when_the_calling_process_fails() {
    let (port, calling) = Port::new_pair();
    let mut message = OwnedMessage::new(call::<_, ()>(()).0).serialize();
    message.resources.clear();
    message.resources.push(port.into());
    let mut rpc = receive::<Rpc<(), ()>>(message);
    assert!(!rpc.is_closed());
    calling.fail(ChannelError::new(ChannelErrorKind::PeerFailed, "killed"));
    assert!(rpc.is_closed());
    assert!(rpc.closed().now_or_never().is_some());
}
