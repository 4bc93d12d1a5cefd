//! What each route may answer with instead of what it is for, from the one table of codes.
//!
//! The integration tests hold every refusal that they meet against this.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::context;
use super::super::error::{Code, Problem};

/// What every route may answer that counts its callers.
const COUNTED: &[Code] = &[Code::RateLimited, Code::Internal];
/// Of a route that asks who calls, as `AUTH` says.
const CALLER: &[Code] = &[Code::Unauthenticated, Code::AuthUnavailable];
/// Of a route for admins.
const ADMIN: &[Code] = &[Code::Unauthenticated, Code::NotFound];
/// Of one for the user themselves.
const OWN: &[Code] = &[Code::Unauthenticated, Code::AuthUnavailable, Code::Forbidden, Code::NotFound];
/// Of one that asks the database.
const STORE: &[Code] = &[Code::StoreUnavailable];
/// Of one that reads its path or its query.
const FILLED_IN: &[Code] = &[Code::InvalidContentFormat];
/// Of one that reads a body.
const BODY: &[Code] =
    &[Code::InvalidJson, Code::InvalidContentFormat, Code::PayloadTooLarge, Code::UploadTimeout, Code::Overloaded];
/// Of an analysis, with the request's own key.
const ANALYSIS: &[Code] = &[
    Code::MissingContent,
    Code::UnsupportedMediaType,
    Code::ProviderOverrideForbidden,
    Code::DuplicateRequest,
    Code::IdempotencyConflict,
    Code::Interrupted,
];
/// Of an upload of pictures.
const UPLOAD: &[Code] = &[Code::InvalidBase64, Code::AmbiguousContent];
/// What an analysis of pictures may end with.
const PICTURES: &[Code] = &[
    Code::UnsupportedMediaType,
    Code::UsageLimitExceeded,
    Code::MediaUnreadable,
    Code::MediaTooLong,
    Code::MediaTooLargeDimensions,
    Code::MediaNoFrames,
    Code::ProviderRefused,
    Code::ProviderInvalidAnswer,
    Code::NoProviderAvailable,
    Code::VideoDisabled,
    Code::Overloaded,
    Code::DeadlineExceeded,
];
const NOT_FOUND: &[Code] = &[Code::NotFound];

/// The refusals of an operation; `None` for one that is not known.
fn of(operation: &str) -> Option<Vec<&'static [Code]>> {
    Some(match operation {
        "health" | "ready" | "openapi" | "docs" => vec![],
        "docsFile" | "pageFile" | "pageTexts" => vec![NOT_FOUND],
        "tryPage" | "dashboardPage" => vec![COUNTED, FILLED_IN],
        "analyze" | "shippedVideo" | "shippedImage" | "shippedNamedImage" => {
            vec![COUNTED, CALLER, BODY, ANALYSIS, STORE, UPLOAD, PICTURES]
        }
        "analyzeText" | "shippedText" | "shippedIngredients" => vec![COUNTED, CALLER, BODY, ANALYSIS, STORE],
        "analysis" => vec![COUNTED, CALLER, STORE, PICTURES, NOT_FOUND, &[Code::Interrupted]],
        "feedback" => vec![COUNTED, CALLER, BODY, STORE, NOT_FOUND],
        "ingredient" => vec![COUNTED, CALLER, FILLED_IN, NOT_FOUND],
        "history" | "forget" => vec![COUNTED, OWN, FILLED_IN, STORE],
        "recentAnalyses" => vec![COUNTED, CALLER, ADMIN, FILLED_IN, STORE],
        "setPremium" => vec![COUNTED, CALLER, ADMIN, BODY, STORE],
        "rollout" | "rolloutHealth" => vec![COUNTED, ADMIN, STORE],
        "setRollout" | "steerRollout" => vec![COUNTED, ADMIN, BODY, STORE, &[Code::StaleVersion]],
        "explain" | "videoStats" => vec![COUNTED, ADMIN, FILLED_IN],
        "abSummary" | "abModels" | "abComparison" | "abTimeline" => vec![COUNTED, ADMIN, FILLED_IN, STORE],
        "counter" | "usage" => vec![COUNTED, CALLER, &[Code::Forbidden], FILLED_IN, STORE, NOT_FOUND],
        "incrementCounter" => vec![COUNTED, CALLER, &[Code::Forbidden], BODY, STORE, NOT_FOUND],
        "reportIngredient" => vec![COUNTED, CALLER, BODY, STORE, &[Code::MissingContent]],
        _ => return None,
    })
}

/// What the operations share: their refusals by the codes in them, and a body of each code.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) responses: Map<String, Value>,
    pub(super) examples: Map<String, Value>,
}

/// Adds to an operation what it may refuse, and the headers that all answers have.
pub(super) fn tell(operation: &mut Value, shared: &mut Shared) {
    let id = operation["operationId"].as_str().unwrap_or_default();
    let shipped = operation["tags"][0] == "shipped";
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in of(id).unwrap_or_default().concat() {
        // The shipped app knows this one under another status than the table's.
        let status = if shipped && code == Code::DuplicateRequest { 429 } else { code.status() };
        let of_status = by_status.entry(status).or_default();
        if !of_status.contains(&code) {
            of_status.push(code);
        }
    }
    for answer in operation["responses"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        sign(answer);
    }
    for (status, mut codes) in by_status {
        codes.sort_unstable();
        let names: Vec<_> = codes.iter().map(|code| name(*code, status)).collect();
        let key = names.join(".");
        operation["responses"][status.to_string()] = json!({"$ref": format!("#/components/responses/{key}")});
        shared.responses.entry(key).or_insert_with(|| response(status, &codes));
        for (name, code) in names.into_iter().zip(codes) {
            shared.examples.entry(name).or_insert_with(|| example(status, code));
        }
    }
}

fn name(code: Code, status: u16) -> String {
    if status == code.status() { code.as_str().to_owned() } else { format!("{}_{status}", code.as_str()) }
}

/// A body, in English; `…` stands for what is particular.
fn example(status: u16, code: Code) -> Value {
    json!({"value": context::example(&Problem { status: Some(status), ..Problem::about(code, "…") })})
}

fn response(status: u16, codes: &[Code]) -> Value {
    let spelt: Vec<_> = codes.iter().map(|code| format!("`{}`", code.as_str())).collect();
    let shown = |code: &Code| {
        (code.as_str().to_owned(), json!({"$ref": format!("#/components/examples/{}", name(*code, status))}))
    };
    let examples: Map<String, Value> = codes.iter().map(shown).collect();
    let content = json!({"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples});
    let mut response = json!({"description": spelt.join(", "), "content": {"application/problem+json": content}});
    sign(&mut response);
    let all = |holds: fn(Code) -> bool| codes.iter().all(|code| holds(*code));
    if all(|code| Problem::new(code).retry_after.is_some() || code == Code::RateLimited) {
        response["headers"]["Retry-After"] = header("RetryAfter");
    }
    if all(|code| code == Code::RateLimited) {
        for name in ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"] {
            response["headers"][name] = header("RateLimit");
        }
    }
    if all(|code| code == Code::Unauthenticated) {
        response["headers"]["WWW-Authenticate"] = header("Challenge");
    }
    response
}

/// The headers of every answer.
fn sign(response: &mut Value) {
    response["headers"]["X-Request-Id"] = header("RequestId");
    response["headers"]["X-KoaLens-API-Version"] = header("ApiVersion");
}

fn header(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_but_that_of_other_methods_is_refused_somewhere_and_no_operation_is_forgotten() {
        let document: Value = serde_json::from_str(super::super::document()).unwrap();
        let mut met = Vec::new();
        for operation in
            document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values())
        {
            let id = operation["operationId"].as_str().unwrap();
            let id = id.split("Alias").next().unwrap_or(id);
            met.extend(of(id).unwrap_or_else(|| panic!("{id}")).concat());
        }
        let unmet: Vec<_> = Code::ALL.iter().filter(|code| !met.contains(code)).collect();
        assert_eq!(unmet, [&Code::MethodNotAllowed]);
    }
}
