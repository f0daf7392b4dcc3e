//! cargo run -p examples --example cell
//!
//! A cell: one updates a value, any number of others see the latest one. It is made for configuration: values in between may
//! be skipped, the last never is.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use futures::executor::block_on;
use mesh::{Cell, CellUpdater, MeshPayload};
use std::thread;

/// What may change while the program runs.
#[derive(Clone, Debug, PartialEq, MeshPayload)]
struct Config {
    log_level: String,
    workers: u32,
}

fn config(log_level: &str, workers: u32) -> Config {
    Config {
        log_level: log_level.into(),
        workers,
    }
}

/// Follows the configuration to its end; returns what it has seen.
async fn follow(mut cell: Cell<Config>) -> Vec<Config> {
    let mut seen = vec![cell.get()];
    while cell.changed().await.is_ok() {
        seen.push(cell.get());
    }
    seen
}

fn main() {
    let mut updater = CellUpdater::new(config("info", 2));
    let cell = updater.cell();
    let follower = updater.cell();
    let follower = thread::spawn(|| block_on(follow(follower)));

    println!("at first: {:?}", cell.get());
    assert_eq!(cell.get().workers, 2);

    // It takes effect at once, also if nobody awaits it.
    updater.set(config("info", 8));
    println!("then:     {:?}", cell.get());
    assert_eq!(cell.get().workers, 8);

    // Awaited, it also says that every cell has the value, wherever it is.
    block_on(updater.set(config("debug", 8)));
    println!("at last:  {:?}", cell.get());

    drop(updater);
    let seen = follower.join().expect("the follower does not panic");
    let last = seen.last().expect("there is a first value");
    println!("the follower was told of {last:?}, then of the end");
    assert_eq!(*last, config("debug", 8));
    assert_eq!(cell.get(), *last);
}
