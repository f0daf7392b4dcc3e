//! Fields that a message has and its reader's type does not: kept as they came, and written back.
//!
//! What is unknown is skipped unless a type asks for it with a field `#[mesh(unknown)]`. It is kept as bytes, tag and payload,
//! in the order of arrival, since its type is unknown, too; a group is kept as a whole. A program that reads a message, changes
//! what it knows and writes it back thus loses nothing that a newer program put there.
//!
//! Resources cannot be kept: the index of one means nothing without the list that it came with. So a message that carries
//! resources has no such field.

use crate::error::Result;
use crate::reader::Reader;
use crate::sequence::doubling_cost;
use crate::wire::{self, WireType};
use alloc::vec::Vec;
use core::fmt;

/// The fields of a message that its type does not have, for `#[mesh(unknown)]`.
///
/// Two are equal if their bytes are, so the order of fields counts. They are written after the fields that the type has.
///
/// # Examples
///
/// ```
/// # // The derive is in a crate above this one; by hand it is what follows.
/// use mesh_protobuf::{Context, NoResource, Reader, UnknownFields};
///
/// let bytes = [0x08, 7, 0x12, 2, b'h', b'i'];
/// let context = Context::<NoResource>::for_len(bytes.len(), &mut []);
/// let mut reader = Reader::new(&bytes, &context);
/// let (mut number, mut unknown) = (0, UnknownFields::new());
/// while let Some((field, wire_type)) = reader.next_field()? {
///     match field {
///         1 => number = reader.varint()?,
///         _ => reader.keep(field, wire_type, &mut unknown)?,
///     }
/// }
/// assert_eq!(number, 7);
/// assert_eq!(unknown.as_bytes(), [0x12, 2, b'h', b'i']);
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct UnknownFields(Vec<u8>);

impl UnknownFields {
    /// No fields.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields as they are on the wire, tags included: a message of its own.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl fmt::Debug for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnknownFields({} bytes)", self.0.len())
    }
}

impl<R> Reader<'_, '_, R> {
    /// Keeps a field that the type does not have: appends its tag and payload to `unknown`.
    ///
    /// # Errors
    ///
    /// As [`skip`](Self::skip); [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) if the message has spent its allowance.
    #[cold]
    pub fn keep(
        &mut self,
        number: u32,
        wire_type: WireType,
        unknown: &mut UnknownFields,
    ) -> Result<()> {
        let payload = self.skipped(number, wire_type)?;
        let bytes = &mut unknown.0;
        let additional = wire::MAX_VARINT_LEN.saturating_add(payload.len());
        self.charge(doubling_cost::<u8>(
            bytes.len(),
            bytes.capacity(),
            additional,
        ))?;
        bytes.reserve(additional);
        let mut tag = wire::tag(number, wire_type);
        while tag >= 0x80 {
            bytes.push(tag as u8 | 0x80);
            tag >>= 7;
        }
        bytes.push(tag as u8);
        bytes.extend_from_slice(payload);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::UnknownFields;
    use crate::error::{ErrorKind, Result};
    use crate::reader::{Context, Limits, Reader};
    use alloc::vec::Vec;

    fn keep_all(bytes: &[u8], limits: Limits) -> Result<Vec<u8>> {
        let context = Context::<()>::new(&mut [], limits);
        let mut reader = Reader::new(bytes, &context);
        let mut unknown = UnknownFields::new();
        while let Some((number, wire_type)) = reader.next_field()? {
            reader.keep(number, wire_type, &mut unknown)?;
        }
        Ok(unknown.as_bytes().to_vec())
    }

    fn keep(bytes: &[u8]) -> Result<Vec<u8>> {
        keep_all(bytes, Limits::for_len(bytes.len()))
    }

    #[test]
    fn fields_of_every_wire_type_are_kept_as_they_came() {
        let fields: [&[u8]; 6] = [
            &[0x08, 0x96, 0x01],
            &[0x11, 1, 2, 3, 4, 5, 6, 7, 8],
            &[0x1a, 2, b'h', b'i'],
            // A group in a group.
            &[0x23, 0x08, 1, 0x2b, 0x2c, 0x24],
            &[0x2d, 1, 2, 3, 4],
            &[0xf8, 0xff, 0xff, 0xff, 0x0f, 0],
        ];
        let bytes = fields.concat();
        assert_eq!(keep(&bytes).unwrap(), bytes);
    }

    #[test]
    fn a_tag_that_is_longer_than_it_need_be_is_written_anew() {
        assert_eq!(keep(&[0x88, 0x00, 5]).unwrap(), [0x08, 5]);
    }

    #[test]
    fn malformed_fields_are_errors_and_not_kept() {
        let cases: [(&[u8], ErrorKind); 4] = [
            (&[0x08], ErrorKind::UnexpectedEnd),
            (&[0x0a, 5, 1], ErrorKind::UnexpectedEnd),
            (&[0x0b, 0x14], ErrorKind::UnmatchedGroup),
            (&[0x0b], ErrorKind::UnexpectedEnd),
        ];
        for (bytes, kind) in cases {
            assert_eq!(*keep(bytes).unwrap_err().kind(), kind, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_kept_is_accounted_for() {
        let bytes = [&[0x0a, 100][..], &[0; 100]].concat();
        let limits = |memory| Limits { depth: 1, memory };
        assert_eq!(keep_all(&bytes, limits(200)).unwrap(), bytes);
        let error = keep_all(&bytes, limits(100)).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::TooLarge);
    }

    #[test]
    fn groups_nest_no_deeper_than_messages() {
        let bytes = [[0x0b].repeat(50), [0x0c].repeat(50)].concat();
        assert!(
            keep_all(
                &bytes,
                Limits {
                    depth: 50,
                    memory: 1000
                }
            )
            .is_ok()
        );
        let error = keep_all(
            &bytes,
            Limits {
                depth: 49,
                memory: 1000,
            },
        )
        .unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::TooDeep);
    }
}
