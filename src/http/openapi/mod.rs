//! The API described by itself (OpenAPI 3.1): made from the routes and the types they read and write.
//!
//! What no single route knows is added here: other names of the same route, who may call it, what it may refuse
//! (`refusals`, from the one table of codes), and answers that were given to the examples (`answers`).

mod answers;
mod bodies;
mod page;
mod refusals;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use actix_web::HttpResponse;
use actix_web::http::header;
use serde_json::{Value, json};
use utoipa::OpenApi;

use super::context::Body;
use super::delivery::Told as Progress;
use super::shipped::ALIASES;
use super::{analyses, analyze, auth, comparison, health, ingredients, pages, premium, rollout, shipped, timeline};

use crate::domain::{AnalysisId, CounterName, UserId};

pub use bodies::*;
pub use page::{file, page};

/// Told above everything else.
const ABOUT: &str = "Tells from a photo or a short video of a pack whether a food is vegan. \
Every answer carries `X-Request-Id` and `X-KoaLens-API-Version`; every error is `application/problem+json` in the \
language of `Accept-Language` (Swedish without it). What is read by `GET` answers `HEAD` too; other methods get 405. \
Members of a request that are not known are ignored.";

#[derive(OpenApi)]
#[openapi(
    info(title = "KoaLens", version = "1", description = ABOUT, license(name = "Proprietary", identifier = "LicenseRef-Proprietary")),
    servers((url = "/", description = "This service")),
    paths(
        analyze::analyze, analyze::analyze_text,
        analyses::one, analyses::feedback, analyses::history, analyses::forget, analyses::recent,
        ingredients::one, premium::set,
        health::health, health::ready,
        rollout::standing, rollout::set, rollout::command, rollout::health, rollout::explain,
        comparison::summary, comparison::models, comparison::comparison, timeline::timeline,
        shipped::media::video, shipped::media::image, shipped::media::image_named,
        shipped::text::brief, shipped::text::ingredients,
        shipped::counters::value, shipped::counters::increment,
        shipped::usage::usage, shipped::reports::ingredient, shipped::stats::stats,
        pages::attempt, pages::dashboard, pages::file, pages::sentences,
        json, page::page, page::file,
    ),
    components(schemas(Body, Progress, AnalysisId, CounterName, UserId)),
    tags(
        (name = "analysis", description = "From a pack, or from typed words, to a verdict"),
        (name = "users", description = "What is kept of a user"),
        (name = "rollout", description = "Which reader answers, and how it does; for admins"),
        (name = "health", description = "Whether it lives"),
        (name = "shipped", description = "Paths that the app in people's hands calls"),
        (name = "pages", description = "Pages for people, and this document"),
    ),
)]
struct Api;

/// The document, as it is answered and kept.
#[must_use]
pub fn document() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| format!("{:#}\n", complete(json!(Api::openapi()))))
}

/// `GET /openapi.json`.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "pages",
    operation_id = "openapi",
    responses((status = 200, description = "This document", body = Object)),
)]
pub async fn json() -> HttpResponse {
    let never_stale = (header::CACHE_CONTROL, "no-cache");
    HttpResponse::Ok().content_type("application/json").insert_header(never_stale).body(document())
}

/// Adds what no single route knows.
fn complete(mut api: Value) -> Value {
    require_what_is_answered(&mut api);
    named_answer(&mut api["components"]["schemas"]);
    let mut shared = refusals::Shared::default();
    for (path, item) in members(&mut api["paths"]) {
        for (_, operation) in members(item) {
            operation["security"] = security(path);
            refusals::tell(operation, &mut shared);
            answers::show(operation);
            name(operation);
        }
    }
    aliases(&mut api["paths"]);
    let components = &mut api["components"];
    components["securitySchemes"] = schemes();
    components["headers"] = headers();
    components["responses"] = Value::Object(shared.responses);
    components["examples"] = Value::Object(shared.examples);
    api
}

fn members(object: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    object.as_object_mut().into_iter().flatten()
}

/// What an operation is called comes from the documentation of its handler, which names its route and its errors first
/// and last; where nothing is left, what it answers says it.
fn name(operation: &mut Value) {
    let said = operation["summary"].as_str().unwrap_or_default().replace('\n', " ");
    let said = match said.strip_prefix('`') {
        Some(route_and_more) => route_and_more.split_once("`: ").map(|(_, more)| more.to_owned()),
        None => Some(said),
    };
    let answered = || {
        let of_answer = |answer: &Value| answer["description"].as_str().map(str::to_owned);
        operation["responses"].as_object().and_then(|all| all.values().next()).and_then(of_answer)
    };
    let said = said.or_else(answered).unwrap_or_default();
    let mut letters = said.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    operation["summary"] = first.chain(letters).collect::<String>().into();
    let more = operation["description"].as_str().and_then(|text| text.split("# Errors").next()).unwrap_or_default();
    let more = more.trim().to_owned();
    if let (Some(members), true) = (operation.as_object_mut(), more.is_empty()) {
        members.remove("description");
    } else {
        operation["description"] = more.into();
    }
}

/// Other names of the same route.
fn aliases(paths: &mut Value) {
    for (number, (path, alias)) in ALIASES.iter().enumerate() {
        let mut item = paths[path].clone();
        for (_, operation) in members(&mut item) {
            let id = operation["operationId"].as_str().unwrap_or_default();
            operation["operationId"] = json!(format!("{id}Alias{}", number + 1));
            operation["description"] = json!(format!("Another name of `{path}`."));
        }
        paths[alias] = item;
    }
}

/// What is null in an answer is there all the same (what may be absent is never null): such members are required. In a
/// request, null is as good as nothing.
fn require_what_is_answered(api: &mut Value) {
    let mut sent = BTreeSet::new();
    for operation in api["paths"].as_object().into_iter().flatten().filter_map(|(_, item)| item.as_object()).flatten() {
        schemas_of(&operation.1["requestBody"], &api["components"]["schemas"], &mut sent);
    }
    for (_, schema) in members(&mut api["components"]["schemas"]).filter(|(name, _)| !sent.contains(*name)) {
        let is_null = |one: &Value| *one == "null" || one["type"] == "null";
        let any = |list: &Value| list.as_array().is_some_and(|list| list.iter().any(is_null));
        let nullable = |property: &Value| any(&property["type"]) || any(&property["oneOf"]);
        let properties = schema["properties"].as_object().into_iter().flatten();
        let more: Vec<Value> = properties.filter(|it| nullable(it.1)).map(|it| it.0.as_str().into()).collect();
        match schema.get_mut("required").and_then(Value::as_array_mut) {
            Some(required) => required.extend(more),
            None if more.is_empty() => {}
            None => schema["required"] = more.into(),
        }
    }
}

/// The names of the schemas that `part` is made of.
fn schemas_of(part: &Value, schemas: &Value, names: &mut BTreeSet<String>) {
    match part {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next());
            if let Some(name) = name.filter(|name| names.insert((*name).to_owned())) {
                schemas_of(&schemas[name], schemas, names);
            }
            members.values().for_each(|member| schemas_of(member, schemas, names));
        }
        Value::Array(items) => items.iter().for_each(|item| schemas_of(item, schemas, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The answer whose ingredients are names alone: as the usual one but for that.
fn named_answer(schemas: &mut Value) {
    let mut named = schemas["Answer"].clone();
    named["properties"]["ingredientList"] = schemas["Brief"]["properties"]["ingredientList"].clone();
    schemas["NamedAnswer"] = named;
}

/// Who may call the route of `path`, each way by itself.
fn security(path: &str) -> Value {
    match auth::asks(path) {
        auth::Asks::Nobody => json!([]),
        auth::Asks::Admin => json!([{"admin": []}]),
        auth::Asks::Own => json!([{"token": []}, {"admin": []}]),
        auth::Asks::Caller => json!([{}, {"key": []}, {"token": []}, {"admin": []}]),
    }
}

fn schemes() -> Value {
    json!({
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "While `AUTH=keys`"},
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "The user's token, while `AUTH=jwt`"},
        "admin": {"type": "http", "scheme": "bearer", "description": "`ADMIN_TOKEN`"},
    })
}

/// The headers that answers share.
fn headers() -> Value {
    let header = |schema: Value, about: &str| json!({"description": about, "required": true, "schema": schema});
    let number = || json!({"type": "integer", "minimum": 0});
    json!({
        "RequestId": header(json!({"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}),
            "The caller's own `X-Request-Id`, or a new one"),
        "ApiVersion": header(json!({"type": "string"}), "The version of this contract"),
        "RetryAfter": header(number(), "Seconds after which to come back"),
        "Challenge": header(json!({"type": "string"}), "What to call with"),
        "RateLimit": header(number(), "Of the requests that one caller may make"),
    })
}

#[cfg(test)]
mod tests;
