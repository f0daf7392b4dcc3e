//! cargo run -p examples --example children
//!
//! Two children that talk to each other directly: the parent makes a channel and gives each child an end. It has introduced them
//! by that; nothing they say goes through it, and it could stop, or die, and they would go on.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use futures::executor::block_on;
use mesh::MeshPayload;
use mesh::rpc::{Rpc, RpcSend};
use mesh_process::{Mesh, OnParentExit, ProcessConfig, try_run_mesh_host};

/// What a child is to be.
#[derive(MeshPayload)]
enum Role {
    /// Answers with the sum of two numbers and its process's number.
    Adder(mesh::Receiver<Rpc<(u64, u64), (u64, u32)>>),
    /// Asks an adder, and reports who has answered.
    Asker {
        adder: mesh::Sender<Rpc<(u64, u64), (u64, u32)>>,
        report: mesh::OneshotSender<u32>,
    },
}

async fn play(role: Role) -> anyhow::Result<()> {
    match role {
        Role::Adder(mut requests) => {
            while let Ok(request) = requests.recv().await {
                request.handle_sync(|(a, b)| (a + b, std::process::id()));
            }
        }
        Role::Asker { adder, report } => {
            let (mut sum, mut who) = (0, 0);
            for number in 1..=1000 {
                (sum, who) = adder.call(|rpc| rpc, (sum, number)).await?;
            }
            anyhow::ensure!(sum == 500_500, "the adder is wrong: {sum}");
            report.send(who);
        }
    }
    Ok(())
}

fn main() -> anyhow::Result<()> {
    try_run_mesh_host("children", play)?;

    let mesh = Mesh::new("children")?;
    block_on(async {
        let (adder, requests) = mesh::channel();
        let (report, reported) = mesh::oneshot();
        let config = |name| ProcessConfig::new(name).on_parent_exit(OnParentExit::Stay);
        let serves = mesh
            .launch_host(config("adder"), Role::Adder(requests))
            .await?;
        let asks = mesh
            .launch_host(config("asker"), Role::Asker { adder, report })
            .await?;
        let who = reported.await?;
        assert_eq!(who, serves.pid());

        // What is left here are the ports by which the children were launched; of their channel there is nothing.
        mesh.settled().await;
        println!(
            "process {} asked process {who} a thousand times, not by way of {}",
            asks.pid(),
            std::process::id()
        );
        asks.wait().await?;
        serves.wait().await?;
        mesh.shutdown().await;
        Ok(())
    })
}
