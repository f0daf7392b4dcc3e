//! Messages, resources and ports of mesh.
