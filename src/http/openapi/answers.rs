//! Answers that the service gave to the examples of the document, as the document shows them.
//!
//! An integration test asks what the examples ask and holds the answers against `answers.json` (`make readme` writes it);
//! there, what changes from time to time is replaced: ids, moments, durations.

use std::sync::OnceLock;

use serde_json::{Map, Value};

/// By operation, then by status.
fn all() -> &'static Map<String, Value> {
    static ALL: OnceLock<Map<String, Value>> = OnceLock::new();
    ALL.get_or_init(|| serde_json::from_str(include_str!("answers.json")).unwrap_or_default())
}

/// Adds to an operation's answers what they were.
pub(super) fn show(operation: &mut Value) {
    let id = operation["operationId"].as_str().unwrap_or_default();
    let Some(Value::Object(given)) = all().get(id) else { return };
    for (status, body) in given {
        if let Some(content) = operation["responses"][status]["content"].get_mut("application/json") {
            content["example"] = body.clone();
        }
    }
}
