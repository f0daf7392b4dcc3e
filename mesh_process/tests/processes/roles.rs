//! What the children of the tests do.

use crate::routes;
use futures_executor::block_on;
use mesh::rpc::{FailableRpc, Rpc, RpcSend};
use mesh::{MeshPayload, OneshotSender, Receiver, Sender};
use mesh_process::{
    JoinError, Mesh, OnParentExit, ProcessConfig, ProcessHandle, try_run_mesh_host,
};
use std::future::{Future, pending, poll_fn};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::task::Poll;

/// What a child that could not join exits with.
pub(crate) const NOT_JOINED: u8 = 42;

/// The name of the tests' mesh.
pub(crate) const MESH: &str = "tests";

/// A child's initial message.
#[derive(MeshPayload)]
pub(crate) enum Role {
    /// Serves requests until there is no sender left.
    Serve(Receiver<Request>),
    /// Holds it for ever.
    Hold(OwnedFd),
    /// Passes on what comes, and reports once it has finished.
    Finish(Receiver<u32>, Sender<u32>),
    /// Sends so many numbers and returns.
    Count(Sender<u32>, u32),
    /// Returns with an error.
    Fail,
    /// Panics when it is told to.
    Panic(Receiver<()>, Sender<()>),
    /// Launches two children and has an endpoint travel between them; then they talk to each other.
    Parent(routes::Signals),
}

#[derive(MeshPayload)]
pub(crate) enum Request {
    Add(Rpc<(u32, u32), u32>),
    /// Asks back.
    Ask(Rpc<Sender<Rpc<u32, u32>>, u32>),
    Length(Rpc<(OwnedFd, Vec<u8>), (u64, usize)>),
    Facts(Rpc<(), Facts>),
    Exit(i32),
    /// Becomes another program, which reads until the end and loses the link.
    Become(OwnedFd),
    /// Launches a child that holds a descriptor for ever, in the mesh of this process.
    Grandchild(FailableRpc<(OwnedFd, bool), u32>),
    /// Shuts a mesh of its own down, in which a child holds a descriptor for ever.
    ShutDownWith(Rpc<OwnedFd, ()>),
    /// Keeps a sender, the numbers of which are 0, 1, 2, ...
    Send(Sender<u32>, u32),
    /// Checks that the numbers are 0, 1, 2, ... up to this.
    Check(Receiver<u32>, u32, OneshotSender<bool>),
    /// Receives its part of the numbers and passes their receiver on.
    Visit(routes::Journey),
    /// Answers what comes with the same.
    Echo(Receiver<u32>, Sender<u32>),
    /// Exchanges numbers with the other side when it is told to.
    Exchange(routes::Exchange),
    /// Links and proxies here, once nothing is under way.
    Routes(Rpc<(), (usize, usize)>),
}

/// What a process knows of itself.
#[derive(MeshPayload, Debug, PartialEq)]
pub(crate) struct Facts {
    pub(crate) inherited: Vec<String>,
    pub(crate) args: Vec<String>,
    pub(crate) variable: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) comm: String,
}

pub(crate) fn try_run() -> Result<(), JoinError> {
    try_run_mesh_host(MESH, async |role: Role| match role {
        Role::Serve(requests) => {
            serve(requests).await;
            Ok(())
        }
        Role::Hold(_descriptor) => pending().await,
        Role::Finish(mut numbers, out) => {
            while let Ok(number) = numbers.recv().await {
                out.send(number);
            }
            Ok(())
        }
        Role::Count(out, count) => {
            (0..count).for_each(|number| out.send(number));
            Ok(())
        }
        Role::Fail => Err("as told"),
        Role::Panic(mut told, _alive) => {
            let _ = told.recv().await;
            // The message would only be mistaken for one of a test.
            std::panic::set_hook(Box::new(|_| {}));
            panic!("as told");
        }
        Role::Parent(signals) => {
            routes::parent(signals).await;
            Ok(())
        }
    })
}

async fn serve(mut requests: Receiver<Request>) {
    while let Ok(request) = requests.recv().await {
        match request {
            Request::Add(rpc) => rpc.handle_sync(|(a, b)| a + b),
            Request::Ask(rpc) => {
                rpc.handle(async |back| back.call(|rpc| rpc, 20).await.unwrap() + 1)
                    .await;
            }
            Request::Length(rpc) => rpc.handle_sync(|(file, bytes)| {
                let length = std::fs::File::from(file).metadata().unwrap().len();
                (length, bytes.len())
            }),
            Request::Facts(rpc) => rpc.handle_sync(|()| Facts {
                inherited: crate::inheritance::inherited(),
                args: std::env::args().collect(),
                variable: std::env::var("MESH_TEST").ok(),
                path: std::env::var("PATH").ok(),
                comm: std::fs::read_to_string("/proc/self/comm").unwrap(),
            }),
            Request::Exit(status) => std::process::exit(status),
            Request::Become(input) => {
                let error = std::process::Command::new("cat").stdin(input).exec();
                panic!("{error}");
            }
            Request::Grandchild(rpc) => {
                rpc.handle_failable(async |(descriptor, stay)| grandchild(descriptor, stay).await)
                    .await;
            }
            Request::ShutDownWith(rpc) => rpc.handle(shut_down_with).await,
            Request::Send(out, count) => {
                std::thread::spawn(move || (0..count).for_each(|number| out.send(number)));
            }
            Request::Check(numbers, count, verdict) => {
                std::thread::spawn(move || verdict.send(in_order(numbers, count)));
            }
            Request::Visit(journey) => journey.go_on(),
            Request::Echo(from, to) => routes::echo(from, to),
            Request::Exchange(exchange) => exchange.start(),
            Request::Routes(rpc) => rpc.handle(async |()| routes::here().await).await,
        }
    }
}

fn in_order(mut numbers: Receiver<u32>, count: u32) -> bool {
    block_on(async {
        for expected in 0..count {
            if numbers.recv().await != Ok(expected) {
                return false;
            }
        }
        numbers.recv().await == Err(mesh::RecvError::Closed)
    })
}

async fn grandchild(
    descriptor: OwnedFd,
    stay: bool,
) -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
    let then = if stay {
        OnParentExit::Stay
    } else {
        OnParentExit::Exit
    };
    let mesh = Mesh::of_this_host().ok_or("no host")?;
    let config = ProcessConfig::new("grandchild").on_parent_exit(then);
    let handle = mesh.launch_host(config, Role::Hold(descriptor)).await?;
    Ok(handle.pid())
}

/// Returns when the link has ended in order; the child has not ended then.
async fn shut_down_with(descriptor: OwnedFd) {
    let mesh = new_mesh();
    let config = ProcessConfig::new("does not finish");
    let child = mesh.launch_host(config, Role::Hold(descriptor)).await;
    assert!(child.is_ok());
    let mut shutdown = Box::pin(mesh.shutdown());
    poll_fn(|cx| {
        assert!(shutdown.as_mut().poll(cx).is_pending());
        match mesh.inspect().node.links.is_empty() {
            true => Poll::Ready(()),
            false => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    })
    .await;
}

/// A process that serves requests, and the way to it.
pub(crate) fn server(mesh: &Mesh, config: ProcessConfig) -> (ProcessHandle, Sender<Request>) {
    let (tx, rx) = mesh::channel();
    let handle = block_on(mesh.launch_host(config, Role::Serve(rx))).unwrap();
    (handle, tx)
}

pub(crate) fn new_mesh() -> Mesh {
    Mesh::new(MESH).unwrap()
}
