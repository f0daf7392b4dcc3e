//! Maps: repeated messages of key and value, as protobuf has them.
//!
//! A sorted map is written in order, so equal maps have equal bytes; a hash map in whatever order it has. Keys from a peer
//! may be chosen to collide: the standard hasher is keyed and withstands that, another one is its user's choice.

use crate::encoding::{Collect, DefaultEncoding, FromSequence, Items, Sequence};
use crate::encodings::Map;
use crate::error::Result;
use alloc::collections::btree_map::{self, BTreeMap};

/// What a sorted tree takes for `additional` more elements: its nodes have room for eleven, and hold five or more.
#[inline]
pub(super) fn tree_cost(len: usize, element: usize, additional: usize) -> usize {
    let first = if len == 0 { 11 * element + 128 } else { 0 };
    first.saturating_add((3 * element + 16).saturating_mul(additional))
}

/// What a hash table takes for `additional` more elements, with one byte of control beside each.
#[cfg(feature = "std")]
#[inline]
pub(super) fn table_cost(len: usize, capacity: usize, element: usize, additional: usize) -> usize {
    if capacity - len >= additional {
        return 0;
    }
    // A table is a power of two, filled to seven eighths.
    let wanted = len.saturating_add(additional).max(capacity + 1);
    let buckets = |capacity: usize| match capacity {
        0 => 0,
        1..=3 => 4,
        4..=7 => 8,
        _ => (capacity.saturating_mul(8) / 7)
            .checked_next_power_of_two()
            .unwrap_or(usize::MAX),
    };
    (buckets(wanted) - buckets(capacity))
        .saturating_mul(element + 1)
        .saturating_add(32)
}

impl<K: DefaultEncoding, V: DefaultEncoding> DefaultEncoding for BTreeMap<K, V> {
    type Encoding = Map<K::Encoding, V::Encoding>;
}

impl<K, V> Items for btree_map::IntoIter<K, V> {
    type Item = (K, V);

    #[inline]
    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn for_each_back(self, each: impl FnMut((K, V))) {
        self.rev().for_each(each);
    }
}

impl<'a, K, V> Items for btree_map::Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn for_each_back(self, each: impl FnMut((&'a K, &'a V))) {
        self.rev().for_each(each);
    }
}

impl<K, V> Sequence for BTreeMap<K, V> {
    type Item = (K, V);

    #[inline]
    fn into_items(self) -> impl Items<Item = (K, V)> {
        self.into_iter()
    }
}

impl<'a, K, V> Sequence for &'a BTreeMap<K, V> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn into_items(self) -> impl Items<Item = (&'a K, &'a V)> {
        self.iter()
    }
}

impl<K: Ord, V> Collect<(K, V)> for BTreeMap<K, V> {
    #[inline]
    fn cost(&self, additional: usize) -> usize {
        tree_cost(self.len(), size_of::<(K, V)>(), additional)
    }

    #[inline]
    fn push(&mut self, (key, value): (K, V)) -> Result<()> {
        self.insert(key, value);
        Ok(())
    }

    #[inline]
    fn clear(&mut self) {
        self.clear();
    }
}

impl<K: Ord, V> FromSequence for BTreeMap<K, V> {
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

#[cfg(feature = "std")]
mod hash {
    //! The hash map, which only the standard library has.

    use super::{Collect, DefaultEncoding, FromSequence, Items, Map, Result, Sequence, table_cost};
    use core::hash::{BuildHasher, Hash};
    use std::collections::hash_map::{self, HashMap};

    impl<K: DefaultEncoding, V: DefaultEncoding, S> DefaultEncoding for HashMap<K, V, S> {
        type Encoding = Map<K::Encoding, V::Encoding>;
    }

    impl<K, V> Items for hash_map::IntoIter<K, V> {
        type Item = (K, V);

        #[inline]
        fn count(&self) -> usize {
            self.len()
        }

        #[inline]
        fn for_each_back(self, each: impl FnMut((K, V))) {
            self.for_each(each);
        }
    }

    impl<'a, K, V> Items for hash_map::Iter<'a, K, V> {
        type Item = (&'a K, &'a V);

        #[inline]
        fn count(&self) -> usize {
            self.len()
        }

        #[inline]
        fn for_each_back(self, each: impl FnMut((&'a K, &'a V))) {
            self.for_each(each);
        }
    }

    impl<K, V, S> Sequence for HashMap<K, V, S> {
        type Item = (K, V);

        #[inline]
        fn into_items(self) -> impl Items<Item = (K, V)> {
            self.into_iter()
        }
    }

    impl<'a, K, V, S> Sequence for &'a HashMap<K, V, S> {
        type Item = (&'a K, &'a V);

        #[inline]
        fn into_items(self) -> impl Items<Item = (&'a K, &'a V)> {
            self.iter()
        }
    }

    impl<K: Eq + Hash, V, S: BuildHasher> Collect<(K, V)> for HashMap<K, V, S> {
        #[inline]
        fn cost(&self, additional: usize) -> usize {
            table_cost(self.len(), self.capacity(), size_of::<(K, V)>(), additional)
        }

        #[inline]
        fn push(&mut self, (key, value): (K, V)) -> Result<()> {
            self.insert(key, value);
            Ok(())
        }

        #[inline]
        fn clear(&mut self) {
            self.clear();
        }
    }

    impl<K: Eq + Hash, V, S: BuildHasher + Default> FromSequence for HashMap<K, V, S> {
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
}
