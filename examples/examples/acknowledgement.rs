//! cargo run -p examples --example acknowledgement
//!
//! Backpressure for messages: a channel is unbounded, so a producer that could outrun its consumer has each item
//! acknowledged, and lets only so many be under way.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use futures::executor::block_on;
use mesh::MeshPayload;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many frames may be sent and not yet acknowledged.
const WINDOW: usize = 4;

/// How many frames there are in all.
const FRAMES: u32 = 1000;

/// How many frames are in the channel or being shown; kept only to show that there are never too many.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// A frame, and what the consumer does when it is done with it.
#[derive(MeshPayload)]
struct Frame {
    number: u32,
    pixels: Vec<u8>,
    done: mesh::OneshotSender<()>,
}

async fn show(mut frames: mesh::Receiver<Frame>) -> (u32, usize) {
    let mut shown = 0;
    let mut most = 0;
    while let Ok(frame) = frames.recv().await {
        assert_eq!(frame.number, shown);
        assert_eq!(frame.pixels.len(), 4096);
        most = most.max(UNDER_WAY.load(Ordering::SeqCst));
        shown += 1;
        UNDER_WAY.fetch_sub(1, Ordering::SeqCst);
        frame.done.send(());
    }
    (shown, most)
}

async fn produce(tx: mesh::Sender<Frame>) -> anyhow::Result<()> {
    let mut waiting = VecDeque::new();
    for number in 0..FRAMES {
        if waiting.len() == WINDOW {
            // The oldest frame makes room for the next. If the consumer is gone, this is where the producer learns of it.
            if let Some(oldest) = waiting.pop_front() {
                let oldest: mesh::OneshotReceiver<()> = oldest;
                oldest.await?;
            }
        }
        let (done, acknowledged) = mesh::oneshot();
        UNDER_WAY.fetch_add(1, Ordering::SeqCst);
        tx.send(Frame {
            number,
            pixels: vec![0; 4096],
            done,
        });
        waiting.push_back(acknowledged);
    }
    for acknowledged in waiting {
        acknowledged.await?;
    }
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let (tx, rx) = mesh::channel();
    let screen = thread::spawn(|| block_on(show(rx)));
    block_on(produce(tx))?;
    let (shown, most) = screen.join().expect("the screen does not panic");

    println!("{shown} frames shown, never more than {WINDOW} of them under way");
    assert_eq!(shown, FRAMES);
    assert!((1..=WINDOW).contains(&most));

    // Without a consumer the producer ends with an error instead of filling the memory.
    let (tx, rx) = mesh::channel();
    drop(rx);
    let error = block_on(produce(tx)).expect_err("nobody acknowledges");
    println!("without a screen, the producer stops: {error}");
    Ok(())
}
