//! The disk itself: a file, or a block device, behind a descriptor.
//!
//! All access is at explicit offsets, so that the descriptor's own position, which other holders of the file may share, is of
//! no concern. The size is taken once, when the disk is opened; a file that shrinks under the disk makes reads fail, and
//! never return less than was asked for. Calls block: a controller has a thread of its own.

use super::request::DiskInfo;
use mesh::MeshPayload;
use serde::Serialize;
use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

/// The longest that one read or write may be, in bytes. It bounds what a single request can make the controller allocate.
pub const MAX_TRANSFER_BYTES: u32 = 1 << 20;

/// The smallest sector size, in bytes.
const MIN_SECTOR_BYTES: u32 = 512;

/// The largest sector size, in bytes.
const MAX_SECTOR_BYTES: u32 = 64 << 10;

/// How a disk presents itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, MeshPayload, Serialize)]
pub struct DiskConfig {
    /// The unit of access in bytes: a power of two from 512 to 65,536.
    pub sector_size: u32,
    /// Whether writes are refused.
    pub read_only: bool,
}

impl Default for DiskConfig {
    /// Sectors of 512 bytes, and writes allowed.
    fn default() -> Self {
        Self {
            sector_size: MIN_SECTOR_BYTES,
            read_only: false,
        }
    }
}

/// What a disk refuses, or fails at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiskError {
    /// The range is not all on the disk.
    #[error("{len} bytes at offset {offset} reach beyond the end of the disk at {size_bytes}")]
    OutOfRange {
        /// Where the range begins.
        offset: u64,
        /// How long it is.
        len: u64,
        /// The capacity of the disk.
        size_bytes: u64,
    },
    /// The range does not begin and end between sectors.
    #[error("{len} bytes at offset {offset} are not whole sectors of {sector_size} bytes")]
    Unaligned {
        /// Where the range begins.
        offset: u64,
        /// How long it is.
        len: u64,
        /// The unit of access.
        sector_size: u32,
    },
    /// The range is longer than one request may be.
    #[error("a transfer of {len} bytes is longer than the limit of {MAX_TRANSFER_BYTES}")]
    TooLong {
        /// How long it is.
        len: u64,
    },
    /// A write to a disk that takes none.
    #[error("the disk is read-only")]
    ReadOnly,
    /// Sectors of this size are not offered.
    #[error(
        "a sector of {0} bytes is not a power of two from {MIN_SECTOR_BYTES} to {MAX_SECTOR_BYTES}"
    )]
    SectorSize(u32),
    /// The file cannot be a disk.
    #[error("a file of {size_bytes} bytes is not one or more whole sectors of {sector_size} bytes")]
    Size {
        /// How long the file is.
        size_bytes: u64,
        /// The unit of access.
        sector_size: u32,
    },
    /// The operating system failed at it.
    #[error("the backing file failed")]
    File(#[from] io::Error),
}

/// A disk on a file.
#[derive(Debug)]
pub struct DiskBackend {
    file: File,
    config: DiskConfig,
    size_bytes: u64,
}

impl DiskBackend {
    /// Makes a disk of all of `file`, which stays as it is.
    ///
    /// # Errors
    ///
    /// The configuration is no disk's, the file is empty or not a whole number of sectors, or has no size at all because it is
    /// something like a pipe.
    ///
    /// # Examples
    ///
    /// ```
    /// use examples::disk::{DiskBackend, DiskConfig};
    ///
    /// let file = tempfile::tempfile()?;
    /// file.set_len(1 << 20)?;
    /// let disk = DiskBackend::open(file.into(), DiskConfig::default())?;
    /// disk.write(512, &[7; 1024])?;
    /// assert_eq!(disk.read(1024, 512)?, [7; 512]);
    /// # anyhow::Ok(())
    /// ```
    pub fn open(file: OwnedFd, config: DiskConfig) -> Result<Self, DiskError> {
        let sector_size = config.sector_size;
        if !sector_size.is_power_of_two()
            || !(MIN_SECTOR_BYTES..=MAX_SECTOR_BYTES).contains(&sector_size)
        {
            return Err(DiskError::SectorSize(sector_size));
        }
        let mut file = File::from(file);
        // A block device has its size here, and not in its metadata.
        let size_bytes = file.seek(SeekFrom::End(0))?;
        if size_bytes == 0 || size_bytes % u64::from(sector_size) != 0 {
            return Err(DiskError::Size {
                size_bytes,
                sector_size,
            });
        }
        Ok(Self {
            file,
            config,
            size_bytes,
        })
    }

    /// Reads `len` bytes at `offset`.
    ///
    /// # Errors
    ///
    /// The range is not one of whole sectors on the disk, or too long; nothing was allocated then. Or the file failed.
    pub fn read(&self, offset: u64, len: u32) -> Result<Vec<u8>, DiskError> {
        self.check(offset, u64::from(len))?;
        let mut data = vec![0; len as usize];
        self.file.read_exact_at(&mut data, offset)?;
        Ok(data)
    }

    /// Writes all of `data` at `offset`.
    ///
    /// # Errors
    ///
    /// The disk is read-only, or the range is not one of whole sectors on the disk, or too long; nothing was written then. Or
    /// the file failed, and what it holds in the range is not known.
    pub fn write(&self, offset: u64, data: &[u8]) -> Result<(), DiskError> {
        if self.config.read_only {
            return Err(DiskError::ReadOnly);
        }
        self.check(offset, data.len() as u64)?;
        self.file.write_all_at(data, offset)?;
        Ok(())
    }

    /// Waits until everything written so far is on stable storage.
    ///
    /// # Errors
    ///
    /// The file failed, and it is not known what is stored.
    pub fn flush(&self) -> Result<(), DiskError> {
        Ok(self.file.sync_data()?)
    }

    /// What the disk is like.
    pub fn info(&self) -> DiskInfo {
        DiskInfo {
            size_bytes: self.size_bytes,
            sector_size: self.config.sector_size,
        }
    }

    /// What [`open`](Self::open) was given, so that another instance can open the same disk.
    pub fn into_parts(self) -> (OwnedFd, DiskConfig) {
        (self.file.into(), self.config)
    }

    pub(super) fn config(&self) -> DiskConfig {
        self.config
    }

    fn check(&self, offset: u64, len: u64) -> Result<(), DiskError> {
        let sector_size = self.config.sector_size;
        if len > u64::from(MAX_TRANSFER_BYTES) {
            return Err(DiskError::TooLong { len });
        }
        if (offset | len) % u64::from(sector_size) != 0 {
            return Err(DiskError::Unaligned {
                offset,
                len,
                sector_size,
            });
        }
        match offset.checked_add(len) {
            Some(end) if end <= self.size_bytes => Ok(()),
            _ => Err(DiskError::OutOfRange {
                offset,
                len,
                size_bytes: self.size_bytes,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
