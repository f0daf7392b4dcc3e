//! `bytes::Bytes`, the bytes that network code hands around.
//!
//! `BytesMut` is not here: it owns its memory alone, so it could not share that of a message, and a `Vec<u8>` does as well.

use crate::encoding::DefaultEncoding;
use crate::encodings::Shared;
use ::bytes::Bytes;

impl DefaultEncoding for Bytes {
    type Encoding = Shared;
}
