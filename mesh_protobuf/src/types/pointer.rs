//! `Box` and `Arc` of a sized type; slices and text behind them are with the sequences and the strings.

use crate::encoding::DefaultEncoding;
use crate::encodings::Boxed;
use alloc::boxed::Box;
use alloc::sync::Arc;

impl<T: DefaultEncoding> DefaultEncoding for Box<T> {
    type Encoding = Boxed<T::Encoding>;
}

impl<T: DefaultEncoding> DefaultEncoding for Arc<T> {
    type Encoding = Boxed<T::Encoding>;
}
