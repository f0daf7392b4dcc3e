//! The three stages in a row: from the item that a macro is put on to the impls, or to the errors in its place.
//!
//! On token streams of `proc_macro2`, so that tests can run it outside of the compiler.

use crate::ast;
use crate::check::{self, Flavor};
use crate::expand;
use proc_macro2::TokenStream;

/// What the macro of this flavor adds to the item.
pub(crate) fn derive(item: TokenStream, flavor: Flavor) -> TokenStream {
    ast::parse(item)
        .and_then(|item| check::check(item, flavor))
        .map_or_else(syn::Error::into_compile_error, |model| {
            expand::expand(&model)
        })
}
