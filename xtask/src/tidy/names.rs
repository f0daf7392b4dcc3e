//! Rules about names and about what may stand in a `lib.rs`: no `get_` prefixes, no glob re-exports, no logic.

use super::Violation;
use super::files::is_test_file;
use super::functions::functions;
use super::source::Source;
use super::tree::Tree;

/// Names with the prefix that Rust's own library has taught everyone.
const USUAL: &[&str] = &[
    "get_mut",
    "get_ref",
    "get_pin_mut",
    "get_or_init",
    "get_or_insert_with",
];

/// The crates' names and roots keep the rules.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.rust() {
        if !path.starts_with("mesh") || is_test_file(path) {
            continue;
        }
        let source = Source::new(text);
        violations.extend(check_getters(path, &source));
        violations.extend(check_globs(path, &source));
        if path.ends_with("/src/lib.rs") {
            violations.extend(check_root(path, &source));
        }
    }
    violations
}

fn check_getters(path: &str, source: &Source<'_>) -> Vec<Violation> {
    functions(source)
        .into_iter()
        .filter(|function| function.name.starts_with("get_"))
        .filter(|function| !USUAL.contains(&function.name.as_str()))
        .map(|function| {
            let message = format!("`{}`: a getter has no `get_`", function.name);
            Violation::at(path, function.line, message)
        })
        .collect()
}

fn check_globs(path: &str, source: &Source<'_>) -> Vec<Violation> {
    let code = &source.code;
    source
        .words("use")
        .filter(|offset| is_public(&code[..*offset]))
        .filter(|offset| {
            let rest = &code[*offset..];
            rest[..rest.find(';').unwrap_or(rest.len())].contains('*')
        })
        .map(|offset| {
            let message = "a re-export names what it exports, without a glob";
            Violation::at(path, source.line_of(offset), message)
        })
        .collect()
}

/// Whether the code before an item ends with `pub`, with or without a restriction.
fn is_public(before: &str) -> bool {
    let before = before.trim_end();
    let before = match before.strip_suffix(')') {
        Some(inside) => inside.rsplit_once('(').map_or(inside, |(before, _)| before),
        None => before,
    };
    before.ends_with("pub")
}

/// A procedural macro's entry has to stand in the root; no other function does.
fn check_root(path: &str, source: &Source<'_>) -> Vec<Violation> {
    functions(source)
        .into_iter()
        .filter(|function| !source.is_test(function.offset))
        .filter(|function| {
            let before = &source.code[..function.offset];
            let item = before
                .rfind(['}', ';'])
                .map_or(before, |end| &before[end..]);
            !item.contains("#[proc_macro")
        })
        .map(|function| {
            let message = format!(
                "`{}`: lib.rs holds docs, modules, re-exports",
                function.name
            );
            Violation::at(path, function.line, message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::tree::Tree;

    fn lines(path: &str, text: &str) -> Vec<Option<usize>> {
        let found = check(&Tree::of(&[(path, text)]));
        found.into_iter().map(|found| found.line).collect()
    }

    #[test]
    fn a_getter_with_a_prefix_is_found() {
        let text = "//! X.\nfn get_name() {}\nfn get_mut() {}\nfn name() {}\n";
        assert_eq!(lines("mesh_node/src/port.rs", text), [Some(2)]);
    }

    #[test]
    fn a_glob_re_export_is_found_and_a_private_glob_is_not() {
        let text = "//! X.\npub use a::{b, c::*};\npub(crate) use d::*;\nuse e::*;\npub use f;\n";
        assert_eq!(lines("mesh/src/x.rs", text), [Some(2), Some(3)]);
    }

    #[test]
    fn logic_in_a_root_is_found_and_a_macros_entry_is_not() {
        let text = "//! X.\nmod a;\n#[proc_macro_derive(A)]\npub fn a() {}\nfn b() {}\n#[cfg(test)]\nmod t { fn c() {} }\n";
        assert_eq!(lines("mesh_derive/src/lib.rs", text), [Some(5)]);
        assert_eq!(lines("mesh_derive/src/parse.rs", text), []);
    }
}
