//! Sequences of any length that own their elements: vectors, slices behind pointers, rings.

use crate::encoding::{Collect, DefaultEncoding, Encoding, FromSequence, Items, Sequence};
use crate::encodings::Repeated;
use crate::error::Result;
use crate::sequence::doubling_cost;
use crate::writer::Writer;
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::vec_deque::{self, VecDeque};
use alloc::sync::Arc;
use alloc::vec::{self, Vec};
use core::ops::Deref;

macro_rules! repeated {
    ($([$($bound:tt)*] $type:ty)*) => { $(
        impl<T: DefaultEncoding $($bound)*> DefaultEncoding for $type {
            type Encoding = Repeated<<T::Encoding as Encoding>::Value>;
        }
    )* };
}
repeated!([] Vec<T> [] VecDeque<T> [] Box<[T]> [] Arc<[T]> [+ Clone] Cow<'_, [T]>);

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
    fn into_vec(self) -> core::result::Result<Vec<T>, Self> {
        // In the same memory, as nothing has been taken out yet.
        Ok(self.collect())
    }

    #[inline]
    fn for_each_back(self, each: impl FnMut(T)) {
        self.rev().for_each(each);
    }
}

/// Iterators that run from both ends.
macro_rules! two_ended_items {
    ($([$($generics:tt)*] $iter:ty, $item:ty;)*) => { $(
        impl<$($generics)*> Items for $iter {
            type Item = $item;

            #[inline]
            fn count(&self) -> usize {
                self.len()
            }

            #[inline]
            fn for_each_back(self, each: impl FnMut($item)) {
                self.rev().for_each(each);
            }

            #[inline]
            fn write_bytes<R>(self, writer: &mut Writer<R>, byte: impl Fn($item) -> u8) {
                writer.bytes_from(self.len(), self.map(byte));
            }
        }
    )* };
}
two_ended_items! {
    [T] vec_deque::IntoIter<T>, T;
    ['a, T] vec_deque::Iter<'a, T>, &'a T;
}

macro_rules! sequence {
    ($([$($generics:tt)*] $type:ty, $item:ty, |$value:ident| $items:expr;)*) => { $(
        impl<$($generics)*> Sequence for $type {
            type Item = $item;

            #[inline]
            fn into_items(self) -> impl Items<Item = $item> {
                let $value = self;
                $items
            }
        }
    )* };
}
sequence! {
    [T] Vec<T>, T, |value| value.into_iter();
    ['a, T] &'a Vec<T>, &'a T, |value| value.iter();
    [T] Box<[T]>, T, |value| value.into_vec().into_iter();
    ['a, T] &'a Box<[T]>, &'a T, |value| value.iter();
    [T: Clone] Arc<[T]>, T, |value| Cloned { values: value };
    ['a, T] &'a Arc<[T]>, &'a T, |value| value.iter();
    [T] VecDeque<T>, T, |value| value.into_iter();
    ['a, T] &'a VecDeque<T>, &'a T, |value| value.iter();
    ['a, T: Clone] &'a Cow<'_, [T]>, &'a T, |value| value.iter();
}

impl<T: Clone> Sequence for Cow<'_, [T]> {
    type Item = T;

    #[inline]
    fn into_items(self) -> impl Items<Item = T> {
        match self {
            Cow::Borrowed(values) => CowItems::Borrowed(Cloned { values }),
            Cow::Owned(values) => CowItems::Owned(values.into_iter()),
        }
    }
}

/// A shared slice whose elements are cloned as they are written.
struct Cloned<S> {
    values: S,
}

impl<T: Clone, S: Deref<Target = [T]>> Items for Cloned<S> {
    type Item = T;

    #[inline]
    fn count(&self) -> usize {
        self.values.len()
    }

    #[inline]
    fn as_slice(&self) -> Option<&[T]> {
        Some(&self.values)
    }

    #[inline]
    fn for_each_back(self, each: impl FnMut(T)) {
        self.values.iter().cloned().rev().for_each(each);
    }
}

enum CowItems<'a, T> {
    Borrowed(Cloned<&'a [T]>),
    Owned(vec::IntoIter<T>),
}

impl<T: Clone> Items for CowItems<'_, T> {
    type Item = T;

    #[inline]
    fn count(&self) -> usize {
        match self {
            Self::Borrowed(items) => items.count(),
            Self::Owned(items) => items.len(),
        }
    }

    #[inline]
    fn as_slice(&self) -> Option<&[T]> {
        Some(match self {
            Self::Borrowed(items) => items.values,
            Self::Owned(items) => items.as_slice(),
        })
    }

    #[inline]
    fn for_each_back(self, each: impl FnMut(T)) {
        match self {
            Self::Borrowed(items) => items.for_each_back(each),
            Self::Owned(items) => items.for_each_back(each),
        }
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

impl<T> FromSequence for Box<[T]> {
    type Item = T;
    type Collector = Vec<T>;

    #[inline]
    fn start(previous: Option<Self>) -> Vec<T> {
        // Its capacity is its length, so appending to it is charged for the whole of it each time.
        previous.map(<[T]>::into_vec).unwrap_or_default()
    }

    #[inline]
    fn finish(collector: Vec<T>) -> Result<Self> {
        Ok(collector.into())
    }
}

impl<T: Clone> FromSequence for Cow<'_, [T]> {
    type Item = T;
    type Collector = Vec<T>;

    #[inline]
    fn start(previous: Option<Self>) -> Vec<T> {
        previous.map(Cow::into_owned).unwrap_or_default()
    }

    #[inline]
    fn finish(collector: Vec<T>) -> Result<Self> {
        Ok(Cow::Owned(collector))
    }
}

/// The elements of a shared slice: those that arrive, or else those that were there.
///
/// A shared slice cannot be taken apart to append to it, so a message that is merged replaces it.
#[derive(Debug)]
pub struct SharedSlice<T> {
    previous: Option<Arc<[T]>>,
    items: Vec<T>,
}

impl<T> Collect<T> for SharedSlice<T> {
    #[inline]
    fn cost(&self, additional: usize) -> usize {
        // Once to gather the elements, once for the slice they move to.
        self.items.cost(additional).saturating_mul(2)
    }

    #[inline]
    fn push(&mut self, item: T) -> Result<()> {
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
        self.items.reserve(additional);
    }

    #[inline]
    fn extend_from_slice(&mut self, items: &[T]) -> Result<()>
    where
        T: Copy,
    {
        self.items.extend_from_slice(items);
        Ok(())
    }
}

impl<T> FromSequence for Arc<[T]> {
    type Item = T;
    type Collector = SharedSlice<T>;

    #[inline]
    fn start(previous: Option<Self>) -> SharedSlice<T> {
        SharedSlice {
            previous,
            items: Vec::new(),
        }
    }

    #[inline]
    fn finish(collector: SharedSlice<T>) -> Result<Self> {
        Ok(match collector.previous {
            Some(previous) if collector.items.is_empty() => previous,
            _ => collector.items.into(),
        })
    }
}

impl<T> Collect<T> for VecDeque<T> {
    #[inline]
    fn cost(&self, additional: usize) -> usize {
        doubling_cost::<T>(self.len(), self.capacity(), additional)
    }

    #[inline]
    fn push(&mut self, item: T) -> Result<()> {
        self.push_back(item);
        Ok(())
    }

    #[inline]
    fn clear(&mut self) {
        self.clear();
    }

    #[inline]
    fn reserve(&mut self, additional: usize) {
        self.reserve(additional);
    }
}

impl<T> FromSequence for VecDeque<T> {
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
