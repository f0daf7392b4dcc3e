//! Arrays, of any length, which must arrive exactly.

use crate::encoding::{Collect, DefaultEncoding, Encoding, FromSequence, Items, Sequence};
use crate::encodings::Repeated;
use crate::error::{Error, ErrorKind, Result};
use crate::inline::Inline;
use core::array;

impl<T: DefaultEncoding, const N: usize> DefaultEncoding for [T; N] {
    type Encoding = Repeated<<T::Encoding as Encoding>::Value>;
}

impl<T, const N: usize> Items for array::IntoIter<T, N> {
    type Item = T;

    #[inline]
    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn as_slice(&self) -> Option<&[T]> {
        Some(self.as_slice())
    }

    #[inline]
    fn for_each_back(self, each: impl FnMut(T)) {
        self.rev().for_each(each);
    }
}

impl<T, const N: usize> Sequence for [T; N] {
    type Item = T;

    #[inline]
    fn into_items(self) -> impl Items<Item = T> {
        self.into_iter()
    }
}

impl<'a, T, const N: usize> Sequence for &'a [T; N] {
    type Item = &'a T;

    #[inline]
    fn into_items(self) -> impl Items<Item = &'a T> {
        self.iter()
    }
}

/// The elements of an array: those that arrive, or else those that were there.
///
/// An array is full, so a message that is merged replaces it and does not append to it. The elements are gathered in place.
#[derive(Debug)]
pub struct ArrayElements<T, const N: usize>(Elements<T, N>);

#[derive(Debug)]
enum Elements<T, const N: usize> {
    /// As they were, since none has arrived.
    Previous([T; N]),
    /// Those that arrived so far.
    Arrived(Inline<T, N>),
}

impl<T, const N: usize> Collect<T> for ArrayElements<T, N> {
    #[inline]
    fn cost(&self, _: usize) -> usize {
        0
    }

    #[inline]
    fn push(&mut self, item: T) -> Result<()> {
        let items = self.arrived();
        items.push(item).map_err(|_| {
            Error::new(ErrorKind::WrongLength {
                expected: N,
                found: N + 1,
            })
        })
    }

    #[inline]
    fn clear(&mut self) {
        self.0 = Elements::Arrived(Inline::new());
    }

    #[inline]
    fn extend_from_slice(&mut self, items: &[T]) -> Result<()>
    where
        T: Copy,
    {
        // What was there stays if nothing arrives.
        if items.is_empty() {
            return Ok(());
        }
        let arrived = self.arrived();
        let found = arrived.len().saturating_add(items.len());
        arrived
            .extend_from_slice(items)
            .map_err(|_| Error::new(ErrorKind::WrongLength { expected: N, found }))
    }
}

impl<T, const N: usize> ArrayElements<T, N> {
    /// Where to put what arrives, after letting go of what was there.
    #[inline]
    fn arrived(&mut self) -> &mut Inline<T, N> {
        if let Elements::Previous(_) = self.0 {
            self.0 = Elements::Arrived(Inline::new());
        }
        match &mut self.0 {
            Elements::Arrived(items) => items,
            Elements::Previous(_) => unreachable!("it was replaced above"),
        }
    }
}

impl<T, const N: usize> FromSequence for [T; N] {
    type Item = T;
    type Collector = ArrayElements<T, N>;

    #[inline]
    fn start(previous: Option<Self>) -> ArrayElements<T, N> {
        ArrayElements(match previous {
            Some(previous) => Elements::Previous(previous),
            None => Elements::Arrived(Inline::new()),
        })
    }

    #[inline]
    fn finish(collector: ArrayElements<T, N>) -> Result<Self> {
        let items = match collector.0 {
            Elements::Previous(previous) => return Ok(previous),
            Elements::Arrived(items) => items,
        };
        let found = items.len();
        items.into_array().ok_or_else(|| {
            Error::new(match found {
                0 => ErrorKind::MissingField,
                found => ErrorKind::WrongLength { expected: N, found },
            })
        })
    }
}
