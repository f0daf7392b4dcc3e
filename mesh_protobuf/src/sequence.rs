//! How encodings see collections: elements to be written, last to first, and a collector of elements as they are read.
//!
//! [`Sequence`] and [`FromSequence`] are what a collection type implements to be laid out by
//! [`Repeated`](crate::encodings::Repeated); [`Items`] and [`Collect`] are the two ends that the encoding of an element works on.
//! A collector says what its growth will cost before it grows, so that a reader can refuse in time. The cost is the memory
//! that the collection will hold; while it moves to a larger place, the old one exists as well.

use crate::error::Result;
use crate::writer::Writer;
#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::ops::Deref;

/// A type whose elements are encoded as a sequence: a collection, or a reference to one.
///
/// # Examples
///
/// A collection of one's own, which leaves the work to the one it is made of.
///
/// ```
/// use mesh_protobuf::encoding::{DefaultEncoding, FromSequence, Items, Sequence};
///
/// #[derive(Debug, PartialEq)]
/// struct Stack(Vec<u32>);
///
/// impl DefaultEncoding for Stack {
///     type Encoding = <Vec<u32> as DefaultEncoding>::Encoding;
/// }
///
/// impl Sequence for Stack {
///     type Item = u32;
///     fn into_items(self) -> impl Items<Item = u32> {
///         self.0.into_items()
///     }
/// }
///
/// impl FromSequence for Stack {
///     type Item = u32;
///     type Collector = Vec<u32>;
///     fn start(previous: Option<Self>) -> Vec<u32> {
///         previous.map(|stack| stack.0).unwrap_or_default()
///     }
///     fn finish(items: Vec<u32>) -> mesh_protobuf::Result<Self> {
///         Ok(Stack(items))
///     }
/// }
///
/// let bytes = mesh_protobuf::encode(Stack(vec![1, 2]));
/// assert_eq!(mesh_protobuf::decode::<Stack>(&bytes)?, Stack(vec![1, 2]));
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be laid out as `Repeated`",
    label = "not a collection",
    note = "leave `encoding` away for the type's own layout, or name one that fits it: `mesh_protobuf::encodings` lists them"
)]
pub trait Sequence {
    /// One element: by value, or a reference.
    type Item;

    /// Hands over the elements.
    fn into_items(self) -> impl Items<Item = Self::Item>;
}

/// A type that is decoded from a sequence.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be laid out as `Repeated`",
    label = "not a collection",
    note = "leave `encoding` away for the type's own layout, or name one that fits it: `mesh_protobuf::encodings` lists them"
)]
pub trait FromSequence: Sized {
    /// One element.
    type Item;

    /// Gathers the elements as they arrive.
    type Collector: Collect<Self::Item>;

    /// The collector before the first element; `previous` is what is merged into.
    ///
    /// It must not take longer the more elements `previous` has, or a message could be built that takes quadratic time.
    fn start(previous: Option<Self>) -> Self::Collector;

    /// The collection after the last element.
    ///
    /// # Errors
    ///
    /// If the number of elements is not one the type can have.
    fn finish(collector: Self::Collector) -> Result<Self>;
}

/// The elements of a sequence about to be encoded.
pub trait Items: Sized {
    /// One element: by value, or a reference.
    type Item;

    /// How many there are.
    fn count(&self) -> usize;

    /// All elements as they lie in memory, where they do.
    #[inline]
    fn as_slice(&self) -> Option<&[Self::Item]> {
        None
    }

    /// All elements as a vector, where they own one that can be had without copying; else they are given back.
    ///
    /// # Errors
    ///
    /// The elements, which own none.
    #[cfg(feature = "alloc")]
    #[inline]
    fn into_vec(self) -> core::result::Result<Vec<Self::Item>, Self> {
        Err(self)
    }

    /// All that the elements refer to, as it lies in memory, where the elements are references and it does.
    #[inline]
    fn as_referents<U>(&self) -> Option<&[U]>
    where
        Self::Item: Deref<Target = U>,
    {
        None
    }

    /// Hands over the elements last to first, or in any order if they have none.
    fn for_each_back(self, each: impl FnMut(Self::Item));

    /// Writes one byte for each element, in order. Where the elements lie in a row, this is one copy.
    #[inline]
    fn write_bytes<R>(self, writer: &mut Writer<R>, byte: impl Fn(Self::Item) -> u8) {
        self.for_each_back(|item| writer.bytes(&[byte(item)]));
    }
}

/// A collection being decoded.
pub trait Collect<T>: Sized {
    /// How many bytes of memory the collection takes for `additional` more elements beyond what it holds already.
    ///
    /// Whoever adds elements charges this first, with [`Reader::charge`](crate::Reader::charge).
    fn cost(&self, additional: usize) -> usize;

    /// Appends an element.
    ///
    /// # Errors
    ///
    /// If the collection has a bound, and it is reached.
    fn push(&mut self, item: T) -> Result<()>;

    /// Drops all elements.
    fn clear(&mut self);

    /// Makes room for `additional` elements.
    #[inline]
    fn reserve(&mut self, additional: usize) {
        let _ = additional;
    }

    /// Appends a run of elements.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    #[inline]
    fn extend_from_slice(&mut self, items: &[T]) -> Result<()>
    where
        T: Copy,
    {
        items.iter().try_for_each(|&item| self.push(item))
    }
}

/// What a vector that doubles takes for `additional` more elements.
#[cfg(feature = "alloc")]
#[inline]
pub(crate) fn doubling_cost<T>(len: usize, capacity: usize, additional: usize) -> usize {
    if capacity - len >= additional {
        return 0;
    }
    // Elements of one byte start at eight, others at four, large ones at one: never more than this.
    let grown = len
        .saturating_add(additional)
        .max(capacity.saturating_mul(2))
        .max(if size_of::<T>() == 1 { 8 } else { 4 });
    (grown - capacity).saturating_mul(size_of::<T>())
}

#[cfg(feature = "alloc")]
impl<T> Collect<T> for Vec<T> {
    #[inline]
    fn cost(&self, additional: usize) -> usize {
        doubling_cost::<T>(self.len(), self.capacity(), additional)
    }

    #[inline]
    fn push(&mut self, item: T) -> Result<()> {
        self.push(item);
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

    #[inline]
    fn extend_from_slice(&mut self, items: &[T]) -> Result<()>
    where
        T: Copy,
    {
        self.extend_from_slice(items);
        Ok(())
    }
}

/// The elements of another [`Items`], each through a closure: for encodings that forward to one of another type.
#[derive(Debug)]
pub struct MapItems<I, F> {
    items: I,
    map: F,
}

impl<I, F> MapItems<I, F> {
    /// `items` through `map`.
    #[inline]
    pub fn new(items: I, map: F) -> Self {
        Self { items, map }
    }
}

impl<I: Items, U, F: FnMut(I::Item) -> U> Items for MapItems<I, F> {
    type Item = U;

    #[inline]
    fn count(&self) -> usize {
        self.items.count()
    }

    #[inline]
    fn for_each_back(self, mut each: impl FnMut(U)) {
        let mut map = self.map;
        self.items.for_each_back(|item| each(map(item)));
    }
}

/// A collector into another one, each element through a closure: for encodings that forward to one of another type.
#[derive(Debug)]
pub struct CollectWith<'a, C, U, F> {
    items: &'a mut C,
    convert: F,
    element: core::marker::PhantomData<fn(U)>,
}

impl<'a, C: Collect<U>, U, F> CollectWith<'a, C, U, F> {
    /// Into `items`, through `convert`.
    #[inline]
    pub fn new(items: &'a mut C, convert: F) -> Self {
        Self {
            items,
            convert,
            element: core::marker::PhantomData,
        }
    }
}

impl<C: Collect<U>, T, U, F: FnMut(T) -> Result<U>> Collect<T> for CollectWith<'_, C, U, F> {
    #[inline]
    fn cost(&self, additional: usize) -> usize {
        self.items.cost(additional)
    }

    #[inline]
    fn push(&mut self, item: T) -> Result<()> {
        self.items.push((self.convert)(item)?)
    }

    #[inline]
    fn clear(&mut self) {
        self.items.clear();
    }

    #[inline]
    fn reserve(&mut self, additional: usize) {
        self.items.reserve(additional);
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;

    #[test]
    fn the_cost_of_a_vector_is_the_capacity_it_gets() {
        fn check<T: Default>() {
            let mut items = Vec::<T>::new();
            let mut charged = 0;
            for _ in 0..1000 {
                charged += Collect::cost(&items, 1);
                items.push(T::default());
                assert!(
                    charged >= items.capacity().saturating_mul(size_of::<T>())
                        || size_of::<T>() == 0
                );
                assert!(charged <= (2 * items.len()).max(8) * size_of::<T>());
            }
        }
        check::<u8>();
        check::<u64>();
        check::<[u64; 20]>();
        check::<()>();
    }
}
