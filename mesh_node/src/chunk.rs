//! Bytes that are handed on without being copied: those of some memory, from a place in it on.
//!
//! A large payload lies somewhere in the frame it arrived in, and a vector that is sent lies where its sender made it. A chunk
//! names such bytes and owns the memory they are in, so that whoever has it may keep the bytes where they are, or use the memory
//! for something else when they are done.

use crate::spare;
use mesh_protobuf::Payload;
use std::fmt;
use std::ops::Deref;

/// Bytes in some memory, of which they are the end.
///
/// ```
/// use mesh_node::link::Chunk;
///
/// let chunk = Chunk::behind(vec![1, 2, 3], 1);
/// assert_eq!(*chunk, [2, 3]);
/// assert_eq!(chunk.into_vec(), [2, 3]);
/// ```
#[derive(Clone)]
pub struct Chunk {
    memory: Payload,
    /// Where the bytes begin; within the memory's length.
    start: usize,
}

impl Chunk {
    /// The bytes of `memory` from `start` on; none, if it is not that long.
    pub fn behind(memory: Vec<u8>, start: usize) -> Self {
        Self {
            start: start.min(memory.len()),
            memory: memory.into(),
        }
    }

    /// The same, without so many bytes at the start; without any, if there are no more.
    pub(crate) fn skip(self, count: usize) -> Self {
        let start = self.start.saturating_add(count).min(self.memory.len());
        Self { start, ..self }
    }

    /// The bytes as a vector: in the same memory, to whose start they are moved if they are elsewhere. What others share is copied.
    pub fn into_vec(self) -> Vec<u8> {
        let copied = |shared: Payload| shared.to_vec();
        let mut memory = self.memory.try_into_vec().unwrap_or_else(copied);
        if self.start > 0 {
            memory.drain(..self.start);
        }
        memory
    }

    /// Gives the memory to whoever needs as much next.
    pub fn recycle(self) {
        // What others share is theirs.
        if let Ok(memory) = self.memory.try_into_vec() {
            spare::give(memory);
        }
    }

    /// The same bytes, to be shared. Their memory is used again when the last part of them is dropped.
    #[cfg(feature = "bytes")]
    pub(crate) fn into_shared(self) -> bytes::Bytes {
        struct Owner(Chunk);

        impl AsRef<[u8]> for Owner {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl Drop for Owner {
            fn drop(&mut self) {
                std::mem::take(&mut self.0).recycle();
            }
        }

        match self.memory.try_into_shared() {
            Ok(bytes) => bytes.slice(self.start..),
            Err(memory) => bytes::Bytes::from_owner(Owner(Self { memory, ..self })),
        }
    }
}

impl Deref for Chunk {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.memory.get(self.start..).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<Vec<u8>> for Chunk {
    fn from(memory: Vec<u8>) -> Self {
        Payload::from(memory).into()
    }
}

impl From<Payload> for Chunk {
    fn from(memory: Payload) -> Self {
        Self { memory, start: 0 }
    }
}

impl Default for Chunk {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stay_where_they_are_until_a_vector_is_wanted() {
        let memory = vec![0, 1, 2, 3];
        let at = memory.as_ptr();
        let chunk = Chunk::behind(memory, 1);
        assert_eq!((*chunk).as_ptr(), at.wrapping_add(1));
        let bytes = chunk.skip(1).into_vec();
        assert_eq!((bytes.as_ptr(), &*bytes), (at, &[2, 3][..]));
    }

    #[test]
    fn nothing_lies_behind_the_end() {
        assert!(Chunk::behind(vec![1], 2).is_empty());
        assert!(Chunk::from(vec![1]).skip(usize::MAX).is_empty());
    }
}
