//! The functions of a Rust file: where they begin, what they are called, how long they are.
//!
//! Found by the word `fn` in the code and the braces after it, without parsing. A function inside another counts for both. What
//! has no body (a trait's method, a function type) is not listed.

use super::source::{Source, closing, is_name};

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    /// The line of its `fn`, counted from one.
    pub(super) line: usize,
    /// Lines from there to the closing brace, both included.
    pub(super) lines: usize,
    /// Where its `fn` stands in the file.
    pub(super) offset: usize,
}

/// Lists a file's functions in the order they begin.
pub(super) fn functions(source: &Source<'_>) -> Vec<Function> {
    source
        .words("fn")
        .filter_map(|offset| function(source, offset))
        .collect()
}

fn function(source: &Source<'_>, offset: usize) -> Option<Function> {
    let code = source.code.as_str();
    let rest = &code[offset + 2..];
    let start = offset + 2 + (rest.len() - rest.trim_start().len());
    let length = code.as_bytes()[start..]
        .iter()
        .take_while(|byte| is_name(**byte) || matches!(byte, b'$' | b'#'))
        .count();
    let name = &code[start..start + length];
    // Nothing but a bracket follows the `fn` of a function type.
    if name.is_empty() {
        return None;
    }
    let body = body(code, start + length)?;
    let end = closing(code, body)?;
    let line = source.line_of(offset);
    Some(Function {
        name: name.to_owned(),
        line,
        lines: source.line_of(end) - line + 1,
        offset,
    })
}

/// The offset of the brace that opens the body, if a signature that starts before `from` has one.
fn body(code: &str, from: usize) -> Option<usize> {
    let bytes = code.as_bytes();
    let mut offset = from;
    let mut before = b' ';
    while let Some(byte) = bytes.get(offset) {
        match byte {
            b';' | b'}' => return None,
            // A constant argument in braces, as in `Array<{ N + 1 }>`, is not the body.
            b'{' if before != b'<' => return Some(offset),
            b'(' | b'[' | b'{' => offset = closing(code, offset)?,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = *byte;
        }
        offset += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::functions;
    use crate::tidy::source::Source;

    fn found(text: &str) -> Vec<(String, usize, usize)> {
        functions(&Source::new(text))
            .into_iter()
            .map(|function| (function.name, function.line, function.lines))
            .collect()
    }

    #[test]
    fn a_function_is_as_long_as_from_its_keyword_to_its_closing_brace() {
        let text = "/// Doc.\npub fn one(\n    x: u8,\n) -> u8 {\n    let s = \"}\"; // }\n    x\n}\nfn two() {}\n";
        assert_eq!(found(text), [("one".into(), 2, 6), ("two".into(), 8, 1)]);
    }

    #[test]
    fn a_function_inside_another_counts_for_both() {
        let text = "fn outer() {\n    fn inner() {\n    }\n}\n";
        assert_eq!(
            found(text),
            [("outer".into(), 1, 4), ("inner".into(), 2, 2)]
        );
    }

    #[test]
    fn what_has_no_body_is_not_listed() {
        let text = "trait T { fn a(); fn b() {} }\ntype F = fn(u8) -> u8;\nstruct S { f: fn() }\n";
        assert_eq!(found(text), [("b".into(), 1, 1)]);
    }

    #[test]
    fn constant_arguments_and_array_lengths_are_not_bodies() {
        let text = "fn f(x: [u8; { 1 + 1 }]) -> A<{ 2 }> {\n}\n";
        assert_eq!(found(text), [("f".into(), 1, 2)]);
    }
}
