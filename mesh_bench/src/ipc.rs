//! The `ipc` group: messages between this process and a child of the same program.
//!
//! `mesh` is mesh, and `floors` are the bare mechanisms with no library on top: what a mesh link can at best come near to. `peers` are other
//! libraries. `child` is the other process: it is this program, started with the hidden command below, one for each row.
//!
//! Both processes are pinned, to one core or to two as the scenario says.

mod child;
mod descriptors;
mod floors;
mod job;
mod mesh;
#[cfg(feature = "peers")]
mod peers;

use crate::harness::scenario::Scenario;

pub(crate) use self::child::{CHILD, child};
pub(crate) use self::mesh::serve_if_launched;

/// All scenarios of the group.
pub(crate) fn scenarios() -> Vec<Scenario> {
    job::Job::all()
        .into_iter()
        .map(|job| {
            let mut scenario = job.scenario();
            mesh::rows(&mut scenario, job);
            floors::rows(&mut scenario, job);
            #[cfg(feature = "peers")]
            peers::rows(&mut scenario, job);
            scenario
        })
        .chain([descriptors::scenario()])
        .collect()
}
