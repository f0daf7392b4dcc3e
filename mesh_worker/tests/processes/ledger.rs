//! The tests' worker: it adds numbers up, and remembers which requests it has answered.

use futures::FutureExt;
use futures::executor::block_on;
use futures::future::Fuse;
use mesh::MeshPayload;
use mesh::rpc::Rpc;
use mesh_worker::{Worker, WorkerId, WorkerRpc, register_workers};
use serde::Serialize;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;

/// A state, and whether requests are left in the queue.
pub(crate) struct Ledger(State, bool);

#[derive(MeshPayload)]
pub(crate) enum Request {
    /// Enters a number, and answers with how many were entered before it and the process that did it.
    Enter(Rpc<u64, Entered>),
    /// Waits until the other end is closed, so that requests queue up.
    Block(Rpc<mesh::Receiver<()>, ()>),
    /// Leaves all further requests to the next instance.
    Pause(Rpc<(), ()>),
    /// Everything that was entered, in order.
    List(Rpc<(), Vec<u64>>),
    Exit,
}

#[derive(MeshPayload, Debug, PartialEq)]
pub(crate) struct Entered {
    pub(crate) before: u64,
    pub(crate) pid: u32,
}

#[derive(MeshPayload)]
pub(crate) struct Parameters {
    pub(crate) requests: mesh::Receiver<Request>,
    /// Every number is written to it too.
    pub(crate) file: Option<OwnedFd>,
    pub(crate) fail: bool,
}

#[derive(MeshPayload)]
pub(crate) struct State {
    requests: mesh::Receiver<Request>,
    file: Option<OwnedFd>,
    entries: Vec<u64>,
}

#[derive(Serialize)]
struct Shown {
    pid: u32,
    entries: usize,
}

impl Parameters {
    pub(crate) fn new(requests: mesh::Receiver<Request>) -> Self {
        Self {
            requests,
            file: None,
            fail: false,
        }
    }
}

impl Worker for Ledger {
    type Parameters = Parameters;
    type State = State;
    const ID: WorkerId<Parameters> = WorkerId::new("ledger");

    fn new(parameters: Parameters) -> anyhow::Result<Self> {
        anyhow::ensure!(!parameters.fail, "the ink has dried up");
        let state = State {
            requests: parameters.requests,
            file: parameters.file,
            entries: Vec::new(),
        };
        Ok(Self(state, false))
    }

    fn restart(state: State) -> anyhow::Result<Self> {
        Ok(Self(state, false))
    }

    fn run(mut self, mut recv: mesh::Receiver<WorkerRpc<State>>) -> anyhow::Result<()> {
        block_on(async {
            loop {
                let mut request = match self.1 {
                    false => self.0.requests.recv().fuse(),
                    true => Fuse::terminated(),
                };
                futures::select_biased! {
                    rpc = recv.recv() => match rpc {
                        Err(_) | Ok(WorkerRpc::Stop) => return Ok(()),
                        Ok(WorkerRpc::Inspect(inspect)) => inspect.respond(&Shown {
                            pid: std::process::id(),
                            entries: self.0.entries.len(),
                        }),
                        Ok(WorkerRpc::Restart(rpc)) => {
                            rpc.complete(Ok(self.0));
                            return Ok(());
                        }
                    },
                    request = request => match request {
                        Ok(request) => self.serve(request).await?,
                        Err(_) => return Ok(()),
                    },
                }
            }
        })
    }
}

impl Ledger {
    async fn serve(&mut self, request: Request) -> anyhow::Result<()> {
        match request {
            Request::Enter(rpc) => {
                let (number, rpc) = rpc.split();
                if let Some(file) = &self.0.file {
                    let mut file = File::from(file.try_clone()?);
                    file.write_all(&number.to_le_bytes())?;
                }
                let before = self.0.entries.len() as u64;
                self.0.entries.push(number);
                let pid = std::process::id();
                rpc.complete(Entered { before, pid });
            }
            Request::Block(rpc) => {
                rpc.handle(async |mut gate| while gate.recv().await.is_ok() {})
                    .await;
            }
            Request::Pause(rpc) => {
                self.1 = true;
                rpc.complete(());
            }
            Request::List(rpc) => rpc.complete(self.0.entries.clone()),
            Request::Exit => std::process::exit(3),
        }
        Ok(())
    }
}

register_workers! { Ledger }
