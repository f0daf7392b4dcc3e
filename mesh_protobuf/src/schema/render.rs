//! The text of `.proto` files.

use super::gather::Package;
use super::names::join;
use super::plan::{Enum, Field, Label, Message, Part, Type};
use super::symbols::Symbols;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

/// The file of one package.
pub(super) struct File<'p> {
    /// The name of the package.
    pub(super) name: &'p str,
    /// Its types.
    pub(super) package: &'p Package,
    /// All names there are.
    pub(super) symbols: &'p Symbols,
    /// The names of all packages.
    pub(super) packages: &'p [&'p str],
}

/// The name of the file that holds a package.
pub(super) fn file_name(package: &str) -> String {
    match package {
        // No package is called so.
        "" => "no-package.proto".into(),
        package => format!("{package}.proto"),
    }
}

impl fmt::Display for File<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("// Made from Rust types by mesh_protobuf; changes belong there.\n\nsyntax = \"proto3\";\n")?;
        if !self.name.is_empty() {
            write!(f, "\npackage {};\n", self.name)?;
        }
        let others = self.package.packages.iter().map(|name| file_name(name));
        let mut imports: Vec<_> = others.chain(self.package.files.iter().cloned()).collect();
        imports.sort();
        for (position, import) in imports.iter().enumerate() {
            let gap = if position == 0 { "\n" } else { "" };
            writeln!(f, "{gap}import \"{import}\";")?;
        }
        for message in self.package.messages.values() {
            f.write_char('\n')?;
            self.message(f, message, "", self.name)?;
        }
        for planned in self.package.enums.values() {
            f.write_char('\n')?;
            write_enum(f, planned)?;
        }
        Ok(())
    }
}

impl File<'_> {
    fn message(
        &self,
        f: &mut fmt::Formatter<'_>,
        message: &Message,
        indent: &str,
        scope: &str,
    ) -> fmt::Result {
        comment(f, &message.docs, indent)?;
        if message.members.is_empty() {
            return writeln!(f, "{indent}message {} {{}}", message.name);
        }
        writeln!(f, "{indent}message {} {{", message.name)?;
        let scope = join(scope, &message.name);
        let inner = format!("{indent}  ");
        for nested in &message.nested {
            self.message(f, nested, &inner, &scope)?;
            f.write_char('\n')?;
        }
        for member in &message.members {
            match member {
                Part::Field(field) => self.field(f, field, &inner, &scope)?,
                Part::Oneof { fields, .. } if fields.is_empty() => {}
                Part::Oneof { name, docs, fields } => {
                    comment(f, docs, &inner)?;
                    writeln!(f, "{inner}oneof {name} {{")?;
                    let innermost = format!("{inner}  ");
                    for field in fields {
                        self.field(f, field, &innermost, &scope)?;
                    }
                    writeln!(f, "{inner}}}")?;
                }
            }
        }
        writeln!(f, "{indent}}}")
    }

    fn field(
        &self,
        f: &mut fmt::Formatter<'_>,
        field: &Field,
        indent: &str,
        scope: &str,
    ) -> fmt::Result {
        comment(f, &field.docs, indent)?;
        let (label, options) = match field.label {
            Label::None => ("", ""),
            Label::Optional => ("optional ", ""),
            Label::Repeated => ("repeated ", ""),
            Label::Unpacked => ("repeated ", " [packed = false]"),
        };
        let ty = self.ty(&field.ty, scope);
        let Field { name, number, .. } = field;
        writeln!(f, "{indent}{label}{ty} {name} = {number}{options};")
    }

    fn ty(&self, ty: &Type, scope: &str) -> String {
        match ty {
            Type::Scalar(ty) => ty.name().into(),
            Type::Nested(name) => self.reference(&join(scope, name), name, scope),
            Type::Named { package, name } if *package == self.name => {
                self.reference(&join(package, name), name, scope)
            }
            Type::Named { package, name } => {
                let full = join(package, name);
                self.reference(&full, &full, scope)
            }
            Type::Foreign(full) => self.reference(full, full, scope),
            Type::Map(key, value) => format!("map<{}, {}>", key.name(), self.ty(value, scope)),
        }
    }

    /// `short`, if a compiler that starts to look in `scope` takes it for `full`; else `full` with a dot before it, which is
    /// always right.
    fn reference(&self, full: &str, short: &str, scope: &str) -> String {
        let first = short.split('.').next().unwrap_or(short);
        // What begins with a small letter could be taken for a keyword.
        let typical =
            first.starts_with(|first: char| first.is_ascii_uppercase()) || short.contains('.');
        let mut scope = Some(scope);
        while let (true, Some(name)) = (typical, scope) {
            let candidate = join(name, first);
            if self.is_name(&candidate) {
                // The innermost thing called so decides.
                let found = match short.split_once('.') {
                    Some((_, rest)) => join(&candidate, rest),
                    None => candidate,
                };
                if found == full {
                    return short.into();
                }
                break;
            }
            scope = match name.rsplit_once('.') {
                Some((outer, _)) => Some(outer),
                None if name.is_empty() => None,
                None => Some(""),
            };
        }
        // Nothing here is called so, or another thing; files of others have names that are not known here.
        if typical && scope.is_none() {
            return short.into();
        }
        format!(".{full}")
    }

    /// Whether a type or field is called so, or the first parts of a package are.
    fn is_name(&self, name: &str) -> bool {
        self.symbols.contains(name)
            || self.packages.iter().any(|package| {
                package
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
    }
}

fn write_enum(f: &mut fmt::Formatter<'_>, planned: &Enum) -> fmt::Result {
    comment(f, &planned.docs, "")?;
    writeln!(f, "enum {} {{", planned.name)?;
    for (name, number, docs) in &planned.values {
        comment(f, docs, "  ")?;
        writeln!(f, "  {name} = {number};")?;
    }
    f.write_str("}\n")
}

fn comment(f: &mut fmt::Formatter<'_>, docs: &str, indent: &str) -> fmt::Result {
    for line in docs.lines() {
        let line = line.trim_end();
        let gap = if line.is_empty() { "" } else { " " };
        writeln!(f, "{indent}//{gap}{line}")?;
    }
    Ok(())
}
