//! The layouts: marker types that implement the traits of [`encoding`](crate::encoding).
//!
//! These names are what `#[mesh(encoding = "…")]` takes.
//!
//! | marker | protobuf type | for |
//! |---|---|---|
//! | [`Varint`] | `uint32`, `int64`, `bool`, … | integers, `bool`, `char` |
//! | [`ZigZag`] | `sint32`, `sint64` | signed integers, whose default it is |
//! | [`Fixed`] | `fixed32`, `double`, … | 32- and 64-bit integers and floats |
//! | [`Byte`] | `uint32`; a sequence of it is `bytes` | `u8` |
//! | [`Text`] | `string` | strings |
//! | [`Message`] | a message | derived types |
//! | [`Optional`] | `optional` | `Option` |
//! | [`Repeated`] | `repeated`, packed where it can be | `Vec` and other sequences |
//! | [`Wrapped`] | a message with the value as field 1 | what is not one value, where one value is wanted |
//! | [`Resource`] | `uint32`, an index into the list beside the message | descriptors, ports |

mod message;
mod number;
mod optional;
mod repeated;
mod resource;
mod text;

pub use message::{Message, Wrapped};
pub use number::{Byte, Fixed, Varint, ZigZag};
pub use optional::Optional;
pub use repeated::{FromSequence, Repeated, Sequence};
pub use resource::Resource;
pub use text::Text;

use crate::encoding::{FieldDecode, FieldEncode, ValueDecode, ValueEncode, ValueEncoding};
use crate::error::Result;
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
}

/// An absent value is the default one; of several, the last counts, or they merge if they are messages.
impl<'de, E, T, R> FieldDecode<'de, T, R> for E
where
    E: ValueEncoding + ValueDecode<'de, T, R>,
{
    type Slot = Option<T>;

    #[inline]
    fn start(previous: Option<T>) -> Option<T> {
        previous
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
    fn finish(slot: Option<T>) -> Result<T> {
        match slot {
            Some(value) => Ok(value),
            None => E::default_value(),
        }
    }
}
