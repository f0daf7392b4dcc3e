//! How the types of the language and its library are laid out: the default encoding of each, one file for each family.

mod array;
mod map;
mod mirror;
mod net;
mod number;
#[cfg(all(feature = "std", any(unix, windows)))]
mod os;
mod pointer;
mod range;
mod result;
mod sequence;
mod set;
mod text;
mod time;
mod tuple;
mod unit;
