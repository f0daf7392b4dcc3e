//! Workers from launch to end, through the public API.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use futures::executor::block_on;
use mesh::MeshPayload;
use mesh::error::RemoteError;
use mesh::rpc::{Rpc, RpcSend};
use mesh_worker::{
    InspectError, LaunchError, RestartError, Worker, WorkerEvent, WorkerHandle, WorkerHost,
    WorkerId, WorkerRpc, launch_local_worker, worker_host, worker_list,
};
use serde::Serialize;
use std::error::Error;

/// A counter that misbehaves when it is told to.
struct Counter(CounterState);

#[derive(MeshPayload)]
struct CounterState {
    requests: mesh::Receiver<Request>,
    total: u64,
    mood: Mood,
}

#[derive(MeshPayload)]
enum Request {
    Add(Rpc<u64, u64>),
    Be(Rpc<Mood, ()>),
}

#[derive(MeshPayload, Clone, Copy, PartialEq, Debug)]
enum Mood {
    Good,
    /// Fails in its constructor, or in the one after the next restart.
    FailInNew,
    PanicInNew,
    FailNow,
    PanicNow,
    RefuseRestart,
    EndAtRestart,
    IgnoreInspect,
}

#[derive(Serialize)]
struct Shown<'a> {
    total: u64,
    tags: &'a [&'a str],
}

impl Counter {
    fn make(state: CounterState) -> anyhow::Result<Self> {
        match state.mood {
            Mood::FailInNew => Err(anyhow::anyhow!("in a bad mood").context("making a counter")),
            Mood::PanicInNew => panic!("as told"),
            _ => Ok(Self(state)),
        }
    }

    /// True if the worker goes on.
    fn serve(&mut self, request: Request) -> anyhow::Result<()> {
        match request {
            Request::Add(rpc) => rpc.handle_sync(|n| {
                self.0.total += n;
                self.0.total
            }),
            Request::Be(rpc) => {
                let (mood, rpc) = rpc.split();
                self.0.mood = mood;
                rpc.complete(());
                anyhow::ensure!(mood != Mood::FailNow, "failed as told");
                assert_ne!(mood, Mood::PanicNow, "panicked as told");
            }
        }
        Ok(())
    }
}

impl Worker for Counter {
    type Parameters = CounterState;
    type State = CounterState;
    const ID: WorkerId<CounterState> = WorkerId::new("counter");

    fn new(parameters: CounterState) -> anyhow::Result<Self> {
        Self::make(parameters)
    }

    fn restart(state: CounterState) -> anyhow::Result<Self> {
        Self::make(state)
    }

    fn run(mut self, mut recv: mesh::Receiver<WorkerRpc<CounterState>>) -> anyhow::Result<()> {
        block_on(async {
            loop {
                futures::select! {
                    request = self.0.requests.recv() => match request {
                        Ok(request) => self.serve(request)?,
                        Err(_) => return Ok(()),
                    },
                    rpc = recv.recv() => match (rpc, self.0.mood) {
                        (Err(_) | Ok(WorkerRpc::Stop), _) => return Ok(()),
                        (Ok(WorkerRpc::Inspect(inspect)), Mood::IgnoreInspect) => drop(inspect),
                        (Ok(WorkerRpc::Inspect(inspect)), _) => inspect.respond(&Shown {
                            total: self.0.total,
                            tags: &["a", "b"],
                        }),
                        (Ok(WorkerRpc::Restart(rpc)), Mood::RefuseRestart) => rpc.fail("not now"),
                        (Ok(WorkerRpc::Restart(_)), Mood::EndAtRestart) => return Ok(()),
                        (Ok(WorkerRpc::Restart(rpc)), _) => {
                            rpc.complete(Ok(self.0));
                            return Ok(());
                        }
                    },
                }
            }
        })
    }
}

worker_list! {
    /// What the tests' hosts know.
    struct Known { Counter }
}

worker_list! {
    /// A host that knows nothing.
    struct Nothing {}
}

/// A host with its runner on a thread; joined when dropped, so that nothing outlives a test.
struct Hosted {
    host: Option<WorkerHost>,
    runner: Option<std::thread::JoinHandle<()>>,
}

impl Hosted {
    fn new(factory: impl mesh_worker::WorkerFactory + Send + 'static) -> Self {
        let (host, runner) = worker_host();
        let runner = std::thread::spawn(move || block_on(runner.run(factory)));
        Self {
            host: Some(host),
            runner: Some(runner),
        }
    }
}

impl std::ops::Deref for Hosted {
    type Target = WorkerHost;

    fn deref(&self) -> &WorkerHost {
        self.host.as_ref().unwrap()
    }
}

impl Drop for Hosted {
    fn drop(&mut self) {
        self.host = None;
        self.runner.take().unwrap().join().unwrap();
    }
}

fn counter(mood: Mood) -> (mesh::Sender<Request>, CounterState) {
    let (tx, requests) = mesh::channel();
    let state = CounterState {
        requests,
        total: 0,
        mood,
    };
    (tx, state)
}

async fn launch(host: &WorkerHost) -> (mesh::Sender<Request>, WorkerHandle) {
    let (tx, state) = counter(Mood::Good);
    (tx, host.launch_worker(Counter::ID, state).await.unwrap())
}

/// The error and its sources, as one text.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

#[test]
fn a_worker_serves_until_it_is_stopped() {
    let host = Hosted::new(Known);
    block_on(async {
        let (tx, mut handle) = launch(&host).await;
        assert_eq!(handle.name(), "counter");
        assert_eq!(tx.call(Request::Add, 3).await.unwrap(), 3);
        handle.stop();
        assert!(matches!(
            handle.next_event().await,
            Some(WorkerEvent::Stopped)
        ));
        assert!(handle.next_event().await.is_none());
        assert!(tx.call(Request::Add, 3).await.is_err());
    });
}

#[test]
fn a_started_worker_tells_by_its_events_that_it_runs() {
    let host = Hosted::new(Known);
    let (tx, state) = counter(Mood::Good);
    let mut handle = host.start_worker(Counter::ID, state);
    assert!(matches!(
        block_on(handle.next_event()),
        Some(WorkerEvent::Started)
    ));
    drop(tx);
    block_on(handle.join()).unwrap();
}

#[test]
fn an_unknown_worker_is_refused_by_name() {
    let host = Hosted::new(Nothing);
    let launched = block_on(host.launch_worker(Counter::ID, counter(Mood::Good).1));
    assert!(matches!(launched, Err(LaunchError::UnknownWorker(name)) if name == "counter"));
    let mut handle = host.start_worker(Counter::ID, counter(Mood::Good).1);
    let Some(WorkerEvent::Failed(error)) = block_on(handle.next_event()) else {
        panic!("a worker that nobody knows has started");
    };
    assert_eq!(
        error.to_string(),
        "the host knows no worker named \"counter\""
    );
}

#[test]
fn a_host_without_a_runner_refuses() {
    let (host, runner) = worker_host();
    drop(runner);
    let launched = block_on(host.launch_worker(Counter::ID, counter(Mood::Good).1));
    assert!(matches!(launched, Err(LaunchError::HostGone(_))));
    let mut handle = host.start_worker(Counter::ID, counter(Mood::Good).1);
    assert!(matches!(
        block_on(handle.next_event()),
        Some(WorkerEvent::Failed(_))
    ));
}

#[test]
fn a_constructor_that_fails_or_panics_fails_the_launch_with_its_error() {
    let host = Hosted::new(Known);
    for (mood, expected) in [
        (
            Mood::FailInNew,
            "the worker did not start: making a counter: in a bad mood",
        ),
        (
            Mood::PanicInNew,
            "the worker did not start: the worker panicked: as told",
        ),
    ] {
        let launched = block_on(host.launch_worker(Counter::ID, counter(mood).1));
        assert_eq!(chain(&launched.unwrap_err()), expected);
    }
}

#[test]
fn a_worker_that_fails_or_panics_is_reported_with_its_message() {
    let host = Hosted::new(Known);
    for (mood, expected) in [
        (Mood::FailNow, "failed as told"),
        (Mood::PanicNow, "panicked as told"),
    ] {
        block_on(async {
            let (tx, handle) = launch(&host).await;
            tx.call(Request::Be, mood).await.unwrap();
            let error = handle.join().await.unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        });
    }
}

#[test]
fn dropping_the_handle_stops_the_worker() {
    let host = Hosted::new(Known);
    let (tx, handle) = block_on(launch(&host));
    drop(handle);
    block_on(tx.closed());
}

#[test]
fn dropping_the_runner_stops_the_worker() {
    let (host, runner) = worker_host();
    let mut runner = Box::pin(runner.run(Known));
    let (tx, state) = counter(Mood::Good);
    let mut handle = host.start_worker(Counter::ID, state);
    block_on(async {
        let event = {
            let event = std::pin::pin!(handle.next_event());
            match futures::future::select(event, &mut runner).await {
                futures::future::Either::Left((event, _)) => event,
                futures::future::Either::Right(_) => panic!("the runner has ended"),
            }
        };
        assert!(matches!(event, Some(WorkerEvent::Started)));
        drop(runner);
        tx.closed().await;
        assert!(matches!(
            handle.next_event().await,
            Some(WorkerEvent::Failed(_))
        ));
    });
}

#[test]
fn inspection_shows_the_part_that_is_asked_for() {
    let host = Hosted::new(Known);
    block_on(async {
        let (tx, handle) = launch(&host).await;
        tx.call(Request::Add, 5).await.unwrap();
        let all = handle.inspect("").await.unwrap();
        assert_eq!(all.to_string(), r#"{"tags":["a","b"],"total":5}"#);
        assert_eq!(handle.inspect("tags/1").await.unwrap(), "b");
        let error = handle.inspect("tags/2").await.unwrap_err();
        assert_eq!(
            chain(&error),
            "the state cannot be shown: there is no \"2\" in \"tags/2\""
        );
        tx.call(Request::Be, Mood::IgnoreInspect).await.unwrap();
        let error = handle.inspect("").await.unwrap_err();
        assert!(matches!(error, InspectError::NotAnswered(_)));
    });
}

#[test]
fn a_restart_keeps_the_state_and_the_requests() {
    let (first, second) = (Hosted::new(Known), Hosted::new(Known));
    block_on(async {
        let (tx, mut handle) = launch(&first).await;
        tx.call(Request::Add, 5).await.unwrap();
        for host in [&second, &first, &first] {
            let pending = tx.call(Request::Add, 1);
            handle.restart(host).await.unwrap();
            pending.await.unwrap();
        }
        assert_eq!(tx.call(Request::Add, 0).await.unwrap(), 8);
        handle.stop();
        handle.join().await.unwrap();
    });
}

#[test]
fn a_restart_that_the_new_host_refuses_leaves_the_worker_as_it_was() {
    let (host, empty) = (Hosted::new(Known), Hosted::new(Nothing));
    let (unserved, runner) = worker_host();
    drop(runner);
    block_on(async {
        let (tx, mut handle) = launch(&host).await;
        let error = handle.restart(&empty).await.unwrap_err();
        assert!(matches!(
            error,
            RestartError::NotLaunched(LaunchError::UnknownWorker(_))
        ));
        let error = handle.restart(&unserved).await.unwrap_err();
        assert!(matches!(
            error,
            RestartError::NotLaunched(LaunchError::HostGone(_))
        ));
        assert_eq!(tx.call(Request::Add, 2).await.unwrap(), 2);
        handle.restart(&host).await.unwrap();
        assert_eq!(tx.call(Request::Add, 2).await.unwrap(), 4);
        handle.stop();
        handle.join().await.unwrap();
    });
}

#[test]
fn a_worker_that_refuses_to_be_restarted_runs_on() {
    let host = Hosted::new(Known);
    block_on(async {
        let (tx, mut handle) = launch(&host).await;
        tx.call(Request::Be, Mood::RefuseRestart).await.unwrap();
        let error = handle.restart(&host).await.unwrap_err();
        assert!(matches!(&error, RestartError::Refused(cause) if cause.to_string() == "not now"));
        assert_eq!(tx.call(Request::Add, 2).await.unwrap(), 2);
        tx.call(Request::Be, Mood::Good).await.unwrap();
        handle.restart(&host).await.unwrap();
        assert_eq!(tx.call(Request::Add, 2).await.unwrap(), 4);
    });
}

#[test]
fn a_worker_that_ends_instead_of_giving_its_state_is_reported() {
    let host = Hosted::new(Known);
    block_on(async {
        let (tx, mut handle) = launch(&host).await;
        tx.call(Request::Be, Mood::EndAtRestart).await.unwrap();
        let error = handle.restart(&host).await.unwrap_err();
        assert!(matches!(error, RestartError::Ended));
        assert!(matches!(
            handle.next_event().await,
            Some(WorkerEvent::Stopped)
        ));
        let error = handle.restart(&host).await.unwrap_err();
        assert!(matches!(error, RestartError::Ended));
    });
}

#[test]
fn a_new_instance_that_fails_with_the_state_is_failed_with_its_cause() {
    let host = Hosted::new(Known);
    for (mood, cause) in [
        (Mood::FailInNew, "making a counter: in a bad mood"),
        (Mood::PanicInNew, "the worker panicked: as told"),
    ] {
        block_on(async {
            let (tx, mut handle) = launch(&host).await;
            tx.call(Request::Be, mood).await.unwrap();
            let error = handle.restart(&host).await.unwrap_err();
            let expected = format!("the worker failed after it had taken the state: {cause}");
            assert_eq!(chain(&error), expected);
            assert!(handle.next_event().await.is_none());
            tx.closed().await;
        });
    }
}

#[test]
fn a_restart_whose_future_is_dropped_goes_on_by_itself() {
    let host = Hosted::new(Known);
    block_on(async {
        let (tx, mut handle) = launch(&host).await;
        tx.call(Request::Add, 5).await.unwrap();
        for polls in 1..6 {
            let mut restart = Box::pin(handle.restart(&host));
            for _ in 0..polls {
                if futures::poll!(restart.as_mut()).is_ready() {
                    break;
                }
                std::thread::yield_now();
            }
            drop(restart);
            assert_eq!(tx.call(Request::Add, 1).await.unwrap(), 5 + polls);
        }
        handle.restart(&host).await.unwrap();
        assert_eq!(handle.inspect("total").await.unwrap(), 10);
        handle.stop();
        handle.join().await.unwrap();
    });
}

#[test]
fn restarts_under_load_answer_every_request_exactly_once() {
    const CLIENTS: u64 = 4;
    const EACH: u64 = 500;
    let (first, second) = (Hosted::new(Known), Hosted::new(Known));
    let (tx, mut handle) = block_on(launch(&first));
    let mut totals: Vec<u64> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let tx = tx.clone();
                scope.spawn(move || -> Vec<u64> {
                    let mut answers = Vec::new();
                    for _ in 0..EACH {
                        answers.push(block_on(tx.call(Request::Add, 1)).unwrap());
                    }
                    answers
                })
            })
            .collect();
        for host in [&second, &first].into_iter().cycle().take(50) {
            block_on(handle.restart(host)).unwrap();
        }
        clients
            .into_iter()
            .flat_map(|client| client.join().unwrap())
            .collect()
    });
    // Each answer is the total after one addition, so each total is answered once.
    totals.sort_unstable();
    assert_eq!(totals, (1..=CLIENTS * EACH).collect::<Vec<_>>());
    handle.stop();
    block_on(handle.join()).unwrap();
}

#[test]
fn either_half_of_a_host_can_travel() {
    fn travel<T: MeshPayload>(value: T) -> T {
        let message = mesh::OwnedMessage::new(value).serialize();
        mesh::OwnedMessage::serialized(message).parse().unwrap()
    }
    let (host, runner) = worker_host();
    let (host, runner) = (travel(host), travel(runner));
    let thread = std::thread::spawn(move || block_on(runner.run(Known)));
    block_on(async {
        let (tx, mut handle) = launch(&host).await;
        assert_eq!(tx.call(Request::Add, 5).await.unwrap(), 5);
        handle.restart(&host).await.unwrap();
        assert_eq!(handle.inspect("total").await.unwrap(), 5);
        tx.call(Request::Be, Mood::FailInNew).await.unwrap();
        let error = handle.restart(&host).await.unwrap_err();
        assert!(chain(&error).ends_with("making a counter: in a bad mood"));
    });
    drop(host);
    thread.join().unwrap();
}

#[test]
fn a_local_worker_needs_no_host_but_can_be_restarted_into_one() {
    let host = Hosted::new(Known);
    block_on(async {
        let (tx, state) = counter(Mood::Good);
        let mut handle = launch_local_worker::<Counter>(state).await.unwrap();
        assert_eq!(tx.call(Request::Add, 5).await.unwrap(), 5);
        handle.restart(&host).await.unwrap();
        assert_eq!(tx.call(Request::Add, 1).await.unwrap(), 6);
        handle.stop();
        handle.join().await.unwrap();

        let failed = launch_local_worker::<Counter>(counter(Mood::FailInNew).1).await;
        assert!(matches!(failed, Err(LaunchError::Failed(_))));
    });
}

#[test]
fn a_remote_error_is_an_error_that_can_be_returned_with_a_question_mark() {
    fn fails() -> anyhow::Result<()> {
        Err(RemoteError::new("no"))?
    }
    assert_eq!(fails().unwrap_err().to_string(), "no");
}
