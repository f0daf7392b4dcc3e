//! The names that `.proto` files have for variants, made from those of Rust.

use syn::ext::IdentExt;
use syn::{Ident, LitStr};

/// The field of a variant: `ShuttingDown` as `shutting_down`, unless it is renamed.
pub(crate) fn field_name(variant: &Ident, rename: Option<&LitStr>) -> String {
    match rename {
        Some(name) => name.value(),
        None => snake(&variant.unraw().to_string()),
    }
}

/// The number of a variant. It shares a scope with those of all enums of its package, and so begins with the name of its own:
/// `STATE_SHUTTING_DOWN`.
pub(crate) fn value_name(item: &str, variant: &Ident, rename: Option<&LitStr>) -> String {
    match rename {
        Some(name) => name.value(),
        None => format!(
            "{}_{}",
            screaming(item),
            screaming(&variant.unraw().to_string())
        ),
    }
}

/// `ShuttingDown` as `shutting_down`.
fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (position, &char) in chars.iter().enumerate() {
        if char.is_uppercase() && begins_word(&chars, position) {
            snake.push('_');
        }
        snake.extend(char.to_lowercase());
    }
    snake
}

/// `ShuttingDown` as `SHUTTING_DOWN`.
fn screaming(name: &str) -> String {
    snake(name).to_uppercase()
}

/// Whether the capital at `position` is the first letter of a word, in `DiskFull` or in `HTTPServer`.
fn begins_word(chars: &[char], position: usize) -> bool {
    let before = position.checked_sub(1).and_then(|before| chars.get(before));
    let after = chars.get(position + 1);
    match before {
        None | Some('_') => false,
        Some(before) if before.is_uppercase() => after.is_some_and(|after| after.is_lowercase()),
        Some(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{screaming, snake};

    #[test]
    fn words_begin_at_capitals_and_abbreviations_are_one() {
        assert_eq!(snake("Circle"), "circle");
        assert_eq!(snake("ShuttingDown"), "shutting_down");
        assert_eq!(snake("HTTPServer2Go"), "http_server2_go");
        assert_eq!(snake("Already_Split"), "already_split");
        assert_eq!(screaming("OutOfMemory"), "OUT_OF_MEMORY");
    }
}
