//! What a disk controller has done so far.
//!
//! The counters are part of the state that a restart hands over, so they count the life of the controller and not that of one
//! instance. Comparing them with what the clients got answered shows whether a request was lost or served twice.

use super::backend::DiskError;
use mesh::MeshPayload;
use serde::{Deserialize, Serialize};
use std::ops::Add;

/// Counts of requests by their kind, and of bytes moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, MeshPayload, Serialize, Deserialize)]
pub struct DiskCounters {
    /// Reads that were answered with data.
    pub reads: u64,
    /// Bytes in those answers.
    pub read_bytes: u64,
    /// Writes that were done.
    pub writes: u64,
    /// Bytes that they wrote.
    pub written_bytes: u64,
    /// Flushes that were done.
    pub flushes: u64,
    /// Questions what the disk is like.
    pub infos: u64,
    /// Requests that were answered with an error.
    pub errors: u64,
    /// How many times an instance took over from another.
    pub restarts: u64,
}

impl DiskCounters {
    /// All requests that were answered, whatever the answer.
    ///
    /// ```
    /// let counters = examples::disk::DiskCounters { reads: 2, errors: 1, ..Default::default() };
    /// assert_eq!(counters.requests(), 3);
    /// ```
    pub fn requests(&self) -> u64 {
        self.reads + self.writes + self.flushes + self.infos + self.errors
    }

    pub(super) fn read(&mut self, outcome: &Result<Vec<u8>, DiskError>) {
        match outcome {
            Ok(data) => {
                self.reads += 1;
                self.read_bytes += data.len() as u64;
            }
            Err(_) => self.errors += 1,
        }
    }

    pub(super) fn write(&mut self, len: usize, outcome: &Result<(), DiskError>) {
        match outcome {
            Ok(()) => {
                self.writes += 1;
                self.written_bytes += len as u64;
            }
            Err(_) => self.errors += 1,
        }
    }

    pub(super) fn flush(&mut self, outcome: &Result<(), DiskError>) {
        match outcome {
            Ok(()) => self.flushes += 1,
            Err(_) => self.errors += 1,
        }
    }
}

impl Add for DiskCounters {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            reads: self.reads + other.reads,
            read_bytes: self.read_bytes + other.read_bytes,
            writes: self.writes + other.writes,
            written_bytes: self.written_bytes + other.written_bytes,
            flushes: self.flushes + other.flushes,
            infos: self.infos + other.infos,
            errors: self.errors + other.errors,
            restarts: self.restarts + other.restarts,
        }
    }
}
