//! cargo run -p examples --example worker
//!
//! A worker: a component with a life cycle. It is launched on a host, which may be anywhere, looked into while it runs, and
//! replaced by a new instance while its clients go on.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use futures::executor::block_on;
use futures::{FutureExt, select};
use mesh::MeshPayload;
use mesh::rpc::{Rpc, RpcSend};
use mesh_worker::{RegisteredWorkers, Worker, WorkerId, WorkerRpc, register_workers, worker_host};
use serde::Serialize;
use std::thread;

/// Hands out numbers, each once. All of it is a message, so that it can serve as its own state, in another process too.
#[derive(MeshPayload)]
struct Numbering {
    requests: mesh::Receiver<Rpc<(), u64>>,
    status: Status,
}

/// What inspection shows.
#[derive(Default, MeshPayload, Serialize)]
struct Status {
    last: u64,
    restarts: u32,
}

register_workers! { Numbering }

impl Worker for Numbering {
    type Parameters = mesh::Receiver<Rpc<(), u64>>;
    type State = Self;
    const ID: WorkerId<Self::Parameters> = WorkerId::new("numbering");

    fn new(requests: Self::Parameters) -> anyhow::Result<Self> {
        let status = Status::default();
        Ok(Self { requests, status })
    }

    fn restart(mut state: Self) -> anyhow::Result<Self> {
        state.status.restarts += 1;
        Ok(state)
    }

    fn run(mut self, mut recv: mesh::Receiver<WorkerRpc<Self>>) -> anyhow::Result<()> {
        block_on(async {
            loop {
                select! {
                    request = self.requests.recv().fuse() => match request {
                        Ok(rpc) => {
                            self.status.last += 1;
                            rpc.complete(self.status.last);
                        }
                        Err(_) => return Ok(()),
                    },
                    rpc = recv.recv().fuse() => match rpc {
                        Ok(WorkerRpc::Inspect(inspect)) => inspect.respond(&self.status),
                        Ok(WorkerRpc::Restart(rpc)) => {
                            // The requests that are queued go along with the receiver.
                            rpc.complete(Ok(self));
                            return Ok(());
                        }
                        Ok(WorkerRpc::Stop) | Err(_) => return Ok(()),
                    },
                }
            }
        })
    }
}

fn main() -> anyhow::Result<()> {
    let (host, runner) = worker_host();
    let runner = thread::spawn(|| block_on(runner.run(RegisteredWorkers)));
    block_on(async {
        let (tx, rx) = mesh::channel();
        let mut handle = host.launch_worker(Numbering::ID, rx).await?;
        let next = || tx.call(|rpc| rpc, ());
        assert_eq!((next().await?, next().await?), (1, 2));
        println!("two numbers later: {}", handle.inspect("").await?);

        let under_way = [next(), next(), next()];
        handle.restart(&host).await?;
        let numbers = futures::future::try_join_all(under_way).await?;
        println!("asked for before the restart, all answered: {numbers:?}");
        assert_eq!(numbers, [3, 4, 5]);

        println!("restarts: {}", handle.inspect("restarts").await?);
        assert_eq!(handle.inspect("last").await?, 5);
        handle.stop();
        handle.join().await?;
        assert!(next().await.is_err());
        println!("stopped");
        anyhow::Ok(())
    })?;
    drop(host);
    runner.join().expect("the host does not panic");
    Ok(())
}
