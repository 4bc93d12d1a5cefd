//! The description of the API, held against what the service answers in every test that reads an answer.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

use jsonschema::Validator;
use koalens_backend::http;
use serde_json::{Value, json};

/// The description.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::from_str(http::document()).unwrap())
}

/// What a reference names, or the value itself.
pub fn meant(value: &Value) -> &Value {
    value["$ref"].as_str().map_or(value, |to| document().pointer(to.trim_start_matches('#')).unwrap())
}

/// The described path that `path` is one of.
fn described(path: &str) -> Option<(&'static str, &'static Value)> {
    let paths = document()["paths"].as_object().unwrap();
    let filled_in = |template: &str| {
        let (one, other): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.starts_with('{') || *one == other)
    };
    let exact = paths.get_key_value(path);
    let found = exact.or_else(|| paths.iter().find(|(template, _)| filled_in(template)));
    found.map(|(template, item)| (template.as_str(), item))
}

/// Panics where a JSON body is none that its path is described with, or its code is not named there.
pub fn hold(path: &str, status: u16, media_type: &str, body: &Value) {
    // Other methods and paths that are none are not part of the description.
    let Some((template, item)) = described(path).filter(|_| status != 405) else { return };
    let operations = item.as_object().unwrap().values();
    let answers = operations.filter_map(|operation| operation["responses"].get(status.to_string())).map(meant);
    let contents: Vec<_> = answers.filter_map(|answer| answer["content"].get(media_type)).collect();
    assert!(!contents.is_empty(), "{template} is not described with {status} {media_type}: {body}");
    if media_type == "application/problem+json" {
        let code = body["error"].as_str().unwrap();
        let named = contents.iter().any(|content| content["examples"].get(code).is_some());
        assert!(named || code.contains(' '), "{template} is not described with {code}");
    }
    let faults: Vec<_> = contents.iter().filter_map(|content| fault(&content["schema"], body)).collect();
    assert!(faults.len() < contents.len(), "{template} {status}: {faults:?} in {body}");
}

/// What is wrong with `body`, by a schema of the description.
fn fault(schema: &Value, body: &Value) -> Option<String> {
    static VALIDATORS: OnceLock<Mutex<HashMap<String, &'static Validator>>> = OnceLock::new();
    let mut validators = VALIDATORS.get_or_init(Mutex::default).lock().unwrap();
    let validator = validators.entry(schema.to_string()).or_insert_with(|| {
        let whole = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document()["components"],
            "allOf": [schema]});
        Box::leak(Box::new(jsonschema::validator_for(&whole).unwrap()))
    });
    validator.iter_errors(body).next().map(|error| format!("{} at {}", error, error.instance_path()))
}
