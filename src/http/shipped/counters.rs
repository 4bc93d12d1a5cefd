//! What the app counts by itself, starting anew each month. It never adds to usage.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::Service;
use super::super::auth;
use super::super::error::Problem;
use super::super::intake::{self, wrong};
use super::super::moments::moment;
use crate::domain::{CounterName, Month, UserId};

/// Most that one request counts.
const MOST: f64 = 1000.0;

/// A counter as the app reads it.
#[derive(Serialize, ToSchema)]
pub struct Counter<'a> {
    counter_id: String,
    user_id: &'a str,
    counter_name: &'a str,
    value: u64,
    limit: Option<u32>,
    remaining: Option<u64>,
    is_limited: bool,
    has_reached_limit: bool,
    reset_frequency: &'static str,
    #[schema(format = DateTime)]
    last_reset: Option<String>,
    #[schema(format = DateTime)]
    next_reset: Option<String>,
}

/// Body of an increment; without one it is 1. Some clients write every number with a point.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Increment)]
pub struct Step {
    /// One without a wish.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    increment: Option<f64>,
}

/// `GET /api/counters/{user}/{counter}`.
///
/// # Errors
/// `FORBIDDEN`, `INVALID_CONTENT_FORMAT`, `STORE_UNAVAILABLE`, `RATE_LIMITED`.
#[utoipa::path(
    get,
    path = "/api/counters/{user}/{counter}",
    tag = "shipped",
    operation_id = "counter",
    params(
        ("user" = UserId, Path, description = "The user, as the app names them", example = "anna"),
        ("counter" = CounterName, Path, description = "What is counted", example = "analyses"),
    ),
    responses((status = 200, description = "Its value this month", body = Counter)),
)]
pub async fn value(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    service.limits.request(&request)?;
    let (user, name) = named(&path)?;
    auth::require_may_see(&request, &user)?;
    service.limits.user(Some(&user))?;
    let now_ms = service.pipeline.clock().now_ms();
    let value = service.store.counter(&user, &name, now_ms).await?;
    let limit = service.pipeline.usage(&user, auth::is_premium(&request)).await?.limit;
    Ok(written(&user, &name, value, (limit, now_ms)))
}

/// `POST /api/counters/{user}/{counter}/increment`.
///
/// # Errors
/// `FORBIDDEN`, those of a small document, `STORE_UNAVAILABLE`, `RATE_LIMITED`.
#[utoipa::path(
    post,
    path = "/api/counters/{user}/{counter}/increment",
    tag = "shipped",
    operation_id = "incrementCounter",
    params(
        ("user" = UserId, Path, description = "The user, as the app names them", example = "anna"),
        ("counter" = CounterName, Path, description = "What is counted", example = "analyses"),
    ),
    request_body(content = Option<Step>, description = "May be left out", example = json!({"increment": 1})),
    responses((status = 200, description = "Its value then", body = Counter)),
)]
pub async fn increment(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    payload: web::Payload,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    service.limits.request(&request)?;
    let (user, name) = named(&path)?;
    auth::require_may_see(&request, &user)?;
    service.limits.user(Some(&user))?;
    let step: Option<Step> = intake::document_if_any(&service, &request, payload).await?;
    let by = step.and_then(|step| step.increment).unwrap_or(1.0);
    if by.fract() != 0.0 || !(1.0..=MOST).contains(&by) {
        return Err(wrong(&format!("increment (1–{MOST})")));
    }
    let now_ms = service.pipeline.clock().now_ms();
    let value = service.store.count_up(&user, &name, by as u32, now_ms).await?;
    let limit = service.pipeline.usage(&user, auth::is_premium(&request)).await?.limit;
    Ok(written(&user, &name, value, (limit, now_ms)))
}

fn named((user, name): &(String, String)) -> Result<(UserId, CounterName), Problem> {
    let user = UserId::parse(user).map_err(|_| wrong("userId"))?;
    Ok((user, CounterName::parse(name).map_err(|_| wrong("counter"))?))
}

fn written(user: &UserId, name: &CounterName, value: u64, (limit, now_ms): (Option<u32>, i64)) -> HttpResponse {
    let remaining = limit.map(|limit| u64::from(limit).saturating_sub(value));
    let month = Month::of(now_ms);
    HttpResponse::Ok().json(Counter {
        counter_id: format!("{}:{}", user.as_str(), name.as_str()),
        user_id: user.as_str(),
        counter_name: name.as_str(),
        value,
        limit,
        remaining,
        is_limited: limit.is_some(),
        has_reached_limit: remaining == Some(0),
        reset_frequency: "monthly",
        last_reset: moment(month.starts_at_ms()),
        next_reset: moment(month.next().starts_at_ms()),
    })
}
