//! The `ipc` group.
use crate::harness::scenario::Scenario;
use std::process::ExitCode;
pub(crate) const CHILD: &str = "ipc-child";
pub(crate) fn child(_: &[String]) -> ExitCode {
    ExitCode::FAILURE
}
pub(crate) fn scenarios() -> Vec<Scenario> {
    Vec::new()
}
