//! Compiles the exported `.proto` files, as somebody would who has nothing else: to a set of descriptors, and from that to
//! the types of prost.

use std::path::PathBuf;

const FILES: [&str; 2] = ["zoo.common.v1.proto", "zoo.v1.proto"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=proto");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut compiler = protox::Compiler::new(["proto"]).expect("the folder can be searched");
    compiler.include_imports(true);
    for file in FILES {
        if let Err(error) = compiler.open_file(file) {
            panic!("{file} is not valid: {error}");
        }
    }
    std::fs::write(
        out.join("descriptors.bin"),
        compiler.encode_file_descriptor_set(),
    )
    .expect("the output directory can be written");
    prost_build::Config::new()
        .enable_type_names()
        .compile_fds(compiler.file_descriptor_set())
        .expect("prost has types for every descriptor");
}
