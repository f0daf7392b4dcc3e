//! Channels of mesh.
