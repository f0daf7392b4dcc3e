//! `derive-cost`: what a hundred derived messages cost to compile and in the program, beside prost.
//!
//! Two packages are written into cargo's target folder, each with the same hundred structs of eight fields, derived with
//! `Protobuf` of mesh or `Message` of prost, and a function for each that encodes and one that decodes: generic code costs nothing until it
//! is used. Rounds alternate between the two, so that what else the machine does hits both alike, and the medians are compared. The
//! code's size is that of a program that calls every function, stripped, less that of one with a single struct, divided by 99.
//!
//! Figures depend on the machine; only the ratios are worth keeping. Nothing here fails for being slow.

use crate::command::Task;
use crate::workspace::Workspace;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// How many structs a package has.
const STRUCTS: usize = 100;

/// How often each package is compiled for each figure, after once that is not counted and builds what it depends on.
const ROUNDS: usize = 3;

/// What is timed, by the arguments that cargo gets.
const JOBS: [(&str, &[&str]); 3] = [
    ("check", &["check"]),
    ("build", &["build"]),
    ("build --release", &["build", "--release"]),
];

/// One of the two ways to derive a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Library {
    Mesh,
    Prost,
}

impl Library {
    const BOTH: [Self; 2] = [Self::Mesh, Self::Prost];

    fn name(self) -> &'static str {
        match self {
            Self::Mesh => "mesh",
            Self::Prost => "prost",
        }
    }

    fn dependencies(self, root: &Path) -> String {
        match self {
            Self::Mesh => format!(
                "mesh_protobuf = {{ path = {:?} }}\nmesh_derive = {{ path = {:?} }}\n",
                root.join("mesh_protobuf"),
                root.join("mesh_derive")
            ),
            Self::Prost => "prost = \"0.14\"\n".to_owned(),
        }
    }

    /// The attribute of field `number`, whose type prost calls `kind`.
    fn attribute(self, number: usize, kind: &str) -> String {
        match self {
            Self::Mesh => format!("#[mesh({number})]"),
            Self::Prost => format!("#[prost({kind}, tag = \"{number}\")]"),
        }
    }
}

/// The fields of each struct: the type in Rust, and what prost calls it.
const FIELDS: [(&str, &str); 8] = [
    ("u64", "uint64"),
    ("String", "string"),
    ("Option<u32>", "uint32, optional"),
    ("bool", "bool"),
    ("Vec<u8>", "bytes = \"vec\""),
    ("i64", "sint64"),
    ("f64", "double"),
    ("Vec<u32>", "uint32, repeated"),
];

/// Measures, and prints a table.
pub(crate) fn run(workspace: &Workspace) -> Result<(), String> {
    let folder = workspace.target().join("derive-cost");
    for library in Library::BOTH {
        write_package(workspace.root(), &folder, library, STRUCTS)?;
    }
    println!(
        "| {STRUCTS} structs of {} fields | mesh | prost | mesh : prost |",
        FIELDS.len()
    );
    println!("|---|---:|---:|---:|");
    for (name, arguments) in JOBS {
        let [mesh, prost] = times(&folder, arguments)?;
        println!(
            "| {name}, one package | {:.2} s | {:.2} s | {:.2} |",
            mesh.as_secs_f64(),
            prost.as_secs_f64(),
            mesh.as_secs_f64() / prost.as_secs_f64()
        );
    }
    let mesh = bytes_each(workspace, &folder, Library::Mesh)?;
    let prost = bytes_each(workspace, &folder, Library::Prost)?;
    println!(
        "| code and data of each struct, stripped | {mesh:.0} bytes | {prost:.0} bytes | {:.2} |",
        mesh / prost
    );
    Ok(())
}

/// The medians of compiling each package, its dependencies being there.
fn times(folder: &Path, arguments: &[&str]) -> Result<[Duration; 2], String> {
    let mut samples = [Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        for (library, samples) in Library::BOTH.into_iter().zip(&mut samples) {
            let package = folder.join(library.name());
            touch(&package.join("src/main.rs"), round)?;
            let started = Instant::now();
            compile(&package, arguments)?;
            if round > 0 {
                samples.push(started.elapsed());
            }
        }
    }
    Ok(samples.map(|mut samples| {
        samples.sort();
        samples.get(samples.len() / 2).copied().unwrap_or_default()
    }))
}

/// How many bytes of program each further struct adds.
fn bytes_each(workspace: &Workspace, folder: &Path, library: Library) -> Result<f64, String> {
    let mut sizes = [0u64; 2];
    for (count, size) in [1, STRUCTS].into_iter().zip(&mut sizes) {
        write_package(workspace.root(), folder, library, count)?;
        let package = folder.join(library.name());
        compile(&package, &["build", "--release"])?;
        let program = package.join("target/release").join(format!(
            "derive_cost_{}{}",
            library.name(),
            std::env::consts::EXE_SUFFIX
        ));
        *size = fs::metadata(&program)
            .map_err(|error| format!("cannot see {}: {error}", program.display()))?
            .len();
    }
    let [one, all] = sizes;
    Ok(all.saturating_sub(one) as f64 / (STRUCTS - 1) as f64)
}

fn compile(package: &Path, arguments: &[&str]) -> Result<(), String> {
    let arguments = [arguments, &["--quiet"]].concat();
    Task::cargo(package, &arguments)
        .env("CARGO_TARGET_DIR", package.join("target"))
        // What an earlier round left would be reused, and the derive is what is to be measured.
        .env("CARGO_INCREMENTAL", "0")
        .output()
        .map(drop)
}

/// Changes a file so that cargo compiles it again.
fn touch(path: &Path, round: usize) -> Result<(), String> {
    let source = fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let kept = source.split("// round").next().unwrap_or_default();
    write(path, &format!("{kept}// round {round}\n"))
}

fn write_package(
    root: &Path,
    folder: &Path,
    library: Library,
    structs: usize,
) -> Result<(), String> {
    let package = folder.join(library.name());
    let sources = package.join("src");
    fs::create_dir_all(&sources)
        .map_err(|error| format!("cannot make {}: {error}", sources.display()))?;
    let manifest = format!(
        "[package]\nname = \"derive_cost_{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [workspace]\n\n[dependencies]\n{}\n[profile.release]\nstrip = true\n",
        library.name(),
        library.dependencies(root)
    );
    write(&package.join("Cargo.toml"), &manifest)?;
    write(&sources.join("main.rs"), &source(library, structs))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// A program with so many structs that calls all that is derived for them.
fn source(library: Library, structs: usize) -> String {
    let derive = match library {
        Library::Mesh => "#[derive(Clone, Debug, Default, PartialEq, mesh_derive::Protobuf)]",
        // Its macro derives `Debug` and `Default`, too.
        Library::Prost => "#[derive(Clone, PartialEq, prost::Message)]",
    };
    let (encode, decode) = match library {
        Library::Mesh => (
            "mesh_protobuf::encode(value)",
            "mesh_protobuf::decode(bytes).ok()",
        ),
        Library::Prost => (
            "prost::Message::encode_to_vec(value)",
            "prost::Message::decode(bytes).ok()",
        ),
    };
    let mut source = String::new();
    let mut calls = String::new();
    for index in 0..structs {
        let mut fields = String::new();
        for position in 0..FIELDS.len() {
            // No two structs are alike, or the compiler would make one function of those of several.
            let turned = position * (1 + 2 * (index % 4)) + index / 4;
            let (ty, kind) = FIELDS[turned % FIELDS.len()];
            let number = position + 1 + index / 32;
            let attribute = library.attribute(number, kind);
            writeln!(
                fields,
                "    {attribute}\n    pub field_{index}_{position}: {ty},"
            )
            .ok();
        }
        writeln!(
            source,
            "{derive}\npub struct S{index} {{\n{fields}}}\n\
             fn encode_{index}(value: &S{index}) -> Vec<u8> {{ {encode} }}\n\
             fn decode_{index}(bytes: &[u8]) -> Option<S{index}> {{ {decode} }}\n"
        )
        .ok();
        writeln!(
            calls,
            "    if let Some(value) = decode_{index}(std::hint::black_box(&bytes)) {{ bytes = encode_{index}(&value); }}"
        )
        .ok();
    }
    writeln!(
        source,
        "fn main() {{\n    let mut bytes = Vec::new();\n{calls}    std::hint::black_box(bytes);\n}}"
    )
    .ok();
    source
}

#[cfg(test)]
mod tests {
    use super::{FIELDS, Library, source};

    #[test]
    fn both_programs_have_the_same_structs() {
        let [mesh, prost] = Library::BOTH.map(|library| source(library, 3));
        for text in [&mesh, &prost] {
            assert_eq!(text.matches("pub struct").count(), 3);
            assert_eq!(text.matches("pub field_").count(), 3 * FIELDS.len());
            assert_eq!(text.matches("= decode_").count(), 3);
        }
        assert!(mesh.contains("#[mesh(8)]"));
        assert!(prost.contains("#[prost(uint32, repeated, tag = \"8\")]"));
    }

    #[test]
    fn no_two_structs_are_alike() {
        let source = source(Library::Prost, super::STRUCTS);
        let mut bodies: Vec<String> = source
            .split("pub struct ")
            .skip(1)
            .filter_map(|text| text.split('}').next())
            .map(|body| body.lines().filter(|line| line.contains("#[")).collect())
            .collect();
        let count = bodies.len();
        bodies.sort();
        bodies.dedup();
        assert_eq!((count, bodies.len()), (super::STRUCTS, super::STRUCTS));
    }
}
