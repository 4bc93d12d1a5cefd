//! The document against the routes, and against the copy that is kept.

use std::fs;

use super::super::routes;
use super::*;

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/openapi.json");

fn parsed() -> Value {
    serde_json::from_str(document()).unwrap()
}

/// Each operation with its path and its method.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
        .collect()
}

#[test]
fn the_golden_document_is_the_programs_own() {
    if std::env::var_os("WRITE_README").is_some() {
        fs::write(KEPT, document()).unwrap();
    }
    assert!(fs::read_to_string(KEPT).unwrap() == document(), "{KEPT} is out of date: run `make readme`");
}

#[test]
fn every_route_that_is_registered_is_described_and_nothing_else_is() {
    let document = parsed();
    let described = operations(&document).into_iter().map(|(path, method, _)| (path.to_owned(), method.to_uppercase()));
    let registered = routes::all().iter().filter(|route| route.method != "HEAD");
    let registered: BTreeSet<_> = registered.map(|route| (route.path.clone(), route.method.clone())).collect();
    assert_eq!(described.collect::<BTreeSet<_>>(), registered);
}

#[test]
fn every_operation_says_what_it_is_for_who_may_call_it_and_what_its_parts_are() {
    let document = parsed();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        assert!(operation["summary"].is_string() || operation["description"].is_string(), "{method} {path}");
        assert!(operation["security"].is_array(), "{method} {path}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{method} {path}: its id is another's");
        let filled_in: Vec<_> = path.split(['{', '}']).skip(1).step_by(2).collect();
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let of_path = parameters.iter().filter(|parameter| parameter["in"] == "path");
        let of_path: Vec<_> = of_path.map(|parameter| parameter["name"].as_str().unwrap()).collect();
        assert_eq!(of_path, filled_in, "{method} {path}");
    }
}

#[test]
fn whatever_can_be_sent_and_answered_has_a_schema_and_an_example() {
    let document = parsed();
    for (path, method, operation) in operations(&document) {
        let mut parts = vec![("request", &operation["requestBody"])];
        parts.extend(operation["responses"].as_object().unwrap().iter().map(|(status, it)| (status.as_str(), it)));
        for (name, part) in parts {
            for (media_type, content) in part["content"].as_object().into_iter().flatten() {
                let schema = &content["schema"];
                assert!(schema.is_object() && *schema != json!({}), "{method} {path} {name} {media_type}: no schema");
                let exempt = media_type != "application/json" && !media_type.starts_with("application/problem");
                let shown = !content["example"].is_null() || !content["examples"].is_null();
                assert!(shown || exempt || operation["operationId"] == "openapi", "{method} {path} {name}: no example");
            }
        }
    }
}
