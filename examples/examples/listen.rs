//! cargo run -p examples --example listen
//!
//! Processes that are nobody's children: one listens on a path, another connects to it and becomes part of its mesh, by the
//! endpoints that the first hands it. Each knows from the kernel which user the other runs as.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use futures::executor::block_on;
use mesh::MeshPayload;
use mesh::rpc::{Rpc, RpcSend};
use mesh_process::Mesh;
use std::path::Path;
use std::process::Command;

/// What a guest is handed.
#[derive(MeshPayload)]
struct Welcome {
    greeting: String,
    doubler: mesh::Sender<Rpc<u32, u32>>,
}

async fn visit(path: &Path) -> anyhow::Result<()> {
    let (mesh, welcome) = Mesh::connect::<Welcome>(path).await?;
    let doubled = welcome.doubler.call(|rpc| rpc, 21).await?;
    println!("guest: {}; twice 21 is {doubled}", welcome.greeting);
    mesh.shutdown().await;
    Ok(())
}

async fn host(path: &Path) -> anyhow::Result<()> {
    let mesh = Mesh::new("listen")?;
    let listener = mesh.listen(path)?;
    // Any process would do; this one only knows the path.
    let mut guest = Command::new(std::env::current_exe()?).arg(path).spawn()?;

    let incoming = listener.accept().await?;
    println!("host: {:?} has come", incoming.credentials());
    let (doubler, mut requests) = mesh::channel::<Rpc<u32, u32>>();
    let greeting = "hello".into();
    incoming.admit(Welcome { greeting, doubler }).await?;
    // Until the guest lets go of its end.
    while let Ok(request) = requests.recv().await {
        request.handle_sync(|n| n * 2);
    }
    anyhow::ensure!(guest.wait()?.success(), "the guest has failed");
    mesh.shutdown().await;
    Ok(())
}

fn main() -> anyhow::Result<()> {
    match std::env::args_os().nth(1) {
        Some(path) => block_on(visit(path.as_ref())),
        None => {
            let folder = tempfile::tempdir()?;
            block_on(host(&folder.path().join("mesh.socket")))
        }
    }
}
