//! Typed channels of mesh.
