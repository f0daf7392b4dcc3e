//! Processes that serve worker hosts.

use futures::executor::block_on;
use mesh_process::{JoinError, Mesh, ProcessConfig, ProcessHandle, try_run_mesh_host};
use mesh_worker::{RegisteredWorkers, WorkerHost, WorkerHostRunner, worker_host};

const MESH: &str = "worker tests";

/// What a child does: it serves the host whose runner it was sent.
pub(crate) fn try_run() -> Result<(), JoinError> {
    try_run_mesh_host(MESH, async |runner: WorkerHostRunner| {
        runner.run(RegisteredWorkers).await;
    })
}

/// A mesh, in which children are launched to serve hosts.
pub(crate) struct Processes(pub(crate) Mesh);

impl Processes {
    pub(crate) fn new() -> Self {
        Self(Mesh::new(MESH).unwrap())
    }

    pub(crate) fn launch(&self, name: &str) -> (ProcessHandle, WorkerHost) {
        let (host, runner) = worker_host();
        let launch = self.0.launch_host(ProcessConfig::new(name), runner);
        (block_on(launch).unwrap(), host)
    }
}
