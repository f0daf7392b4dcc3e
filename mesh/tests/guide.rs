//! Every snippet of the guide, with the missing definitions added, doing what the text says.
//!
//! One module a section of the guide; the snippets are kept as the guide has them, but for `spawn`, which is a thread here.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::while_let_loop,
    reason = "a test, and the snippets as the guide has them"
)]

use futures::executor::block_on;

mod defining_messages {
    use mesh::MeshPayload;

    mod plain {
        use mesh::MeshPayload;

        #[derive(MeshPayload, Debug, PartialEq)]
        pub(super) struct DiskRead {
            pub(super) offset: u64,
            pub(super) len: u32,
        }
    }

    #[derive(MeshPayload)]
    struct DiskRead {
        offset: u64,
        len: u32,
        result: mesh::OneshotSender<Vec<u8>>, // reply channel
    }

    #[test]
    fn any_type_can_be_sent_within_a_process() {
        struct NoPayload<'a>(&'a std::cell::Cell<u32>);
        let cell = std::cell::Cell::new(5);
        let (tx, mut rx) = mesh::channel::<NoPayload<'_>>();
        tx.send(NoPayload(&cell));
        assert_eq!(super::block_on(rx.recv()).unwrap().0.get(), 5);
    }

    #[test]
    fn a_derived_message_survives_serialization() {
        let message = mesh::OwnedMessage::new(plain::DiskRead {
            offset: 1 << 40,
            len: 512,
        });
        let back = mesh::OwnedMessage::serialized(message.serialize());
        let expected = plain::DiskRead {
            offset: 1 << 40,
            len: 512,
        };
        assert_eq!(back.parse::<plain::DiskRead>().unwrap(), expected);
    }

    #[test]
    fn a_reply_channel_in_a_message_answers_even_when_serialized() {
        let (result, reply) = mesh::oneshot();
        let request = DiskRead {
            offset: 0,
            len: 3,
            result,
        };
        let message = mesh::OwnedMessage::new(request).serialize();
        let request: DiskRead = mesh::OwnedMessage::serialized(message).parse().unwrap();
        assert_eq!(request.offset, 0);
        request.result.send(vec![7; request.len as usize]);
        assert_eq!(super::block_on(reply).unwrap(), [7, 7, 7]);
    }
}

/// The first form of the request enum, with calls that cannot fail.
mod infallible_requests {
    use mesh::MeshPayload;
    use mesh::rpc::{Rpc, RpcSend};

    #[derive(MeshPayload)]
    enum DiskRequest {
        Read(Rpc<DiskReadParams, Vec<u8>>),
        Write(Rpc<DiskWriteParams, ()>),
        Flush(Rpc<(), ()>),
        GetInfo(Rpc<(), DiskInfo>),
    }

    #[derive(MeshPayload)]
    struct DiskReadParams {
        offset: u64,
        len: u32,
    }

    #[derive(MeshPayload)]
    struct DiskWriteParams {
        offset: u64,
        data: Vec<u8>,
    }

    #[derive(MeshPayload)]
    struct DiskInfo {
        size_bytes: u64,
        sector_size: u32,
    }

    struct DiskBackend(Vec<u8>);

    impl DiskBackend {
        async fn read(&self, offset: u64, len: u32) -> Vec<u8> {
            self.0[offset as usize..][..len as usize].to_vec()
        }

        async fn write(&mut self, offset: u64, data: &[u8]) {
            self.0[offset as usize..][..data.len()].copy_from_slice(data);
        }

        async fn flush(&mut self) {}

        fn info(&self) -> DiskInfo {
            DiskInfo {
                size_bytes: self.0.len() as u64,
                sector_size: 1,
            }
        }
    }

    async fn disk_service(mut rx: mesh::Receiver<DiskRequest>, disk: &mut DiskBackend) {
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

    #[test]
    fn the_service_answers_every_kind_of_request() {
        let (tx, rx) = mesh::channel::<DiskRequest>();
        let server = std::thread::spawn(move || {
            super::block_on(disk_service(rx, &mut DiskBackend(vec![0; 8])));
        });
        super::block_on(async {
            let data = vec![1, 2, 3];
            tx.call(DiskRequest::Write, DiskWriteParams { offset: 2, data })
                .await?;
            tx.call(DiskRequest::Flush, ()).await?;
            let read = DiskReadParams { offset: 1, len: 5 };
            assert_eq!(tx.call(DiskRequest::Read, read).await?, [0, 1, 2, 3, 0]);
            let info = tx.call(DiskRequest::GetInfo, ()).await?;
            assert_eq!((info.size_bytes, info.sector_size), (8, 1));
            Ok::<(), mesh::rpc::RpcError>(())
        })
        .unwrap();
        drop(tx);
        server.join().unwrap();
    }
}

/// The second form, in which calls can fail; also "Sending requests".
mod failable_requests {
    use mesh::MeshPayload;
    use mesh::error::RemoteError;
    use mesh::rpc::{FailableRpc, Rpc, RpcError, RpcSend};

    #[derive(MeshPayload)]
    enum DiskRequest {
        Read(FailableRpc<DiskReadParams, Vec<u8>>),
        Write(FailableRpc<DiskWriteParams, ()>),
        Flush(FailableRpc<(), ()>),
        GetInfo(Rpc<(), DiskInfo>), // this one can't fail
    }

    #[derive(MeshPayload)]
    struct DiskReadParams {
        offset: u64,
        len: u32,
    }

    #[derive(MeshPayload)]
    struct DiskWriteParams {
        offset: u64,
        data: Vec<u8>,
    }

    #[derive(MeshPayload)]
    struct DiskInfo {
        size_bytes: u64,
    }

    struct DiskBackend(Vec<u8>);

    impl DiskBackend {
        async fn read(&self, offset: u64, len: u32) -> Result<Vec<u8>, RemoteError> {
            self.0
                .get(offset as usize..offset as usize + len as usize)
                .map(<[u8]>::to_vec)
                .ok_or_else(|| RemoteError::new("beyond the end"))
        }

        async fn write(&mut self, offset: u64, data: &[u8]) -> Result<(), RemoteError> {
            self.0[offset as usize..][..data.len()].copy_from_slice(data);
            Ok(())
        }

        async fn flush(&mut self) -> Result<(), RemoteError> {
            Ok(())
        }

        fn info(&self) -> DiskInfo {
            DiskInfo {
                size_bytes: self.0.len() as u64,
            }
        }
    }

    async fn disk_service(mut rx: mesh::Receiver<DiskRequest>, disk: &mut DiskBackend) {
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

    async fn client(tx: mesh::Sender<DiskRequest>) -> anyhow::Result<()> {
        let info = tx.call(DiskRequest::GetInfo, ()).await?;
        assert_eq!(info.size_bytes, 1024);

        tx.call_failable(
            DiskRequest::Write,
            DiskWriteParams {
                offset: 0,
                data: vec![9; 16],
            },
        )
        .await?;
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
        assert_eq!(data[..17], [[9; 16].as_slice(), &[0]].concat());

        let beyond = DiskReadParams {
            offset: 1000,
            len: 512,
        };
        match tx.call_failable(DiskRequest::Read, beyond).await {
            Err(RpcError::Call(error)) => assert_eq!(error.to_string(), "beyond the end"),
            other => panic!("{other:?}"),
        }
        Ok(())
    }

    #[test]
    fn calls_combine_the_channel_error_and_the_application_error() {
        let (tx, rx) = mesh::channel::<DiskRequest>();
        let server = std::thread::spawn(move || {
            super::block_on(disk_service(rx, &mut DiskBackend(vec![0; 1024])));
        });
        super::block_on(client(tx.clone())).unwrap();
        drop(tx);
        server.join().unwrap();
    }

    #[test]
    fn the_same_code_works_when_the_receiver_has_travelled() {
        let (tx, rx) = mesh::channel::<DiskRequest>();
        let message = mesh::OwnedMessage::new(rx).serialize();
        let rx = mesh::OwnedMessage::serialized(message).parse().unwrap();
        let server = std::thread::spawn(move || {
            super::block_on(disk_service(rx, &mut DiskBackend(vec![0; 1024])));
        });
        super::block_on(client(tx)).unwrap();
        server.join().unwrap();
    }

    #[test]
    fn a_call_to_a_service_that_is_gone_fails_with_the_channel_error() {
        let (tx, rx) = mesh::channel::<DiskRequest>();
        drop(rx);
        let error = super::block_on(tx.call_failable(DiskRequest::Flush, ())).unwrap_err();
        assert!(matches!(error, RpcError::Channel(mesh::RecvError::Closed)));
    }
}

mod fire_and_forget {
    use super::block_on;

    #[test]
    fn send_never_fails_from_the_callers_perspective() {
        let (tx, mut rx) = mesh::channel::<String>();
        tx.send("hello".into());
        assert_eq!(block_on(rx.recv()).unwrap(), "hello");
        drop(rx);
        tx.send("dropped in silence".into());
    }

    #[test]
    fn the_channel_stays_open_until_all_clones_are_dropped() {
        let (tx, mut rx) = mesh::channel::<u32>();
        let clone = tx.clone();
        drop(tx);
        clone.send(1);
        assert_eq!(block_on(rx.recv()).unwrap(), 1);
        assert!(matches!(rx.try_recv(), Err(mesh::TryRecvError::Empty)));
        drop(clone);
        assert!(matches!(block_on(rx.recv()), Err(mesh::RecvError::Closed)));
    }
}

mod backpressure {
    use super::block_on;
    use futures::{AsyncReadExt, AsyncWriteExt};

    #[test]
    fn a_pipe_holds_the_writer_back_when_its_buffer_is_full() {
        let (mut read, mut write) = mesh::pipe();
        let mut written = 0usize;
        block_on(async {
            loop {
                let mut more = write.write(&[1; 1024]);
                match futures::poll!(&mut more) {
                    std::task::Poll::Ready(n) => written += n.unwrap(),
                    std::task::Poll::Pending => break,
                }
            }
            assert!(written > 0);
            let mut buf = vec![0; written];
            read.read_exact(&mut buf).await.unwrap();
            assert!(write.write(&[2]).await.unwrap() == 1);
            drop(write);
            let mut rest = Vec::new();
            read.read_to_end(&mut rest).await.unwrap();
            assert_eq!(rest, [2]);
        });
    }

    #[test]
    fn an_acknowledgment_that_is_awaited_is_backpressure() {
        let (tx, mut rx) = mesh::channel::<(u32, mesh::OneshotSender<()>)>();
        block_on(async {
            let producer = async move {
                for i in 0..10 {
                    let (done, ack) = mesh::oneshot();
                    tx.send((i, done));
                    ack.await.unwrap();
                }
            };
            let consumer = async move {
                for expected in 0..10 {
                    let (i, done) = rx.recv().await.unwrap();
                    assert_eq!(i, expected);
                    assert!(matches!(rx.try_recv(), Err(mesh::TryRecvError::Empty)));
                    done.send(());
                }
            };
            futures::join!(producer, consumer);
        });
    }
}

#[cfg(unix)]
mod resources_in_messages {
    use super::block_on;
    use mesh::MeshPayload;
    use std::fs::File;
    use std::io::Read;
    use std::os::fd::OwnedFd;

    #[derive(MeshPayload)]
    struct DiskRequest(u32);

    #[derive(MeshPayload)]
    struct DiskConfig {
        read_only: bool,
    }

    #[derive(MeshPayload)]
    struct DiskWorkerParams {
        config: DiskConfig,
        commands: mesh::Receiver<DiskRequest>, // channel endpoint
        backing_file: OwnedFd,                 // file descriptor (Unix)
    }

    #[test]
    fn the_receiver_of_the_message_has_a_live_endpoint_and_an_open_file() {
        use std::io::{Seek, Write};
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"backing").unwrap();
        file.rewind().unwrap();
        let (tx, commands) = mesh::channel();
        let params = DiskWorkerParams {
            config: DiskConfig { read_only: true },
            commands,
            backing_file: file.into(),
        };
        tx.send(DiskRequest(1));
        let message = mesh::OwnedMessage::new(params).serialize();
        assert_eq!(message.resources.len(), 2, "a port and a descriptor");
        tx.send(DiskRequest(2));
        let mut params: DiskWorkerParams = mesh::OwnedMessage::serialized(message).parse().unwrap();
        tx.send(DiskRequest(3));
        assert!(params.config.read_only);
        for expected in 1..=3 {
            assert_eq!(block_on(params.commands.recv()).unwrap().0, expected);
        }
        let mut text = String::new();
        File::from(params.backing_file)
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "backing");
    }
}

mod other_channel_types {
    use super::block_on;
    use mesh::{CancelContext, CellUpdater, MeshPayload};
    use std::time::Duration;

    #[derive(MeshPayload, Debug, PartialEq)]
    struct DiskInfo {
        size_bytes: u64,
    }

    #[test]
    fn oneshot_transfers_a_single_value() {
        block_on(async {
            let info = DiskInfo { size_bytes: 5 };
            let (tx, rx) = mesh::oneshot::<DiskInfo>();
            tx.send(info);
            let info = rx.await?;
            assert_eq!(info, DiskInfo { size_bytes: 5 });
            Ok::<(), mesh::RecvError>(())
        })
        .unwrap();
    }

    #[test]
    fn all_cells_see_the_update() {
        let initial_config = "old".to_string();
        let new_config = "new".to_string();
        let mut updater = CellUpdater::new(initial_config);
        let cell = updater.cell(); // send to a subscriber
        let second = updater.cell();
        assert_eq!(cell.get(), "old");
        updater.set(new_config); // all cells see the update
        assert_eq!((cell.get(), second.get()), ("new".into(), "new".into()));
        let (mut updater, cell) = mesh::cell(1);
        block_on(updater.set(2));
        assert_eq!(cell.get(), 2);
    }

    #[test]
    fn a_context_resolves_on_its_deadline_or_when_cancelled() {
        block_on(async {
            let mut ctx = CancelContext::new();
            ctx.with_deadline(Duration::ZERO);
            let reason = ctx.cancelled().await; // resolves on cancel or deadline
            assert_eq!(reason, mesh::CancelReason::DeadlineExceeded);

            let mut ctx = CancelContext::new();
            ctx.with_deadline(Duration::from_secs(3600));
            let (ctx, cancel) = ctx.with_cancel();
            cancel.cancel();
            assert_eq!(ctx.cancelled().await, mesh::CancelReason::Cancelled);
        });
    }
}

#[cfg(unix)]
mod workers {
    use super::block_on;
    use mesh::MeshPayload;
    use mesh::rpc::{Rpc, RpcSend};
    use mesh_worker::{RegisteredWorkers, Worker, WorkerId, WorkerRpc, register_workers};
    use std::fs::File;
    use std::os::fd::OwnedFd;

    #[derive(MeshPayload)]
    enum DiskRequest {
        Size(Rpc<(), u64>),
    }

    struct DiskBackend(File);

    impl DiskBackend {
        fn open(file: OwnedFd) -> anyhow::Result<Self> {
            let file = File::from(file);
            anyhow::ensure!(file.metadata()?.is_file(), "not a file");
            Ok(Self(file))
        }
    }

    struct DiskWorker {
        backend: DiskBackend,
        commands: mesh::Receiver<DiskRequest>,
    }

    #[derive(MeshPayload)]
    struct DiskWorkerParams {
        commands: mesh::Receiver<DiskRequest>,
        backing_file: OwnedFd,
    }

    #[derive(MeshPayload)]
    struct DiskWorkerState {
        commands: mesh::Receiver<DiskRequest>,
        backing_file: OwnedFd,
    }

    impl Worker for DiskWorker {
        type Parameters = DiskWorkerParams;
        type State = DiskWorkerState;
        const ID: WorkerId<Self::Parameters> = WorkerId::new("disk");

        fn new(params: Self::Parameters) -> anyhow::Result<Self> {
            let backend = DiskBackend::open(params.backing_file)?;
            Ok(Self {
                backend,
                commands: params.commands,
            })
        }

        fn restart(state: Self::State) -> anyhow::Result<Self> {
            Ok(Self {
                backend: DiskBackend::open(state.backing_file)?,
                commands: state.commands,
            })
        }

        fn run(mut self, mut recv: mesh::Receiver<WorkerRpc<Self::State>>) -> anyhow::Result<()> {
            block_on(async {
                loop {
                    futures::select! {
                        request = self.commands.recv() => match request {
                            Ok(DiskRequest::Size(rpc)) => {
                                let size = self.backend.0.metadata()?.len();
                                rpc.handle_sync(|()| size);
                            }
                            Err(_) => return Ok(()),
                        },
                        rpc = recv.recv() => match rpc {
                            Err(_) | Ok(WorkerRpc::Stop) => return Ok(()),
                            Ok(WorkerRpc::Inspect(inspect)) => inspect.respond("disk"),
                            Ok(WorkerRpc::Restart(rpc)) => {
                                let backing_file = self.backend.0.into();
                                let commands = self.commands;
                                rpc.complete(Ok(DiskWorkerState { commands, backing_file }));
                                return Ok(());
                            }
                        },
                    }
                }
            })
        }
    }

    struct TpmWorker;

    impl Worker for TpmWorker {
        type Parameters = ();
        type State = ();
        const ID: WorkerId<()> = WorkerId::new("tpm");

        fn new((): ()) -> anyhow::Result<Self> {
            Ok(Self)
        }

        fn restart((): ()) -> anyhow::Result<Self> {
            Ok(Self)
        }

        fn run(self, mut recv: mesh::Receiver<WorkerRpc<()>>) -> anyhow::Result<()> {
            while let Ok(rpc) = block_on(recv.recv()) {
                match rpc {
                    WorkerRpc::Stop => break,
                    WorkerRpc::Restart(rpc) => {
                        rpc.complete(Ok(()));
                        break;
                    }
                    WorkerRpc::Inspect(inspect) => inspect.respond("tpm"),
                }
            }
            Ok(())
        }
    }

    const DISK_WORKER: WorkerId<DiskWorkerParams> = DiskWorker::ID;

    register_workers! { DiskWorker, TpmWorker }

    #[test]
    fn a_registered_worker_is_launched_restarted_and_stopped() {
        let (host, runner) = mesh_worker::worker_host();
        let runner = std::thread::spawn(|| block_on(runner.run(RegisteredWorkers)));
        block_on(async {
            let file = tempfile::tempfile()?;
            file.set_len(4096)?;
            let (tx, commands) = mesh::channel();
            let params = DiskWorkerParams {
                commands,
                backing_file: file.into(),
            };
            let mut handle = host.launch_worker(DISK_WORKER, params).await?;
            assert_eq!(tx.call(DiskRequest::Size, ()).await?, 4096);
            handle.restart(&host).await?;
            assert_eq!(tx.call(DiskRequest::Size, ()).await?, 4096);
            let mut tpm = host.launch_worker(TpmWorker::ID, ()).await?;
            assert_eq!(tpm.inspect("").await?, "tpm");
            tpm.stop();
            tpm.join().await?;
            handle.stop();
            handle.join().await?;
            anyhow::Ok(())
        })
        .unwrap();
        drop(host);
        runner.join().unwrap();
    }
}
