//! cargo run -p examples --example describe
//!
//! Types of one's own as `.proto` files, for programs in other languages. With a folder as argument the files are written there, and
//! printed otherwise.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use mesh_derive::Protobuf;
use mesh_protobuf::schema::Files;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a disk is asked for.
#[derive(Protobuf)]
#[mesh(package = "acme.disk.v1")]
enum Request {
    /// A part of its content.
    #[mesh(1)]
    Read {
        /// In bytes.
        #[mesh(1)]
        offset: u64,
        #[mesh(2)]
        length: u32,
    },
    /// How it is doing.
    #[mesh(2)]
    Report,
}

/// How a disk is doing.
#[derive(Protobuf)]
#[mesh(package = "acme.disk.v1")]
struct Report {
    #[mesh(1)]
    state: State,
    #[mesh(2)]
    up_for: Duration,
    /// By what went wrong.
    #[mesh(3)]
    errors: BTreeMap<String, u64>,
}

#[derive(Protobuf)]
#[mesh(enumeration, package = "acme.common.v1")]
enum State {
    #[mesh(0)]
    Starting,
    #[mesh(1)]
    Running,
}

fn main() -> anyhow::Result<()> {
    let files = Files::new().add::<Request>().add::<Report>();
    if let Some(folder) = std::env::args().nth(1) {
        files.write_to(&folder)?;
        println!("written to {folder}");
        return Ok(());
    }
    for (name, text) in files.render_all()? {
        println!("--- {name}\n{text}");
    }
    Ok(())
}
