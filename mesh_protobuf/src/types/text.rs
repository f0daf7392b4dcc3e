//! Strings.

use crate::encoding::DefaultEncoding;
use crate::encodings::Text;
use alloc::string::String;

impl DefaultEncoding for String {
    type Encoding = Text;
}

impl DefaultEncoding for str {
    type Encoding = Text;
}
