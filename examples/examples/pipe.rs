//! cargo run -p examples --example pipe
//!
//! A pipe: a stream of bytes with backpressure. A writer that is faster than its reader waits until there is room.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use futures::executor::block_on;
use futures::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use futures::{FutureExt, StreamExt};
use std::thread;

/// How many lines are written.
const LINES: usize = 20_000;

fn main() -> anyhow::Result<()> {
    let (reader, mut writer) = mesh::pipe();

    // Nobody reads yet, so the writer gets only so far.
    let mut lines = (0..LINES).map(|number| format!("line {number} of the console\n"));
    let mut buffered = 0;
    let (rest, line) = loop {
        let line = lines.next().expect("the buffer is smaller than the text");
        match writer.write(line.as_bytes()).now_or_never() {
            Some(written) => {
                let written = written?;
                buffered += written;
                if written < line.len() {
                    break (line[written..].to_owned(), line);
                }
            }
            None => break (line.clone(), line),
        }
    };
    println!(
        "the writer waits after {buffered} bytes, at: {}",
        line.trim()
    );

    // With a reader it goes on, and ends the stream by closing it.
    let producer = thread::spawn(move || {
        block_on(async {
            writer.write_all(rest.as_bytes()).await?;
            for line in lines {
                writer.write_all(line.as_bytes()).await?;
            }
            writer.close().await
        })
    });
    let mut read = 0;
    block_on(async {
        let mut lines = BufReader::new(reader).lines();
        while let Some(line) = lines.next().await {
            assert_eq!(line?, format!("line {read} of the console"));
            read += 1;
        }
        anyhow::Ok(())
    })?;
    producer.join().expect("the producer does not panic")?;

    println!("the reader has seen all {read} lines, in order, and the end of the stream");
    assert_eq!(read, LINES);
    Ok(())
}
