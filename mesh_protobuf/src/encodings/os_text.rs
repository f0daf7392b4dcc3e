//! Paths and other strings of the operating system.

use crate::encoding::{Encoding, ValueDecode, ValueEncode, ValueEncoding, expect_wire_type};
use crate::encodings::Wrapped;
use crate::error::Result;
use crate::layout::{Layout, kind};
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
use std::ffi::{OsStr, OsString};

/// A string of the operating system as `bytes`: on Unix as it is, on Windows its 16-bit units, little-endian.
///
/// Nothing is lost, but a path means something only to the same kind of system.
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] {
/// use std::path::Path;
///
/// assert_eq!(mesh_protobuf::encode(Path::new("/x")), [0x0a, 2, b'/', b'x']);
/// # }
/// ```
#[derive(Debug)]
pub struct OsText;

impl Encoding for OsText {
    type Value = Self;
    type Body = Wrapped<Self>;
}

impl ValueEncoding for OsText {}

impl<T: AsRef<OsStr>, R> ValueEncode<T, R> for OsText {
    const WIRE_TYPE: WireType = WireType::Len;

    #[inline]
    fn write_value(value: T, writer: &mut Writer<R>) {
        writer.delimited(|writer| write_native(value.as_ref(), writer));
    }

    #[inline]
    fn write_implicit(number: u32, value: T, writer: &mut Writer<R>) {
        if !value.as_ref().is_empty() {
            Self::write_tagged(number, value, writer);
        }
    }

    #[inline]
    fn value_layout(layout: &mut Layout) {
        layout.part(kind::OS_TEXT);
    }
}

impl<'de, T: From<OsString>, R> ValueDecode<'de, T, R> for OsText {
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline]
    fn read_value(_: Option<T>, wire_type: WireType, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        expect_wire_type(wire_type, WireType::Len)?;
        let bytes = reader.bytes()?;
        // A unit of Windows may take three bytes in memory for its two on the wire.
        reader.charge(
            bytes
                .len()
                .saturating_mul(if cfg!(windows) { 2 } else { 1 }),
        )?;
        read_native(bytes).map(T::from)
    }

    #[inline]
    fn default_value(_: &mut Reader<'de, '_, R>) -> Result<T> {
        Ok(OsString::new().into())
    }
}

#[cfg(unix)]
fn write_native<R>(text: &OsStr, writer: &mut Writer<R>) {
    writer.bytes(std::os::unix::ffi::OsStrExt::as_bytes(text));
}

#[cfg(unix)]
fn read_native(bytes: &[u8]) -> Result<OsString> {
    Ok(std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec()))
}

#[cfg(windows)]
fn write_native<R>(text: &OsStr, writer: &mut Writer<R>) {
    let units: Vec<u8> = std::os::windows::ffi::OsStrExt::encode_wide(text)
        .flat_map(u16::to_le_bytes)
        .collect();
    writer.bytes(&units);
}

#[cfg(windows)]
fn read_native(bytes: &[u8]) -> Result<OsString> {
    let units = bytes.chunks_exact(2);
    if !units.remainder().is_empty() {
        return Err(crate::Error::invalid("half a unit of a wide string"));
    }
    let units: Vec<u16> = units
        .map(|unit| u16::from_le_bytes([unit[0], unit[1]]))
        .collect();
    Ok(std::os::windows::ffi::OsStringExt::from_wide(&units))
}
