//! Arrays, of any length, which must arrive exactly.

use crate::encoding::{Collect, DefaultEncoding, Encoding, FromSequence, Items, Sequence};
use crate::encodings::Repeated;
use crate::error::{Error, ErrorKind, Result};
use alloc::vec::Vec;
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
/// An array is full, so a message that is merged replaces it and does not append to it.
#[derive(Debug)]
pub struct ArrayElements<T, const N: usize> {
    previous: Option<[T; N]>,
    items: Vec<T>,
}

impl<T, const N: usize> Collect<T> for ArrayElements<T, N> {
    #[inline]
    fn cost(&self, additional: usize) -> usize {
        self.items.cost(additional)
    }

    #[inline]
    fn push(&mut self, item: T) -> Result<()> {
        self.fits(1)?;
        self.items.push(item);
        Ok(())
    }

    #[inline]
    fn clear(&mut self) {
        self.previous = None;
        self.items.clear();
    }

    #[inline]
    fn reserve(&mut self, additional: usize) {
        self.items.reserve(additional.min(N));
    }

    #[inline]
    fn extend_from_slice(&mut self, items: &[T]) -> Result<()>
    where
        T: Copy,
    {
        self.fits(items.len())?;
        self.items.extend_from_slice(items);
        Ok(())
    }
}

impl<T, const N: usize> ArrayElements<T, N> {
    #[inline]
    fn fits(&self, additional: usize) -> Result<()> {
        let found = self.items.len() + additional;
        if found > N {
            return Err(Error::new(ErrorKind::WrongLength { expected: N, found }));
        }
        Ok(())
    }
}

impl<T, const N: usize> FromSequence for [T; N] {
    type Item = T;
    type Collector = ArrayElements<T, N>;

    #[inline]
    fn start(previous: Option<Self>) -> ArrayElements<T, N> {
        ArrayElements {
            previous,
            items: Vec::new(),
        }
    }

    #[inline]
    fn finish(collector: ArrayElements<T, N>) -> Result<Self> {
        match (collector.previous, collector.items) {
            (Some(previous), items) if items.is_empty() => Ok(previous),
            (None, items) if items.is_empty() && N > 0 => Err(ErrorKind::MissingField.into()),
            (_, items) => items.try_into().map_err(|items: Vec<T>| {
                ErrorKind::WrongLength {
                    expected: N,
                    found: items.len(),
                }
                .into()
            }),
        }
    }
}
