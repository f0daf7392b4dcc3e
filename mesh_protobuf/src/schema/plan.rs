//! A message or enum with all that a descriptor leaves open decided: the names of messages that have none, labels, comments.
//!
//! A name that has to be made up gives way to those that are given: it gets underscores until nothing else in the message is
//! called so. What comes out depends on the descriptor alone.

use super::descriptor::{
    EnumDescriptor, FieldDescriptor, FieldType, Member, MessageDescriptor, ScalarType, ValueType,
};
use super::error::Error;
use super::names::{camel, join, screaming, type_name};
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A message, top-level or in another.
#[derive(Debug, PartialEq)]
pub(super) struct Message {
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) members: Vec<Part>,
    pub(super) nested: Vec<Message>,
}

/// Part of a message.
#[derive(Debug, PartialEq)]
pub(super) enum Part {
    Field(Field),
    Oneof {
        name: String,
        docs: String,
        fields: Vec<Field>,
    },
}

/// A field.
#[derive(Debug, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) number: u32,
    pub(super) docs: String,
    /// What stands before the type.
    pub(super) label: Label,
    pub(super) ty: Type,
}

/// What stands around the type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    None,
    Optional,
    Repeated,
    /// Repeated, with the option that numbers are not packed.
    Unpacked,
}

/// The type of a field.
#[derive(Debug, PartialEq)]
pub(super) enum Type {
    Scalar(ScalarType),
    /// A message in the one that the field is in.
    Nested(String),
    /// A message or enum among those that are gathered.
    Named {
        package: &'static str,
        name: &'static str,
    },
    /// A message or enum of another file.
    Foreign(String),
    Map(ScalarType, Box<Type>),
}

/// An enum.
#[derive(Debug, PartialEq)]
pub(super) struct Enum {
    pub(super) name: String,
    pub(super) docs: String,
    /// Name, number and comment, the one with zero first.
    pub(super) values: Vec<(String, i32, String)>,
}

impl Enum {
    /// Decides an enum: it begins with zero, as it must.
    pub(super) fn new(descriptor: &EnumDescriptor) -> Self {
        let mut values: Vec<_> = descriptor
            .values
            .iter()
            .map(|value| (value.name.to_string(), value.number, value.docs.to_string()))
            .collect();
        match values.iter().position(|&(_, number, _)| number == 0) {
            Some(zero) => values[..=zero].rotate_right(1),
            None => values.insert(
                0,
                (
                    format!("{}_UNSPECIFIED", screaming(descriptor.name)),
                    0,
                    "What an absent field says; Rust has no name for it.".into(),
                ),
            ),
        }
        Self {
            name: descriptor.name.into(),
            docs: descriptor.docs.into(),
            values,
        }
    }
}

impl Message {
    /// Decides a message.
    pub(super) fn new(descriptor: &MessageDescriptor) -> Result<Self, Error> {
        let path = join(descriptor.package, descriptor.name);
        Self::plan(
            descriptor.name.into(),
            descriptor.docs,
            descriptor.members,
            &path,
        )
    }

    fn plan(name: String, docs: &str, members: &[Member], path: &str) -> Result<Self, Error> {
        let mut planner = Planner {
            path,
            taken: taken(&name, members),
            nested: Vec::new(),
        };
        let members = members
            .iter()
            .map(|member| {
                Ok(match member {
                    Member::Field(field) => Part::Field(planner.field(field)?),
                    Member::Oneof(oneof) => Part::Oneof {
                        name: planner.free(oneof.name),
                        docs: oneof.docs.into(),
                        fields: oneof
                            .fields
                            .iter()
                            .map(|field| planner.field(field))
                            .collect::<Result<_, _>>()?,
                    },
                })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            name,
            docs: docs.into(),
            members,
            nested: planner.nested,
        })
    }
}

/// The names in a message that are given and not made up.
fn taken(message: &str, members: &[Member]) -> BTreeSet<String> {
    let mut taken = BTreeSet::from([message.to_string()]);
    for member in members {
        let fields = match member {
            Member::Field(field) => core::slice::from_ref(field),
            Member::Oneof(oneof) => oneof.fields,
        };
        for field in fields {
            taken.insert(field.name.into());
            if let FieldType::Mapping(key, value) = field.ty {
                if map_types(key, value).is_some() {
                    taken.insert(camel(field.name) + "Entry");
                }
            }
        }
    }
    taken
}

/// Whether a map can have such keys.
fn is_key(ty: ScalarType) -> bool {
    ![ScalarType::DOUBLE, ScalarType::FLOAT, ScalarType::BYTES].contains(&ty)
}

/// Key and value, if protobuf allows such a map.
fn map_types(key: &FieldType, value: &FieldType) -> Option<(ScalarType, &'static str, ValueType)> {
    match (key, value) {
        (&FieldType::One(ValueType::Plain(key, note)), &FieldType::One(value)) if is_key(key) => {
            Some((key, note, value))
        }
        _ => None,
    }
}

/// The message that a map has as entries, where it is none to protobuf.
fn entry(key: FieldType, value: FieldType) -> [Member; 2] {
    [("key", 1, key), ("value", 2, value)].map(|(name, number, ty)| {
        Member::Field(FieldDescriptor {
            name,
            number,
            docs: "",
            ty,
        })
    })
}

/// What has been decided of a message so far.
struct Planner<'p> {
    path: &'p str,
    taken: BTreeSet<String>,
    nested: Vec<Message>,
}

impl Planner<'_> {
    /// A name that nothing else in the message has, as like to `name` as can be.
    fn free(&mut self, name: &str) -> String {
        let mut name = String::from(name);
        while !self.taken.insert(name.clone()) {
            name.push('_');
        }
        name
    }

    fn field(&mut self, field: &FieldDescriptor) -> Result<Field, Error> {
        let mut docs = String::from(field.docs);
        let (label, ty) = match field.ty {
            FieldType::One(value) => (Label::None, self.value(field, value, &mut docs)?),
            FieldType::OneOrNone(value) => (Label::Optional, self.value(field, value, &mut docs)?),
            FieldType::Many(value) => (Label::Repeated, self.value(field, value, &mut docs)?),
            FieldType::ManyUnpacked(value) => {
                let label = if is_packable(&value) {
                    Label::Unpacked
                } else {
                    Label::Repeated
                };
                (label, self.value(field, value, &mut docs)?)
            }
            FieldType::Mapping(key, value) => match map_types(key, value) {
                Some((key, note, value)) => {
                    if !note.is_empty() {
                        push_line(&mut docs, &format!("Keys: {note}"));
                    }
                    let value = self.value(field, value, &mut docs)?;
                    (Label::None, Type::Map(key, Box::new(value)))
                }
                None => {
                    let entry = self.message(field, &entry(*key, *value))?;
                    push_line(&mut docs, "A map; no key is there twice.");
                    (Label::Repeated, entry)
                }
            },
            FieldType::Undescribed => return Err(self.undescribed(field)),
        };
        Ok(Field {
            name: field.name.into(),
            number: field.number,
            docs,
            label,
            ty,
        })
    }

    fn value(
        &mut self,
        field: &FieldDescriptor,
        value: ValueType,
        docs: &mut String,
    ) -> Result<Type, Error> {
        Ok(match value {
            ValueType::Plain(ty, note) => {
                push_line(docs, note);
                Type::Scalar(ty)
            }
            ValueType::Enum(EnumDescriptor { package, name, .. }) => Type::Named { package, name },
            ValueType::Named(descriptor) => {
                let MessageDescriptor { package, name, .. } = descriptor();
                Type::Named { package, name }
            }
            ValueType::Nested(members) => self.message(field, members)?,
            ValueType::Packed(ty) => {
                let ty = match ty {
                    ValueType::Plain(ty, _) => ty.name().into(),
                    ValueType::Enum(ty) => join(ty.package, ty.name),
                    _ => return Err(self.undescribed(field)),
                };
                push_line(
                    docs,
                    &format!("Values of `{ty}` in a row, as in a packed field."),
                );
                Type::Scalar(ScalarType::BYTES)
            }
            ValueType::Foreign { package, name, .. } => Type::Foreign(join(package, name)),
            ValueType::Undescribed => return Err(self.undescribed(field)),
        })
    }

    /// A message that gets its name from the field.
    fn message(&mut self, field: &FieldDescriptor, members: &[Member]) -> Result<Type, Error> {
        let name = self.free(&type_name(field.name));
        let path = join(self.path, &name);
        let message = Message::plan(name.clone(), "", members, &path)?;
        self.nested.push(message);
        Ok(Type::Nested(name))
    }

    fn undescribed(&self, field: &FieldDescriptor) -> Error {
        Error::Undescribed {
            field: join(self.path, field.name),
        }
    }
}

/// Whether a sequence of it would be packed.
fn is_packable(value: &ValueType) -> bool {
    match value {
        ValueType::Plain(ty, _) => ![ScalarType::STRING, ScalarType::BYTES].contains(ty),
        ValueType::Enum(_) => true,
        _ => false,
    }
}

/// Adds a line of its own, if there is anything in it.
fn push_line(docs: &mut String, line: &str) {
    if !docs.is_empty() && !line.is_empty() {
        docs.push('\n');
    }
    docs.push_str(line);
}
