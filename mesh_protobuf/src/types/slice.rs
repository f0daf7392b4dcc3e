//! Options, and borrowed slices.

use crate::encoding::{DefaultEncoding, Encoding, Items, Sequence};
use crate::encodings::{Optional, Repeated};
use crate::writer::Writer;
use core::slice;

impl<T: DefaultEncoding> DefaultEncoding for Option<T> {
    type Encoding = Optional<<T::Encoding as Encoding>::Value>;
}

impl<T: DefaultEncoding> DefaultEncoding for [T] {
    type Encoding = Repeated<<T::Encoding as Encoding>::Value>;
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

    #[inline]
    fn write_bytes<R>(self, writer: &mut Writer<R>, byte: impl Fn(&'a T) -> u8) {
        writer.bytes_from(self.len(), self.map(byte));
    }
}

impl<'a, T> Sequence for &'a [T] {
    type Item = &'a T;

    #[inline]
    fn into_items(self) -> impl Items<Item = &'a T> {
        self.iter()
    }
}

impl<'a, T> Sequence for &'a &[T] {
    type Item = &'a T;

    #[inline]
    fn into_items(self) -> impl Items<Item = &'a T> {
        self.iter()
    }
}
