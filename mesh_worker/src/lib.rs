//! Workers: components on mesh channels that can be launched, inspected, stopped and restarted hot.
//!
//! A [`Worker`] is a component with a defined life: it is made from parameters, runs on a thread of its own until it is told to
//! stop, and can hand its state to a successor while its clients go on sending. Parameters and state are messages, so a worker
//! can be launched wherever a [`WorkerHost`] leads: into this process, or into a child that the host's
//! runner was sent to (`mesh_process`), with the same call.
//!
//! - [`worker_host`] makes a host and its runner, which can be far apart; [`WorkerHostRunner::run`] serves the host.
//! - [`register_workers!`] and [`RegisteredWorkers`] tell a runner which workers exist; [`worker_list!`] makes an explicit
//!   list instead.
//! - [`WorkerHost::launch_worker`] gives a [`WorkerHandle`]: a stream of [`WorkerEvent`]s, and the way to stop, join, restart
//!   and inspect the worker. [`launch_local_worker`] does the same without a host.
//!
//! # Examples
//!
//! ```
//! use futures::executor::block_on;
//! use mesh_worker::{RegisteredWorkers, Worker, WorkerId, WorkerRpc, register_workers, worker_host};
//!
//! /// Counts what it receives.
//! struct Counter {
//!     numbers: mesh::Receiver<u64>,
//!     total: u64,
//! }
//!
//! #[derive(mesh::MeshPayload)]
//! struct Numbers {
//!     numbers: mesh::Receiver<u64>,
//!     total: u64,
//! }
//!
//! impl Worker for Counter {
//!     type Parameters = mesh::Receiver<u64>;
//!     type State = Numbers;
//!     const ID: WorkerId<Self::Parameters> = WorkerId::new("counter");
//!
//!     fn new(numbers: Self::Parameters) -> anyhow::Result<Self> {
//!         Ok(Self { numbers, total: 0 })
//!     }
//!
//!     fn restart(state: Numbers) -> anyhow::Result<Self> {
//!         Ok(Self { numbers: state.numbers, total: state.total })
//!     }
//!
//!     fn run(mut self, mut recv: mesh::Receiver<WorkerRpc<Numbers>>) -> anyhow::Result<()> {
//!         block_on(async {
//!             loop {
//!                 futures::select! {
//!                     number = self.numbers.recv() => match number {
//!                         Ok(number) => self.total += number,
//!                         Err(_) => break Ok(()),
//!                     },
//!                     rpc = recv.recv() => match rpc {
//!                         Err(_) | Ok(WorkerRpc::Stop) => break Ok(()),
//!                         Ok(WorkerRpc::Inspect(inspect)) => inspect.respond(&self.total),
//!                         Ok(WorkerRpc::Restart(rpc)) => {
//!                             rpc.complete(Ok(Numbers { numbers: self.numbers, total: self.total }));
//!                             break Ok(());
//!                         }
//!                     },
//!                 }
//!             }
//!         })
//!     }
//! }
//!
//! register_workers! { Counter }
//!
//! # block_on(async {
//! let (host, runner) = worker_host();
//! let runner = std::thread::spawn(|| block_on(runner.run(RegisteredWorkers)));
//! let (tx, rx) = mesh::channel();
//! let mut handle = host.launch_worker(Counter::ID, rx).await?;
//! tx.send(5);
//! handle.restart(&host).await?;
//! tx.send(6);
//! drop(tx);
//! handle.join().await?;
//! drop(host);
//! runner.join().unwrap();
//! # anyhow::Ok(())
//! # }).unwrap();
//! ```

#![forbid(unsafe_code)]

mod error;
mod handle;
mod host;
mod inspect;
mod instance;
mod local;
mod registry;
mod worker;

pub use error::{InspectError, LaunchError, RestartError};
pub use handle::{WorkerEvent, WorkerHandle};
pub use host::{WorkerHost, WorkerHostRunner, worker_host};
pub use inspect::Inspect;
pub use local::launch_local_worker;
pub use registry::{RegisteredWorkers, WorkerBuilder, WorkerFactory};
pub use serde_json::Value;
pub use worker::{Worker, WorkerId, WorkerRpc};

/// What the macros expand to; not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use crate::registry::Registered;
    pub use inventory;
}
