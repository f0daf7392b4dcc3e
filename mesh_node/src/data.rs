//! The bytes of a message: most often one vector, which is all that small messages pay for.
//!
//! Those of a large message may lie in several places, or behind the head of the frame they arrived in. That is noted in memory of its
//! own, so that what moves with every message stays small.

use crate::chunk::Chunk;

/// Bytes, in order. It is as large as a vector.
#[derive(Debug)]
pub(crate) enum Data {
    /// All of a vector.
    Plain(Vec<u8>),
    /// In several places, or only the end of what is there.
    Large(Box<Large>),
}

/// What is said of large messages only.
#[derive(Debug)]
pub(crate) struct Large {
    first: Chunk,
    more: Vec<Chunk>,
}

impl Data {
    /// Bytes with more behind them.
    pub(crate) fn with_more(first: Chunk, more: Vec<Chunk>) -> Self {
        Self::Large(Box::new(Large { first, more }))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Plain(bytes) => bytes.len(),
            Self::Large(large) => {
                let more: usize = large.more.iter().map(|chunk| chunk.len()).sum();
                large.first.len() + more
            }
        }
    }

    /// The places they lie in, in order, without copying any.
    pub(crate) fn into_chunks(self) -> (Chunk, Vec<Chunk>) {
        match self {
            Self::Plain(bytes) => (bytes.into(), Vec::new()),
            Self::Large(large) => (large.first, large.more),
        }
    }

    /// All in one place.
    pub(crate) fn join(self) -> Chunk {
        let (first, more) = self.into_chunks();
        if more.is_empty() {
            return first;
        }
        let mut bytes = first.into_vec();
        bytes.reserve_exact(more.iter().map(|chunk| chunk.len()).sum());
        for chunk in &more {
            bytes.extend_from_slice(chunk);
        }
        bytes.into()
    }
}

impl Default for Data {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl From<Chunk> for Data {
    fn from(chunk: Chunk) -> Self {
        Self::with_more(chunk, Vec::new())
    }
}

impl From<Vec<u8>> for Data {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Plain(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_the_same_wherever_they_lie() {
        let more = || vec![vec![3].into(), vec![4, 5].into()];
        for (data, expected) in [
            (Data::default(), &[][..]),
            (vec![1, 2].into(), &[1, 2]),
            (Chunk::behind(vec![0, 0, 1], 2).into(), &[1]),
            (Data::with_more(vec![1, 2].into(), more()), &[1, 2, 3, 4, 5]),
            (Data::with_more(vec![].into(), more()), &[3, 4, 5]),
        ] {
            assert_eq!(data.len(), expected.len());
            assert_eq!(*data.join(), *expected);
        }
    }

    #[test]
    fn small_messages_pay_for_a_vector_alone() {
        assert_eq!(size_of::<Data>(), size_of::<Vec<u8>>());
        let bytes = vec![1, 2];
        let at = bytes.as_ptr();
        let bytes = Data::from(bytes).join().into_vec();
        assert_eq!(bytes.as_ptr(), at);
    }
}
