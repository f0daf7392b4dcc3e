//! Child processes that join a mesh, and processes that come to one.
//!
//! A program launches a *host*: a process, usually of the same program, that becomes part of the mesh, gets one initial message and
//! runs until its handler returns. Everything else travels in that message and over the channels in it: endpoints,
//! descriptors, the runner of a worker host.
//!
//! - [`Mesh`]: the mesh as this process sees it; [`launch_host`](Mesh::launch_host), [`shutdown`](Mesh::shutdown),
//!   [`inspect`](Mesh::inspect).
//! - [`ProcessConfig`]: what a child is started with. [`ProcessHandle`]: its number, its end, and the way to kill it.
//! - [`try_run_mesh_host`]: the top of `main`, where a process that was launched as a host becomes one.
//! - [`Mesh::listen`] and [`Mesh::connect`]: for processes that are nobody's children.
//!
//! Linux only, from 5.11 on; elsewhere this crate is empty.
//!
//! # Children
//!
//! ```standalone_crate
//! use futures::executor::block_on;
//! use mesh::rpc::{Rpc, RpcSend};
//! use mesh_process::{Mesh, ProcessConfig, try_run_mesh_host};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // In a child it does not return: the child is a host, and ends as one.
//!     try_run_mesh_host("doubles", async |mut requests: mesh::Receiver<Rpc<u32, u32>>| {
//!         while let Ok(request) = requests.recv().await {
//!             request.handle_sync(|n| n * 2);
//!         }
//!     })?;
//!
//!     let mesh = Mesh::new("doubles")?;
//!     let (tx, requests) = mesh::channel::<Rpc<u32, u32>>();
//!     block_on(async {
//!         let child = mesh.launch_host(ProcessConfig::new("doubler"), requests).await?;
//!         assert_eq!(tx.call(|rpc| rpc, 21).await?, 42);
//!         drop(tx);
//!         assert!(child.wait().await?.success());
//!         mesh.shutdown().await;
//!         Ok(())
//!     })
//! }
//! ```
//!
//! A child has its standard streams and one more descriptor, its end of the link. What makes it a host is to hold that; a variable
//! of its environment only says where to look, and means nothing to whoever has inherited it without the descriptor.
//! Nothing of what this process has open is inherited, however it was opened.
//!
//! When a child is killed, or dies, everyone who has a channel there learns of it, with the reason: `process "disk" (pid 4711) was
//! killed by signal 9`. When this process is lost, its children exit, unless they are to [stay](OnParentExit::Stay).
//!
//! # Others
//!
//! ```
//! use futures::executor::block_on;
//! use mesh_process::Mesh;
//!
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("mesh.socket");
//! let mesh = Mesh::new("open")?;
//! let listener = mesh.listen(&path)?;
//!
//! // Usually in another process:
//! let guest = std::thread::spawn(move || {
//!     let joined = block_on(Mesh::connect::<mesh::Sender<String>>(&path));
//!     let (mesh, greetings) = joined.unwrap();
//!     greetings.send("hello".into());
//!     block_on(mesh.shutdown());
//! });
//!
//! let (tx, mut rx) = mesh::channel::<String>();
//! block_on(async {
//!     listener.accept().await?.admit(tx).await?;
//!     assert_eq!(rx.recv().await?, "hello");
//!     Ok::<_, Box<dyn std::error::Error>>(())
//! })?;
//! guest.join().unwrap();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Threads
//!
//! There is one thread in a process for all links, children and listeners; it is that of `mesh_remote`, and a thread that waits in
//! `mesh::block_on` or a call that begins with `blocking_` stands in for it meanwhile. It has all signals blocked,
//! and only ever waits for the processes that were launched here: the program's own children are left alone.

#![cfg(target_os = "linux")]

mod captured;
mod cause;
mod child;
mod config;
mod connect;
mod control;
mod credentials;
mod error;
mod handle;
mod host;
mod launch;
mod listen;
mod loss;
mod marker;
mod membership;
mod spawn;
mod transport;

pub use child::Wait;
pub use config::{OnParentExit, ProcessConfig};
pub use credentials::Credentials;
pub use error::{AdmitError, JoinError, LaunchError};
pub use handle::ProcessHandle;
pub use host::{HostResult, try_run_mesh_host};
pub use listen::{Incoming, Listener};
pub use membership::{Mesh, MeshInspection, ProcessView};
pub use transport::{Inspection, LinkView, PortState, PortView, RouteView};
