//! Every route, and what answers where there is none.

use actix_web::http::Method;
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, Route, web};

use super::error::{Code, Problem};
use super::{analyses, analyze, comparison, health, ingredients, openapi, pages, premium, rollout, shipped, timeline};

/// How alike a path must be to be named, 0–1 (Jaro-Winkler).
const NEAR: f64 = 0.8;

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.service(write("/analyze", Method::POST, analyze::analyze))
        .service(write("/analyze-text", Method::POST, analyze::analyze_text))
        .service(read("/analyses", analyses::recent))
        .service(read("/analyses/{id}", analyses::one))
        .service(write("/analyses/{id}/feedback", Method::POST, analyses::feedback))
        .service(read("/users/{userId}/analyses", analyses::history))
        .service(write("/users/{userId}", Method::DELETE, analyses::forget))
        .service(write("/users/{userId}/premium", Method::PUT, premium::set))
        .service(read("/ingredients/{name}", ingredients::one))
        .service(read("/health", health::health))
        .service(read("/api/health", health::health))
        .service(read("/ready", health::ready))
        .service(
            web::resource("/rollout")
                .route(web::get().to(rollout::standing))
                .route(web::head().to(rollout::standing))
                .route(web::put().to(rollout::set))
                .default_service(refuse("GET, HEAD, PUT")),
        )
        .service(read("/rollout/health", rollout::health))
        .service(read("/rollout/explain", rollout::explain))
        .service(write("/rollout/{command}", Method::POST, rollout::command))
        .service(read("/ab/summary", comparison::summary))
        .service(read("/ab/models", comparison::models))
        .service(read("/ab/comparison", comparison::comparison))
        .service(read("/ab/timeline", timeline::timeline))
        .service(read("/openapi.json", openapi::json))
        .service(read("/docs", openapi::page))
        .service(read("/docs/{file}", openapi::part))
        .configure(pages::configure)
        .configure(shipped::configure)
        .default_service(web::to(not_found));
}

/// The templates of all paths.
pub(super) fn templates() -> Vec<&'static str> {
    openapi::paths().iter().map(String::as_str).collect()
}

/// A path that is read: `GET`, and `HEAD`, which monitors send.
pub(super) fn read<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let resource = web::resource(path).route(web::get().to(handler.clone())).route(web::head().to(handler));
    resource.default_service(refuse("GET, HEAD"))
}

/// A path that takes one method which changes something.
pub(super) fn write<F, Args>(path: &str, method: Method, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let allowed = method.to_string();
    web::resource(path).route(web::method(method).to(handler)).default_service(refuse(&allowed))
}

/// What answers other methods.
fn refuse(allowed: &str) -> Route {
    let allowed = allowed.to_owned();
    web::to(move || {
        let headers = vec![("Allow", allowed.clone())];
        async { Err::<HttpResponse, _>(Problem { headers, ..Problem::new(Code::MethodNotAllowed) }) }
    })
}

async fn not_found(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let likeness = |path: &&&str| strsim::jaro_winkler(path, request.path());
    let nearest =
        PATHS.iter().chain(&pages::PATHS).chain(&shipped::PATHS).max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let near = nearest.filter(|path| likeness(path) >= NEAR);
    Err(Problem::about(Code::NotFound, near.map(|path| format!(" {path}?")).unwrap_or_default()))
}
