//! The API described by itself (OpenAPI 3.1): made from the routes and the types they read and write.
//!
//! What no single route knows is added here: other names of the same route, what every route may refuse, and who may
//! call it.

mod bodies;
mod page;
mod refusals;

use std::sync::OnceLock;

use actix_web::HttpResponse;
use actix_web::http::header;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{OpenApi as Document, RefOr, Schema};
use utoipa::{Modify, OpenApi};

use super::context::Body;
use super::shipped::ALIASES;
use super::{analyses, analyze, auth, comparison, health, ingredients, premium, rollout, shipped, timeline};

pub use bodies::*;
pub use page::{page, part};

/// Told above everything else.
const ABOUT: &str = "Tells from a photo or a short video of a pack whether a food is vegan. \
Every answer carries `X-Request-Id` and `X-KoaLens-API-Version`; every error is `application/problem+json`.";

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
    ),
    components(schemas(Body)),
    tags(
        (name = "analysis", description = "From a pack, or from typed words, to a verdict"),
        (name = "users", description = "What is kept of a user"),
        (name = "rollout", description = "Which reader answers, and how it does; for admins"),
        (name = "health", description = "Whether it lives"),
        (name = "shipped", description = "Paths that the app in people's hands calls"),
    ),
    modifiers(&Aliases, &NamedAnswer, &refusals::Refusals, &Callers),
)]
struct Api;

/// The document, as it is answered and kept.
#[must_use]
pub fn document() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| Api::openapi().to_pretty_json().unwrap_or_default() + "\n")
}

/// The paths of the document, for the hint in `NOT_FOUND`.
pub fn paths() -> &'static [String] {
    static PATHS: OnceLock<Vec<String>> = OnceLock::new();
    PATHS.get_or_init(|| Api::openapi().paths.paths.into_keys().collect())
}

/// `GET /openapi.json`.
pub async fn json() -> HttpResponse {
    let never_stale = (header::CACHE_CONTROL, "no-cache");
    HttpResponse::Ok().content_type("application/json").insert_header(never_stale).body(document())
}

/// The operations of a path with the name of their methods.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [("get", &mut item.get), ("post", &mut item.post), ("put", &mut item.put), ("delete", &mut item.delete)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Other names of the same route.
struct Aliases;

impl Modify for Aliases {
    fn modify(&self, api: &mut Document) {
        for (number, (path, alias)) in ALIASES.iter().enumerate() {
            let Some(mut item) = api.paths.paths.get(*path).cloned() else { continue };
            for (_, operation) in operations(&mut item) {
                let id = operation.operation_id.take().unwrap_or_default();
                operation.operation_id = Some(format!("{id}Alias{}", number + 1));
                operation.description = Some(format!("Another name of `{path}`."));
            }
            api.paths.paths.insert((*alias).to_owned(), item);
        }
    }
}

/// The answer whose ingredients are names alone: as the usual one but for that.
struct NamedAnswer;

impl Modify for NamedAnswer {
    fn modify(&self, api: &mut Document) {
        let Some(components) = &mut api.components else { return };
        let names = components.schemas.get("Brief").and_then(|brief| list_of(brief).cloned());
        let answer = components.schemas.get("Answer").cloned();
        if let (Some(names), Some(RefOr::T(Schema::Object(mut answer)))) = (names, answer) {
            answer.properties.insert("ingredientList".to_owned(), names);
            components.schemas.insert("NamedAnswer".to_owned(), RefOr::T(Schema::Object(answer)));
        }
    }
}

fn list_of(schema: &RefOr<Schema>) -> Option<&RefOr<Schema>> {
    match schema {
        RefOr::T(Schema::Object(object)) => object.properties.get("ingredientList"),
        _ => None,
    }
}

/// Who may call what.
struct Callers;

impl Modify for Callers {
    fn modify(&self, api: &mut Document) {
        let components = api.components.get_or_insert_default();
        let http = |scheme, about: &str| {
            SecurityScheme::Http(HttpBuilder::new().scheme(scheme).description(Some(about)).build())
        };
        let key = ApiKeyValue::with_description("X-API-Key", "While AUTH=keys");
        components.add_security_scheme("key", SecurityScheme::ApiKey(ApiKey::Header(key)));
        components.add_security_scheme("token", http(HttpAuthScheme::Bearer, "The user's token (JWT), while AUTH=jwt"));
        components.add_security_scheme("admin", http(HttpAuthScheme::Bearer, "ADMIN_TOKEN"));
        let needs = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
        for (path, item) in &mut api.paths.paths {
            let security = match auth::asks(path) {
                auth::Asks::Nobody => Vec::new(),
                auth::Asks::Admin => vec![needs("admin")],
                auth::Asks::Own => vec![needs("token"), needs("admin")],
                auth::Asks::Caller => vec![SecurityRequirement::default(), needs("key"), needs("token")],
            };
            operations(item).for_each(|(_, operation)| operation.security = Some(security.clone()));
        }
    }
}

#[cfg(test)]
mod tests;
