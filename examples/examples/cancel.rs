//! cargo run -p examples --example cancel
//!
//! Cancellation: a context goes along with the work and says when to stop, because somebody asked for it or because a deadline
//! has passed. It can be sent in a message; nothing is stopped by force.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use futures::executor::block_on;
use futures::future::pending;
use mesh::rpc::{Rpc, RpcSend};
use mesh::{CancelContext, CancelReason, MeshPayload};
use std::thread;
use std::time::Duration;

/// A search for the largest known prime, which takes as long as one lets it.
#[derive(MeshPayload)]
struct Search {
    from: u64,
    context: CancelContext,
}

fn is_prime(number: u64) -> bool {
    (2..)
        .take_while(|n| n * n <= number)
        .all(|n| number % n != 0)
}

/// Searches until the context says that it is enough.
fn search(Search { from, context }: Search) -> u64 {
    (from..)
        .filter(|number| is_prime(*number))
        .find(|_| context.is_cancelled())
        .expect("primes do not run out before the context ends")
}

fn main() -> anyhow::Result<()> {
    let (tx, mut rx) = mesh::channel::<Rpc<Search, u64>>();
    let searcher = thread::spawn(move || {
        block_on(async {
            while let Ok(rpc) = rx.recv().await {
                rpc.handle_sync(search);
            }
        })
    });

    block_on(async {
        // Cancelled by whoever holds the notifier.
        let (context, cancel) = CancelContext::new().with_cancel();
        let answer = tx.call(
            |rpc| rpc,
            Search {
                from: 1_000_000,
                context: context.clone(),
            },
        );
        cancel.cancel();
        let prime = answer.await?;
        println!("cancelled, the searcher answers with what it has");
        assert!(is_prime(prime));
        assert_eq!(context.cancelled().await, CancelReason::Cancelled);

        // Ended by its deadline.
        let context = CancelContext::new().with_timeout(Duration::from_millis(20));
        let answer = tx.call(
            |rpc| rpc,
            Search {
                from: 1_000_000,
                context: context.clone(),
            },
        );
        assert!(is_prime(answer.await?));
        println!(
            "with 20 ms to do it, it answers too: {}",
            context.cancelled().await
        );
        assert_eq!(context.reason(), Some(CancelReason::DeadlineExceeded));

        // A future that knows nothing of contexts can be run under one.
        let outcome = context.until_cancelled(pending::<()>()).await;
        assert_eq!(outcome, Err(CancelReason::DeadlineExceeded));

        // A child ends with its parent, and may end sooner.
        let (parent, cancel) = CancelContext::new().with_cancel();
        let (child, cancel_child) = parent.with_cancel();
        cancel_child.cancel();
        assert!(child.is_cancelled() && !parent.is_cancelled());
        let (other, _) = parent.with_cancel();
        cancel.cancel();
        assert!(other.is_cancelled());
        println!("a child was cancelled alone, another with its parent");
        anyhow::Ok(())
    })?;

    drop(tx);
    searcher.join().expect("the searcher does not panic");
    Ok(())
}
