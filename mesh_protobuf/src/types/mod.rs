//! How the types of the language and its library are laid out: the default encoding of each, one file for each family.

mod array;
#[cfg(feature = "bytes")]
mod bytes;
#[cfg(feature = "heapless")]
mod heapless;
#[cfg(feature = "alloc")]
mod map;
mod mirror;
mod net;
mod number;
#[cfg(all(feature = "std", any(unix, windows)))]
mod os;
#[cfg(feature = "alloc")]
mod pointer;
mod range;
mod result;
#[cfg(feature = "alloc")]
mod sequence;
#[cfg(feature = "alloc")]
mod set;
mod slice;
mod text;
mod time;
mod tuple;
mod unit;
