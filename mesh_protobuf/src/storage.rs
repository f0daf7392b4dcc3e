//! The memory that an encoded message is written into: a vector's, which can be replaced by a larger one, or a slice that
//! somebody lends, which cannot.
//!
//! Both are a pointer and a capacity, so that a [`Buffer`](crate::buffer::Buffer) writes to them by the same instructions, and
//! only where room runs out, which is rare, is it asked which of them it is. A `match` on an enum of the two at each write would cost
//! the vector what only the slice needs.
//!
//! # Invariants
//!
//! 1. `base` is valid for reads and writes of `capacity` bytes, and nobody else uses them for `'b` or as long as this lives.
//! 2. If `owned`, `base` and `capacity` are those of a `Vec<u8>` that was taken apart, and is not used anywhere else.

#![allow(
    unsafe_code,
    reason = "uninitialised memory of two origins; see the module's documentation"
)]

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::marker::PhantomData;
#[cfg(feature = "alloc")]
use core::mem::ManuallyDrop;
use core::mem::MaybeUninit;
use core::slice;

pub(crate) struct Storage<'b> {
    base: *mut u8,
    capacity: usize,
    #[cfg(feature = "alloc")]
    owned: bool,
    lent: PhantomData<&'b mut [u8]>,
}

// SAFETY: the bytes are owned, or borrowed exclusively (1), and bytes may be used on any thread.
unsafe impl Send for Storage<'_> {}

// SAFETY: a shared reference to this gives no access to the bytes but to read them.
unsafe impl Sync for Storage<'_> {}

impl<'b> Storage<'b> {
    /// All of a slice, whose bytes stay initialised.
    #[inline]
    pub(crate) fn lent(slice: &'b mut [u8]) -> Self {
        Self {
            capacity: slice.len(),
            base: slice.as_mut_ptr(),
            #[cfg(feature = "alloc")]
            owned: false,
            lent: PhantomData,
        }
    }

    /// The capacity of a vector, which forgets what it held.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn owned(memory: Vec<u8>) -> Self {
        let mut memory = ManuallyDrop::new(memory);
        Self {
            capacity: memory.capacity(),
            // Not by way of a slice, which would not reach beyond the elements that were there.
            base: memory.as_mut_ptr(),
            owned: true,
            lent: PhantomData,
        }
    }

    /// How many bytes there are.
    #[inline]
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Whether a larger place can take its place.
    #[inline]
    pub(crate) fn is_owned(&self) -> bool {
        #[cfg(feature = "alloc")]
        return self.owned;
        #[cfg(not(feature = "alloc"))]
        return false;
    }

    /// The first byte.
    #[inline]
    pub(crate) fn as_mut_ptr(&mut self) -> *mut u8 {
        self.base
    }

    /// The bytes, to write to.
    #[inline]
    pub(crate) fn room(&mut self) -> &mut [MaybeUninit<u8>] {
        // SAFETY: `base` is valid for `capacity` bytes (1), which `self` is borrowed for exclusively.
        unsafe { slice::from_raw_parts_mut(self.base.cast(), self.capacity) }
    }

    /// The vector again, with its first `len` bytes.
    ///
    /// # Safety
    ///
    /// The memory is owned, `len` is within the capacity, and that many bytes are initialised from the start.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) unsafe fn into_vec(self, len: usize) -> Vec<u8> {
        debug_assert!(self.owned);
        let this = ManuallyDrop::new(self);
        // SAFETY: these are the parts of a vector (2), given up by `this`, which is not dropped; the caller vouches for `len`.
        unsafe { Vec::from_raw_parts(this.base, len, this.capacity) }
    }

    /// The first `len` bytes of the slice; none if it is not lent, or shorter.
    #[inline]
    pub(crate) fn into_slice(self, len: usize) -> &'b mut [u8] {
        if self.is_owned() || len > self.capacity {
            return &mut [];
        }
        // SAFETY: a lent slice is initialised and valid for `'b` (1), and `self`, which alone may use it, ends here.
        unsafe { slice::from_raw_parts_mut(self.base, len) }
    }
}

#[cfg(feature = "alloc")]
impl Drop for Storage<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.owned {
            // SAFETY: these are the parts of a vector (2), and nobody uses them after this.
            drop(unsafe { Vec::from_raw_parts(self.base, 0, self.capacity) });
        }
    }
}
