//! Sets: sequences whose equal elements fall together. What [`map`](super::map) says of order and hashing holds here, too.

use super::map::tree_cost;
use crate::encoding::{Collect, DefaultEncoding, Encoding, FromSequence, Items, Sequence};
use crate::encodings::Repeated;
use crate::error::Result;
use alloc::collections::btree_set::{self, BTreeSet};

impl<T: DefaultEncoding> DefaultEncoding for BTreeSet<T> {
    type Encoding = Repeated<<T::Encoding as Encoding>::Value>;
}

impl<T> Items for btree_set::IntoIter<T> {
    type Item = T;

    #[inline]
    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn for_each_back(self, each: impl FnMut(T)) {
        self.rev().for_each(each);
    }
}

impl<'a, T> Items for btree_set::Iter<'a, T> {
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

impl<T> Sequence for BTreeSet<T> {
    type Item = T;

    #[inline]
    fn into_items(self) -> impl Items<Item = T> {
        self.into_iter()
    }
}

impl<'a, T> Sequence for &'a BTreeSet<T> {
    type Item = &'a T;

    #[inline]
    fn into_items(self) -> impl Items<Item = &'a T> {
        self.iter()
    }
}

impl<T: Ord> Collect<T> for BTreeSet<T> {
    #[inline]
    fn cost(&self, additional: usize) -> usize {
        tree_cost(self.len(), size_of::<T>(), additional)
    }

    #[inline]
    fn push(&mut self, item: T) -> Result<()> {
        self.insert(item);
        Ok(())
    }

    #[inline]
    fn clear(&mut self) {
        self.clear();
    }
}

impl<T: Ord> FromSequence for BTreeSet<T> {
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

#[cfg(feature = "std")]
mod hash {
    //! The hash set, which only the standard library has.

    use super::{
        Collect, DefaultEncoding, Encoding, FromSequence, Items, Repeated, Result, Sequence,
    };
    use crate::types::map::table_cost;
    use core::hash::{BuildHasher, Hash};
    use std::collections::hash_set::{self, HashSet};

    impl<T: DefaultEncoding, S> DefaultEncoding for HashSet<T, S> {
        type Encoding = Repeated<<T::Encoding as Encoding>::Value>;
    }

    impl<T> Items for hash_set::IntoIter<T> {
        type Item = T;

        #[inline]
        fn count(&self) -> usize {
            self.len()
        }

        #[inline]
        fn for_each_back(self, each: impl FnMut(T)) {
            self.for_each(each);
        }
    }

    impl<'a, T> Items for hash_set::Iter<'a, T> {
        type Item = &'a T;

        #[inline]
        fn count(&self) -> usize {
            self.len()
        }

        #[inline]
        fn for_each_back(self, each: impl FnMut(&'a T)) {
            self.for_each(each);
        }
    }

    impl<T, S> Sequence for HashSet<T, S> {
        type Item = T;

        #[inline]
        fn into_items(self) -> impl Items<Item = T> {
            self.into_iter()
        }
    }

    impl<'a, T, S> Sequence for &'a HashSet<T, S> {
        type Item = &'a T;

        #[inline]
        fn into_items(self) -> impl Items<Item = &'a T> {
            self.iter()
        }
    }

    impl<T: Eq + Hash, S: BuildHasher> Collect<T> for HashSet<T, S> {
        #[inline]
        fn cost(&self, additional: usize) -> usize {
            table_cost(self.len(), self.capacity(), size_of::<T>(), additional)
        }

        #[inline]
        fn push(&mut self, item: T) -> Result<()> {
            self.insert(item);
            Ok(())
        }

        #[inline]
        fn clear(&mut self) {
            self.clear();
        }
    }

    impl<T: Eq + Hash, S: BuildHasher + Default> FromSequence for HashSet<T, S> {
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
}
