//! What the macros write, for a few shapes: `tests/expansions/shape.rs` becomes `tests/expansions/shape.expanded`.
//!
//! The files make a change of the generated code visible in review. `MESH_BLESS=1 cargo test -p mesh_derive --lib` writes them
//! anew.
//!
//! And what they say: each sentence in the stages that report misuse is in the expectations of the compile-fail tests.

use crate::check::Flavor;
use crate::pipeline::derive;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::fs;
use std::path::{Path, PathBuf};

/// The derive of each item of a file, as a file.
fn expand(source: &str) -> String {
    let file = syn::parse_file(source).expect("the shape parses");
    let mut expanded = TokenStream::new();
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

/// The stages that report errors.
const STAGES: &[(&str, &str)] = &[
    ("ast.rs", include_str!("ast.rs")),
    ("attributes.rs", include_str!("attributes.rs")),
    ("check.rs", include_str!("check.rs")),
];

/// The texts in quotes that are sentences, comments and documentation left out.
fn sentences(tokens: TokenStream, found: &mut Vec<String>) {
    let mut documented = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => sentences(group.stream(), found),
            TokenTree::Literal(literal) if !documented => {
                if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                    let text = text.value();
                    if text.split_whitespace().count() > 3 {
                        found.push(text);
                    }
                }
            }
            TokenTree::Ident(ident) => documented = ident == "doc",
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Whether `line` has the parts of `sentence` between its placeholders, one after the other.
fn says(line: &str, sentence: &str) -> bool {
    let mut rest = line;
    let parts = sentence
        .split('{')
        .map(|part| part.rsplit_once('}').map_or(part, |(_, after)| after));
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    true
}

#[test]
fn every_error_has_a_compile_fail_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let expected: String = fs::read_dir(folder)
        .expect("the folder of misuses is there")
        .map(|entry| entry.expect("its entries can be listed").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "stderr")
        })
        .map(|path| fs::read_to_string(path).expect("an expectation can be read"))
        .collect();
    for (file, source) in STAGES {
        let mut found = Vec::new();
        let tokens = source.parse().expect("the stage is Rust");
        sentences(tokens, &mut found);
        assert!(!found.is_empty(), "{file}");
        for sentence in found {
            assert!(
                expected.lines().any(|line| says(line, &sentence)),
                "no test in tests/ui has this error of {file}: {sentence}"
            );
        }
    }
}
