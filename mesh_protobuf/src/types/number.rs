//! Numbers, `bool` and `char`.
//!
//! Unsigned numbers are varints, signed ones zig-zag, so that small magnitudes are short whatever their sign; floats and
//! what has 128 bits have a fixed width.

use crate::encoding::DefaultEncoding;
use crate::encodings::{Byte, Fixed, Fixed128, Varint, ZigZag};
use core::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8,
    NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize,
};

macro_rules! default_encoding {
    ($encoding:ty: $($type:ty)*) => { $(
        impl DefaultEncoding for $type {
            type Encoding = $encoding;
        }
    )* };
}

default_encoding!(Byte: u8);
default_encoding!(Varint: u16 u32 u64 usize bool char);
default_encoding!(Varint: NonZeroU8 NonZeroU16 NonZeroU32 NonZeroU64 NonZeroUsize);
default_encoding!(ZigZag: i8 i16 i32 i64 isize);
default_encoding!(ZigZag: NonZeroI8 NonZeroI16 NonZeroI32 NonZeroI64 NonZeroIsize);
default_encoding!(Fixed: f32 f64);
default_encoding!(Fixed128: u128 i128 NonZeroU128 NonZeroI128);
