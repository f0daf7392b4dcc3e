//! Strings. Behind `Box`, `Arc`, `Cow` and `&` they are the same text.

use crate::encoding::DefaultEncoding;
use crate::encodings::Text;
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;

macro_rules! text {
    ($($type:ty)*) => { $(
        impl DefaultEncoding for $type {
            type Encoding = Text;
        }
    )* };
}

text!(String str Box<str> Arc<str> Cow<'_, str>);
