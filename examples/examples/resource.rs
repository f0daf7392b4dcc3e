//! cargo run -p examples --example resource
//!
//! Resources in messages: file descriptors and channel endpoints are fields like any other. In one process they are moved;
//! into another they go by the means of the operating system, and the code is the same.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use futures::executor::block_on;
use mesh::MeshPayload;
use mesh::rpc::{FailableRpc, RpcSend};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::OwnedFd;
use std::thread;

/// All that a counter of words needs. It has no rights of its own to open the file, nor knows its name.
#[derive(MeshPayload)]
struct Task {
    text: OwnedFd,
    /// Where to report progress.
    progress: mesh::Sender<String>,
}

/// How often a file has a word, and the file back.
#[derive(MeshPayload)]
struct Counted {
    words: usize,
    text: OwnedFd,
}

fn count(task: Task) -> std::io::Result<Counted> {
    let mut file = File::from(task.text);
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    task.progress.send(format!("read {} bytes", text.len()));
    let words = text.split_whitespace().count();
    task.progress.send(format!("counted {words} words"));
    Ok(Counted {
        words,
        text: file.into(),
    })
}

fn main() -> anyhow::Result<()> {
    let (tx, mut rx) = mesh::channel::<FailableRpc<Task, Counted>>();
    let counter = thread::spawn(move || {
        block_on(async {
            while let Ok(rpc) = rx.recv().await {
                rpc.handle_failable_sync(count);
            }
        })
    });

    let mut file = tempfile::tempfile()?;
    file.write_all(b"so much depends upon a red wheel barrow")?;
    file.rewind()?;
    let (progress, mut reports) = mesh::channel();
    let task = Task {
        text: file.into(),
        progress,
    };

    block_on(async {
        let Counted { words, text } = tx.call_failable(|rpc| rpc, task).await?;
        let mut seen = Vec::new();
        while let Ok(report) = reports.recv().await {
            println!("progress: {report}");
            seen.push(report);
        }
        assert_eq!(seen, ["read 39 bytes", "counted 8 words"]);
        assert_eq!(words, 8);

        // The descriptor that came back is the one that was sent: it stands at the end of the file.
        let position = File::from(text).stream_position()?;
        println!("the file is back, {position} bytes in");
        assert_eq!(position, 39);
        anyhow::Ok(())
    })?;

    drop(tx);
    counter.join().expect("the counter does not panic");
    Ok(())
}
