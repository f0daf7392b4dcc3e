//! cargo run -p examples --example hello
//!
//! A channel: many senders, one receiver. It takes any type, here a `String`, and stays open until the last sender is gone.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use futures::executor::block_on;
use std::thread;

fn main() {
    let (tx, mut rx) = mesh::channel::<String>();

    // Every sender can be cloned. Sending neither blocks nor fails.
    let threads = ["Ada", "Grace", "Barbara"].map(|name| {
        let tx = tx.clone();
        thread::spawn(move || {
            for number in 1..=2 {
                tx.send(format!("{name} says hello, {number} of 2"));
            }
        })
    });
    drop(tx);

    let mut greetings = Vec::new();
    let end = block_on(async {
        loop {
            match rx.recv().await {
                Ok(greeting) => greetings.push(greeting),
                Err(end) => break end,
            }
        }
    });
    for thread in threads {
        thread.join().expect("the threads do not panic");
    }

    // In which order the threads ran is open; the messages of each are in the order in which it sent them.
    greetings.sort_by_key(|greeting| greeting.split(' ').next().map(str::to_owned));
    for greeting in &greetings {
        println!("{greeting}");
    }
    assert_eq!(greetings[0], "Ada says hello, 1 of 2");
    assert_eq!(greetings[1], "Ada says hello, 2 of 2");
    assert_eq!(greetings.len(), 6);

    println!("and then: {end}");
    assert!(matches!(end, mesh::RecvError::Closed));
}
