//! Child processes that join a mesh, and processes that come to one.

#[cfg(target_os = "linux")]
mod block_on;
#[cfg(target_os = "linux")]
mod captured;
#[cfg(target_os = "linux")]
mod cause;
#[cfg(target_os = "linux")]
mod child;
#[cfg(target_os = "linux")]
mod config;
#[cfg(target_os = "linux")]
mod connect;
#[cfg(target_os = "linux")]
mod control;
#[cfg(target_os = "linux")]
mod credentials;
#[cfg(target_os = "linux")]
mod error;
#[cfg(target_os = "linux")]
mod handle;
#[cfg(target_os = "linux")]
mod host;
#[cfg(target_os = "linux")]
mod launch;
#[cfg(target_os = "linux")]
mod listen;
#[cfg(target_os = "linux")]
mod loss;
#[cfg(target_os = "linux")]
mod marker;
#[cfg(target_os = "linux")]
mod membership;
#[cfg(target_os = "linux")]
mod spawn;
#[cfg(target_os = "linux")]
mod transport;

#[cfg(target_os = "linux")]
pub use child::Wait;
#[cfg(target_os = "linux")]
pub use config::{OnParentExit, ProcessConfig};
#[cfg(target_os = "linux")]
pub use credentials::Credentials;
#[cfg(target_os = "linux")]
pub use error::{AdmitError, JoinError, LaunchError};
#[cfg(target_os = "linux")]
pub use handle::ProcessHandle;
#[cfg(target_os = "linux")]
pub use host::{HostResult, try_run_mesh_host};
#[cfg(target_os = "linux")]
pub use listen::{Incoming, Listener};
#[cfg(target_os = "linux")]
pub use membership::{Mesh, MeshInspection, ProcessView};
#[cfg(target_os = "linux")]
pub use transport::{Inspection, LinkView, PortState, PortView, RouteView};
