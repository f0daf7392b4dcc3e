//! Large payloads that a writer keeps as they are instead of copying them into its buffer.
//!
//! Whoever sends a message on in several pieces has no use for a copy of a payload that it owns. Such a writer is given a [`Kept`]; the
//! encodings of bytes give it what is large, and its buffer gets the rest of the message, as if the payload were not there. In the end
//! [`Kept::assemble`] says in which order the two belong together.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

/// The least that is kept. To copy less costs no more than to handle it as a piece of its own.
pub(crate) const LEAST: usize = 16 << 10;

/// Payloads that a writer kept: one made by [`Writer::keeping`](crate::Writer::keeping).
///
/// # Examples
///
/// ```
/// use mesh_protobuf::encoding::{DefaultEncoding, Encoding, MessageEncode};
/// use mesh_protobuf::{Kept, NoResource, Writer, encode};
///
/// type Body = <<Vec<u8> as DefaultEncoding>::Encoding as Encoding>::Body;
///
/// let (large, mut kept) = (vec![7u8; 100_000], Kept::default());
/// let at = large.as_ptr();
/// let mut writer = Writer::<NoResource>::keeping(Vec::new(), &mut kept);
/// Body::write_body(large, &mut writer);
/// let (written, _) = writer.finish();
/// let (mut message, rest) = kept.assemble(written);
/// assert_eq!(rest[0].as_ptr(), at);
/// rest.iter().for_each(|piece| message.extend_from_slice(piece));
/// assert_eq!(message, encode(vec![7u8; 100_000]));
/// ```
#[derive(Debug, Default)]
pub struct Kept {
    /// In the order in which they were written, so the last comes first; and how much of the buffer is behind each.
    list: Vec<(usize, Payload)>,
}

/// Bytes of a message that lie where they are: in a vector, or in memory that others share.
#[derive(Clone)]
pub struct Payload(Memory);

#[derive(Clone)]
enum Memory {
    Vec(Vec<u8>),
    #[cfg(feature = "bytes")]
    Shared(bytes::Bytes),
}

impl Payload {
    /// The vector they lie in.
    ///
    /// # Errors
    ///
    /// The bytes, which lie elsewhere.
    pub fn try_into_vec(self) -> Result<Vec<u8>, Self> {
        match self.0 {
            Memory::Vec(bytes) => Ok(bytes),
            #[cfg(feature = "bytes")]
            shared @ Memory::Shared(_) => Err(Self(shared)),
        }
    }

    /// The shared bytes, if that is what they are.
    ///
    /// # Errors
    ///
    /// The bytes, which nobody shares.
    #[cfg(feature = "bytes")]
    pub fn try_into_shared(self) -> Result<bytes::Bytes, Self> {
        match self.0 {
            Memory::Shared(bytes) => Ok(bytes),
            owned @ Memory::Vec(_) => Err(Self(owned)),
        }
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Memory::Vec(bytes))
    }
}

#[cfg(feature = "bytes")]
impl From<bytes::Bytes> for Payload {
    fn from(bytes: bytes::Bytes) -> Self {
        Self(Memory::Shared(bytes))
    }
}

impl Kept {
    pub(crate) fn push(&mut self, behind: usize, payload: Payload) {
        self.list.push((behind, payload));
    }

    /// Whether nothing was kept, so that the writer's buffer is the whole message.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The message in pieces, given what the writer's buffer holds: the first piece in its memory, and the others.
    pub fn assemble(self, mut written: Vec<u8>) -> (Vec<u8>, Vec<Payload>) {
        let mut pieces = Vec::with_capacity(2 * self.list.len());
        let mut cut = written.len();
        // The last piece comes first.
        for (behind, payload) in self.list {
            let at = written.len() - behind.min(written.len());
            if at < cut {
                pieces.push(written[at..cut].to_vec().into());
            }
            cut = at.min(cut);
            pieces.push(payload);
        }
        written.truncate(cut);
        pieces.reverse();
        (written, pieces)
    }
}

impl Deref for Payload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Memory::Vec(bytes) => bytes,
            #[cfg(feature = "bytes")]
            Memory::Shared(bytes) => bytes,
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.len())
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::encoding::{DefaultEncoding, Encoding, MessageEncode};
    use crate::{NoResource, Writer};
    use alloc::string::String;
    use alloc::vec;

    /// The message of a value, and how many pieces were not copied.
    fn pieces<T>(value: T, memory: Vec<u8>) -> (Vec<u8>, usize)
    where
        T: DefaultEncoding,
        <T::Encoding as Encoding>::Body: MessageEncode<T, NoResource>,
    {
        let mut kept = Kept::default();
        let mut writer = Writer::keeping(memory, &mut kept);
        <T::Encoding as Encoding>::Body::write_body(value, &mut writer);
        let length = writer.len();
        let (written, _) = writer.finish();
        let count = kept.list.len();
        let (mut message, rest) = kept.assemble(written);
        rest.iter()
            .for_each(|piece| message.extend_from_slice(piece));
        assert_eq!(message.len(), length);
        (message, count)
    }

    #[test]
    fn a_message_in_pieces_is_the_same_message() {
        type Message = (
            u32,
            Vec<u8>,
            Vec<Vec<u8>>,
            Option<Vec<u8>>,
            (String, Vec<u8>),
        );
        let large = |byte| vec![byte; LEAST + usize::from(byte)];
        let values: Vec<(Message, usize)> = vec![
            ((1, vec![], vec![], None, (String::new(), vec![])), 0),
            ((0, large(1), vec![], None, (String::new(), vec![])), 1),
            (
                (
                    300,
                    large(1),
                    vec![large(2), vec![3; LEAST - 1], large(4)],
                    Some(large(5)),
                    ("name".into(), large(6)),
                ),
                5,
            ),
            (
                (
                    7,
                    vec![1; 300],
                    vec![large(2)],
                    None,
                    (String::new(), large(3)),
                ),
                2,
            ),
        ];
        for (value, expected) in values {
            let whole = crate::encode(value.clone());
            for memory in [
                Vec::new(),
                Vec::with_capacity(64),
                Vec::with_capacity(1 << 20),
            ] {
                let (message, count) = pieces(value.clone(), memory);
                assert!(message == whole);
                assert_eq!(count, expected);
            }
        }
    }

    #[test]
    fn what_is_borrowed_is_copied() {
        let large = vec![1u8; LEAST];
        assert_eq!(pieces(&large, Vec::new()).1, 0);
        let (message, count) = pieces(large.clone(), Vec::new());
        assert_eq!(count, 1);
        assert!(message == crate::encode(&large));
    }

    #[cfg(feature = "bytes")]
    #[test]
    fn shared_bytes_are_kept_likewise() {
        let large = bytes::Bytes::from(vec![1u8; LEAST]);
        let value = (large.clone(), Some(large.clone()), vec![large]);
        let (message, count) = pieces(value.clone(), Vec::new());
        assert_eq!(count, 3);
        assert!(message == crate::encode(value));
    }
}
