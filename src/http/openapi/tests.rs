//! The document against the routes, and against the copy that is kept.

use std::fs;

use serde_json::Value;

use super::*;

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

fn parsed() -> Value {
    serde_json::from_str(document()).unwrap()
}

#[test]
fn the_kept_copy_is_the_programs_own() {
    if std::env::var_os("WRITE_README").is_some() {
        fs::write(KEPT, document()).unwrap();
    }
    assert!(fs::read_to_string(KEPT).unwrap() == document(), "docs/openapi.json is out of date: run `make readme`");
}

#[test]
fn every_route_is_described_and_nothing_else_is() {
    let sources = [include_str!("../routes.rs"), include_str!("../shipped/mod.rs")].concat();
    let named = sources.split('"').skip(1).step_by(2).filter(|text| text.starts_with('/'));
    let mut routes: Vec<&str> =
        named.filter(|path| !["/openapi.json", "/docs", "/docs/{file}"].contains(path)).collect();
    routes.extend(["/api/counters/{user}/{counter}/increment", "/api/counter/{user}/{counter}/increment"]);
    routes.sort_unstable();
    routes.dedup();
    assert_eq!(paths().iter().map(String::as_str).collect::<Vec<_>>(), routes);
}

#[test]
fn every_operation_says_what_it_is_for_who_may_call_it_and_what_it_refuses() {
    let document = parsed();
    let mut ids = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string() || operation["description"].is_string(), "{method} {path}");
            assert!(operation["security"].is_array(), "{method} {path}");
            let open = operation["tags"][0] == "health";
            let answers = operation["responses"].as_object().unwrap();
            assert!(open || ["400", "401", "429", "500", "503"].iter().all(|it| answers.contains_key(*it)), "{path}");
            ids.push(operation["operationId"].as_str().unwrap());
        }
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), document["openapi"].as_str()), (all, Some("3.1.0")));
}
