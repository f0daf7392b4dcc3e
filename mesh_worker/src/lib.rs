//! Workers of mesh.
