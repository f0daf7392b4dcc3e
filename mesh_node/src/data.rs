//! The bytes of a message: most often one vector, which is all that small messages pay for.
//!
//! Those of a large message may lie in several places, or behind the head of the frame they arrived in. That is noted in memory of its
//! own, so that what moves with every message stays small.

use crate::chunk::Chunk;

/// Bytes, in order.
#[derive(Debug, Default)]
pub(crate) struct Data {
    bytes: Vec<u8>,
    rest: Option<Box<Rest>>,
}

/// What is said of large messages only.
#[derive(Debug)]
struct Rest {
    /// Where in `bytes` the message begins.
    start: usize,
    /// What follows those.
    more: Vec<Chunk>,
}

impl Data {
    /// The bytes of `memory` from `start` on.
    pub(crate) fn behind(memory: Vec<u8>, start: usize) -> Self {
        Self {
            bytes: memory,
            rest: Some(Box::new(Rest {
                start,
                more: Vec::new(),
            })),
        }
    }

    /// Bytes with more behind them.
    pub(crate) fn with_more(bytes: Vec<u8>, more: Vec<Chunk>) -> Self {
        Self {
            bytes,
            rest: Some(Box::new(Rest { start: 0, more })),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        match &self.rest {
            None => self.bytes.len(),
            Some(rest) => {
                let more: usize = rest.more.iter().map(|chunk| chunk.len()).sum();
                self.bytes.len().saturating_sub(rest.start) + more
            }
        }
    }

    /// The vector, if that is all.
    pub(crate) fn into_plain(self) -> Result<Vec<u8>, Self> {
        match self.rest {
            None => Ok(self.bytes),
            rest => Err(Self { rest, ..self }),
        }
    }

    /// The places they lie in, in order, without copying any.
    pub(crate) fn into_chunks(self) -> (Chunk, Vec<Chunk>) {
        match self.rest {
            None => (self.bytes.into(), Vec::new()),
            Some(rest) => (Chunk::behind(self.bytes, rest.start), rest.more),
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

impl From<Vec<u8>> for Data {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, rest: None }
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
            (Data::behind(vec![0, 0, 1], 2), &[1]),
            (Data::with_more(vec![1, 2], more()), &[1, 2, 3, 4, 5]),
            (Data::with_more(vec![], more()), &[3, 4, 5]),
        ] {
            assert_eq!(data.len(), expected.len());
            assert_eq!(*data.join(), *expected);
        }
    }

    #[test]
    fn one_vector_is_had_back_as_it_is() {
        let bytes = vec![1, 2];
        let at = bytes.as_ptr();
        let bytes = Data::from(bytes).into_plain().unwrap();
        assert_eq!(bytes.as_ptr(), at);
        assert!(Data::behind(vec![1, 2], 1).into_plain().is_err());
    }
}
