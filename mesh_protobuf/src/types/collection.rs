//! Sequences and options.

use crate::encoding::{DefaultEncoding, Encoding, Items};
use crate::encodings::{FromSequence, Optional, Repeated, Sequence};
use crate::error::Result;
use alloc::vec::{self, Vec};
use core::slice;

impl<T: DefaultEncoding> DefaultEncoding for Option<T> {
    type Encoding = Optional<<T::Encoding as Encoding>::Value>;
}

impl<T: DefaultEncoding> DefaultEncoding for Vec<T> {
    type Encoding = Repeated<<T::Encoding as Encoding>::Value>;
}

impl<T: DefaultEncoding> DefaultEncoding for [T] {
    type Encoding = Repeated<<T::Encoding as Encoding>::Value>;
}

impl<T> Sequence for Vec<T> {
    type Item = T;

    #[inline]
    fn into_items(self) -> impl Items<Item = T> {
        self.into_iter()
    }
}

impl<'a, T> Sequence for &'a Vec<T> {
    type Item = &'a T;

    #[inline]
    fn into_items(self) -> impl Items<Item = &'a T> {
        self.iter()
    }
}

impl<'a, T> Sequence for &'a [T] {
    type Item = &'a T;

    #[inline]
    fn into_items(self) -> impl Items<Item = &'a T> {
        self.iter()
    }
}

impl<T> FromSequence for Vec<T> {
    type Item = T;
    type Collector = Self;

    #[inline]
    fn start(previous: Option<Self>) -> Self {
        previous.unwrap_or_default()
    }

    #[inline]
    fn finish(collector: Self) -> Result<Self> {
        Ok(collector)
    }
}

impl<T> Items for vec::IntoIter<T> {
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

impl<'a, T> Items for slice::Iter<'a, T> {
    type Item = &'a T;

    #[inline]
    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn for_each_back(self, each: impl FnMut(&'a T)) {
        self.rev().for_each(each);
    }
}
