//! Descriptors: messages, enums and fields as constants, without an allocation anywhere.
//!
//! They say what is on the wire and not what is in Rust: a `Box` is not seen, a tuple is a message without a name. A message
//! that has a name is referred to through a function that returns its descriptor; constants that held each other could not
//! be evaluated.

use core::fmt;

/// A message that has a name.
#[derive(Clone, Copy, Debug)]
pub struct MessageDescriptor {
    /// The package, its parts separated by dots; empty if there is none.
    pub package: &'static str,
    /// The name within the package.
    pub name: &'static str,
    /// The type's documentation, in lines; empty if there is none.
    pub docs: &'static str,
    /// What it holds, in the order of declaration.
    pub members: &'static [Member],
}

/// Part of a message.
#[derive(Clone, Copy, Debug)]
pub enum Member {
    /// A field.
    Field(FieldDescriptor),
    /// Fields of which at most one is there.
    Oneof(OneofDescriptor),
}

/// A field of a message.
#[derive(Clone, Copy, Debug)]
pub struct FieldDescriptor {
    /// Its name.
    pub name: &'static str,
    /// Its number.
    pub number: u32,
    /// Its documentation, in lines; empty if there is none.
    pub docs: &'static str,
    /// What it holds, and how often.
    pub ty: FieldType,
}

/// A `oneof` of a message.
#[derive(Clone, Copy, Debug)]
pub struct OneofDescriptor {
    /// Its name.
    pub name: &'static str,
    /// Its documentation, in lines; empty if there is none.
    pub docs: &'static str,
    /// The fields of which it is one, each [`FieldType::One`].
    pub fields: &'static [FieldDescriptor],
}

/// An enum: names for numbers.
#[derive(Clone, Copy, Debug)]
pub struct EnumDescriptor {
    /// The package, its parts separated by dots; empty if there is none.
    pub package: &'static str,
    /// The name within the package.
    pub name: &'static str,
    /// The type's documentation, in lines; empty if there is none.
    pub docs: &'static str,
    /// Its numbers, in the order of declaration.
    pub values: &'static [EnumValueDescriptor],
}

/// One number of an enum.
#[derive(Clone, Copy, Debug)]
pub struct EnumValueDescriptor {
    /// Its name, among those of all enums of the package.
    pub name: &'static str,
    /// The number.
    pub number: i32,
    /// Its documentation, in lines; empty if there is none.
    pub docs: &'static str,
}

/// What a field holds, and how often.
#[derive(Clone, Copy, Debug)]
pub enum FieldType {
    /// One value; absent, it is the default one.
    One(ValueType),
    /// One value or none.
    OneOrNone(ValueType),
    /// Any number of values, packed if they are numbers.
    Many(ValueType),
    /// Any number of values, not packed.
    ManyUnpacked(ValueType),
    /// Entries of key and value. It is a `map` in protobuf if that allows such a key and such a value, and a repeated message
    /// of the two, which has the same bytes, otherwise.
    Mapping(&'static FieldType, &'static FieldType),
    /// Something whose type is laid out by hand and not described.
    Undescribed,
}

/// What a field holds once.
#[derive(Clone, Copy)]
pub enum ValueType {
    /// A number, text or bytes. The text beside it says what the type does not: a range, what the bytes are.
    Plain(ScalarType, &'static str),
    /// An enum.
    Enum(&'static EnumDescriptor),
    /// A message that has a name.
    Named(fn() -> &'static MessageDescriptor),
    /// A message that has no name of its own. It gets that of the field.
    Nested(&'static [Member]),
    /// A run of values without tags, as one: `bytes` to protobuf.
    Packed(&'static ValueType),
    /// A message that is described elsewhere.
    Foreign {
        /// Its package; empty if it has none.
        package: &'static str,
        /// The name within the package.
        name: &'static str,
        /// The file to import; empty if it has to be given to [`Files::import`](super::Files::import).
        file: &'static str,
    },
    /// Something whose type is laid out by hand and not described.
    Undescribed,
}

/// A type of protobuf that is neither a message nor an enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScalarType(&'static str);

impl FieldType {
    /// A message that says no more than that it is there.
    pub const EMPTY: Self = Self::One(ValueType::EMPTY);
}

impl ValueType {
    /// A message without fields, `google.protobuf.Empty`.
    pub const EMPTY: Self = Self::Foreign {
        package: "google.protobuf",
        name: "Empty",
        file: "google/protobuf/empty.proto",
    };

    /// A scalar of which there is nothing more to say.
    pub const fn plain(ty: ScalarType) -> Self {
        Self::Plain(ty, "")
    }
}

/// Other messages are shown by name, since they may contain this one.
impl fmt::Debug for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(ty, note) => f.debug_tuple("Plain").field(ty).field(note).finish(),
            Self::Enum(ty) => write!(f, "Enum({}.{})", ty.package, ty.name),
            Self::Named(descriptor) => {
                let MessageDescriptor { package, name, .. } = descriptor();
                write!(f, "Named({package}.{name})")
            }
            Self::Nested(members) => f.debug_tuple("Nested").field(members).finish(),
            Self::Packed(ty) => f.debug_tuple("Packed").field(ty).finish(),
            Self::Foreign { package, name, .. } => write!(f, "Foreign({package}.{name})"),
            Self::Undescribed => f.write_str("Undescribed"),
        }
    }
}

impl ScalarType {
    /// `double`
    pub const DOUBLE: Self = Self("double");
    /// `float`
    pub const FLOAT: Self = Self("float");
    /// `int32`
    pub const INT32: Self = Self("int32");
    /// `int64`
    pub const INT64: Self = Self("int64");
    /// `uint32`
    pub const UINT32: Self = Self("uint32");
    /// `uint64`
    pub const UINT64: Self = Self("uint64");
    /// `sint32`
    pub const SINT32: Self = Self("sint32");
    /// `sint64`
    pub const SINT64: Self = Self("sint64");
    /// `fixed32`
    pub const FIXED32: Self = Self("fixed32");
    /// `fixed64`
    pub const FIXED64: Self = Self("fixed64");
    /// `sfixed32`
    pub const SFIXED32: Self = Self("sfixed32");
    /// `sfixed64`
    pub const SFIXED64: Self = Self("sfixed64");
    /// `bool`
    pub const BOOL: Self = Self("bool");
    /// `string`
    pub const STRING: Self = Self("string");
    /// `bytes`
    pub const BYTES: Self = Self("bytes");

    /// The name in a `.proto` file.
    pub const fn name(self) -> &'static str {
        self.0
    }
}
