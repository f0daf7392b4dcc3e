//! A list that is mostly empty or of one element: the ports in a message.
//!
//! One element takes no memory of its own. What it keeps true: lists of the same elements are equal and hash alike, however they
//! came about.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::mem;
use core::ops::Deref;
use core::slice;

/// A list, of which the first element stands in its place.
#[derive(Clone)]
pub struct Few<T>(Place<T>);

#[derive(Clone)]
enum Place<T> {
    None,
    One(T),
    Many(Vec<T>),
}

impl<T> Few<T> {
    /// An empty list.
    pub const fn new() -> Self {
        Self(Place::None)
    }

    /// Adds an element behind the others.
    pub fn push(&mut self, element: T) {
        self.0 = match mem::replace(&mut self.0, Place::None) {
            Place::None => Place::One(element),
            Place::One(first) => Place::Many(vec![first, element]),
            Place::Many(mut list) => {
                list.push(element);
                Place::Many(list)
            }
        };
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match &self.0 {
            Place::None => &[],
            Place::One(element) => slice::from_ref(element),
            Place::Many(list) => list,
        }
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(list: Vec<T>) -> Self {
        Self(Place::Many(list))
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        let mut elements = elements.into_iter();
        let Some(first) = elements.next() else {
            return Self::new();
        };
        let Some(second) = elements.next() else {
            return Self(Place::One(first));
        };
        let mut list = vec![first, second];
        list.extend(elements);
        Self(Place::Many(list))
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    #[inline]
    fn into_iter(self) -> IntoIter<T> {
        IntoIter(match self.0 {
            Place::None => Rest::One(None),
            Place::One(element) => Rest::One(Some(element)),
            Place::Many(list) => Rest::Many(list.into_iter()),
        })
    }
}

impl<'a, T> IntoIterator for &'a Few<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> slice::Iter<'a, T> {
        self.iter()
    }
}

/// The elements of a [`Few`], in order.
#[derive(Debug)]
pub struct IntoIter<T>(Rest<T>);

#[derive(Debug)]
enum Rest<T> {
    One(Option<T>),
    Many(vec::IntoIter<T>),
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        match &mut self.0 {
            Rest::One(element) => element.take(),
            Rest::Many(list) => list.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Rest::One(element) => {
                let count = usize::from(element.is_some());
                (count, Some(count))
            }
            Rest::Many(list) => list.size_hint(),
        }
    }
}

impl<T: PartialEq> PartialEq for Few<T> {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl<T: Eq> Eq for Few<T> {}

impl<T: PartialOrd> PartialOrd for Few<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self[..].partial_cmp(&other[..])
    }
}

impl<T: Ord> Ord for Few<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self[..].cmp(&other[..])
    }
}

impl<T: Hash> Hash for Few<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self[..].hash(state);
    }
}

impl<T: fmt::Debug> fmt::Debug for Few<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self[..].fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_any_length_is_what_was_put_in() {
        for length in 0..5 {
            let elements: Vec<u32> = (0..length).collect();
            let collected: Few<u32> = elements.iter().copied().collect();
            let mut pushed = Few::new();
            elements.iter().for_each(|element| pushed.push(*element));
            let converted = Few::from(elements.clone());
            for list in [&collected, &pushed, &converted] {
                assert_eq!(list[..], elements);
                assert_eq!(*list, collected);
                assert_eq!(list.cmp(&collected), Ordering::Equal);
            }
            let taken = pushed.into_iter();
            assert_eq!(taken.size_hint(), (elements.len(), Some(elements.len())));
            assert_eq!(taken.collect::<Vec<_>>(), elements);
        }
    }
}
