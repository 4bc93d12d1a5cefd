//! Every route, and what answers where there is none.

use actix_web::{HttpRequest, HttpResponse, Resource, Route, web};

use super::error::{Code, Problem};
use super::{analyses, analyze, health, ingredients};

/// The paths that exist, for the hint in `NOT_FOUND`.
const PATHS: [&str; 10] = [
    "/analyze",
    "/analyze-text",
    "/analyses/{id}",
    "/analyses/{id}/feedback",
    "/users/{userId}/analyses",
    "/users/{userId}",
    "/ingredients/{name}",
    "/health",
    "/api/health",
    "/ready",
];
/// How alike a path must be to be named, 0–1 (Jaro-Winkler).
const NEAR: f64 = 0.8;

pub(super) fn configure(app: &mut web::ServiceConfig) {
    let get = web::get;
    let post = web::post;
    app.service(only("/analyze", "POST", post().to(analyze::analyze)))
        .service(only("/analyze-text", "POST", post().to(analyze::analyze_text)))
        .service(only("/analyses/{id}", "GET", get().to(analyses::one)))
        .service(only("/analyses/{id}/feedback", "POST", post().to(analyses::feedback)))
        .service(only("/users/{userId}/analyses", "GET", get().to(analyses::history)))
        .service(only("/users/{userId}", "DELETE", web::delete().to(analyses::forget)))
        .service(only("/ingredients/{name}", "GET", get().to(ingredients::one)))
        .service(only("/health", "GET", get().to(health::health)))
        .service(only("/api/health", "GET", get().to(health::health)))
        .service(only("/ready", "GET", get().to(health::ready)))
        .default_service(web::to(not_found));
}

/// A path that takes one method; the others are told so.
fn only(path: &str, method: &'static str, route: Route) -> Resource {
    let refuse = move || async move {
        let headers = vec![("Allow", method.to_owned())];
        Err::<HttpResponse, _>(Problem { headers, ..Problem::new(Code::MethodNotAllowed) })
    };
    web::resource(path).route(route).default_service(web::to(refuse))
}

async fn not_found(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let likeness = |path: &&&str| strsim::jaro_winkler(path, request.path());
    let nearest = PATHS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let near = nearest.filter(|path| likeness(path) >= NEAR);
    Err(Problem::about(Code::NotFound, near.map(|path| format!(" {path}?")).unwrap_or_default()))
}
