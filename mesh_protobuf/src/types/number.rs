//! Numbers, `bool` and `char`.

use crate::encoding::DefaultEncoding;
use crate::encodings::{Byte, Fixed, Varint, ZigZag};

macro_rules! default_encoding {
    ($encoding:ty: $($type:ty)*) => { $(
        impl DefaultEncoding for $type {
            type Encoding = $encoding;
        }
    )* };
}

default_encoding!(Byte: u8);
default_encoding!(Varint: u16 u32 u64 usize bool char);
default_encoding!(ZigZag: i8 i16 i32 i64 isize);
default_encoding!(Fixed: f32 f64);
