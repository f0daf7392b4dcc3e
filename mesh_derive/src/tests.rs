//! What the macros write, for a few shapes: `tests/expansions/shape.rs` becomes `tests/expansions/shape.expanded`.
//!
//! The files make a change of the generated code visible in review. `MESH_BLESS=1 cargo test -p mesh_derive --lib` writes them
//! anew.

use crate::check::Flavor;
use crate::pipeline::derive;
use quote::ToTokens;
use std::fs;
use std::path::{Path, PathBuf};

/// The derive of each item of a file, as a file.
fn expand(source: &str) -> String {
    let file = syn::parse_file(source).expect("the shape parses");
    let mut expanded = proc_macro2::TokenStream::new();
    for item in file.items {
        let tokens = item.to_token_stream();
        let flavor = if tokens.to_string().contains("MeshPayload") {
            Flavor::Payload
        } else {
            Flavor::Protobuf
        };
        expanded.extend(derive(tokens, flavor));
    }
    let file = syn::parse2(expanded).expect("derived code is a list of items");
    prettyplease::unparse(&file)
}

fn shapes() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expansions");
    let mut shapes: Vec<_> = fs::read_dir(folder)
        .expect("the folder of shapes is there")
        .map(|entry| entry.expect("its entries can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    shapes.sort();
    shapes
}

#[test]
fn shapes_expand_to_what_is_committed() {
    let shapes = shapes();
    assert!(!shapes.is_empty());
    for shape in shapes {
        let source = fs::read_to_string(&shape).expect("a shape can be read");
        let expanded = expand(&source);
        let golden = shape.with_extension("expanded");
        if std::env::var_os("MESH_BLESS").is_some() {
            fs::write(&golden, &expanded).expect("an expansion can be written");
        }
        let committed = fs::read_to_string(&golden).unwrap_or_default();
        assert!(
            committed == expanded,
            "{} differs; it is now:\n{expanded}",
            golden.display()
        );
    }
}

#[test]
fn derived_code_has_no_unsafe() {
    for shape in shapes() {
        let source = fs::read_to_string(&shape).expect("a shape can be read");
        assert!(!expand(&source).contains("unsafe"), "{}", shape.display());
    }
}
