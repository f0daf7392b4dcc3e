//! Half-open ranges: their bounds, fields 1 and 2. What a range means if its end is before its start is left to its user.
//!
//! `RangeInclusive` is not here: one that has been iterated to its end would come back with an element.

use crate::encoding::DefaultEncoding;
use crate::encodings::Tuple;
use core::ops::Range;

impl<T: DefaultEncoding> DefaultEncoding for Range<T> {
    type Encoding = Tuple<(T::Encoding, T::Encoding)>;
}
