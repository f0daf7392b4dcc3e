//! Request and response between two plain threads that block: no executor on either side.
//!
//! The request is a `u64` and a `u32` with a fresh reply channel, the answer a `u64`. Who is ahead on two cores is who looks for
//! a while before sleeping; on one core, who sleeps and wakes with the least ado.

use std::hint::black_box;
use std::thread;
use std::time::Instant;

use mesh_channel::rpc::{Rpc, RpcSend as _};

use super::endpoint::{Blocking, OnceBlocking};
use super::mesh::{Mesh, MeshOnce};
#[cfg(feature = "peers")]
use super::peers::{Crossbeam, Flume, Kanal, OneshotSync, Std, Tokio, TokioOnce};
use super::start_line::StartLine;
use crate::harness::cores::Placement;
use crate::harness::scenario::{Group, Owner, Scenario, Unit};

struct Request<R> {
    number: u64,
    flags: u32,
    reply: R,
}

pub(super) fn scenarios() -> Vec<Scenario> {
    [Placement::SameCore, Placement::TwoCores]
        .map(|placement| {
            let mut scenario = Scenario::new(
                Group::Channels,
                format!("request/blocking/{}", placement.word()),
                format!(
                    "a request with a fresh reply channel, answered; two threads that block, {}",
                    placement.word().replace('-', " ")
                ),
                Unit::Nanoseconds,
            );
            called_row(&mut scenario, placement);
            row::<Mesh, MeshOnce>(&mut scenario, placement);
            #[cfg(feature = "peers")]
            {
                row::<Kanal, OneshotSync>(&mut scenario, placement);
                row::<Flume, OneshotSync>(&mut scenario, placement);
                row::<Crossbeam, OneshotSync>(&mut scenario, placement);
                row::<Std, OneshotSync>(&mut scenario, placement);
                row::<Tokio, TokioOnce>(&mut scenario, placement);
            }
            scenario
        })
        .into()
}

fn answer(number: u64, flags: u32) -> u64 {
    number.wrapping_add(u64::from(flags))
}

/// mesh's own way: `blocking_call`, and `handle_sync`.
fn called_row(scenario: &mut Scenario, placement: Placement) {
    scenario.timed("mesh call", Owner::Mesh, move || {
        move |operations| {
            let (client, mut server) = mesh_channel::channel::<Rpc<(u64, u32), u64>>();
            let call = move |number| client.blocking_call(|rpc| rpc, (number, 7)).ok();
            let serve = move || {
                while let Ok(rpc) = server.blocking_recv() {
                    rpc.handle_sync(|(number, flags)| answer(number, flags));
                }
            };
            run(operations, placement, call, serve)
        }
    });
}

fn row<C: Blocking, O: OnceBlocking>(scenario: &mut Scenario, placement: Placement) {
    let name = if C::NAME == O::NAME {
        C::NAME.to_owned()
    } else {
        format!("{} + {}", C::NAME, O::NAME)
    };
    scenario.timed(name, C::OWNER, move || {
        move |operations| {
            let (client, mut server) = C::channel::<Request<O::Sender<u64>>>();
            let call = move |number| {
                let (reply, answer) = O::once();
                let flags = 7;
                C::send(
                    &client,
                    Request {
                        number,
                        flags,
                        reply,
                    },
                );
                O::wait(answer)
            };
            let serve = move || {
                while let Some(request) = C::wait(&mut server) {
                    O::send(request.reply, answer(request.number, request.flags));
                }
            };
            run(operations, placement, call, serve)
        }
    });
}

/// The clock runs in the thread that calls. What calls is dropped with its thread, which ends the one that serves.
fn run(
    operations: u64,
    placement: Placement,
    call: impl Fn(u64) -> Option<u64> + Send,
    serve: impl FnOnce() + Send,
) -> std::time::Duration {
    let line = StartLine::new(2);
    let line = &line;
    thread::scope(|scope| {
        scope.spawn(move || {
            placement.pin_second();
            line.wait();
            serve();
        });
        let client = scope.spawn(move || {
            placement.pin_first();
            line.wait();
            let start = Instant::now();
            for number in 0..operations {
                black_box(call(black_box(number)));
            }
            start.elapsed()
        });
        client.join().expect("the client does not panic")
    })
}
