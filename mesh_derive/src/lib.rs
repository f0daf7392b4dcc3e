//! Derive macros of mesh.
