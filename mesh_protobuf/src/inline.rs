//! A place for as many elements as an array has, filled from its start: an array while it arrives.
//!
//! The unsafe code here buys that an array is decoded where it will lie. A `Vec` that becomes an array costs an allocation for each,
//! and cannot be had without `alloc`; an array of `Option<T>` costs twice the memory on the stack and a second pass. Counted by
//! callgrind, with a `Vec` and in place: 1059 and 330 instructions for a `[u32; 8]`, 423 and 144 for a `[u8; 32]`.
//!
//! # Invariant
//!
//! 1. `len <= N`, and the first `len` elements are initialised and owned by this.

#![allow(
    unsafe_code,
    reason = "elements not yet arrived; see the module's documentation"
)]

use core::mem::{ManuallyDrop, MaybeUninit};
use core::{fmt, ptr};

pub(crate) struct Inline<T, const N: usize> {
    items: [MaybeUninit<T>; N],
    len: usize,
}

/// There is no room for it.
#[derive(Debug)]
pub(crate) struct Full;

impl<T, const N: usize> Inline<T, N> {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            items: [const { MaybeUninit::uninit() }; N],
            len: 0,
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn push(&mut self, item: T) -> Result<(), Full> {
        let place = self.items.get_mut(self.len).ok_or(Full)?;
        place.write(item);
        self.len += 1;
        Ok(())
    }

    /// Appends all of the elements, or none of them.
    #[inline]
    pub(crate) fn extend_from_slice(&mut self, items: &[T]) -> Result<(), Full>
    where
        T: Copy,
    {
        let rest = self.items.get_mut(self.len..).ok_or(Full)?;
        let places = rest.get_mut(..items.len()).ok_or(Full)?;
        for (place, &item) in places.iter_mut().zip(items) {
            place.write(item);
        }
        self.len += items.len();
        Ok(())
    }

    /// The array, if all of its elements are there.
    #[inline]
    pub(crate) fn into_array(self) -> Option<[T; N]> {
        if self.len < N {
            return None;
        }
        let this = ManuallyDrop::new(self);
        // SAFETY: all `N` elements are initialised (1), and moved out of `this`, which is not dropped.
        Some(unsafe { ptr::from_ref(&this.items).cast::<[T; N]>().read() })
    }
}

impl<T, const N: usize> Drop for Inline<T, N> {
    #[inline]
    fn drop(&mut self) {
        let arrived = ptr::slice_from_raw_parts_mut(self.items.as_mut_ptr().cast::<T>(), self.len);
        // SAFETY: the first `len` elements are initialised and owned by this (1), and nobody uses them after this.
        unsafe { ptr::drop_in_place(arrived) };
    }
}

impl<T, const N: usize> fmt::Debug for Inline<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {N} elements", self.len)
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::Inline;
    use alloc::rc::Rc;
    use alloc::string::String;

    #[test]
    fn a_full_one_is_an_array_and_one_that_is_not_is_none() {
        let mut items = Inline::<String, 2>::new();
        items.push("a".into()).unwrap();
        items.push("b".into()).unwrap();
        assert!(items.push("c".into()).is_err());
        assert_eq!(items.into_array().unwrap(), ["a", "b"]);

        let mut items = Inline::<String, 2>::new();
        items.push("a".into()).unwrap();
        assert_eq!(items.into_array(), None);
        assert_eq!(Inline::<u8, 0>::new().into_array(), Some([]));
    }

    #[test]
    fn runs_are_taken_whole_or_not_at_all() {
        let mut items = Inline::<u8, 4>::new();
        items.extend_from_slice(&[1, 2]).unwrap();
        assert!(items.extend_from_slice(&[3, 4, 5]).is_err());
        assert_eq!(items.len(), 2);
        items.extend_from_slice(&[3, 4]).unwrap();
        assert_eq!(items.into_array(), Some([1, 2, 3, 4]));
    }

    #[test]
    fn what_arrived_is_dropped_once() {
        let value = Rc::new(());
        let mut items = Inline::<Rc<()>, 3>::new();
        items.push(value.clone()).unwrap();
        items.push(value.clone()).unwrap();
        drop(items);
        assert_eq!(Rc::strong_count(&value), 1);

        let mut items = Inline::<Rc<()>, 1>::new();
        items.push(value.clone()).unwrap();
        let array = items.into_array();
        assert_eq!(Rc::strong_count(&value), 2);
        drop(array);
        assert_eq!(Rc::strong_count(&value), 1);
    }
}
