//! Names as protobuf wants them: which are allowed, and one kind of case made from another.

use alloc::string::String;
use alloc::vec::Vec;

/// Words with capitals: `flow_information` gives `FlowInformation`. With `Entry` after it this is what compilers call the
/// messages in the map of this name.
pub(super) fn camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    for part in name.split('_') {
        let mut chars = part.chars();
        camel.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(chars.as_str());
    }
    camel
}

/// The name of a message for the field of this name.
pub(super) fn type_name(field: &str) -> String {
    let name = camel(field);
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return name;
    }
    // `_1` is the name of a field, but `1` of nothing.
    String::from("Field") + &name
}

/// The name that a field has in JSON, unless told otherwise; two fields of a message cannot share one.
pub(super) fn json(name: &str) -> String {
    let mut json = String::with_capacity(name.len());
    let mut parts = name.split('_');
    json.extend(parts.next());
    for part in parts {
        json.push_str(&camel(part));
    }
    json
}

/// The name of an enum as what its values begin with: `DiskState` gives `DISK_STATE`.
pub(super) fn screaming(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut screaming = String::with_capacity(name.len() + 4);
    for (position, &char) in chars.iter().enumerate() {
        let before = position.checked_sub(1).and_then(|before| chars.get(before));
        let after = chars.get(position + 1);
        let starts_word = match before {
            _ if !char.is_ascii_uppercase() => false,
            Some('_') | None => false,
            Some(before) if before.is_ascii_uppercase() => {
                after.is_some_and(|after| after.is_ascii_lowercase())
            }
            Some(_) => true,
        };
        if starts_word {
            screaming.push('_');
        }
        screaming.push(char.to_ascii_uppercase());
    }
    screaming
}

/// Whether protobuf allows the name.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|rest| rest.is_ascii_alphanumeric() || rest == '_')
}

/// Package and name, separated by a dot if there is a package.
pub(super) fn join(scope: &str, name: &str) -> String {
    let mut full = String::from(scope);
    if !scope.is_empty() {
        full.push('.');
    }
    full.push_str(name);
    full
}

#[cfg(test)]
mod tests {
    use super::{camel, json, screaming, type_name};

    #[test]
    fn names_change_their_case_by_words() {
        assert_eq!(camel("flow_information"), "FlowInformation");
        assert_eq!(camel("field_1"), "Field1");
        assert_eq!(type_name("field_1"), "Field1");
        assert_eq!(type_name("_1"), "Field1");
        assert_eq!(camel("Circle"), "Circle");
        assert_eq!(json("flow_information_"), "flowInformation");
        assert_eq!(json("Circle"), "Circle");
        assert_eq!(screaming("DiskState"), "DISK_STATE");
        assert_eq!(screaming("HTTPServer2Go"), "HTTP_SERVER2_GO");
        assert_eq!(screaming("Already_Split"), "ALREADY_SPLIT");
    }
}
