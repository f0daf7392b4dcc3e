//! Messages whose layout is code of the `prost` crate.

use crate::encoding::{
    Encoding, MessageDecode, MessageEncode, ValueDecode, ValueEncode, ValueEncoding,
};
use crate::encodings::message::{read_delimited, write_delimited, write_unless_empty};
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::reader::Reader;
use crate::schema::{DescribeValue, ValueType};
use crate::wire::WireType;
use crate::writer::Writer;
use alloc::string::ToString;
use core::borrow::Borrow;
use core::marker::PhantomData;

/// A message `M` of the `prost` crate, written and read by it.
///
/// As a field with `#[mesh(encoding = "Prost<M>")]`, also in options and sequences: `Repeated<Prost<M>>`. The wrapper
/// [`Prost`](crate::Prost) has this layout by itself, and can be sent over a channel. The message is encoded into a buffer
/// of its own first, since `prost` writes forwards.
///
/// Decoding charges the length of the message to the [limits](crate::Limits). What it takes on the heap beyond that, and how
/// deeply it nests, is up to `prost`, which stops at a depth of 100.
///
/// # Examples
///
/// ```
/// use mesh_protobuf::encoding::FieldEncode;
/// use mesh_protobuf::encodings::Prost;
/// use mesh_protobuf::{NoResource, Writer};
///
/// #[derive(Clone, PartialEq, prost::Message)]
/// struct Geometry {
///     #[prost(uint64, tag = "1")]
///     sectors: u64,
/// }
///
/// let mut writer = Writer::<NoResource>::new();
/// Prost::<Geometry>::write_field(3, &Geometry { sectors: 8 }, &mut writer);
/// assert_eq!(writer.finish().0, [0x1a, 2, 0x08, 8]);
/// ```
#[derive(Debug)]
pub struct Prost<M>(PhantomData<fn(M)>);

impl<M> Encoding for Prost<M> {
    type Value = Self;
    type Body = Self;
}

impl<M> ValueEncoding for Prost<M> {}

impl<M: prost::Message, T: Borrow<M>, R> MessageEncode<T, R> for Prost<M> {
    fn write_body(value: T, writer: &mut Writer<R>) {
        writer.bytes(&value.borrow().encode_to_vec());
    }
}

impl<M: prost::Message + Default, R> MessageDecode<'_, M, R> for Prost<M> {
    fn read_body(previous: Option<M>, reader: &mut Reader<'_, '_, R>) -> Result<M> {
        let bytes = reader.take_rest();
        reader.charge(bytes.len())?;
        let mut message = previous.unwrap_or_default();
        message
            .merge(bytes)
            .map_err(|error| Error::invalid(error.to_string()))?;
        Ok(message)
    }
}

impl<M: prost::Message, T: Borrow<M>, R> ValueEncode<T, R> for Prost<M> {
    const WIRE_TYPE: WireType = WireType::Len;

    #[inline]
    fn write_value(value: T, writer: &mut Writer<R>) {
        write_delimited::<Self, T, R>(value, writer);
    }

    #[inline]
    fn write_implicit(number: u32, value: T, writer: &mut Writer<R>) {
        write_unless_empty::<Self, T, R>(number, value, writer);
    }

    #[inline]
    fn value_layout(layout: &mut Layout) {
        layout.nested(<Self as MessageEncode<T, R>>::body_layout);
    }
}

impl<'de, M: prost::Message + Default, R> ValueDecode<'de, M, R> for Prost<M> {
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline]
    fn read_value(
        previous: Option<M>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<M> {
        read_delimited::<Self, M, R>(previous, wire_type, reader)
    }

    #[inline]
    fn default_value(_: &mut Reader<'de, '_, R>) -> Result<M> {
        Ok(M::default())
    }
}

/// Described where its own `.proto` file is; [`Files::import`](crate::schema::Files::import) says where that is.
impl<M: prost::Name> DescribeValue<M> for Prost<M> {
    const TYPE: ValueType = ValueType::Foreign {
        package: M::PACKAGE,
        name: M::NAME,
        file: "",
    };
}
