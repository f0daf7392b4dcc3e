//! All names of a set of packages, each allowed and each only once.
//!
//! A compiler of `.proto` files would find the same faults; found here they are typed, and name what is to be renamed.

use super::error::Error;
use super::gather::{Package, Packages};
use super::names::{is_identifier, join, json, screaming};
use super::plan::{Enum, Field, Message, Part};
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};

/// Words that cannot begin a line in an enum.
const STATEMENTS: &[&str] = &["option", "reserved"];

/// Every name with those of what it is in, separated by dots.
#[derive(Debug, Default)]
pub(super) struct Symbols(BTreeSet<String>);

impl Symbols {
    /// The names of all packages.
    pub(super) fn new(packages: &Packages) -> Result<Self, Error> {
        let mut symbols = Self::default();
        for (name, package) in packages {
            symbols.add_package(name, package)?;
        }
        // Packages may share parts with each other, but not with types.
        for name in packages.keys().filter(|name| !name.is_empty()) {
            let mut scope = String::new();
            for part in name.split('.') {
                if !is_identifier(part) {
                    return Err(Error::InvalidName {
                        name: name.to_string(),
                    });
                }
                scope = join(&scope, part);
                if symbols.0.contains(&scope) {
                    return Err(Error::Collision { name: scope });
                }
            }
        }
        Ok(symbols)
    }

    /// Whether something has this name.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    fn add_package(&mut self, scope: &str, package: &Package) -> Result<(), Error> {
        for message in package.messages.values() {
            self.add_message(scope, message)?;
        }
        for planned in package.enums.values() {
            self.add_enum(scope, planned)?;
        }
        Ok(())
    }

    fn add(&mut self, scope: &str, name: &str) -> Result<String, Error> {
        let full = join(scope, name);
        if !is_identifier(name) {
            return Err(Error::InvalidName { name: full });
        }
        if !self.0.insert(full.clone()) {
            return Err(Error::Collision { name: full });
        }
        Ok(full)
    }

    fn add_message(&mut self, scope: &str, message: &Message) -> Result<(), Error> {
        let scope = self.add(scope, &message.name)?;
        let mut json_names = BTreeSet::new();
        let mut add_field = |symbols: &mut Self, field: &Field| {
            let full = symbols.add(&scope, &field.name)?;
            match json_names.insert(json(&field.name)) {
                true => Ok(()),
                false => Err(Error::Collision { name: full }),
            }
        };
        for member in &message.members {
            match member {
                Part::Field(field) => add_field(self, field)?,
                Part::Oneof { fields, .. } => {
                    fields.iter().try_for_each(|field| add_field(self, field))?
                }
            }
        }
        for member in &message.members {
            if let Part::Oneof { name, .. } = member {
                self.add(&scope, name)?;
            }
        }
        message
            .nested
            .iter()
            .try_for_each(|nested| self.add_message(&scope, nested))
    }

    /// The values of an enum are named beside it and not in it.
    fn add_enum(&mut self, scope: &str, planned: &Enum) -> Result<(), Error> {
        self.add(scope, &planned.name)?;
        let prefix = screaming(&planned.name) + "_";
        let mut bare_names = BTreeSet::new();
        for (name, _, _) in &planned.values {
            let full = self.add(scope, name)?;
            if STATEMENTS.contains(&name.as_str()) {
                return Err(Error::InvalidName { name: full });
            }
            // Compilers give values short names, which must differ as well.
            let bare = name.strip_prefix(prefix.as_str()).unwrap_or(name);
            let bare: String = bare
                .chars()
                .filter(|&char| char != '_')
                .map(|char| char.to_ascii_uppercase())
                .collect();
            if !bare_names.insert(bare) {
                return Err(Error::Collision { name: full });
            }
        }
        Ok(())
    }
}
