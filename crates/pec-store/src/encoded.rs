//! A plan as the database holds it, made in the caller's thread: the one that writes has enough to
//! do.

use memchr::memmem;
use pec_gestore::BodyRef;
use serde::Serialize;

use crate::{Commit, StoreError};

/// A plan on its way into the store, with its values written as JSON.
#[derive(Debug)]
pub struct Encoded {
    pub(crate) commit: Commit,
    pub(crate) key: String,
    pub(crate) state: Option<Value>,
    pub(crate) changes: Vec<String>,
    /// The actions of the effects, in their order.
    pub(crate) actions: Vec<Value>,
    /// The records of the log, in their order.
    pub(crate) records: Vec<String>,
}

/// A value, and the bodies that must live as long as it does.
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) json: String,
    pub(crate) bodies: Vec<BodyRef>,
}

impl Encoded {
    pub(crate) fn new(commit: Commit) -> Result<Self, StoreError> {
        let plan = &commit.plan;
        let key = to_json("a key", plan.key())?;
        let state = plan.state().map(|state| state.to_json()).transpose();
        let state = state.map_err(|error| StoreError::value("a state", error))?.map(Value::new);
        let changes = plan.changes().iter().map(|change| to_json("a change", change));
        let changes = changes.collect::<Result<_, _>>()?;
        let actions = plan.effects().iter().map(|effect| to_json("an effect", &effect.action));
        let actions = actions.map(|json| json.map(Value::new)).collect::<Result<_, _>>()?;
        let records = plan.log().iter().map(|record| to_json("a record of the log", record));
        let records = records.collect::<Result<_, _>>()?;
        Ok(Self { key, state, changes, actions, records, commit })
    }
}

impl Value {
    fn new(json: String) -> Self {
        Self { bodies: named_bodies(&json), json }
    }
}

pub(crate) fn to_json(what: &'static str, value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::value(what, error))
}

/// Every body that a value names, by its JSON. States grow from release to release; what names
/// octets keeps its form, and inside a string it would be written with `\"`.
fn named_bodies(json: &str) -> Vec<BodyRef> {
    let mut found: Vec<BodyRef> = memmem::find_iter(json.as_bytes(), "\"sha256\":\"")
        .filter_map(|at| {
            // Digest and length hold no brace, so the nearest ones are those of their object.
            let begin = json.get(..at)?.rfind('{')?;
            let object = json.get(begin..)?;
            let end = object.find('}')?.checked_add(1)?;
            serde_json::from_str(object.get(..end)?).ok()
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_found_wherever_they_are_named() {
        let body = crate::reference_of(b"octets");
        let other = crate::reference_of(b"others");
        let name = |body: &BodyRef| serde_json::to_value(body).unwrap();
        let value = serde_json::json!({
            "original": name(&body),
            "deep": [{ "in": { "side": name(&other) } }, name(&body)],
            "said": format!("{}", name(&crate::reference_of(b"only text"))),
            "half": { "sha256": "no digest" },
        });
        let mut expected = vec![body, other];
        expected.sort_unstable();
        assert_eq!(named_bodies(&value.to_string()), expected);
    }
}
