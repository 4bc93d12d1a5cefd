//! Routes, JSON, limits and errors: everything HTTP, and nothing that decides.
//!
//! A request passes `context` (id, log line, errors as problem+json), CORS, compression and `auth`, then its route in
//! `routes`. Analyses are taken in by `intake`, run by `pipeline` (a key's once, by `once`), written by `wire`. The paths
//! that the shipped app calls are in `shipped`. The store is written to only through its named functions.

mod admin;
mod analyses;
mod analyze;
mod auth;
mod comparison;
mod config;
mod context;
mod delivery;
mod error;
mod health;
mod ingredients;
mod intake;
mod limits;
mod moments;
mod once;
mod pages;
mod paired;
mod premium;
mod rollout;
mod routes;
mod shipped;
mod timeline;
mod wire;

pub use auth::{Door, Ring};
pub use config::{AdminToken, Config, Mode};
pub use error::{Code, markdown_table};
pub use wire::Answer;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::Server;
use actix_web::http::header;
use actix_web::middleware::{Compress, NormalizePath, from_fn};
use actix_web::{App, HttpServer, web};

use crate::domain::Environment;
use crate::pipeline::Pipeline;
use crate::store::Store;
use crate::telemetry::events;
use limits::Limits;
use once::Keys;
use shipped::Clips;

/// Time a client has to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a refused upload is still read and dropped after its answer, so that a client which sends everything before
/// it listens reads the answer instead of a reset connection (nginx's `lingering_time`).
const LINGER: Duration = Duration::from_secs(30);
/// How long browsers may remember what CORS allows them, seconds.
const CORS_MAX_AGE: usize = 3600;

/// What every route needs. Shared by all worker threads.
pub struct Service {
    config: Config,
    environment: Environment,
    pipeline: Arc<Pipeline>,
    store: Arc<Store>,
    limits: Limits,
    keys: Keys,
    clips: Clips,
    door: Door,
    draining: AtomicBool,
}

impl Service {
    /// Puts it together.
    #[must_use]
    pub fn new(
        config: Config,
        environment: Environment,
        pipeline: Arc<Pipeline>,
        store: Arc<Store>,
        door: Door,
    ) -> Self {
        let limits = Limits::new(&config);
        let clips = Clips::since(pipeline.clock().now_ms());
        let draining = AtomicBool::new(false);
        events::routes_known(&routes::templates(), Code::ALL.iter().map(|code| code.as_str()));
        Self { config, environment, pipeline, store, limits, keys: Keys::default(), clips, door, draining }
    }

    /// From now on `/ready` says that no more work should be sent here.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }
}

/// Starts to serve on `listener`. Signals are not handled here.
///
/// # Errors
/// The system's, when the socket cannot be used.
pub fn serve(service: &Arc<Service>, listener: TcpListener) -> std::io::Result<Server> {
    let service = web::Data::from(Arc::clone(service));
    let grace = u64::from(service.config.shutdown_grace_seconds);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(service.clone())
            .configure(routes::configure)
            .wrap(from_fn(auth::admit))
            .wrap(Compress::default())
            .wrap(cors(&service.config.cors_origin))
            .wrap(from_fn(context::surround))
            // Clients join a base address and a path with one slash too many, or end one with it.
            .wrap(NormalizePath::trim())
    })
    .client_request_timeout(HEAD_TIMEOUT)
    .client_disconnect_timeout(LINGER)
    // A client that closes its side has left: its request is dropped, and so is its work.
    .h1_allow_half_closed(false)
    .shutdown_timeout(grace)
    .disable_signals()
    .listen(listener)?;
    Ok(server.run())
}

/// Starts to answer `GET /metrics` on `listener`, apart from the routes that the world can reach.
///
/// # Errors
/// The system's, when the socket cannot be used.
pub fn serve_metrics(listener: TcpListener) -> std::io::Result<Server> {
    let server = HttpServer::new(|| App::new().route("/metrics", web::get().to(health::metrics)))
        .workers(1)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

fn cors(origins: &[String]) -> Cors {
    let cors = origins.iter().fold(Cors::default(), |cors, origin| cors.allowed_origin(origin.trim()));
    cors.allowed_methods(["GET", "POST", "PUT", "DELETE"])
        .allowed_headers([header::CONTENT_TYPE, header::ACCEPT, header::ACCEPT_LANGUAGE, header::AUTHORIZATION])
        .allowed_headers(["Idempotency-Key", "Prefer", "X-API-Key", "X-Request-Id", "User-ID", "traceparent"])
        .expose_headers(["X-Request-Id", "X-KoaLens-API-Version", "Location", "Retry-After"])
        .max_age(CORS_MAX_AGE)
}
