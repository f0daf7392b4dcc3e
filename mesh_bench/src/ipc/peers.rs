//! The peers: other libraries that carry messages between processes.

pub(super) mod ipc_channel;

use super::job::Job;
use crate::harness::scenario::Scenario;

/// Adds the peers that fit a job.
pub(super) fn rows(scenario: &mut Scenario, job: Job) {
    ipc_channel::rows(scenario, job);
}
