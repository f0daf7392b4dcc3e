//! `cargo xtask tidy`: the rules of the house that a program can check.
//!
//! Each rule looks at the whole [`Tree`] and reports violations; none changes anything, and none needs a compiler. The rules
//! that look at Rust look at it through [`source::Source`], which tells code from comments and literals, so that a rule
//! about code is not tripped by a sentence about it. What is already too long is listed in a ratchet, which only goes
//! one way.

mod dependencies;
mod documents;
mod examples;
mod files;
mod functions;
mod layers;
mod machine_paths;
mod manifest;
mod marks;
mod names;
mod ratchet;
mod sleeps;
mod source;
mod tree;
mod unsafe_code;

use crate::workspace::Workspace;
use ratchet::Ratchet;
use std::fmt;
use tree::Tree;

/// The longest a function may be, from `fn` to its closing brace.
const FUNCTION_LINES: usize = 70;

/// The longest a file may be without its tests, unless its header says why.
const FILE_LINES: usize = 600;

/// A place where a rule is broken.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    path: String,
    line: Option<usize>,
    message: String,
}

impl Violation {
    fn at(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line: Some(line),
            message: message.into(),
        }
    }

    fn of(path: &str, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line: None,
            message: message.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

type Rule = fn(&Tree) -> Vec<Violation>;

const RULES: &[Rule] = &[
    dependencies::check,
    documents::links,
    documents::guarantees,
    documents::chapters,
    examples::check,
    files::headers,
    files::names,
    layers::check,
    machine_paths::check,
    marks::check,
    names::check,
    ratchet::check,
    sleeps::check,
    unsafe_code::check,
];

/// Checks the repository and prints what it finds; any violation is an error.
pub(crate) fn run(workspace: &Workspace) -> Result<(), String> {
    let tree = Tree::read(workspace.root())?;
    let mut violations: Vec<Violation> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    violations.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    if violations.is_empty() {
        println!(
            "    tidy: {} files, {} rules, nothing found",
            tree.files().len(),
            RULES.len()
        );
        return Ok(());
    }
    for violation in &violations {
        eprintln!("{violation}");
    }
    Err(format!("tidy found {} violations", violations.len()))
}

/// Lowers the ratchet's entries to what the code has become; new and grown ones stay errors.
pub(crate) fn lower(workspace: &Workspace) -> Result<(), String> {
    let tree = Tree::read(workspace.root())?;
    let path = workspace.root().join(ratchet::PATH);
    let old = tree.text(ratchet::PATH).unwrap_or_default();
    let new = Ratchet::parse(old)
        .map_err(|violation| violation.to_string())?
        .lowered(&tree, old);
    if new != old {
        std::fs::write(&path, new)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        println!("lowered {}", ratchet::PATH);
    }
    run(workspace)
}
