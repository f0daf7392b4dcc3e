//! Messages, resources and ports of mesh.

extern crate alloc;

#[doc(hidden)]
pub mod protocol;
