//! Options, and borrowed slices.

use crate::encoding::{DefaultEncoding, Encoding, Items, Sequence};
use crate::encodings::{Optional, Repeated};
use core::ops::Deref;
use core::slice;

impl<T: DefaultEncoding> DefaultEncoding for Option<T> {
    type Encoding = Optional<<T::Encoding as Encoding>::Value>;
}

impl<T: DefaultEncoding> DefaultEncoding for [T] {
    type Encoding = Repeated<<T::Encoding as Encoding>::Value>;
}

impl<'a, T> Items for slice::Iter<'a, T> {
    type Item = &'a T;

    #[inline]
    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    #[allow(
        unsafe_code,
        reason = "the compiler does not see that `U` is `T`; it makes of bytes one block copy instead of a loop over them"
    )]
    fn as_referents<U>(&self) -> Option<&[U]>
    where
        &'a T: Deref<Target = U>,
    {
        let items = self.as_slice();
        // SAFETY: what a `&T` dereferences to is `T`, so `U` is `T`, and this is the slice that it was made from.
        Some(unsafe { slice::from_raw_parts(items.as_ptr().cast::<U>(), items.len()) })
    }

    #[inline]
    fn for_each_back(self, each: impl FnMut(&'a T)) {
        self.rev().for_each(each);
    }
}

impl<'a, T> Sequence for &'a [T] {
    type Item = &'a T;

    #[inline]
    fn into_items(self) -> impl Items<Item = &'a T> {
        self.iter()
    }
}

impl<'a, T> Sequence for &'a &[T] {
    type Item = &'a T;

    #[inline]
    fn into_items(self) -> impl Items<Item = &'a T> {
        self.iter()
    }
}
