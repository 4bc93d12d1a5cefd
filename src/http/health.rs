//! Whether the service lives, and whether it should be sent work.

use std::sync::atomic::Ordering;

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::Service;
use crate::domain::Confinement;
use crate::telemetry::exposition;

/// It lives.
#[derive(Serialize, ToSchema)]
pub struct Alive {
    status: &'static str,
}

/// Whether it should be sent work.
#[derive(Serialize, ToSchema)]
pub struct Ready {
    status: &'static str,
    degraded: Vec<&'static str>,
    sandbox: Confinement,
}

/// `GET /health`: touches nothing.
#[utoipa::path(
    get,
    path = "/health",
    tag = "health",
    operation_id = "health",
    responses((status = 200, description = "It lives", body = Alive)),
)]
pub async fn health() -> HttpResponse {
    HttpResponse::Ok().json(Alive { status: "ok" })
}

/// `GET /ready`: a database that is down is named, and no reason to take this instance out, because analyses are
/// answered all the same; so is a provider whose model is gone or whose key is not taken. It also says what holds the
/// processes that see uploads. 503 only while draining, when no media worker can start, or when the spool is full.
#[utoipa::path(
    get,
    path = "/ready",
    tag = "health",
    operation_id = "ready",
    responses(
        (status = 200, description = "Send it work; what is down is named in `degraded`", body = Ready),
        (status = 503, description = "Send it none", body = Ready, example = json!({
            "status": "unavailable", "degraded": ["draining"], "sandbox": {"seccomp": true, "landlock": "full"},
        })),
    ),
)]
pub async fn ready(service: web::Data<Service>) -> HttpResponse {
    let refusing = [
        (service.draining.load(Ordering::Acquire), "draining"),
        (!service.pipeline.media_ready(), "media"),
        (service.store.spool_full(), "spool"),
    ];
    let mut degraded: Vec<_> = refusing.iter().filter(|(is, _)| *is).map(|(_, what)| *what).collect();
    let refuses = !degraded.is_empty();
    if !service.store.is_up().await {
        degraded.push("database");
    }
    degraded.extend(service.pipeline.troubled_providers().iter().map(|provider| provider.as_str()));
    let status = if refuses { "unavailable" } else { "ready" };
    let mut response = if refuses { HttpResponse::ServiceUnavailable() } else { HttpResponse::Ok() };
    response.json(Ready { status, degraded, sandbox: service.pipeline.confinement() })
}

/// `GET /metrics`, on a port of its own.
pub async fn metrics() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(exposition())
}
