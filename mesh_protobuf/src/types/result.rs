//! `Result`: one of two fields.

use crate::encoding::{DefaultEncoding, Encoding};
use crate::encodings::Outcome;

impl<T: DefaultEncoding, E: DefaultEncoding> DefaultEncoding for Result<T, E> {
    type Encoding = Outcome<<T::Encoding as Encoding>::Value, <E::Encoding as Encoding>::Value>;
}
