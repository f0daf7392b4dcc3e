//! What the numbers of Rust are to protobuf, in each of the layouts that a number can have.

use super::descriptor::{ScalarType, ValueType};
use crate::encodings::{Fixed, Varint, ZigZag};
use crate::schema::DescribeValue;
use core::num;

/// A number, `bool`, `char`, or an enum without fields, as the layouts of numbers describe it.
///
/// A type outside this crate that implements [`Scalar`](crate::encodings::Scalar) can implement this, too.
pub trait DescribeNumber {
    /// Laid out by [`Varint`].
    const VARINT: ValueType;
    /// Laid out by [`ZigZag`].
    const ZIGZAG: ValueType = ValueType::Undescribed;
    /// Laid out by [`Fixed`].
    const FIXED: ValueType = ValueType::Undescribed;
}

macro_rules! layout {
    ($encoding:ident, $constant:ident) => {
        impl<T: DescribeNumber> DescribeValue<T> for $encoding {
            const TYPE: ValueType = T::$constant;
            // Without tags there is nothing that protobuf has a name for.
            const SEQUENCE: ValueType = ValueType::Packed(&T::$constant);
        }
    };
}
layout!(Varint, VARINT);
layout!(ZigZag, ZIGZAG);
layout!(Fixed, FIXED);

impl<T: DescribeNumber> DescribeNumber for &T {
    const VARINT: ValueType = T::VARINT;
    const ZIGZAG: ValueType = T::ZIGZAG;
    const FIXED: ValueType = T::FIXED;
}

macro_rules! numbers {
    ($($type:ty, $note:literal: $varint:ident $($zigzag:ident)? $(/ $fixed:ident)?;)*) => { $(
        impl DescribeNumber for $type {
            const VARINT: ValueType = ValueType::Plain(ScalarType::$varint, $note);
            $(const ZIGZAG: ValueType = ValueType::Plain(ScalarType::$zigzag, $note);)?
            $(const FIXED: ValueType = ValueType::Plain(ScalarType::$fixed, $note);)?
        }
    )* };
}

numbers! {
    u8, "At most 255.": UINT32;
    u16, "At most 65535.": UINT32;
    u32, "": UINT32 / FIXED32;
    u64, "": UINT64 / FIXED64;
    usize, "": UINT64;
    i8, "From -128 to 127.": INT32 SINT32;
    i16, "From -32768 to 32767.": INT32 SINT32;
    i32, "": INT32 SINT32 / SFIXED32;
    i64, "": INT64 SINT64 / SFIXED64;
    isize, "": INT64 SINT64;
    bool, "": BOOL;
    char, "A Unicode scalar value.": UINT32;
    num::NonZeroU8, "From 1 to 255.": UINT32;
    num::NonZeroU16, "From 1 to 65535.": UINT32;
    num::NonZeroU32, "Not zero.": UINT32;
    num::NonZeroU64, "Not zero.": UINT64;
    num::NonZeroUsize, "Not zero.": UINT64;
    num::NonZeroI8, "From -128 to 127, and not zero.": INT32 SINT32;
    num::NonZeroI16, "From -32768 to 32767, and not zero.": INT32 SINT32;
    num::NonZeroI32, "Not zero.": INT32 SINT32;
    num::NonZeroI64, "Not zero.": INT64 SINT64;
    num::NonZeroIsize, "Not zero.": INT64 SINT64;
}

macro_rules! floats {
    ($($type:ty: $fixed:ident;)*) => { $(
        impl DescribeNumber for $type {
            // A float cannot be laid out as a varint.
            const VARINT: ValueType = ValueType::Undescribed;
            const FIXED: ValueType = ValueType::plain(ScalarType::$fixed);
        }
    )* };
}

floats! {
    f32: FLOAT;
    f64: DOUBLE;
}
