//! The kill sweep: a process is killed at every step of its life, and everybody else goes on.
//!
//! Builds with `--cfg kill_points` have numbered points before and after each packet that a process writes or reads. A victim is
//! launched again and again, each time to die at the next number, until it gets through its life; then with its steps in
//! another order. Its life is joining, calls, an endpoint that it hands on, a descriptor that it hands back, talking directly to
//! another child, serving a worker that moves out of it and back, and leaving. `MESH_KILLS` says how many kills there are to be
//! (300), `MESH_KILL_FIRST` with which order to begin (0).
//!
//! After each kill: every call and every channel that involved the victim has come to an end, the bystander answers, this process
//! and the bystander have as many descriptors as before, and this one as many threads, children, ports, links and processes.
//!
//! In ordinary builds this does nothing.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may panic, and says how far it came"
)]

#[cfg(not(all(kill_points, target_os = "linux")))]
fn main() {
    println!("no kills: this build has no points to be killed at");
}

#[cfg(all(kill_points, target_os = "linux"))]
fn main() {
    sweep::main();
}

#[cfg(all(kill_points, target_os = "linux"))]
mod sweep {
    use futures::executor::block_on;
    use futures::{FutureExt, select_biased};
    use mesh::MeshPayload;
    use mesh::rpc::{Rpc, RpcSend};
    use mesh_process::{Mesh, ProcessConfig, try_run_mesh_host};
    use mesh_worker::{
        RegisteredWorkers, Worker, WorkerHost, WorkerHostRunner, WorkerId, WorkerRpc,
        register_workers, worker_host,
    };
    use std::fs::File;
    use std::os::fd::OwnedFd;
    use std::os::unix::process::ExitStatusExt;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    const MESH: &str = "kills";
    const NUMBERS: u64 = 20;
    const STEPS: usize = 5;

    /// What either child can be asked.
    #[derive(MeshPayload)]
    enum Request {
        Echo(Rpc<u64, u64>),
        /// Adds up what arrives.
        Sum(mesh::Receiver<u64>, mesh::OneshotSender<u64>),
        /// Hands the receiver on, to be added up there.
        PassOn(
            mesh::Receiver<u64>,
            mesh::OneshotSender<u64>,
            mesh::Sender<Request>,
        ),
        HandBack(Rpc<OwnedFd, OwnedFd>),
        /// Asks another so many times, and says how often it was answered.
        Ask(mesh::Sender<Request>, u64, mesh::OneshotSender<u64>),
        Serve(WorkerHostRunner),
        /// How many descriptors the process has.
        Count(Rpc<(), u64>),
    }

    async fn serve(mut requests: mesh::Receiver<Request>) {
        let mut served = futures::stream::FuturesUnordered::new();
        loop {
            let request = select_biased! {
                request = requests.recv().fuse() => request,
                () = futures::StreamExt::select_next_some(&mut served) => continue,
            };
            match request {
                Ok(request) => served.push(answer(request).boxed_local()),
                Err(_) => break,
            }
        }
        while let Some(()) = futures::StreamExt::next(&mut served).await {}
    }

    async fn answer(request: Request) {
        match request {
            Request::Echo(rpc) => rpc.handle_sync(|number| number),
            Request::Sum(mut numbers, total) => {
                let mut sum = 0;
                while let Ok(number) = numbers.recv().await {
                    sum += number;
                }
                total.send(sum);
            }
            Request::PassOn(numbers, total, to) => to.send(Request::Sum(numbers, total)),
            Request::HandBack(rpc) => rpc.handle_sync(|file| file),
            Request::Ask(other, times, answered) => {
                let mut count = 0;
                while count < times && other.call(Request::Echo, count).await.is_ok() {
                    count += 1;
                }
                answered.send(count);
            }
            Request::Serve(runner) => runner.run(RegisteredWorkers).await,
            Request::Count(rpc) => rpc.handle_sync(|()| entries("/proc/self/fd") as u64),
        }
    }

    /// A worker that counts its calls.
    struct Counter(mesh::Receiver<Rpc<(), u64>>, u64);

    #[derive(MeshPayload)]
    struct Counted {
        calls: mesh::Receiver<Rpc<(), u64>>,
        count: u64,
    }

    impl Worker for Counter {
        type Parameters = mesh::Receiver<Rpc<(), u64>>;
        type State = Counted;
        const ID: WorkerId<Self::Parameters> = WorkerId::new("counter");

        fn new(calls: Self::Parameters) -> anyhow::Result<Self> {
            Ok(Self(calls, 0))
        }

        fn restart(state: Counted) -> anyhow::Result<Self> {
            Ok(Self(state.calls, state.count))
        }

        fn run(mut self, mut recv: mesh::Receiver<WorkerRpc<Counted>>) -> anyhow::Result<()> {
            block_on(async {
                loop {
                    select_biased! {
                        rpc = recv.recv().fuse() => match rpc {
                            Err(_) | Ok(WorkerRpc::Stop) => return Ok(()),
                            Ok(WorkerRpc::Inspect(inspect)) => inspect.respond(&self.1),
                            Ok(WorkerRpc::Restart(rpc)) => {
                                rpc.complete(Ok(Counted { calls: self.0, count: self.1 }));
                                return Ok(());
                            }
                        },
                        call = self.0.recv().fuse() => match call {
                            Ok(call) => {
                                self.1 += 1;
                                call.complete(self.1);
                            }
                            Err(_) => return Ok(()),
                        },
                    }
                }
            })
        }
    }

    register_workers! { Counter }

    /// This process, and what is in it for good.
    struct Survivor {
        mesh: Mesh,
        bystander: mesh::Sender<Request>,
        home: WorkerHost,
    }

    pub(super) fn main() {
        try_run_mesh_host(MESH, serve).unwrap();
        let (run, runs) = mpsc::channel::<String>();
        // Whoever hangs is reported, and does not hang the machine that runs this.
        let watchdog = thread::spawn(move || {
            let mut last = String::from("the beginning");
            loop {
                match runs.recv_timeout(Duration::from_secs(120)) {
                    Ok(name) => last = name,
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                    Err(mpsc::RecvTimeoutError::Timeout) => {
                        println!("{last} hangs");
                        std::process::abort();
                    }
                }
            }
        });
        the_rest_goes_on_when_a_process_is_killed_at_any_step(&run);
        drop(run);
        watchdog.join().unwrap();
    }

    fn number(name: &str, default: usize) -> usize {
        let text = std::env::var(name).ok();
        text.map_or(default, |text| text.parse().unwrap())
    }

    fn the_rest_goes_on_when_a_process_is_killed_at_any_step(run: &mpsc::Sender<String>) {
        let wanted = number("MESH_KILLS", 300);
        let first = number("MESH_KILL_FIRST", 0);
        let mesh = Mesh::new(MESH).unwrap();
        let (bystander, requests) = mesh::channel();
        let launch = mesh.launch_host(ProcessConfig::new("bystander"), requests);
        let _bystander = block_on(launch).unwrap();
        let (home, runner) = worker_host();
        let runner = thread::spawn(|| block_on(runner.run(RegisteredWorkers)));
        let survivor = Survivor {
            mesh,
            bystander,
            home,
        };
        // Once without a kill, so that everything is there that is there only from the first use on.
        assert!(!survivor.live(0, first), "nobody was to be killed");
        let before = survivor.counts();
        let memory = resident();
        let (mut killed, mut order, mut at) = (0, first, 0);
        while killed < wanted {
            at += 1;
            run.send(format!("order {order}, kill {at}")).unwrap();
            if survivor.live(at, order) {
                killed += 1;
            } else {
                println!("order {order}: {} points", at - 1);
                assert!(at > 20, "a life has more steps than that");
                (order, at) = (order + 1, 0);
            }
            let echoed = block_on(survivor.bystander.call(Request::Echo, at as u64));
            assert_eq!(echoed.unwrap(), at as u64, "order {order}, kill {at}");
            while survivor.counts() != before {
                thread::yield_now();
            }
        }
        println!(
            "{killed} kills, and everybody else went on; {memory} KiB in memory before, {} KiB after",
            resident()
        );
        let Survivor {
            mesh,
            bystander,
            home,
        } = survivor;
        drop((bystander, home));
        runner.join().unwrap();
        block_on(mesh.shutdown());
        println!("1 passed, 0 failed");
    }

    impl Survivor {
        /// A victim's life, with its steps in some order, until it is killed at a number. Whether it was.
        fn live(&self, at: usize, order: usize) -> bool {
            let (victim, requests) = mesh::channel();
            let config = ProcessConfig::new("victim").env("MESH_KILL_AT", at.to_string());
            let Ok(child) = block_on(self.mesh.launch_host(config, requests)) else {
                return true;
            };
            let mut complete = true;
            for step in 0..STEPS {
                complete &= match (step + order) % STEPS {
                    0 => call(&victim),
                    1 => self.pass_on(&victim),
                    2 => hand_back(&victim),
                    3 => self.talk(&victim),
                    _ => self.work(&victim),
                };
            }
            drop(victim);
            let status = block_on(child.wait()).unwrap();
            assert!(
                status.success() || status.signal() == Some(9),
                "the victim ended by itself: {status}"
            );
            let killed = !status.success();
            assert!(
                complete || killed,
                "something was lost, and nobody was killed"
            );
            killed
        }

        /// An endpoint goes to the victim and on to the bystander, in use all the while. Whether all of it arrived.
        fn pass_on(&self, victim: &mesh::Sender<Request>) -> bool {
            let (tx, numbers) = mesh::channel();
            let (total, sum) = mesh::oneshot();
            tx.send(1);
            victim.send(Request::PassOn(numbers, total, self.bystander.clone()));
            (2..=NUMBERS).for_each(|number| tx.send(number));
            drop(tx);
            let Ok(sum) = block_on(sum) else {
                return false;
            };
            // What was under way through the victim may be lost with it, but nothing behind a loss arrives.
            let last = (0..=NUMBERS).find(|last| sum == last * (last + 1) / 2);
            assert!(last.is_some(), "{sum}");
            last == Some(NUMBERS)
        }

        /// The bystander talks to the victim directly, and tells when it is lost. Whether each question was answered.
        fn talk(&self, victim: &mesh::Sender<Request>) -> bool {
            let (done, answered) = mesh::oneshot();
            let ask = Request::Ask(victim.clone(), NUMBERS, done);
            self.bystander.send(ask);
            block_on(answered).unwrap() == NUMBERS
        }

        /// A worker is launched in the victim, moves here, and back. Whether each call was answered.
        fn work(&self, victim: &mesh::Sender<Request>) -> bool {
            let (host, runner) = worker_host();
            victim.send(Request::Serve(runner));
            let (calls, receiver) = mesh::channel();
            let Ok(mut handle) = block_on(host.launch_worker(Counter::ID, receiver)) else {
                return false;
            };
            let (mut made, mut answered, mut last) = (0, 0, 0);
            for place in [&self.home, &host] {
                let queued = calls.call(|rpc| rpc, ());
                // It may fail with the victim, and then the calls tell.
                let _ = block_on(handle.restart(place));
                for answer in [queued, calls.call(|rpc| rpc, ())] {
                    made += 1;
                    // An answer whose way is through the victim is lost with it, but no call counts twice.
                    if let Ok(count) = block_on(answer) {
                        assert!(last < count && count <= made, "call {made}: {count}");
                        (answered, last) = (answered + 1, count);
                    }
                }
            }
            drop(calls);
            handle.stop();
            let _ = block_on(handle.join());
            answered == made
        }

        /// Descriptors, threads, children, ports, links and processes known here, and descriptors of the bystander.
        fn counts(&self) -> [usize; 7] {
            let children =
                std::fs::read_to_string(format!("/proc/self/task/{}/children", std::process::id()));
            let known = self.mesh.inspect();
            [
                entries("/proc/self/fd"),
                entries("/proc/self/task"),
                children.unwrap().split_whitespace().count(),
                known.node.ports.len(),
                known.node.links.len(),
                known.processes.len(),
                block_on(self.bystander.call(Request::Count, ())).unwrap() as usize,
            ]
        }
    }

    /// Calls that are under way together. Whether each was answered.
    fn call(victim: &mesh::Sender<Request>) -> bool {
        let calls = (0..3).map(|number| victim.call(Request::Echo, number));
        let calls = calls.collect::<Vec<_>>();
        let answers = calls.into_iter().map(block_on).zip(0..);
        // Each is waited for.
        answers.fold(true, |complete, (answer, number)| {
            assert_eq!(answer.as_ref().unwrap_or(&number), &number);
            complete && answer.is_ok()
        })
    }

    /// A descriptor goes there and back. Whether it came back.
    fn hand_back(victim: &mesh::Sender<Request>) -> bool {
        let file = File::open("/dev/null").unwrap();
        let back = block_on(victim.call(Request::HandBack, file.into()));
        back.is_ok()
    }

    /// KiB of this process that are in memory, in kernels that say so.
    fn resident() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.map_or(0, |number| number.parse().unwrap())
    }

    fn entries(folder: &str) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }
}
