//! Notes what this program is built with, and generates the messages of the peers' codecs.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=proto");
    println!("cargo::rerun-if-changed=../.git/HEAD");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    println!(
        "cargo::rustc-env=MESH_BENCH_RUSTC={}",
        said(&rustc, &["--version"])
    );
    println!(
        "cargo::rustc-env=MESH_BENCH_REVISION={}",
        said("git", &["describe", "--always", "--dirty"])
    );
    #[cfg(feature = "peers")]
    generate::messages();
}

/// The first line a command prints, or "unknown".
fn said(program: &str, arguments: &[&str]) -> String {
    Command::new(program)
        .args(arguments)
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .and_then(|text| text.lines().next().map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Generates the messages of micropb, quick-protobuf and buffa from one schema, without protoc.
#[cfg(feature = "peers")]
mod generate {
    use std::env;
    use std::fs;
    use std::path::{Path, PathBuf};

    const SCHEMAS: [&str; 3] = ["payloads.proto", "deep.proto", "wide.proto"];

    pub(super) fn messages() {
        let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
        let descriptors = out.join("payloads.descriptors");
        let bytes = protox::Compiler::new(["proto"])
            .and_then(|mut compiler| {
                for schema in SCHEMAS {
                    compiler.open_file(schema)?;
                }
                Ok(compiler.encode_file_descriptor_set())
            })
            .expect("the schemas are valid");
        fs::write(&descriptors, bytes).expect("the output directory can be written");
        micropb(&descriptors, &out);
        quick_protobuf(&out);
        buffa(&descriptors, &out);
    }

    fn micropb(descriptors: &Path, out: &Path) {
        let mut generator = micropb_gen::Generator::new();
        generator.use_container_std();
        // A message that nests in itself needs a box.
        generator.configure(".deep.Deep.child", micropb_gen::Config::new().boxed(true));
        generator
            .compile_fdset_file(descriptors, out.join("micropb.rs"))
            .expect("micropb generates");
    }

    fn quick_protobuf(out: &Path) {
        // Owned messages, as all the others are; and the borrowing ones it is known for, beside them.
        for (directory, owned) in [("quick_protobuf", true), ("quick_protobuf_borrowed", false)] {
            let directory = out.join(directory);
            fs::create_dir_all(&directory).expect("the output directory can be written");
            let schemas = SCHEMAS.map(|schema| Path::new("proto").join(schema));
            let configs = pb_rs::ConfigBuilder::new(
                &schemas,
                None,
                Some(&directory),
                &[PathBuf::from("proto")],
            )
            .expect("the schemas are there")
            .dont_use_cow(owned)
            .headers(false)
            .build();
            pb_rs::types::FileDescriptor::run(&configs).expect("quick-protobuf generates");
        }
    }

    fn buffa(descriptors: &Path, out: &Path) {
        let directory = out.join("buffa");
        fs::create_dir_all(&directory).expect("the output directory can be written");
        buffa_build::Config::new()
            .descriptor_set(descriptors)
            .files(&SCHEMAS)
            // The others keep none either.
            .preserve_unknown_fields(false)
            .out_dir(directory)
            .compile()
            .expect("buffa generates");
    }
}
