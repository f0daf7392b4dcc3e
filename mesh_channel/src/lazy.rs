//! A value that few ever need, behind one pointer that is null until somebody does.
//!
//! This is how a plain channel pays one word, and one load where it has to know, for everything that only channels with
//! unusual lives have. (`std::sync::OnceLock` would take two words, and loom would not see it.)

#![allow(unsafe_code)]

use crate::sync::{AtomicPtr, Ordering};
use std::ptr;

/// A value made at the first need.
///
/// Once the pointer is not null, it stays what it is, came from a box, and is freed by the drop of the `Lazy` alone.
pub(crate) struct Lazy<T>(AtomicPtr<T>);

// SAFETY: it owns a `T` like a box does.
unsafe impl<T: Send> Send for Lazy<T> {}
// SAFETY: `&Lazy` gives a `&T`, and makes a `T` that another thread may drop.
unsafe impl<T: Send + Sync> Sync for Lazy<T> {}

impl<T> Lazy<T> {
    #[inline]
    pub(crate) fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// The value, if it was made.
    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        // Acquire pairs with the release in `make`.
        let value = self.0.load(Ordering::Acquire);
        // SAFETY: null, or a box that lives as long as `self`.
        unsafe { value.as_ref() }
    }

    /// The value, made if need be.
    pub(crate) fn make(&self) -> &T
    where
        T: Default,
    {
        if let Some(value) = self.get() {
            return value;
        }
        let made = Box::into_raw(Box::<T>::default());
        let put =
            self.0
                .compare_exchange(ptr::null_mut(), made, Ordering::AcqRel, Ordering::Acquire);
        let value = match put {
            Ok(_) => made,
            Err(first) => {
                // SAFETY: just made, and shown to nobody.
                drop(unsafe { Box::from_raw(made) });
                first
            }
        };
        // SAFETY: not null, so a box that lives as long as `self`.
        unsafe { &*value }
    }
}

impl<T> Drop for Lazy<T> {
    #[inline]
    fn drop(&mut self) {
        // Relaxed: whoever drops it has synchronised with all who used it.
        let value = self.0.load(Ordering::Relaxed);
        if !value.is_null() {
            // SAFETY: it came from a box, and nobody borrows from `self` any more.
            drop(unsafe { Box::from_raw(value) });
        }
    }
}
