//! The codec of mesh.
