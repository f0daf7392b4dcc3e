//! All types that the added ones refer to, by package, and what the files must import of each other.

use super::descriptor::{EnumDescriptor, FieldType, Member, MessageDescriptor, ValueType};
use super::error::Error;
use super::names::join;
use super::plan::{Enum, Message};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The types of one package, by name.
#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) messages: BTreeMap<&'static str, Message>,
    pub(super) enums: BTreeMap<&'static str, Enum>,
    /// The packages that its types refer to.
    pub(super) packages: BTreeSet<&'static str>,
    /// Other files that its types refer to.
    pub(super) files: BTreeSet<String>,
}

/// The types by package.
pub(super) type Packages = BTreeMap<&'static str, Package>;

/// Gathers what the roots, each with the name of its type in Rust, refer to.
pub(super) fn gather(
    roots: &[(&'static str, ValueType)],
    imports: &BTreeMap<String, String>,
) -> Result<Packages, Error> {
    let mut gatherer = Gatherer {
        packages: Packages::new(),
        imports,
        open: Vec::new(),
    };
    for &(name, root) in roots {
        match root {
            ValueType::Named(descriptor) => gatherer.open.push(descriptor()),
            ValueType::Enum(descriptor) => gatherer.add_enum(descriptor)?,
            _ => return Err(Error::Unnamed(name)),
        }
        while let Some(message) = gatherer.open.pop() {
            gatherer.add_message(message)?;
        }
    }
    for &package in gatherer.packages.keys() {
        refuse_cycle(&gatherer.packages, package)?;
    }
    Ok(gatherer.packages)
}

struct Gatherer<'i> {
    packages: Packages,
    imports: &'i BTreeMap<String, String>,
    /// Messages that have been referred to and not looked at.
    open: Vec<&'static MessageDescriptor>,
}

impl Gatherer<'_> {
    fn add_message(&mut self, descriptor: &'static MessageDescriptor) -> Result<(), Error> {
        let message = Message::new(descriptor)?;
        let MessageDescriptor { package, name, .. } = *descriptor;
        let messages = &mut self.packages.entry(package).or_default().messages;
        match messages.get(name) {
            // Two types with the same name may as well be one if they say the same.
            Some(known) if *known == message => return Ok(()),
            Some(_) => return Err(collision(package, name)),
            None => messages.insert(name, message),
        };
        self.refer_to_members(package, descriptor.members)
    }

    fn add_enum(&mut self, descriptor: &'static EnumDescriptor) -> Result<(), Error> {
        let EnumDescriptor { package, name, .. } = *descriptor;
        let planned = Enum::new(descriptor);
        let enums = &mut self.packages.entry(package).or_default().enums;
        match enums.get(name) {
            Some(known) if *known == planned => {}
            Some(_) => return Err(collision(package, name)),
            None => _ = enums.insert(name, planned),
        }
        Ok(())
    }

    fn refer_to_members(&mut self, from: &'static str, members: &[Member]) -> Result<(), Error> {
        for member in members {
            let fields = match member {
                Member::Field(field) => core::slice::from_ref(field),
                Member::Oneof(oneof) => oneof.fields,
            };
            for field in fields {
                self.refer_to_field(from, &field.ty)?;
            }
        }
        Ok(())
    }

    fn refer_to_field(&mut self, from: &'static str, field: &FieldType) -> Result<(), Error> {
        match field {
            FieldType::One(value)
            | FieldType::OneOrNone(value)
            | FieldType::Many(value)
            | FieldType::ManyUnpacked(value) => self.refer_to(from, value),
            FieldType::Mapping(key, value) => {
                self.refer_to_field(from, key)?;
                self.refer_to_field(from, value)
            }
            // Refused when the message was planned.
            FieldType::Undescribed => Ok(()),
        }
    }

    fn refer_to(&mut self, from: &'static str, value: &ValueType) -> Result<(), Error> {
        let to = match *value {
            ValueType::Named(descriptor) => {
                let descriptor = descriptor();
                self.open.push(descriptor);
                descriptor.package
            }
            ValueType::Enum(descriptor) => {
                self.add_enum(descriptor)?;
                descriptor.package
            }
            ValueType::Nested(members) => return self.refer_to_members(from, members),
            ValueType::Foreign {
                package,
                name,
                file,
            } => {
                let name = join(package, name);
                let file = match self.imports.get(&name) {
                    Some(file) => file.clone(),
                    None if file.is_empty() => return Err(Error::NoFile { name }),
                    None => file.into(),
                };
                self.packages.entry(from).or_default().files.insert(file);
                return Ok(());
            }
            // Bytes are all that the file says of a packed run.
            ValueType::Packed(_) | ValueType::Plain(..) | ValueType::Undescribed => return Ok(()),
        };
        if to != from {
            self.packages.entry(from).or_default().packages.insert(to);
        }
        Ok(())
    }
}

fn collision(package: &str, name: &str) -> Error {
    Error::Collision {
        name: join(package, name),
    }
}

/// Looks for a way from `start` back to it.
fn refuse_cycle(packages: &Packages, start: &'static str) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    let mut open = Vec::from([start]);
    while let Some(from) = open.pop() {
        for &to in packages
            .get(from)
            .into_iter()
            .flat_map(|package| &package.packages)
        {
            if to == start {
                return Err(Error::Cycle {
                    from: from.to_string(),
                    to: to.to_string(),
                });
            }
            if seen.insert(to) {
                open.push(to);
            }
        }
    }
    Ok(())
}
