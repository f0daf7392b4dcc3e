//! The layouts: marker types that implement the traits of [`encoding`](crate::encoding).
//!
//! These names are what `#[mesh(encoding = "…")]` takes.
//!
//! | marker | protobuf type | for |
//! |---|---|---|
//! | [`Varint`] | `uint32`, `int64`, `bool`, … | integers, `bool`, `char` |
//! | [`ZigZag`] | `sint32`, `sint64` | signed integers, whose default it is |
//! | [`Fixed`] | `fixed32`, `double`, … | 32- and 64-bit integers and floats |
//! | [`Fixed128`] | `bytes` of length 16 | 128-bit integers |
//! | [`Byte`] | `uint32`; a sequence of it is `bytes` | `u8` |
//! | [`Text`] | `string` | strings |
//! | [`Borrowed`] | `string`, `bytes` | a `Cow` that borrows from the message |
//! | `Shared` | `bytes` | `bytes::Bytes`, with the feature `bytes` |
//! | [`Address`] | `bytes` of length 4 or 16 | IP addresses |
//! | [`OsText`] | `bytes` | paths |
//! | [`Message`] | a message | derived types |
//! | [`Tuple`] | a message with fields 1, 2, … | tuples, `()`, ranges |
//! | [`Outcome`] | a message with a `oneof` of 1 and 2 | `Result` |
//! | [`Optional`] | `optional` | `Option` |
//! | [`Repeated`] | `repeated`, packed where it can be | `Vec` and other sequences, sets |
//! | [`Unpacked`] | `repeated` with `[packed = false]` | sequences of numbers |
//! | [`Map`] | `map` | maps |
//! | [`Entry`] | a message with fields 1 and 2 | the entries of a map |
//! | [`Transparent`] | what the wrapped value has | `#[mesh(transparent)]` types |
//! | [`Wrapped`] | a message with the value as field 1 | what is not one value, where one value is wanted |
//! | [`Boxed`] | what its part is | `Box`, `Arc` |
//! | [`Via`] | what another type is | types that convert to one that has an encoding |
//! | `Prost` | a message | messages of the crate `prost`, with the feature of that name |
//! | [`Resource`] | `uint32`, an index into the list beside the message | descriptors, ports |

mod address;
#[cfg(feature = "alloc")]
mod borrowed;
#[cfg(feature = "alloc")]
mod boxed;
mod byte;
mod entry;
mod fixed128;
mod message;
mod number;
mod optional;
#[cfg(all(feature = "std", any(unix, windows)))]
mod os_text;
mod outcome;
#[cfg(feature = "prost")]
mod prost;
mod repeated;
#[cfg(feature = "alloc")]
mod resource;
mod scalar;
#[cfg(feature = "bytes")]
mod shared;
mod text;
mod transparent;
mod tuple;
mod unpacked;
mod via;

pub use address::Address;
#[cfg(feature = "alloc")]
pub use borrowed::{AsBytes, Borrowed};
#[cfg(feature = "alloc")]
pub use boxed::Boxed;
pub use byte::Byte;
pub use entry::{Entry, Map};
pub use fixed128::{Fixed128, FromWide, Wide};
pub use message::{Message, Wrapped};
pub use number::{Fixed, Varint, ZigZag};
pub use optional::Optional;
#[cfg(all(feature = "std", any(unix, windows)))]
pub use os_text::OsText;
pub use outcome::Outcome;
#[cfg(feature = "prost")]
pub use prost::Prost;
pub use repeated::Repeated;
#[cfg(feature = "alloc")]
pub use resource::Resource;
pub use scalar::{FixedWidth, FromFixed, FromScalar, FromSigned, Scalar, Signed};
#[cfg(feature = "bytes")]
pub use shared::Shared;
pub use text::{FromText, Text};
pub use transparent::{FromInner, IntoInner, Transparent};
pub use tuple::Tuple;
pub use unpacked::Unpacked;
pub use via::{Via, ViaSlot};

use crate::encoding::{FieldDecode, FieldEncode, ValueDecode, ValueEncode, ValueEncoding};
use crate::error::Result;
use crate::layout::Layout;
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;

/// A value as a field of its own is left out when it is the default.
impl<E, T, R> FieldEncode<T, R> for E
where
    E: ValueEncoding + ValueEncode<T, R>,
{
    #[inline]
    fn write_field(number: u32, value: T, writer: &mut Writer<R>) {
        E::write_implicit(number, value, writer);
    }

    #[inline]
    fn field_layout(layout: &mut Layout) {
        E::value_layout(layout);
    }
}

/// An absent value is the default one; of several, the last counts, or they merge if they are messages.
impl<'de, E, T, R> FieldDecode<'de, T, R> for E
where
    E: ValueEncoding + ValueDecode<'de, T, R>,
{
    type Slot = Option<T>;

    #[inline]
    fn accepts_field(wire_type: WireType) -> bool {
        E::accepts_value(wire_type)
    }

    #[inline]
    fn start(previous: Option<T>) -> Option<T> {
        match previous {
            Some(previous) => Some(previous),
            None => E::initial_value(),
        }
    }

    #[inline]
    fn read_field(
        slot: &mut Option<T>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<()> {
        *slot = Some(E::read_value(slot.take(), wire_type, reader)?);
        Ok(())
    }

    #[inline]
    fn finish(slot: Option<T>, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        match slot {
            Some(value) => Ok(value),
            None => E::default_value(reader),
        }
    }
}
