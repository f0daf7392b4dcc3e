//! The `codec` group.
use crate::harness::scenario::Scenario;
pub(crate) fn scenarios() -> Vec<Scenario> {
    Vec::new()
}
