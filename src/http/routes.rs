//! Every route, and what answers where there is none.

use std::sync::OnceLock;

use actix_web::http::Method;
use actix_web::{App, HttpRequest, HttpResponse, web};

use super::error::{Code, Problem};
use super::table::{Noted, Table};
use super::{analyses, analyze, comparison, health, ingredients, openapi, pages, premium, rollout, shipped, timeline};

/// How alike a path must be to be named, 0–1 (Jaro-Winkler).
const NEAR: f64 = 0.8;

pub(super) fn configure(app: &mut web::ServiceConfig) {
    register(&mut Table::of(app));
    app.default_service(web::to(not_found));
}

fn register(table: &mut Table<'_>) {
    table
        .write("/analyze", Method::POST, analyze::analyze)
        .write("/analyze-text", Method::POST, analyze::analyze_text)
        .read("/analyses", analyses::recent)
        .read("/analyses/{id}", analyses::one)
        .write("/analyses/{id}/feedback", Method::POST, analyses::feedback)
        .read("/users/{userId}/analyses", analyses::history)
        .write("/users/{userId}", Method::DELETE, analyses::forget)
        .write("/users/{userId}/premium", Method::PUT, premium::set)
        .read("/ingredients/{name}", ingredients::one)
        .read("/health", health::health)
        .read("/api/health", health::health)
        .read("/ready", health::ready)
        .read_and_write("/rollout", rollout::standing, Method::PUT, rollout::set)
        .read("/rollout/health", rollout::health)
        .read("/rollout/explain", rollout::explain)
        .write("/rollout/{command}", Method::POST, rollout::command)
        .read("/ab/summary", comparison::summary)
        .read("/ab/models", comparison::models)
        .read("/ab/comparison", comparison::comparison)
        .read("/ab/timeline", timeline::timeline)
        .read("/openapi.json", openapi::json)
        .read("/docs", openapi::page)
        .read("/docs/{file}", openapi::file);
    pages::register(table);
    shipped::register(table);
}

/// Every route that there is.
pub(super) fn all() -> &'static [Noted] {
    static ALL: OnceLock<Vec<Noted>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut noted = Vec::new();
        let _only_to_be_looked_at = App::new().configure(|app| {
            let mut table = Table::of(app);
            register(&mut table);
            noted = table.noted();
        });
        noted
    })
}

/// The paths of all routes, each once.
pub(super) fn templates() -> Vec<&'static str> {
    let mut templates: Vec<_> = all().iter().map(|route| route.path.as_str()).collect();
    templates.dedup();
    templates
}

async fn not_found(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let likeness = |path: &&str| strsim::jaro_winkler(path, request.path());
    let nearest = templates().into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let near = nearest.filter(|path| likeness(path) >= NEAR);
    Err(Problem::about(Code::NotFound, near.map(|path| format!(" {path}?")).unwrap_or_default()))
}
