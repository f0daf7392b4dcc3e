//! A Rust file taken apart into code, comments and literals, without parsing it.
//!
//! The three parts keep the shape of the file: each is the text with everything else replaced by spaces, so that a byte
//! offset or a line number means the same in all. It knows nested block comments, raw strings and the difference between a
//! character and a lifetime, which is what it takes not to lose count of braces.

use std::ops::Range;

/// A file's text, with the views the rules need.
#[derive(Debug)]
pub(super) struct Source<'a> {
    /// The file as it is.
    pub(super) text: &'a str,
    /// Only code: comments, and strings and characters with their quotes, are blank.
    pub(super) code: String,
    /// Only comments, documentation included.
    pub(super) comments: String,
    starts: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

impl<'a> Source<'a> {
    /// Takes a file apart.
    pub(super) fn new(text: &'a str) -> Self {
        let kinds = kinds(text.as_bytes());
        let view = |wanted: Kind| {
            let bytes = text.bytes().zip(&kinds).map(|(byte, kind)| {
                if *kind == wanted || byte == b'\n' {
                    byte
                } else {
                    b' '
                }
            });
            String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned()
        };
        let lines = text.match_indices('\n').map(|(offset, _)| offset + 1);
        Self {
            text,
            code: view(Kind::Code),
            comments: view(Kind::Comment),
            starts: std::iter::once(0).chain(lines).collect(),
        }
    }

    /// The line, counted from one, that a byte offset lies in.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// The text of a line, counted from one.
    pub(super) fn line(&self, number: usize) -> &'a str {
        self.text
            .lines()
            .nth(number.saturating_sub(1))
            .unwrap_or("")
    }

    /// Offsets in the code where `word` stands on its own, not as part of a longer name.
    pub(super) fn words<'s>(&'s self, word: &'s str) -> impl Iterator<Item = usize> + 's {
        words(&self.code, word)
    }

    /// The byte ranges of the items under `#[cfg(test)]`.
    pub(super) fn test_items(&self) -> Vec<Range<usize>> {
        let code = self.code.as_str();
        let mut found: Vec<Range<usize>> = Vec::new();
        for (start, _) in code.match_indices("#[cfg(") {
            if found.last().is_some_and(|last| last.contains(&start)) {
                continue;
            }
            let Some(end) = closing(code, start + 1) else {
                continue;
            };
            let condition = &code[start..end];
            let is_test = words(condition, "test").next().is_some();
            if is_test && words(condition, "not").next().is_none() {
                found.push(start..end_of_item(code, end + 1));
            }
        }
        found
    }

    /// Whether an offset lies in an item under `#[cfg(test)]`.
    pub(super) fn is_test(&self, offset: usize) -> bool {
        self.test_items().iter().any(|item| item.contains(&offset))
    }
}

/// Offsets where `word` stands on its own in `text`.
pub(super) fn words<'s>(text: &'s str, word: &'s str) -> impl Iterator<Item = usize> + 's {
    let part = |byte: Option<&u8>| byte.is_some_and(|byte| is_name(*byte));
    text.match_indices(word)
        .map(|(offset, _)| offset)
        .filter(move |offset| {
            let bytes = text.as_bytes();
            let before = offset.checked_sub(1).and_then(|index| bytes.get(index));
            !part(before) && !part(bytes.get(offset + word.len()))
        })
}

/// The offset of the bracket that closes the one at `open`, in a text without comments and literals.
pub(super) fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (offset, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(offset);
                }
            }
            _ => {}
        }
    }
    None
}

/// The offset behind the item that starts at or after `from`: behind its closing brace or its semicolon.
pub(super) fn end_of_item(code: &str, from: usize) -> usize {
    let bytes = code.as_bytes();
    let mut offset = from;
    while let Some(byte) = bytes.get(offset) {
        match byte {
            b';' => return offset + 1,
            b'{' => return closing(code, offset).map_or(code.len(), |end| end + 1),
            b'(' | b'[' => match closing(code, offset) {
                Some(end) => offset = end,
                None => return code.len(),
            },
            _ => {}
        }
        offset += 1;
    }
    code.len()
}

/// Whether a byte can be part of a name.
pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn kinds(bytes: &[u8]) -> Vec<Kind> {
    let mut kinds = Vec::with_capacity(bytes.len());
    while kinds.len() < bytes.len() {
        let here = kinds.len();
        let inside_name = here
            .checked_sub(1)
            .is_some_and(|before| is_name(bytes[before]) && kinds[before] == Kind::Code);
        let rest = &bytes[here..];
        let (kind, length) = match rest {
            [b'/', b'/', ..] => (Kind::Comment, line_length(rest)),
            [b'/', b'*', ..] => (Kind::Comment, block_length(rest)),
            [b'"', ..] => (Kind::Literal, quoted_length(rest, b'"')),
            [b'\'', ..] if is_character(rest) => (Kind::Literal, quoted_length(rest, b'\'')),
            [b'r' | b'b' | b'c', ..] if !inside_name => match prefixed_length(rest) {
                Some(length) => (Kind::Literal, length),
                None => (Kind::Code, 1),
            },
            _ => (Kind::Code, 1),
        };
        kinds.extend(std::iter::repeat_n(kind, length.clamp(1, rest.len())));
    }
    kinds
}

fn line_length(rest: &[u8]) -> usize {
    rest.iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(rest.len())
}

fn block_length(rest: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut offset = 0;
    while offset < rest.len() {
        match rest[offset..] {
            [b'/', b'*', ..] => {
                depth += 1;
                offset += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                offset += 2;
                if depth == 0 {
                    return offset;
                }
            }
            _ => offset += 1,
        }
    }
    rest.len()
}

fn quoted_length(rest: &[u8], quote: u8) -> usize {
    let mut offset = 1;
    while let Some(byte) = rest.get(offset) {
        match *byte {
            b'\\' => offset += 2,
            byte if byte == quote => return offset + 1,
            _ => offset += 1,
        }
    }
    rest.len()
}

/// Whether a quote begins a character, not a lifetime: `'\…` does, and so does one character followed by a quote.
fn is_character(rest: &[u8]) -> bool {
    match rest.get(1) {
        Some(b'\\') => true,
        Some(first) => {
            let width = match first {
                0xf0.. => 4,
                0xe0.. => 3,
                0xc0.. => 2,
                _ => 1,
            };
            rest.get(1 + width) == Some(&b'\'')
        }
        None => false,
    }
}

/// The length of a literal with a prefix, such as `b"…"`, `r#"…"#`, `b'x'`; none if a name begins here instead.
fn prefixed_length(rest: &[u8]) -> Option<usize> {
    let prefix = rest
        .iter()
        .take_while(|byte| matches!(byte, b'r' | b'b' | b'c'))
        .count();
    if prefix > 2 {
        return None;
    }
    let after = &rest[prefix..];
    if !rest[..prefix].contains(&b'r') {
        return match after {
            [quote @ (b'"' | b'\''), ..] => Some(prefix + quoted_length(after, *quote)),
            _ => None,
        };
    }
    let hashes = after.iter().take_while(|byte| **byte == b'#').count();
    if after.get(hashes) != Some(&b'"') {
        return None;
    }
    let mut end = vec![b'"'];
    end.extend(std::iter::repeat_n(b'#', hashes));
    let body = &after[hashes + 1..];
    let length = body.windows(end.len()).position(|window| window == end);
    Some(length.map_or(rest.len(), |length| {
        prefix + hashes + 1 + length + end.len()
    }))
}

#[cfg(test)]
mod tests {
    use super::Source;

    fn code(text: &str) -> String {
        let source = Source::new(text);
        assert_eq!(source.code.len(), text.len());
        source.code.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_are_not_code() {
        assert_eq!(code("a /* b /* { */ c */ d // e\nf"), "a d f");
    }

    #[test]
    fn strings_and_characters_are_not_code() {
        assert_eq!(code(r#"a("{\"", '{', '\'', b'{', b"}")"#), "a( , , , , )");
        assert_eq!(code("x = r#\"a \" { // \"#; y"), "x = ; y");
        assert_eq!(code("x = br\"\\\"; y"), "x = ; y");
        assert_eq!(code("x = 'ä'; y"), "x = ; y");
    }

    #[test]
    fn lifetimes_and_names_that_look_like_prefixes_are_code() {
        assert_eq!(code("fn f<'a>(x: &'a u8)"), "fn f<'a>(x: &'a u8)");
        assert_eq!(code("r#type + barb + r + b"), "r#type + barb + r + b");
    }

    #[test]
    fn comments_keep_their_lines() {
        let source = Source::new("a // one\nb /* two */ \"// three\"\n");
        let words: Vec<_> = source.comments.split_whitespace().collect();
        assert_eq!(words, ["//", "one", "/*", "two", "*/"]);
        assert_eq!(source.line_of(source.comments.find("two").unwrap()), 2);
    }

    #[test]
    fn words_stand_on_their_own() {
        let source = Source::new("sleep(); sleeper(); a_sleep(); x.sleep()");
        assert_eq!(source.words("sleep").collect::<Vec<_>>(), [0, 33]);
    }

    #[test]
    fn items_under_cfg_test_are_found() {
        let source = Source::new(
            "fn a() {}\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n fn b() {}\n}\nfn c() {}\n#[cfg(not(test))]\nfn d() {}\n#[cfg(all(test, unix))]\nmod more;\nfn e() {}\n",
        );
        let at = |name: &str| source.is_test(source.text.find(name).unwrap());
        assert!(at("b()") && at("more"));
        assert!(!at("a()") && !at("c()") && !at("d()") && !at("e()"));
    }

    #[test]
    fn an_unfinished_file_does_not_hang_or_panic() {
        for text in [
            "\"abc",
            "/* /* ",
            "r#\"a",
            "'",
            "b'",
            "#[cfg(test)] mod x {",
            "r",
            "\"\\",
        ] {
            let source = Source::new(text);
            source.test_items();
        }
    }
}
