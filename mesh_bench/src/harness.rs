//! The harness: what a measurement is, how a run of them goes, and how the result is told.
//!
//! It is our own because it must do what general ones do not: measure the implementations of one scenario in turn,
//! round after round, so that whatever else the machine does hits them alike. Only ratios within one run are meant
//! to be compared.

pub(crate) mod allocations;
pub(crate) mod cores;
pub(crate) mod count;
pub(crate) mod instructions;
pub(crate) mod machine;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod scenario;
pub(crate) mod summary;
