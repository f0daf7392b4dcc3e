//! `protobuf_test_messages.proto3`, the messages that the suite exchanges in proto3, as derived types.
//!
//! The counterpart of `test_messages_proto3.proto`. Fields without `optional` are plain values, repeated numbers are packed,
//! enums are open: a number that no variant has is kept. The names at the end are there for the names of JSON.

use crate::well_known::{
    Any, BoolValue, BytesValue, DoubleValue, Duration, FieldMask, FloatValue, Int32Value,
    Int64Value, ListValue, NullValue, StringValue, Struct, Timestamp, UInt32Value, UInt64Value,
    Value,
};
use mesh_derive::Protobuf;
use mesh_protobuf::UnknownFields;
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(package = "protobuf_test_messages.proto3")]
pub(crate) struct TestAllTypesProto3 {
    #[mesh(1, encoding = "Varint")]
    optional_int32: i32,
    #[mesh(2, encoding = "Varint")]
    optional_int64: i64,
    #[mesh(3)]
    optional_uint32: u32,
    #[mesh(4)]
    optional_uint64: u64,
    #[mesh(5)]
    optional_sint32: i32,
    #[mesh(6)]
    optional_sint64: i64,
    #[mesh(7, encoding = "Fixed")]
    optional_fixed32: u32,
    #[mesh(8, encoding = "Fixed")]
    optional_fixed64: u64,
    #[mesh(9, encoding = "Fixed")]
    optional_sfixed32: i32,
    #[mesh(10, encoding = "Fixed")]
    optional_sfixed64: i64,
    #[mesh(11)]
    optional_float: f32,
    #[mesh(12)]
    optional_double: f64,
    #[mesh(13)]
    optional_bool: bool,
    #[mesh(14)]
    optional_string: String,
    #[mesh(15)]
    optional_bytes: Vec<u8>,
    #[mesh(18)]
    optional_nested_message: Option<NestedMessage>,
    #[mesh(19)]
    optional_foreign_message: Option<ForeignMessage>,
    #[mesh(21)]
    optional_nested_enum: NestedEnum,
    #[mesh(22)]
    optional_foreign_enum: ForeignEnum,
    #[mesh(23)]
    optional_aliased_enum: AliasedEnum,
    #[mesh(24)]
    optional_string_piece: String,
    #[mesh(25)]
    optional_cord: String,
    #[mesh(27)]
    recursive_message: Option<Box<Self>>,
    #[mesh(31, encoding = "Repeated<Varint>")]
    repeated_int32: Vec<i32>,
    #[mesh(32, encoding = "Repeated<Varint>")]
    repeated_int64: Vec<i64>,
    #[mesh(33)]
    repeated_uint32: Vec<u32>,
    #[mesh(34)]
    repeated_uint64: Vec<u64>,
    #[mesh(35)]
    repeated_sint32: Vec<i32>,
    #[mesh(36)]
    repeated_sint64: Vec<i64>,
    #[mesh(37, encoding = "Repeated<Fixed>")]
    repeated_fixed32: Vec<u32>,
    #[mesh(38, encoding = "Repeated<Fixed>")]
    repeated_fixed64: Vec<u64>,
    #[mesh(39, encoding = "Repeated<Fixed>")]
    repeated_sfixed32: Vec<i32>,
    #[mesh(40, encoding = "Repeated<Fixed>")]
    repeated_sfixed64: Vec<i64>,
    #[mesh(41)]
    repeated_float: Vec<f32>,
    #[mesh(42)]
    repeated_double: Vec<f64>,
    #[mesh(43)]
    repeated_bool: Vec<bool>,
    #[mesh(44)]
    repeated_string: Vec<String>,
    #[mesh(45)]
    repeated_bytes: Vec<Vec<u8>>,
    #[mesh(48)]
    repeated_nested_message: Vec<NestedMessage>,
    #[mesh(49)]
    repeated_foreign_message: Vec<ForeignMessage>,
    #[mesh(51)]
    repeated_nested_enum: Vec<NestedEnum>,
    #[mesh(52)]
    repeated_foreign_enum: Vec<ForeignEnum>,
    #[mesh(54)]
    repeated_string_piece: Vec<String>,
    #[mesh(55)]
    repeated_cord: Vec<String>,
    #[mesh(75, encoding = "Repeated<Varint>")]
    packed_int32: Vec<i32>,
    #[mesh(76, encoding = "Repeated<Varint>")]
    packed_int64: Vec<i64>,
    #[mesh(77)]
    packed_uint32: Vec<u32>,
    #[mesh(78)]
    packed_uint64: Vec<u64>,
    #[mesh(79)]
    packed_sint32: Vec<i32>,
    #[mesh(80)]
    packed_sint64: Vec<i64>,
    #[mesh(81, encoding = "Repeated<Fixed>")]
    packed_fixed32: Vec<u32>,
    #[mesh(82, encoding = "Repeated<Fixed>")]
    packed_fixed64: Vec<u64>,
    #[mesh(83, encoding = "Repeated<Fixed>")]
    packed_sfixed32: Vec<i32>,
    #[mesh(84, encoding = "Repeated<Fixed>")]
    packed_sfixed64: Vec<i64>,
    #[mesh(85)]
    packed_float: Vec<f32>,
    #[mesh(86)]
    packed_double: Vec<f64>,
    #[mesh(87)]
    packed_bool: Vec<bool>,
    #[mesh(88)]
    packed_nested_enum: Vec<NestedEnum>,
    #[mesh(89, encoding = "Unpacked<Varint>")]
    unpacked_int32: Vec<i32>,
    #[mesh(90, encoding = "Unpacked<Varint>")]
    unpacked_int64: Vec<i64>,
    #[mesh(91, encoding = "Unpacked<Varint>")]
    unpacked_uint32: Vec<u32>,
    #[mesh(92, encoding = "Unpacked<Varint>")]
    unpacked_uint64: Vec<u64>,
    #[mesh(93, encoding = "Unpacked<ZigZag>")]
    unpacked_sint32: Vec<i32>,
    #[mesh(94, encoding = "Unpacked<ZigZag>")]
    unpacked_sint64: Vec<i64>,
    #[mesh(95, encoding = "Unpacked<Fixed>")]
    unpacked_fixed32: Vec<u32>,
    #[mesh(96, encoding = "Unpacked<Fixed>")]
    unpacked_fixed64: Vec<u64>,
    #[mesh(97, encoding = "Unpacked<Fixed>")]
    unpacked_sfixed32: Vec<i32>,
    #[mesh(98, encoding = "Unpacked<Fixed>")]
    unpacked_sfixed64: Vec<i64>,
    #[mesh(99, encoding = "Unpacked<Fixed>")]
    unpacked_float: Vec<f32>,
    #[mesh(100, encoding = "Unpacked<Fixed>")]
    unpacked_double: Vec<f64>,
    #[mesh(101, encoding = "Unpacked<Varint>")]
    unpacked_bool: Vec<bool>,
    #[mesh(102, encoding = "Unpacked<Varint>")]
    unpacked_nested_enum: Vec<NestedEnum>,
    #[mesh(56, encoding = "Map<Varint, Varint>")]
    map_int32_int32: BTreeMap<i32, i32>,
    #[mesh(57, encoding = "Map<Varint, Varint>")]
    map_int64_int64: BTreeMap<i64, i64>,
    #[mesh(58)]
    map_uint32_uint32: BTreeMap<u32, u32>,
    #[mesh(59)]
    map_uint64_uint64: BTreeMap<u64, u64>,
    #[mesh(60)]
    map_sint32_sint32: BTreeMap<i32, i32>,
    #[mesh(61)]
    map_sint64_sint64: BTreeMap<i64, i64>,
    #[mesh(62, encoding = "Map<Fixed, Fixed>")]
    map_fixed32_fixed32: BTreeMap<u32, u32>,
    #[mesh(63, encoding = "Map<Fixed, Fixed>")]
    map_fixed64_fixed64: BTreeMap<u64, u64>,
    #[mesh(64, encoding = "Map<Fixed, Fixed>")]
    map_sfixed32_sfixed32: BTreeMap<i32, i32>,
    #[mesh(65, encoding = "Map<Fixed, Fixed>")]
    map_sfixed64_sfixed64: BTreeMap<i64, i64>,
    #[mesh(66, encoding = "Map<Varint, Fixed>")]
    map_int32_float: BTreeMap<i32, f32>,
    #[mesh(67, encoding = "Map<Varint, Fixed>")]
    map_int32_double: BTreeMap<i32, f64>,
    #[mesh(68)]
    map_bool_bool: BTreeMap<bool, bool>,
    #[mesh(69)]
    map_string_string: BTreeMap<String, String>,
    #[mesh(70)]
    map_string_bytes: BTreeMap<String, Vec<u8>>,
    #[mesh(71)]
    map_string_nested_message: BTreeMap<String, NestedMessage>,
    #[mesh(72)]
    map_string_foreign_message: BTreeMap<String, ForeignMessage>,
    #[mesh(73)]
    map_string_nested_enum: BTreeMap<String, NestedEnum>,
    #[mesh(74)]
    map_string_foreign_enum: BTreeMap<String, ForeignEnum>,
    #[mesh(oneof)]
    oneof_field: Option<OneofField>,
    #[mesh(201)]
    optional_bool_wrapper: Option<BoolValue>,
    #[mesh(202)]
    optional_int32_wrapper: Option<Int32Value>,
    #[mesh(203)]
    optional_int64_wrapper: Option<Int64Value>,
    #[mesh(204)]
    optional_uint32_wrapper: Option<UInt32Value>,
    #[mesh(205)]
    optional_uint64_wrapper: Option<UInt64Value>,
    #[mesh(206)]
    optional_float_wrapper: Option<FloatValue>,
    #[mesh(207)]
    optional_double_wrapper: Option<DoubleValue>,
    #[mesh(208)]
    optional_string_wrapper: Option<StringValue>,
    #[mesh(209)]
    optional_bytes_wrapper: Option<BytesValue>,
    #[mesh(211)]
    repeated_bool_wrapper: Vec<BoolValue>,
    #[mesh(212)]
    repeated_int32_wrapper: Vec<Int32Value>,
    #[mesh(213)]
    repeated_int64_wrapper: Vec<Int64Value>,
    #[mesh(214)]
    repeated_uint32_wrapper: Vec<UInt32Value>,
    #[mesh(215)]
    repeated_uint64_wrapper: Vec<UInt64Value>,
    #[mesh(216)]
    repeated_float_wrapper: Vec<FloatValue>,
    #[mesh(217)]
    repeated_double_wrapper: Vec<DoubleValue>,
    #[mesh(218)]
    repeated_string_wrapper: Vec<StringValue>,
    #[mesh(219)]
    repeated_bytes_wrapper: Vec<BytesValue>,
    #[mesh(301)]
    optional_duration: Option<Duration>,
    #[mesh(302)]
    optional_timestamp: Option<Timestamp>,
    #[mesh(303)]
    optional_field_mask: Option<FieldMask>,
    #[mesh(304)]
    optional_struct: Option<Struct>,
    #[mesh(305)]
    optional_any: Option<Any>,
    #[mesh(306)]
    optional_value: Option<Value>,
    #[mesh(307)]
    optional_null_value: NullValue,
    #[mesh(311)]
    repeated_duration: Vec<Duration>,
    #[mesh(312)]
    repeated_timestamp: Vec<Timestamp>,
    #[mesh(313)]
    repeated_fieldmask: Vec<FieldMask>,
    #[mesh(324)]
    repeated_struct: Vec<Struct>,
    #[mesh(315)]
    repeated_any: Vec<Any>,
    #[mesh(316)]
    repeated_value: Vec<Value>,
    #[mesh(317)]
    repeated_list_value: Vec<ListValue>,
    #[mesh(401, encoding = "Varint", rename = "fieldname1")]
    json_name_1: i32,
    #[mesh(402, encoding = "Varint", rename = "field_name2")]
    json_name_2: i32,
    #[mesh(403, encoding = "Varint", rename = "_field_name3")]
    json_name_3: i32,
    #[mesh(404, encoding = "Varint", rename = "field__name4_")]
    json_name_4: i32,
    #[mesh(405, encoding = "Varint", rename = "field0name5")]
    json_name_5: i32,
    #[mesh(406, encoding = "Varint", rename = "field_0_name6")]
    json_name_6: i32,
    #[mesh(407, encoding = "Varint", rename = "fieldName7")]
    json_name_7: i32,
    #[mesh(408, encoding = "Varint", rename = "FieldName8")]
    json_name_8: i32,
    #[mesh(409, encoding = "Varint", rename = "field_Name9")]
    json_name_9: i32,
    #[mesh(410, encoding = "Varint", rename = "Field_Name10")]
    json_name_10: i32,
    #[mesh(411, encoding = "Varint", rename = "FIELD_NAME11")]
    json_name_11: i32,
    #[mesh(412, encoding = "Varint", rename = "FIELD_name12")]
    json_name_12: i32,
    #[mesh(413, encoding = "Varint", rename = "__field_name13")]
    json_name_13: i32,
    #[mesh(414, encoding = "Varint", rename = "__Field_name14")]
    json_name_14: i32,
    #[mesh(415, encoding = "Varint", rename = "field__name15")]
    json_name_15: i32,
    #[mesh(416, encoding = "Varint", rename = "field__Name16")]
    json_name_16: i32,
    #[mesh(417, encoding = "Varint", rename = "field_name17__")]
    json_name_17: i32,
    #[mesh(418, encoding = "Varint", rename = "Field_name18__")]
    json_name_18: i32,
    #[mesh(unknown)]
    unknown: UnknownFields,
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(package = "protobuf_test_messages.proto3")]
struct NestedMessage {
    #[mesh(1, encoding = "Varint")]
    a: i32,
    #[mesh(2)]
    corecursive: Option<Box<TestAllTypesProto3>>,
    #[mesh(unknown)]
    unknown: UnknownFields,
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(package = "protobuf_test_messages.proto3")]
struct ForeignMessage {
    #[mesh(1, encoding = "Varint")]
    c: i32,
    #[mesh(unknown)]
    unknown: UnknownFields,
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
enum OneofField {
    #[mesh(111)]
    Uint32(u32),
    #[mesh(112)]
    NestedMessage(Box<NestedMessage>),
    #[mesh(113)]
    String(String),
    #[mesh(114)]
    Bytes(Vec<u8>),
    #[mesh(115)]
    Bool(bool),
    #[mesh(116)]
    Uint64(u64),
    #[mesh(117)]
    Float(f32),
    #[mesh(118)]
    Double(f64),
    #[mesh(119)]
    Enum(NestedEnum),
    #[mesh(120)]
    NullValue(NullValue),
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(enumeration)]
enum NestedEnum {
    #[mesh(0)]
    Foo,
    #[mesh(1)]
    Bar,
    #[mesh(2)]
    Baz,
    #[mesh(-1)]
    Neg,
    #[mesh(unknown)]
    Other(i32),
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(enumeration)]
enum ForeignEnum {
    #[mesh(0)]
    Foo,
    #[mesh(1)]
    Bar,
    #[mesh(2)]
    Baz,
    #[mesh(unknown)]
    Other(i32),
}

/// Its names for the same number cannot be told apart on the wire.
#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(enumeration)]
enum AliasedEnum {
    #[mesh(0)]
    Foo,
    #[mesh(1)]
    Bar,
    #[mesh(2)]
    Baz,
    #[mesh(unknown)]
    Other(i32),
}
