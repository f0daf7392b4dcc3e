//! A wrapper that makes payloads of messages of the `prost` crate.

use crate::encoding::{DefaultEncoding, MessageName};
use crate::encodings::{self, FromInner, IntoInner, Transparent};

/// A message of the `prost` crate, as a field, as a message of its own, or sent over a channel; nothing of the wrapper is on
/// the wire.
///
/// It has the layout [`encodings::Prost`]. If the message has a name ([`prost::Name`]), so has this, and can be packed into
/// an [`Any`](crate::Any).
///
/// # Examples
///
/// ```
/// use mesh_protobuf::Prost;
///
/// #[derive(Clone, PartialEq, prost::Message)]
/// struct Geometry {
///     #[prost(uint64, tag = "1")]
///     sectors: u64,
/// }
///
/// let message = (7u32, Prost(Geometry { sectors: 8 }));
/// let bytes = mesh_protobuf::encode(&message);
/// assert_eq!(bytes, [0x08, 7, 0x12, 2, 0x08, 8]);
/// assert_eq!(mesh_protobuf::decode::<(u32, Prost<Geometry>)>(&bytes)?, message);
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Prost<M>(pub M);

impl<M> DefaultEncoding for Prost<M> {
    type Encoding = Transparent<encodings::Prost<M>>;
}

impl<M> IntoInner for Prost<M> {
    type Inner = M;

    #[inline]
    fn into_inner(self) -> M {
        self.0
    }
}

impl<'a, M> IntoInner for &'a Prost<M> {
    type Inner = &'a M;

    #[inline]
    fn into_inner(self) -> &'a M {
        &self.0
    }
}

impl<M> FromInner for Prost<M> {
    #[inline]
    fn from_inner(inner: M) -> Self {
        Self(inner)
    }
}

impl<M: prost::Name> MessageName for Prost<M> {
    const PACKAGE: &'static str = M::PACKAGE;
    const NAME: &'static str = M::NAME;
}

impl<M> From<M> for Prost<M> {
    fn from(message: M) -> Self {
        Self(message)
    }
}
