//! What each route may refuse, from the one table of codes.

use std::collections::BTreeMap;

use serde_json::json;
use utoipa::Modify;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::{ContentBuilder, HeaderBuilder, OpenApi as Document, Ref, RefOr, ResponseBuilder};

use super::super::auth::{self, Asks};
use super::super::error::Code;
use super::operations;
use crate::domain::Language;

/// Codes that a body as such can meet with.
const BODY: &[Code] = &[Code::InvalidJson, Code::PayloadTooLarge, Code::UploadTimeout, Code::Overloaded];
/// Codes of a key of the request's own.
const KEYED: &[Code] = &[Code::DuplicateRequest, Code::IdempotencyConflict, Code::Interrupted];
/// Codes of analyses.
const ANALYSIS: &[Code] = &[
    Code::MissingContent,
    Code::UnsupportedMediaType,
    Code::ProviderOverrideForbidden,
    Code::DeadlineExceeded,
    Code::Overloaded,
];
/// Codes of pictures.
const PICTURES: &[Code] = &[
    Code::InvalidBase64,
    Code::AmbiguousContent,
    Code::UsageLimitExceeded,
    Code::MediaUnreadable,
    Code::MediaTooLong,
    Code::MediaTooLargeDimensions,
    Code::MediaNoFrames,
    Code::ProviderRefused,
    Code::ProviderInvalidAnswer,
    Code::NoProviderAvailable,
    Code::VideoDisabled,
];
/// Codes that any route may answer with.
const ANY: &[Code] = &[Code::InvalidContentFormat, Code::RateLimited, Code::Internal, Code::StoreUnavailable];

pub(super) struct Refusals;

impl Modify for Refusals {
    fn modify(&self, api: &mut Document) {
        for (path, item) in &mut api.paths.paths {
            for (method, operation) in operations(item) {
                let shipped = operation.tags.as_ref().is_some_and(|tags| tags.iter().any(|tag| tag == "shipped"));
                let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
                for code in codes(path, method, operation.request_body.is_some()) {
                    // The shipped app knows this one as 429.
                    let status = if shipped && code == Code::DuplicateRequest { 429 } else { code.status() };
                    let of_status = by_status.entry(status).or_default();
                    if !of_status.contains(&code) {
                        of_status.push(code);
                    }
                }
                for (status, codes) in by_status {
                    let response = RefOr::T(response(status, &codes).build());
                    operation.responses.responses.entry(status.to_string()).or_insert(response);
                }
            }
        }
    }
}

/// What an operation may answer with instead of what it is for.
fn codes(path: &str, method: &str, has_body: bool) -> Vec<Code> {
    let asks = auth::asks(path);
    if asks == Asks::Nobody {
        return Vec::new();
    }
    let mut codes = ANY.to_vec();
    codes.extend([Code::Unauthenticated, Code::Forbidden, Code::AuthUnavailable]);
    if has_body {
        codes.extend(BODY);
    }
    let analyses = method == "post" && path.contains("analyze");
    if analyses {
        codes.extend(ANALYSIS.iter().chain(KEYED));
        if !path.contains("text") && !path.contains("ingredients") {
            codes.extend(PICTURES);
        }
    }
    match path {
        "/rollout" | "/rollout/{command}" => codes.extend([Code::StaleVersion, Code::NotFound]),
        "/analyses/{id}" => codes.extend(PICTURES.iter().chain(ANALYSIS).chain(&[Code::NotFound, Code::Interrupted])),
        "/api/reports/ingredient" => codes.push(Code::MissingContent),
        _ if path.starts_with("/analyses/") || path.starts_with("/ingredients/") => codes.push(Code::NotFound),
        // While there is no admin token, its routes are not there.
        _ if asks != Asks::Caller => codes.push(Code::NotFound),
        _ => {}
    }
    codes
}

fn response(status: u16, codes: &[Code]) -> ResponseBuilder {
    let names: Vec<_> = codes.iter().map(|code| format!("`{}`", code.as_str())).collect();
    let examples = codes.iter().map(|code| {
        let message = code.advice(Language::En, "…");
        let body = json!({"type": "about:blank", "title": "", "status": status, "detail": message, "success": false,
            "error": code.as_str(), "message": message, "requestId": "0198c0de-0000-7000-8000-000000000000"});
        (code.as_str(), ExampleBuilder::new().value(Some(body)).build())
    });
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
    let content = content.examples_from_iter(examples).build();
    let response = ResponseBuilder::new().description(names.join(", ")).content("application/problem+json", content);
    if codes.iter().any(|code| code.retry_can_help()) {
        let seconds = HeaderBuilder::new().description(Some("Seconds after which to come back")).build();
        return response.header("Retry-After", seconds);
    }
    response
}
