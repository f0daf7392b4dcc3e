//! Request and response: a request with a fresh reply channel in it, and the answer on that.
//!
//! The request is a `u64` and a `u32`, the answer a `u64`. A peer is a pair: a channel for requests and a oneshot for the
//! answer, since that is how its users do it. The scenarios: *ready* has client and server in one thread, each step done
//! when it can be, so nothing ever waits; *tasks* has two tasks on one executor, which wait for each other; *threads*
//! has two threads, with an executor on each; *workers* has two tasks on tokio's multi-thread runtime with two workers.

use std::future::Future;
use std::hint::black_box;
use std::marker::PhantomData;
use std::thread;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::executor::block_on;
use mesh_channel::rpc::{Rpc, RpcSend as _};
use mesh_channel::{Receiver, Sender};
use tokio::runtime;

use super::endpoint::{Awaited, Once};
use super::mesh::{Mesh, MeshOnce};
#[cfg(feature = "peers")]
use super::peers::{
    AsyncChannel, Flume, Futures, FuturesOnce, Kanal, OneshotAsync, Tokio, TokioOnce,
};
use super::start_line::StartLine;
use crate::harness::cores::Placement;
use crate::harness::scenario::{Group, Owner, Scenario, Unit, time};

/// A client and a server that answers it.
trait Service: 'static {
    type Client: Send + 'static;
    type Server: Send + 'static;

    fn name() -> String;
    fn owner() -> Owner;
    fn service() -> (Self::Client, Self::Server);

    /// Sends the request at once; the future resolves to the answer.
    fn call(
        client: &Self::Client,
        number: u64,
        flags: u32,
    ) -> impl Future<Output = Option<u64>> + Send + 'static;

    /// Answers the next request; false when no client is left.
    fn serve(server: &mut Self::Server) -> impl Future<Output = bool> + Send;
}

/// Requests on one kind of channel, answers on another.
struct Pair<C, O>(PhantomData<(C, O)>);

struct Request<R> {
    number: u64,
    flags: u32,
    reply: R,
}

impl<C: Awaited, O: Once> Service for Pair<C, O> {
    type Client = C::Sender<Request<O::Sender<u64>>>;
    type Server = C::Receiver<Request<O::Sender<u64>>>;

    fn name() -> String {
        if C::NAME == O::NAME {
            C::NAME.to_owned()
        } else {
            format!("{} + {}", C::NAME, O::NAME)
        }
    }

    fn owner() -> Owner {
        C::OWNER
    }

    fn service() -> (Self::Client, Self::Server) {
        C::channel()
    }

    fn call(
        client: &Self::Client,
        number: u64,
        flags: u32,
    ) -> impl Future<Output = Option<u64>> + Send + 'static {
        let (reply, answer) = O::once();
        C::send(
            client,
            Request {
                number,
                flags,
                reply,
            },
        );
        O::value(answer)
    }

    async fn serve(server: &mut Self::Server) -> bool {
        let Some(request) = C::next(server).await else {
            return false;
        };
        O::send(request.reply, answer(request.number, request.flags));
        true
    }
}

/// mesh's own way: `Rpc` in an enum of requests, `call`, and `handle_sync`.
struct Called;

enum Call {
    Add(Rpc<(u64, u32), u64>),
}

impl Service for Called {
    type Client = Sender<Call>;
    type Server = Receiver<Call>;

    fn name() -> String {
        "mesh call".to_owned()
    }

    fn owner() -> Owner {
        Owner::Mesh
    }

    fn service() -> (Self::Client, Self::Server) {
        mesh_channel::channel()
    }

    fn call(
        client: &Self::Client,
        number: u64,
        flags: u32,
    ) -> impl Future<Output = Option<u64>> + Send + 'static {
        let answer = client.call(Call::Add, (number, flags));
        async { answer.await.ok() }
    }

    async fn serve(server: &mut Self::Server) -> bool {
        let Ok(Call::Add(rpc)) = server.recv().await else {
            return false;
        };
        rpc.handle_sync(|(number, flags)| answer(number, flags));
        true
    }
}

fn answer(number: u64, flags: u32) -> u64 {
    number.wrapping_add(u64::from(flags))
}

macro_rules! every_service {
    ($row:ident, $($argument:expr),+) => {
        $row::<Called>($($argument),+);
        $row::<Pair<Mesh, MeshOnce>>($($argument),+);
        #[cfg(feature = "peers")]
        {
            $row::<Pair<Kanal, OneshotAsync>>($($argument),+);
            $row::<Pair<Flume, OneshotAsync>>($($argument),+);
            $row::<Pair<AsyncChannel, OneshotAsync>>($($argument),+);
            $row::<Pair<Tokio, TokioOnce>>($($argument),+);
            $row::<Pair<Futures, FuturesOnce>>($($argument),+);
        }
    };
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let scenario = |name: &str, about: &str| {
        Scenario::new(
            Group::Channels,
            format!("request/{name}"),
            format!("a request with a fresh reply channel, answered; {about}"),
            Unit::Nanoseconds,
        )
    };
    let mut ready = scenario("ready", "one thread, nothing waits").countable();
    every_service!(ready_row, &mut ready);
    let mut scenarios = vec![ready];
    for runner in [Runner::Futures, Runner::Tokio] {
        let mut tasks = scenario(
            &format!("tasks/{}", runner.word()),
            &format!("two tasks in one thread, {}", runner.words()),
        )
        .countable();
        every_service!(tasks_row, &mut tasks, runner);
        scenarios.push(tasks);
    }
    for runner in [Runner::Futures, Runner::Tokio] {
        for placement in [Placement::SameCore, Placement::TwoCores] {
            let mut threads = scenario(
                &format!("threads/{}/{}", placement.word(), runner.word()),
                &format!(
                    "two threads, {}, {}",
                    placement.word().replace('-', " "),
                    runner.words()
                ),
            );
            every_service!(threads_row, &mut threads, runner, placement);
            scenarios.push(threads);
        }
    }
    let mut workers = scenario("workers/tokio", "two tasks on tokio's multi-thread runtime");
    every_service!(workers_row, &mut workers);
    scenarios.push(workers);
    scenarios
}

/// What drives a future in a thread of its own.
#[derive(Clone, Copy, Debug)]
enum Runner {
    Futures,
    Tokio,
}

impl Runner {
    fn word(self) -> &'static str {
        match self {
            Self::Futures => "futures",
            Self::Tokio => "tokio",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Futures => "futures::executor",
            Self::Tokio => "tokio's current-thread runtime",
        }
    }

    fn block_on<F: Future>(self, future: F) -> F::Output {
        match self {
            Self::Futures => block_on(future),
            Self::Tokio => runtime::Builder::new_current_thread()
                .build()
                .expect("a runtime without drivers needs nothing")
                .block_on(future),
        }
    }
}

fn ready_row<S: Service>(scenario: &mut Scenario) {
    scenario.timed(S::name(), S::owner(), || {
        let (client, mut server) = S::service();
        move |operations| {
            let mut number = 0;
            time(operations, || {
                number += 1;
                let call = S::call(&client, black_box(number), 7);
                black_box(S::serve(&mut server).now_or_never());
                call.now_or_never()
            })
        }
    });
}

async fn client<S: Service>(client: S::Client, operations: u64) -> Duration {
    let start = Instant::now();
    for number in 0..operations {
        black_box(S::call(&client, black_box(number), 7).await);
    }
    start.elapsed()
}

async fn server<S: Service>(mut server: S::Server) {
    while S::serve(&mut server).await {}
}

fn tasks_row<S: Service>(scenario: &mut Scenario, runner: Runner) {
    scenario.timed(S::name(), S::owner(), move || {
        move |operations| {
            let (sender, receiver) = S::service();
            match runner {
                Runner::Futures => {
                    use futures::task::LocalSpawnExt as _;
                    let mut pool = futures::executor::LocalPool::new();
                    pool.spawner()
                        .spawn_local(server::<S>(receiver))
                        .expect("the pool is there");
                    pool.run_until(client::<S>(sender, operations))
                }
                Runner::Tokio => runner.block_on(async move {
                    tokio::spawn(server::<S>(receiver));
                    client::<S>(sender, operations).await
                }),
            }
        }
    });
}

fn threads_row<S: Service>(scenario: &mut Scenario, runner: Runner, placement: Placement) {
    scenario.timed(S::name(), S::owner(), move || {
        move |operations| {
            let (sender, receiver) = S::service();
            let line = StartLine::new(2);
            let line = &line;
            thread::scope(|scope| {
                scope.spawn(move || {
                    placement.pin_second();
                    line.wait();
                    runner.block_on(server::<S>(receiver));
                });
                let client = scope.spawn(move || {
                    placement.pin_first();
                    line.wait();
                    runner.block_on(client::<S>(sender, operations))
                });
                client.join().expect("the client does not panic")
            })
        }
    });
}

fn workers_row<S: Service>(scenario: &mut Scenario) {
    scenario.timed(S::name(), S::owner(), || {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .expect("two threads can be had");
        move |operations| {
            let (sender, receiver) = S::service();
            runtime.block_on(async move {
                tokio::spawn(server::<S>(receiver));
                tokio::spawn(client::<S>(sender, operations))
                    .await
                    .expect("the client does not panic")
            })
        }
    });
}
