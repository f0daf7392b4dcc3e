//! `protobuf_test_messages.proto2`, the messages that the suite exchanges in proto2, as derived types.
//!
//! The counterpart of `test_messages_proto2.proto`. Fields are `optional`, repeated numbers are not packed unless that is
//! said. What a derived type has no layout for is not here, the group `Data` (201) and the extensions: they are unknown
//! fields, which are kept. The default values of fields are a matter of accessors and not on the wire.

use mesh_derive::Protobuf;
use mesh_protobuf::UnknownFields;
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(package = "protobuf_test_messages.proto2")]
pub(crate) struct TestAllTypesProto2 {
    #[mesh(1, encoding = "Optional<Varint>")]
    optional_int32: Option<i32>,
    #[mesh(2, encoding = "Optional<Varint>")]
    optional_int64: Option<i64>,
    #[mesh(3)]
    optional_uint32: Option<u32>,
    #[mesh(4)]
    optional_uint64: Option<u64>,
    #[mesh(5)]
    optional_sint32: Option<i32>,
    #[mesh(6)]
    optional_sint64: Option<i64>,
    #[mesh(7, encoding = "Optional<Fixed>")]
    optional_fixed32: Option<u32>,
    #[mesh(8, encoding = "Optional<Fixed>")]
    optional_fixed64: Option<u64>,
    #[mesh(9, encoding = "Optional<Fixed>")]
    optional_sfixed32: Option<i32>,
    #[mesh(10, encoding = "Optional<Fixed>")]
    optional_sfixed64: Option<i64>,
    #[mesh(11)]
    optional_float: Option<f32>,
    #[mesh(12)]
    optional_double: Option<f64>,
    #[mesh(13)]
    optional_bool: Option<bool>,
    #[mesh(14)]
    optional_string: Option<String>,
    #[mesh(15)]
    optional_bytes: Option<Vec<u8>>,
    #[mesh(18)]
    optional_nested_message: Option<NestedMessage>,
    #[mesh(19)]
    optional_foreign_message: Option<ForeignMessageProto2>,
    #[mesh(21)]
    optional_nested_enum: Option<NestedEnum>,
    #[mesh(22)]
    optional_foreign_enum: Option<ForeignEnumProto2>,
    #[mesh(24)]
    optional_string_piece: Option<String>,
    #[mesh(25)]
    optional_cord: Option<String>,
    #[mesh(27)]
    recursive_message: Option<Box<Self>>,
    #[mesh(31, encoding = "Unpacked<Varint>")]
    repeated_int32: Vec<i32>,
    #[mesh(32, encoding = "Unpacked<Varint>")]
    repeated_int64: Vec<i64>,
    #[mesh(33, encoding = "Unpacked<Varint>")]
    repeated_uint32: Vec<u32>,
    #[mesh(34, encoding = "Unpacked<Varint>")]
    repeated_uint64: Vec<u64>,
    #[mesh(35, encoding = "Unpacked<ZigZag>")]
    repeated_sint32: Vec<i32>,
    #[mesh(36, encoding = "Unpacked<ZigZag>")]
    repeated_sint64: Vec<i64>,
    #[mesh(37, encoding = "Unpacked<Fixed>")]
    repeated_fixed32: Vec<u32>,
    #[mesh(38, encoding = "Unpacked<Fixed>")]
    repeated_fixed64: Vec<u64>,
    #[mesh(39, encoding = "Unpacked<Fixed>")]
    repeated_sfixed32: Vec<i32>,
    #[mesh(40, encoding = "Unpacked<Fixed>")]
    repeated_sfixed64: Vec<i64>,
    #[mesh(41, encoding = "Unpacked<Fixed>")]
    repeated_float: Vec<f32>,
    #[mesh(42, encoding = "Unpacked<Fixed>")]
    repeated_double: Vec<f64>,
    #[mesh(43, encoding = "Unpacked<Varint>")]
    repeated_bool: Vec<bool>,
    #[mesh(44)]
    repeated_string: Vec<String>,
    #[mesh(45)]
    repeated_bytes: Vec<Vec<u8>>,
    #[mesh(48)]
    repeated_nested_message: Vec<NestedMessage>,
    #[mesh(49)]
    repeated_foreign_message: Vec<ForeignMessageProto2>,
    #[mesh(51, encoding = "Unpacked<Varint>")]
    repeated_nested_enum: Vec<NestedEnum>,
    #[mesh(52, encoding = "Unpacked<Varint>")]
    repeated_foreign_enum: Vec<ForeignEnumProto2>,
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
    map_string_foreign_message: BTreeMap<String, ForeignMessageProto2>,
    #[mesh(73)]
    map_string_nested_enum: BTreeMap<String, NestedEnum>,
    #[mesh(74)]
    map_string_foreign_enum: BTreeMap<String, ForeignEnumProto2>,
    #[mesh(oneof)]
    oneof_field: Option<OneofField>,
    #[mesh(241, encoding = "Optional<Varint>")]
    default_int32: Option<i32>,
    #[mesh(242, encoding = "Optional<Varint>")]
    default_int64: Option<i64>,
    #[mesh(243)]
    default_uint32: Option<u32>,
    #[mesh(244)]
    default_uint64: Option<u64>,
    #[mesh(245)]
    default_sint32: Option<i32>,
    #[mesh(246)]
    default_sint64: Option<i64>,
    #[mesh(247, encoding = "Optional<Fixed>")]
    default_fixed32: Option<u32>,
    #[mesh(248, encoding = "Optional<Fixed>")]
    default_fixed64: Option<u64>,
    #[mesh(249, encoding = "Optional<Fixed>")]
    default_sfixed32: Option<i32>,
    #[mesh(250, encoding = "Optional<Fixed>")]
    default_sfixed64: Option<i64>,
    #[mesh(251)]
    default_float: Option<f32>,
    #[mesh(252)]
    default_double: Option<f64>,
    #[mesh(253)]
    default_bool: Option<bool>,
    #[mesh(254)]
    default_string: Option<String>,
    #[mesh(255)]
    default_bytes: Option<Vec<u8>>,
    #[mesh(401, encoding = "Optional<Varint>", rename = "fieldname1")]
    json_name_1: Option<i32>,
    #[mesh(402, encoding = "Optional<Varint>", rename = "field_name2")]
    json_name_2: Option<i32>,
    #[mesh(403, encoding = "Optional<Varint>", rename = "_field_name3")]
    json_name_3: Option<i32>,
    #[mesh(404, encoding = "Optional<Varint>", rename = "field__name4_")]
    json_name_4: Option<i32>,
    #[mesh(405, encoding = "Optional<Varint>", rename = "field0name5")]
    json_name_5: Option<i32>,
    #[mesh(406, encoding = "Optional<Varint>", rename = "field_0_name6")]
    json_name_6: Option<i32>,
    #[mesh(407, encoding = "Optional<Varint>", rename = "fieldName7")]
    json_name_7: Option<i32>,
    #[mesh(408, encoding = "Optional<Varint>", rename = "FieldName8")]
    json_name_8: Option<i32>,
    #[mesh(409, encoding = "Optional<Varint>", rename = "field_Name9")]
    json_name_9: Option<i32>,
    #[mesh(410, encoding = "Optional<Varint>", rename = "Field_Name10")]
    json_name_10: Option<i32>,
    #[mesh(411, encoding = "Optional<Varint>", rename = "FIELD_NAME11")]
    json_name_11: Option<i32>,
    #[mesh(412, encoding = "Optional<Varint>", rename = "FIELD_name12")]
    json_name_12: Option<i32>,
    #[mesh(413, encoding = "Optional<Varint>", rename = "__field_name13")]
    json_name_13: Option<i32>,
    #[mesh(414, encoding = "Optional<Varint>", rename = "__Field_name14")]
    json_name_14: Option<i32>,
    #[mesh(415, encoding = "Optional<Varint>", rename = "field__name15")]
    json_name_15: Option<i32>,
    #[mesh(416, encoding = "Optional<Varint>", rename = "field__Name16")]
    json_name_16: Option<i32>,
    #[mesh(417, encoding = "Optional<Varint>", rename = "field_name17__")]
    json_name_17: Option<i32>,
    #[mesh(418, encoding = "Optional<Varint>", rename = "Field_name18__")]
    json_name_18: Option<i32>,
    #[mesh(unknown)]
    unknown: UnknownFields,
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(package = "protobuf_test_messages.proto2")]
struct NestedMessage {
    #[mesh(1, encoding = "Optional<Varint>")]
    a: Option<i32>,
    #[mesh(2)]
    corecursive: Option<Box<TestAllTypesProto2>>,
    #[mesh(unknown)]
    unknown: UnknownFields,
}

#[derive(Debug, Clone, PartialEq, Protobuf)]
#[mesh(package = "protobuf_test_messages.proto2")]
struct ForeignMessageProto2 {
    #[mesh(1, encoding = "Optional<Varint>")]
    c: Option<i32>,
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
enum ForeignEnumProto2 {
    #[mesh(0)]
    Foo,
    #[mesh(1)]
    Bar,
    #[mesh(2)]
    Baz,
    #[mesh(unknown)]
    Other(i32),
}
