//! How the types of the language and its library are laid out.

mod collection;
mod number;
mod text;
