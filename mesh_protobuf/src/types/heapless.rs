//! The containers of `heapless`: laid out like those of the standard library, with room for so many elements and no more.
//!
//! What does not fit is [`ErrorKind::Full`], never cut off. None of it is charged to the limit of memory, since a container
//! lies wholly in the value that holds it. A map of `N` entries is searched at most once for each that arrives.

use crate::encoding::{
    Collect, DefaultEncoding, Encoding, FromSequence, Items, Sequence, ValueDecode,
};
use crate::encodings::{Map, Repeated, Text};
use crate::error::{Error, ErrorKind, Result};
use crate::reader::Reader;
use crate::wire::WireType;
use ::heapless::{Deque, IndexMap, LinearMap, String, Vec};
use core::hash::{BuildHasher, Hash};

/// That a container of so many places has none left.
#[cold]
fn full(capacity: usize) -> Error {
    Error::new(ErrorKind::Full { capacity })
}

impl<const N: usize> DefaultEncoding for String<N> {
    type Encoding = Text;
}

/// Not by way of `FromText`, which cannot refuse what is too long.
impl<'de, R, const N: usize> ValueDecode<'de, String<N>, R> for Text {
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline]
    fn read_value(
        _: Option<String<N>>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<String<N>> {
        let text = <Self as ValueDecode<'de, &str, R>>::read_value(None, wire_type, reader)?;
        let mut string = String::new();
        string.push_str(text).map_err(|()| full(N))?;
        Ok(string)
    }

    #[inline]
    fn default_value(_: &mut Reader<'de, '_, R>) -> Result<String<N>> {
        Ok(String::new())
    }
}

macro_rules! repeated {
    ([$($generics:tt)*] $type:ty) => {
        impl<T: DefaultEncoding, $($generics)*> DefaultEncoding for $type {
            type Encoding = Repeated<<T::Encoding as Encoding>::Value>;
        }
    };
}
repeated!([const N: usize] Vec<T, N>);
repeated!([const N: usize] Deque<T, N>);

impl<K: DefaultEncoding, V: DefaultEncoding, const N: usize> DefaultEncoding
    for LinearMap<K, V, N>
{
    type Encoding = Map<K::Encoding, V::Encoding>;
}

impl<K: DefaultEncoding, V: DefaultEncoding, S, const N: usize> DefaultEncoding
    for IndexMap<K, V, S, N>
{
    type Encoding = Map<K::Encoding, V::Encoding>;
}

/// What takes its elements out from the end.
macro_rules! popped {
    ([$($generics:tt)*] $type:ty, $pop:ident, |$value:ident| $slice:expr) => {
        impl<T, $($generics)*> Items for $type {
            type Item = T;

            #[inline]
            fn count(&self) -> usize {
                self.len()
            }

            #[inline]
            fn as_slice(&self) -> Option<&[T]> {
                let $value = self;
                $slice
            }

            #[inline]
            fn for_each_back(mut self, mut each: impl FnMut(T)) {
                while let Some(item) = self.$pop() {
                    each(item);
                }
            }
        }

        impl<T, $($generics)*> Sequence for $type {
            type Item = T;

            #[inline]
            fn into_items(self) -> impl Items<Item = T> {
                self
            }
        }

        impl<T, $($generics)*> FromSequence for $type {
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
    };
}
popped!([const N: usize] Vec<T, N>, pop, |vec| Some(vec));
popped!([const N: usize] Deque<T, N>, pop_back, |deque| match deque.as_slices() {
    (slice, []) => Some(slice),
    _ => None,
});

impl<'a, T, const N: usize> Sequence for &'a Vec<T, N> {
    type Item = &'a T;

    #[inline]
    fn into_items(self) -> impl Items<Item = &'a T> {
        self.iter()
    }
}

impl<'a, T, const N: usize> Sequence for &'a Deque<T, N> {
    type Item = &'a T;

    #[inline]
    fn into_items(self) -> impl Items<Item = &'a T> {
        DequeItems(self)
    }
}

/// The elements of a borrowed ring.
struct DequeItems<'a, T, const N: usize>(&'a Deque<T, N>);

impl<'a, T, const N: usize> Items for DequeItems<'a, T, N> {
    type Item = &'a T;

    #[inline]
    fn count(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn for_each_back(self, each: impl FnMut(&'a T)) {
        self.0.iter().rev().for_each(each);
    }
}

impl<T, const N: usize> Collect<T> for Vec<T, N> {
    #[inline]
    fn cost(&self, _: usize) -> usize {
        0
    }

    #[inline]
    fn push(&mut self, item: T) -> Result<()> {
        self.push(item).map_err(|_| full(N))
    }

    #[inline]
    fn clear(&mut self) {
        self.clear();
    }

    #[inline]
    fn extend_from_slice(&mut self, items: &[T]) -> Result<()>
    where
        T: Copy,
    {
        self.extend_from_slice(items).map_err(|_| full(N))
    }
}

impl<T, const N: usize> Collect<T> for Deque<T, N> {
    #[inline]
    fn cost(&self, _: usize) -> usize {
        0
    }

    #[inline]
    fn push(&mut self, item: T) -> Result<()> {
        self.push_back(item).map_err(|_| full(N))
    }

    #[inline]
    fn clear(&mut self) {
        self.clear();
    }
}

/// The entries of a map that gives them out from the last to the first.
struct Entries<I> {
    entries: I,
    count: usize,
}

impl<I: Iterator> Items for Entries<I> {
    type Item = I::Item;

    #[inline]
    fn count(&self) -> usize {
        self.count
    }

    #[inline]
    fn for_each_back(self, each: impl FnMut(I::Item)) {
        self.entries.for_each(each);
    }
}

/// Its entries are cloned, since the map does not give them up.
impl<K: Eq + Clone, V: Clone, const N: usize> Sequence for LinearMap<K, V, N> {
    type Item = (K, V);

    #[inline]
    fn into_items(self) -> impl Items<Item = (K, V)> {
        // They are only given out from the first to the last.
        let entries = self.iter();
        entries
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect::<Vec<_, N>>()
    }
}

impl<'a, K: Eq, V, const N: usize> Sequence for &'a LinearMap<K, V, N> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn into_items(self) -> impl Items<Item = (&'a K, &'a V)> {
        self.iter().collect::<Vec<_, N>>()
    }
}

/// Its entries are in the order in which they were added, and come back in it.
impl<K: Eq + Hash, V, S: BuildHasher, const N: usize> Sequence for IndexMap<K, V, S, N> {
    type Item = (K, V);

    #[inline]
    fn into_items(self) -> impl Items<Item = (K, V)> {
        Entries {
            count: self.len(),
            entries: self.into_iter(),
        }
    }
}

impl<'a, K: Eq + Hash, V, S: BuildHasher, const N: usize> Sequence for &'a IndexMap<K, V, S, N> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn into_items(self) -> impl Items<Item = (&'a K, &'a V)> {
        self.iter().collect::<Vec<_, N>>()
    }
}

macro_rules! collected_map {
    ([$($generics:tt)*] $type:ty) => {
        impl<V, $($generics)*> Collect<(K, V)> for $type {
            #[inline]
            fn cost(&self, _: usize) -> usize {
                0
            }

            #[inline]
            fn push(&mut self, (key, value): (K, V)) -> Result<()> {
                match self.insert(key, value) {
                    Ok(_) => Ok(()),
                    Err(_) => Err(full(N)),
                }
            }

            #[inline]
            fn clear(&mut self) {
                self.clear();
            }
        }

        impl<V, $($generics)*> FromSequence for $type {
            type Item = (K, V);
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
    };
}
collected_map!([K: Eq, const N: usize] LinearMap<K, V, N>);
collected_map!([K: Eq + Hash, S: BuildHasher + Default, const N: usize] IndexMap<K, V, S, N>);
