//! What a disk controller can be asked.

use mesh::MeshPayload;
use mesh::rpc::{FailableRpc, Rpc};
use std::fmt;

/// A request to a disk controller.
///
/// Dropping a request unanswered tells its caller that the channel is closed.
#[derive(MeshPayload)]
pub enum DiskRequest {
    /// Read as many bytes as are asked for, or none.
    Read(FailableRpc<DiskReadParams, Vec<u8>>),
    /// Write all the bytes, or fail; what a write that failed has left in its range is not known.
    Write(FailableRpc<DiskWriteParams, ()>),
    /// Have everything written so far on stable storage.
    Flush(FailableRpc<(), ()>),
    /// Describe the disk. This cannot fail.
    GetInfo(Rpc<(), DiskInfo>),
}

impl fmt::Debug for DiskRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read(_) => "Read",
            Self::Write(_) => "Write",
            Self::Flush(_) => "Flush",
            Self::GetInfo(_) => "GetInfo",
        })
    }
}

/// What to read.
#[derive(Clone, Copy, Debug, MeshPayload)]
pub struct DiskReadParams {
    /// Where the first byte is, in bytes from the beginning of the disk.
    pub offset: u64,
    /// How many bytes to read.
    pub len: u32,
}

/// What to write.
#[derive(Clone, Debug, MeshPayload)]
pub struct DiskWriteParams {
    /// Where the first byte goes, in bytes from the beginning of the disk.
    pub offset: u64,
    /// The bytes.
    pub data: Vec<u8>,
}

/// What a disk is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, MeshPayload)]
pub struct DiskInfo {
    /// The capacity in bytes, a multiple of the sector size.
    pub size_bytes: u64,
    /// The unit of access in bytes: offsets and lengths are multiples of it.
    pub sector_size: u32,
}
