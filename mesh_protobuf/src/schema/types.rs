//! Types of the standard library that are messages: well-known ones, or a few plain fields.

use super::descriptor::{FieldDescriptor, FieldType, Member, ScalarType, ValueType};
use super::{DescribeField, DescribeValue};
use crate::encodings::{Address, Message, Varint};
use core::convert::Infallible;
use core::net::{Ipv4Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use core::time::Duration;

impl DescribeValue<Duration> for Message {
    const TYPE: ValueType = ValueType::Foreign {
        package: "google.protobuf",
        name: "Duration",
        file: "google/protobuf/duration.proto",
    };
}

#[cfg(feature = "std")]
impl DescribeValue<std::time::SystemTime> for Message {
    const TYPE: ValueType = ValueType::Foreign {
        package: "google.protobuf",
        name: "Timestamp",
        file: "google/protobuf/timestamp.proto",
    };
}

impl DescribeValue<Infallible> for Message {
    const TYPE: ValueType = ValueType::Nested(&[]);
}

const fn member(name: &'static str, number: u32, ty: FieldType) -> Member {
    Member::Field(FieldDescriptor {
        name,
        number,
        docs: "",
        ty,
    })
}

const ADDRESS: Member = member("address", 1, <Address as DescribeField<Ipv4Addr>>::FIELD);
const PORT: Member = member("port", 2, <Varint as DescribeField<u16>>::FIELD);
const FLOW_INFORMATION: Member = member(
    "flow_information",
    3,
    FieldType::One(ValueType::plain(ScalarType::UINT32)),
);
const SCOPE: Member = member(
    "scope",
    4,
    FieldType::One(ValueType::plain(ScalarType::UINT32)),
);

impl DescribeValue<SocketAddrV4> for Message {
    const TYPE: ValueType = ValueType::Nested(&[ADDRESS, PORT]);
}

impl DescribeValue<SocketAddrV6> for Message {
    const TYPE: ValueType = ValueType::Nested(&[ADDRESS, PORT, FLOW_INFORMATION, SCOPE]);
}

impl DescribeValue<SocketAddr> for Message {
    const TYPE: ValueType = ValueType::Nested(&[ADDRESS, PORT, FLOW_INFORMATION, SCOPE]);
}
