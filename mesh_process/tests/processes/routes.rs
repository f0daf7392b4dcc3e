//! Endpoints that go from process to process.
//!
//! The parent here is itself a child of the test, so that it can be stopped. What the test and the children say to each other then
//! goes over pipes, which need no parent.

use crate::roles::{Request, Role, new_mesh};
use futures_executor::block_on;
use mesh::rpc::RpcSend;
use mesh::{MeshPayload, Receiver, Sender};
use mesh_process::{Mesh, ProcessConfig};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;

const COUNT: u32 = 10_000;
const STEPS: u32 = 10;

/// A receiver on its way from stop to stop; at each some numbers are taken out of it, which must follow one another.
#[derive(MeshPayload)]
pub(crate) struct Journey {
    numbers: Receiver<u32>,
    next: u32,
    /// Where it goes from here, the last stop first, and to which number it stays at this one.
    stops: Vec<(Stop, u32)>,
}

#[derive(MeshPayload)]
enum Stop {
    Child(Sender<Request>),
    Home(Sender<Journey>),
}

/// How the test and the processes two generations below tell each other where they are.
#[derive(MeshPayload)]
pub(crate) struct Signals {
    /// Written to by the parent: the routes are direct.
    ready: OwnedFd,
    /// Read by a child: the parent is stopped.
    go: OwnedFd,
    /// Written to by the child: so many numbers have come back.
    done: OwnedFd,
    /// Read by the parent: it may let its children go.
    over: OwnedFd,
}

#[derive(MeshPayload)]
pub(crate) struct Exchange {
    to: Sender<u32>,
    from: Receiver<u32>,
    go: OwnedFd,
    done: OwnedFd,
}

impl Journey {
    /// On a thread, since the numbers come in their own time.
    pub(crate) fn go_on(mut self) {
        std::thread::spawn(move || {
            let Some((stop, until)) = self.stops.pop() else {
                return;
            };
            while self.next < until {
                assert_eq!(block_on(self.numbers.recv()), Ok(self.next));
                self.next += 1;
            }
            match stop {
                Stop::Child(child) => child.send(Request::Visit(self)),
                Stop::Home(home) => home.send(self),
            }
        });
    }
}

impl Exchange {
    pub(crate) fn start(mut self) {
        std::thread::spawn(move || {
            let (mut go, mut done) = (File::from(self.go), File::from(self.done));
            let mut byte = [0];
            go.read_exact(&mut byte).unwrap();
            for number in 0..COUNT {
                self.to.send(number);
                assert_eq!(block_on(self.from.recv()), Ok(number));
            }
            done.write_all(&byte).unwrap();
        });
    }
}

pub(crate) fn echo(mut from: Receiver<u32>, to: Sender<u32>) {
    std::thread::spawn(move || {
        while let Ok(number) = block_on(from.recv()) {
            to.send(number);
        }
    });
}

/// Links and proxies of this process.
pub(crate) async fn here() -> (usize, usize) {
    use mesh_process::PortState;
    let mesh = Mesh::of_this_host().unwrap();
    mesh.settled().await;
    let node = mesh.inspect().node;
    let proxies = node
        .ports
        .iter()
        .filter(|port| matches!(port.state, PortState::Proxy | PortState::StuckProxy));
    let links = node.links.iter().filter(|link| link.up);
    (links.count(), proxies.count())
}

/// What the process in the middle does.
pub(crate) async fn parent(signals: Signals) {
    let mesh = Mesh::of_this_host().unwrap();
    let children = ["a", "b"].map(|name| {
        let (tx, rx) = mesh::channel();
        let launch = mesh.launch_host(ProcessConfig::new(name), Role::Serve(rx));
        (block_on(launch).unwrap(), tx)
    });
    let [(_, a), (_, b)] = &children;
    travel(a, b).await;
    let ((ping, pings), (pong, pongs)) = (mesh::channel(), mesh::channel());
    b.send(Request::Echo(pings, pong));
    a.send(Request::Exchange(Exchange {
        to: ping,
        from: pongs,
        go: signals.go,
        done: signals.done,
    }));
    until_direct(a, b).await;
    File::from(signals.ready).write_all(&[1]).unwrap();
    File::from(signals.over).read_exact(&mut [0]).unwrap();
    for (handle, tx) in children {
        drop(tx);
        handle.wait().await.unwrap();
    }
}

/// Returns when nothing between the children goes by way of this process any more.
///
/// What one process does can occupy another again, so all of them have to be found at rest as many times in a row as there are.
async fn until_direct(a: &Sender<Request>, b: &Sender<Request>) {
    let mut at_rest = 0;
    while at_rest < 3 {
        let (_, proxies) = here().await;
        let mut is_direct = proxies == 0;
        for child in [a, b] {
            // Of its two links, one leads to this process, and one to the other child.
            is_direct &= child.call(Request::Routes, ()).await.unwrap() == (2, 0);
        }
        at_rest = if is_direct { at_rest + 1 } else { 0 };
    }
}

/// A receiver goes to the one child, the other and home, several times, while another thread sends.
async fn travel(a: &Sender<Request>, b: &Sender<Request>) {
    let (tx, numbers) = mesh::channel();
    let (home, mut arrivals) = mesh::channel();
    let sender = std::thread::spawn(move || (0..COUNT).for_each(|number| tx.send(number)));
    let mut journey = Journey {
        numbers,
        next: 0,
        stops: Vec::new(),
    };
    for step in 0..STEPS {
        let until = |part| (step * 3 + part) * COUNT / (3 * STEPS);
        journey.stops = vec![
            (Stop::Home(home.clone()), until(3)),
            (Stop::Child(b.clone()), until(2)),
        ];
        a.send(Request::Visit(journey));
        journey = arrivals.recv().await.unwrap();
        while journey.next < until(3) {
            assert_eq!(journey.numbers.recv().await, Ok(journey.next));
            journey.next += 1;
        }
    }
    assert_eq!(journey.next, COUNT);
    assert_eq!(journey.numbers.recv().await, Err(mesh::RecvError::Closed));
    sender.join().unwrap();
}

pub(crate) fn an_endpoint_travels_on_in_order_and_the_children_need_no_parent() {
    let mesh = new_mesh();
    let pipe = || rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
    let ((is_ready, ready), (go, say_go), (is_done, done)) = (pipe(), pipe(), pipe());
    let (over, say_over) = pipe();
    let signals = Signals {
        ready,
        go,
        done,
        over,
    };
    let role = Role::Parent(signals);
    let parent = block_on(mesh.launch_host(ProcessConfig::new("parent"), role)).unwrap();
    let mut byte = [0];
    File::from(is_ready).read_exact(&mut byte).unwrap();
    let pid = Pid::from_raw(i32::try_from(parent.pid()).unwrap()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    let stopped = WaitIdOptions::STOPPED;
    let status = waitid(WaitId::Pid(pid), stopped).unwrap().unwrap();
    assert!(status.stopped());
    File::from(say_go).write_all(&byte).unwrap();
    File::from(is_done).read_exact(&mut byte).unwrap();
    // All the while nobody has let it go on.
    let continued = WaitIdOptions::CONTINUED | WaitIdOptions::NOHANG;
    assert!(waitid(WaitId::Pid(pid), continued).unwrap().is_none());
    kill_process(pid, Signal::CONT).unwrap();
    File::from(say_over).write_all(&byte).unwrap();
    assert!(block_on(parent.wait()).unwrap().success());
}
