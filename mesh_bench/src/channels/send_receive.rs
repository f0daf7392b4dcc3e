//! Sending a message and receiving it at once, in one thread: the bare cost of passing through the channel.
//!
//! Once with the call that takes a message without waiting, and once by polling the future that an executor would poll.

use std::hint::black_box;

use futures::FutureExt as _;

use super::endpoint::{Awaited, Channel};
use super::message::{Line, Message};
use super::roster::{every, every_awaited};
use crate::harness::scenario::{Group, Owner, Scenario, Unit, time};
use mesh_node::OwnedMessage;

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut polled = Scenario::new(
        Group::Channels,
        "send-receive/u64-polled",
        "send a u64 and receive it by polling a future once, one thread",
        Unit::Nanoseconds,
    )
    .countable();
    every_awaited!(polled_row, &mut polled);
    vec![
        taken::<u64>(),
        taken::<Line>(),
        taken::<Box<[u8; 1000]>>(),
        taken::<[u8; 1000]>(),
        polled,
        settled(),
    ]
}

/// What it costs that a channel has been elsewhere: its ends are home again, and joined by ports.
fn settled() -> Scenario {
    let mut scenario = Scenario::new(
        Group::Channels,
        "send-receive/home-again",
        "send a u64 and take it out, one thread, on a channel whose receiver has travelled and come home",
        Unit::Nanoseconds,
    )
    .countable();
    let row = |scenario: &mut Scenario, name, owner, travels: bool| {
        scenario.timed(name, owner, move || {
            let (sender, mut receiver) = mesh_channel::channel::<u64>();
            if travels {
                let written = OwnedMessage::new(receiver).serialize();
                let read = OwnedMessage::serialized(written).parse();
                receiver = read.expect("what was written can be read");
            }
            move |operations| {
                let mut seed = 0;
                time(operations, || {
                    seed += 1;
                    sender.send(black_box(seed));
                    receiver.try_recv().ok()
                })
            }
        });
    };
    row(&mut scenario, "mesh", Owner::Mesh, true);
    row(&mut scenario, "mesh, never away", Owner::Floor, false);
    scenario
}

fn taken<M: Message>() -> Scenario {
    let mut scenario = Scenario::new(
        Group::Channels,
        format!("send-receive/{}", M::NAME),
        format!("send a message ({}) and take it out, one thread", M::NAME),
        Unit::Nanoseconds,
    )
    .countable();
    every!(taken_row::<M>, &mut scenario);
    scenario
}

fn taken_row<C: Channel, M: Message>(scenario: &mut Scenario) {
    scenario.timed(C::NAME, C::OWNER, || {
        let (sender, mut receiver) = C::channel::<M>();
        move |operations| {
            let mut seed = 0;
            time(operations, || {
                seed += 1;
                C::send(&sender, black_box(M::make(seed)));
                // Looked at in place, so that no row pays for moving it once more.
                C::take(&mut receiver).as_ref().map(black_box).is_some()
            })
        }
    });
}

fn polled_row<C: Awaited>(scenario: &mut Scenario) {
    scenario.timed(C::NAME, C::OWNER, || {
        let (sender, mut receiver) = C::channel::<u64>();
        move |operations| {
            let mut seed = 0;
            time(operations, || {
                seed += 1;
                C::send(&sender, black_box(seed));
                C::next(&mut receiver).now_or_never()
            })
        }
    });
}
