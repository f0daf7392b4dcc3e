//! Looking inside a running worker.
//!
//! The worker answers with anything that implements `serde::Serialize`; what the asker gets is the part of it that the path
//! names, as a tree of values that prints as JSON. The tree crosses processes as JSON text.

use mesh::MeshPayload;
use mesh::error::RemoteError;
use mesh::rpc::FailableRpc;
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// A request to show state, answered with [`respond`](Self::respond). Dropping it tells the asker that there is no answer.
#[derive(MeshPayload)]
pub struct Inspect {
    rpc: FailableRpc<String, String>,
}

/// Nothing is at the path.
#[derive(Debug, thiserror::Error)]
#[error("there is no {step:?} in {path:?}")]
struct NoSuchPath {
    step: String,
    path: String,
}

impl Inspect {
    pub(crate) fn new(rpc: FailableRpc<String, String>) -> Self {
        Self { rpc }
    }

    /// Which part of the state is wanted: names of fields and indexes of lists, separated by `/`; empty for all of it.
    ///
    /// A worker need not look at it: [`respond`](Self::respond) picks the part out. It serves to leave out what is costly to
    /// gather and not asked for.
    pub fn path(&self) -> &str {
        self.rpc.input()
    }

    /// Answers with the part of `state` that the path names, or with an error if there is none.
    pub fn respond<S: Serialize + ?Sized>(self, state: &S) {
        let answer = show(state, self.path());
        self.rpc.complete(answer);
    }
}

impl fmt::Debug for Inspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Inspect").field(&self.path()).finish()
    }
}

fn show<S: Serialize + ?Sized>(state: &S, path: &str) -> Result<String, RemoteError> {
    let mut value = serde_json::to_value(state).map_err(RemoteError::new)?;
    for step in path.split('/').filter(|step| !step.is_empty()) {
        value = child(value, step).ok_or_else(|| {
            RemoteError::new(NoSuchPath {
                step: step.into(),
                path: path.into(),
            })
        })?;
    }
    Ok(value.to_string())
}

fn child(value: Value, step: &str) -> Option<Value> {
    match value {
        Value::Object(mut fields) => fields.remove(step),
        Value::Array(items) => items.into_iter().nth(step.parse().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::show;
    use std::collections::BTreeMap;

    #[test]
    fn a_path_picks_a_part_of_the_state() {
        let state = BTreeMap::from([("queues", vec![BTreeMap::from([("depth", 4)])])]);
        assert_eq!(show(&state, "").unwrap(), r#"{"queues":[{"depth":4}]}"#);
        assert_eq!(show(&state, "queues/0/depth").unwrap(), "4");
        assert_eq!(show(&state, "/queues/").unwrap(), r#"[{"depth":4}]"#);
    }

    #[test]
    fn a_path_to_nothing_is_an_error_that_names_the_step() {
        let state = BTreeMap::from([("queues", vec![1])]);
        for (path, step) in [("queues/1", "1"), ("quests", "quests"), ("queues/0/x", "x")] {
            let error = show(&state, path).unwrap_err().to_string();
            assert_eq!(error, format!("there is no {step:?} in {path:?}"));
        }
    }
}
