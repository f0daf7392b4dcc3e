//! cargo run -p examples --example descriptors
//!
//! A file descriptor and an endpoint in a message to a child process: the child appends to a file that it could not open by
//! itself, and reports by a channel that it was handed.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use futures::executor::block_on;
use mesh::MeshPayload;
use mesh_process::{Mesh, ProcessConfig, try_run_mesh_host};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::OwnedFd;

/// All that the child gets.
#[derive(MeshPayload)]
struct Task {
    log: OwnedFd,
    lines: mesh::Receiver<String>,
    done: mesh::Sender<u32>,
}

async fn append(task: Task) -> std::io::Result<()> {
    let Task {
        log,
        mut lines,
        done,
    } = task;
    let mut log = File::from(log);
    while let Ok(line) = lines.recv().await {
        writeln!(log, "{line}")?;
        done.send(std::process::id());
    }
    Ok(())
}

fn main() -> anyhow::Result<()> {
    // In the child this does not return.
    try_run_mesh_host("descriptors", append)?;

    let mesh = Mesh::new("descriptors")?;
    let mut file = tempfile::tempfile()?;
    let (line, lines) = mesh::channel();
    let (done, mut reports) = mesh::channel();
    let task = Task {
        log: file.try_clone()?.into(),
        lines,
        done,
    };
    block_on(async {
        let child = mesh
            .launch_host(ProcessConfig::new("appender"), task)
            .await?;
        for text in ["so much depends", "upon", "a red wheel barrow"] {
            line.send(text.into());
            assert_eq!(reports.recv().await?, child.pid());
        }
        // Without a sender the child has nothing more to do, and ends.
        drop(line);
        assert!(child.wait().await?.success());
        mesh.shutdown().await;
        anyhow::Ok(())
    })?;

    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    assert_eq!(text.lines().count(), 3);
    println!("the child wrote:\n{text}");
    Ok(())
}
