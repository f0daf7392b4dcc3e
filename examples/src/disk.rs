//! A disk controller: it serves reads and writes on a backing file to any number of clients.
//!
//! Clients hold a [`Sender`](mesh::Sender) of [`DiskRequest`]s; the [`DiskWorker`] holds the receiver and the file. It answers
//! requests one after the other, in the order of arrival, each exactly once: a hot restart hands the receiver to the next
//! instance with whatever is queued in it. Requests are data from somebody else, so lengths and offsets are checked before
//! anything is allocated, and what is wrong with one is the error that its sender gets.

mod backend;
mod counters;
mod request;
mod service;
mod worker;

pub use backend::{DiskBackend, DiskConfig, DiskError, MAX_TRANSFER_BYTES};
pub use counters::DiskCounters;
pub use request::{DiskInfo, DiskReadParams, DiskRequest, DiskWriteParams};
pub use service::{answer, disk_service};
pub use worker::{DISK_WORKER, DiskStatus, DiskWorker, DiskWorkerParams, DiskWorkerState};
