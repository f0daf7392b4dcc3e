//! Internet addresses.

use crate::encoding::{Encoding, ValueDecode, ValueEncode, ValueEncoding, expect_wire_type};
use crate::encodings::Wrapped;
use crate::error::{ErrorKind, Result};
use crate::layout::{Layout, kind};
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IP address as `bytes` in network order: four for version 4, sixteen for version 6. There is no default address.
///
/// # Examples
///
/// ```
/// use std::net::Ipv4Addr;
///
/// assert_eq!(mesh_protobuf::encode(Ipv4Addr::LOCALHOST), [0x0a, 4, 127, 0, 0, 1]);
/// ```
#[derive(Debug)]
pub struct Address;

impl Encoding for Address {
    type Value = Self;
    type Body = Wrapped<Self>;
}

impl ValueEncoding for Address {}

macro_rules! address {
    ($($type:ty, $version:literal, |$value:ident| $octets:expr;)*) => { $(
        impl<R> ValueEncode<$type, R> for Address {
            const WIRE_TYPE: WireType = WireType::Len;

            #[inline]
            fn write_value(value: $type, writer: &mut Writer<R>) {
                <Self as ValueEncode<&$type, R>>::write_value(&value, writer);
            }

            #[inline]
            fn value_layout(layout: &mut Layout) {
                <Self as ValueEncode<&$type, R>>::value_layout(layout);
            }
        }

        impl<R> ValueEncode<&$type, R> for Address {
            const WIRE_TYPE: WireType = WireType::Len;

            #[inline]
            fn write_value($value: &$type, writer: &mut Writer<R>) {
                writer.delimited(|writer| $octets(writer));
            }

            #[inline]
            fn value_layout(layout: &mut Layout) {
                layout.part(kind::ADDRESS);
                layout.part($version);
            }
        }

        impl<'de, R> ValueDecode<'de, $type, R> for Address {
            #[inline]
            fn accepts_value(wire_type: WireType) -> bool {
                wire_type == WireType::Len
            }

            #[inline]
            fn read_value(
                _: Option<$type>,
                wire_type: WireType,
                reader: &mut Reader<'de, '_, R>,
            ) -> Result<$type> {
                expect_wire_type(wire_type, WireType::Len)?;
                FromOctets::from_octets(reader.bytes()?)
            }
        }
    )* };
}

address! {
    Ipv4Addr, 4, |value| |writer: &mut Writer<R>| writer.bytes(&value.octets());
    Ipv6Addr, 6, |value| |writer: &mut Writer<R>| writer.bytes(&value.octets());
    IpAddr, 0, |value| |writer: &mut Writer<R>| match value {
        IpAddr::V4(address) => writer.bytes(&address.octets()),
        IpAddr::V6(address) => writer.bytes(&address.octets()),
    };
}

trait FromOctets: Sized {
    fn from_octets(octets: &[u8]) -> Result<Self>;
}

fn exactly<const N: usize>(octets: &[u8]) -> Result<[u8; N]> {
    octets.try_into().map_err(|_| {
        ErrorKind::WrongLength {
            expected: N,
            found: octets.len(),
        }
        .into()
    })
}

impl FromOctets for Ipv4Addr {
    fn from_octets(octets: &[u8]) -> Result<Self> {
        exactly::<4>(octets).map(Self::from)
    }
}

impl FromOctets for Ipv6Addr {
    fn from_octets(octets: &[u8]) -> Result<Self> {
        exactly::<16>(octets).map(Self::from)
    }
}

impl FromOctets for IpAddr {
    fn from_octets(octets: &[u8]) -> Result<Self> {
        match octets.len() {
            4 => exactly::<4>(octets).map(Self::from),
            _ => exactly::<16>(octets).map(Self::from),
        }
    }
}
