//! A `u64` to another thread and back over two channels, one at a time.
//!
//! On the same core every hop is a switch between two threads. On two cores a side that sleeps is woken through the
//! scheduler, which in a virtual machine can cost tens of microseconds; what spinning before sleeping saves shows here.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use futures::executor::block_on;

use super::endpoint::{Awaited, Blocking, Channel};
use super::roster::{every_awaited, every_blocking};
use super::start_line::StartLine;
use crate::harness::cores::Placement;
use crate::harness::scenario::{Group, Scenario, Unit};

pub(super) fn scenarios() -> Vec<Scenario> {
    [Placement::SameCore, Placement::TwoCores]
        .into_iter()
        .map(|placement| {
            let mut scenario = Scenario::new(
                Group::Channels,
                format!("ping-pong/{}", placement.word()),
                format!(
                    "a u64 to another thread and back, {}",
                    placement.word().replace('-', " ")
                ),
                Unit::Nanoseconds,
            );
            every_blocking!(blocking_row, &mut scenario, placement);
            every_awaited!(awaited_row, &mut scenario, placement);
            scenario
        })
        .collect()
}

fn blocking_row<C: Blocking>(scenario: &mut Scenario, placement: Placement) {
    scenario.timed(C::NAME, C::OWNER, move || {
        move |operations| {
            run::<C>(
                placement,
                |sender, mut receiver| {
                    for ball in 0..operations {
                        C::send(&sender, ball);
                        black_box(C::wait(&mut receiver));
                    }
                },
                |sender, mut receiver| {
                    while let Some(ball) = C::wait(&mut receiver) {
                        C::send(&sender, ball);
                    }
                },
            )
        }
    });
}

fn awaited_row<C: Awaited>(scenario: &mut Scenario, placement: Placement) {
    scenario.timed(format!("{} async", C::NAME), C::OWNER, move || {
        move |operations| {
            run::<C>(
                placement,
                |sender, mut receiver| {
                    block_on(async {
                        for ball in 0..operations {
                            C::send(&sender, ball);
                            black_box(C::next(&mut receiver).await);
                        }
                    });
                },
                |sender, mut receiver| {
                    block_on(async {
                        while let Some(ball) = C::next(&mut receiver).await {
                            C::send(&sender, ball);
                        }
                    });
                },
            )
        }
    });
}

fn run<C: Channel>(
    placement: Placement,
    serve: impl FnOnce(C::Sender<u64>, C::Receiver<u64>) + Send,
    reflect: impl FnOnce(C::Sender<u64>, C::Receiver<u64>) + Send,
) -> Duration {
    let (there, here) = (C::channel::<u64>(), C::channel::<u64>());
    let line = StartLine::new(2);
    let line = &line;
    thread::scope(|scope| {
        scope.spawn(move || {
            placement.pin_second();
            line.wait();
            reflect(here.0, there.1);
        });
        let server = scope.spawn(move || {
            placement.pin_first();
            line.wait();
            let start = Instant::now();
            serve(there.0, here.1);
            start.elapsed()
        });
        server.join().expect("the server does not panic")
    })
}
