//! Strings. Behind `Box`, `Arc`, `Cow` and `&` they are the same text.

use crate::encoding::DefaultEncoding;
use crate::encodings::Text;
#[cfg(feature = "alloc")]
use alloc::borrow::Cow;
#[cfg(feature = "alloc")]
use alloc::boxed::Box;
#[cfg(feature = "alloc")]
use alloc::string::String;
#[cfg(feature = "alloc")]
use alloc::sync::Arc;

macro_rules! text {
    ($($type:ty)*) => { $(
        impl DefaultEncoding for $type {
            type Encoding = Text;
        }
    )* };
}

text!(str);
#[cfg(feature = "alloc")]
text!(String Box<str> Arc<str> Cow<'_, str>);
