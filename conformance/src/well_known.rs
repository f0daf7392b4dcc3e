//! The messages of `google.protobuf` that the test messages have as fields, as derived types.
//!
//! They are spelled out, rather than taken from the types that the codec has for durations, times and options, because
//! the suite sends what those refuse: a span of less than nothing, or nanoseconds that make a second.

use mesh_derive::Protobuf;
use std::collections::BTreeMap;

macro_rules! wrapper {
    ($($name:ident($type:ty, $encoding:literal);)*) => { $(
        #[derive(Debug, Clone, PartialEq, Protobuf)]
        #[mesh(package = "google.protobuf")]
        pub(crate) struct $name {
            #[mesh(1, encoding = $encoding)]
            value: $type,
        }
    )* };
}

wrapper! {
    BoolValue(bool, "Varint");
    Int32Value(i32, "Varint");
    Int64Value(i64, "Varint");
    UInt32Value(u32, "Varint");
    UInt64Value(u64, "Varint");
    FloatValue(f32, "Fixed");
    DoubleValue(f64, "Fixed");
    StringValue(String, "Text");
    BytesValue(Vec<u8>, "Repeated<Byte>");
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(package = "google.protobuf")]
pub(crate) struct Duration {
    #[mesh(1, encoding = "Varint")]
    seconds: i64,
    #[mesh(2, encoding = "Varint")]
    nanos: i32,
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(package = "google.protobuf")]
pub(crate) struct Timestamp {
    #[mesh(1, encoding = "Varint")]
    seconds: i64,
    #[mesh(2, encoding = "Varint")]
    nanos: i32,
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(package = "google.protobuf")]
pub(crate) struct FieldMask {
    #[mesh(1)]
    paths: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(package = "google.protobuf")]
pub(crate) struct Any {
    #[mesh(1)]
    type_url: String,
    #[mesh(2)]
    value: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(package = "google.protobuf")]
pub(crate) struct Struct {
    #[mesh(1)]
    fields: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(package = "google.protobuf")]
pub(crate) struct Value {
    #[mesh(oneof)]
    kind: Option<Kind>,
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
enum Kind {
    #[mesh(1)]
    Null(NullValue),
    #[mesh(2)]
    Number(f64),
    #[mesh(3)]
    String(String),
    #[mesh(4)]
    Bool(bool),
    #[mesh(5)]
    Struct(Struct),
    #[mesh(6)]
    List(ListValue),
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(package = "google.protobuf")]
pub(crate) struct ListValue {
    #[mesh(1)]
    values: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(enumeration, package = "google.protobuf")]
pub(crate) enum NullValue {
    #[mesh(0)]
    Null,
    #[mesh(unknown)]
    Other(i32),
}
