//! Queues that are mostly empty.
//!
//! Each port has three, and most ports never put anything into two of them. An empty [`Rare`] is one null pointer; a [`Queue`] holds
//! one element in its place, which is what most of them ever hold. Both keep the memory they once needed.
//!
//! What it keeps true: queues of the same elements are equal and hash alike, whatever has been in them.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::iter::Chain;
use core::option;

/// A queue of what seldom waits.
#[derive(Clone)]
#[allow(clippy::box_collection, reason = "mostly it is not there")]
pub(super) struct Rare<T>(Option<Box<VecDeque<T>>>);

/// A queue of what mostly comes alone.
#[derive(Clone)]
pub(super) struct Queue<T> {
    /// None only if the rest is empty.
    first: Option<T>,
    rest: Rare<T>,
}

impl<T> Rare<T> {
    pub(super) const fn new() -> Self {
        Self(None)
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|list| list.is_empty())
    }

    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |list| list.len())
    }

    #[inline]
    pub(super) fn front(&self) -> Option<&T> {
        self.0.as_ref()?.front()
    }

    #[inline]
    pub(super) fn back(&self) -> Option<&T> {
        self.0.as_ref()?.back()
    }

    pub(super) fn push_back(&mut self, element: T) {
        self.0.get_or_insert_default().push_back(element);
    }

    pub(super) fn push_front(&mut self, element: T) {
        self.0.get_or_insert_default().push_front(element);
    }

    #[inline]
    pub(super) fn pop_front(&mut self) -> Option<T> {
        self.0.as_mut()?.pop_front()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flat_map(|list| list.iter())
    }
}

impl<T> Queue<T> {
    pub(super) const fn new() -> Self {
        Self {
            first: None,
            rest: Rare::new(),
        }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    #[inline]
    pub(super) fn push_back(&mut self, element: T) {
        if self.first.is_none() {
            self.first = Some(element);
        } else {
            self.rest.push_back(element);
        }
    }

    #[inline]
    pub(super) fn pop_front(&mut self) -> Option<T> {
        let first = self.first.take()?;
        self.first = self.rest.pop_front();
        Some(first)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(self.rest.iter())
    }
}

impl<T> Default for Rare<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> IntoIterator for Rare<T> {
    type Item = T;
    type IntoIter = core::iter::Flatten<option::IntoIter<VecDeque<T>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.map(|list| *list).into_iter().flatten()
    }
}

impl<T> IntoIterator for Queue<T> {
    type Item = T;
    type IntoIter = Chain<option::IntoIter<T>, <Rare<T> as IntoIterator>::IntoIter>;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.rest)
    }
}

macro_rules! by_elements {
    ($($name:ident),*) => { $(
        impl<T: PartialEq> PartialEq for $name<T> {
            fn eq(&self, other: &Self) -> bool {
                self.iter().eq(other.iter())
            }
        }

        impl<T: Eq> Eq for $name<T> {}

        impl<T: Hash> Hash for $name<T> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                state.write_usize(self.iter().count());
                self.iter().for_each(|element| element.hash(state));
            }
        }

        impl<T: fmt::Debug> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.iter()).finish()
            }
        }
    )* };
}

by_elements!(Rare, Queue);

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn what_is_put_in_comes_out_in_order() {
        let (mut queue, mut expected) = (Queue::new(), VecDeque::new());
        for step in 0..1000u32 {
            if step % 7 < 4 {
                queue.push_back(step);
                expected.push_back(step);
            } else {
                assert_eq!(queue.pop_front(), expected.pop_front());
            }
            assert_eq!(queue.is_empty(), expected.is_empty());
            assert!(queue.iter().eq(&expected));
        }
        assert!(queue.into_iter().eq(expected));
    }

    #[test]
    fn a_queue_that_has_been_used_equals_one_that_has_not() {
        let (mut used, mut rare) = (Queue::new(), Rare::new());
        for number in [1, 2, 3] {
            used.push_back(number);
            rare.push_front(number);
        }
        while used.pop_front().is_some() {}
        while rare.pop_front().is_some() {}
        assert_eq!(used, Queue::new());
        assert_eq!(rare, Rare::new());
        let hash = |value: &dyn Fn(&mut std::hash::DefaultHasher)| {
            let mut hasher = std::hash::DefaultHasher::new();
            value(&mut hasher);
            hasher.finish()
        };
        let fresh: Queue<i32> = Queue::new();
        assert_eq!(hash(&|h| used.hash(h)), hash(&|h| fresh.hash(h)));
        assert_eq!(rare.into_iter().collect::<Vec<i32>>(), []);
    }
}
