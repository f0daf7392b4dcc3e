//! The peers: each file uses one crate the way its documentation shows.

mod buffa;
mod micropb;
mod prost;
mod quick_protobuf;

pub(crate) use self::buffa::{Buffa, buffa_view};
pub(crate) use self::micropb::Micropb;
pub(crate) use self::prost::Prost;
pub(crate) use self::quick_protobuf::{QuickProtobuf, quick_protobuf_borrowed};
