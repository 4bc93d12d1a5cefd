//! `PUT /users/{userId}/premium`: makes a user premium, or no longer.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::Service;
use super::admin::require;
use super::error::Problem;
use super::intake::{self, wrong};
use crate::domain::UserId;

/// Body of the route.
#[derive(Debug, Deserialize)]
pub struct Wish {
    premium: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Set {
    success: bool,
    is_premium: bool,
}

/// Premium users have no monthly limit.
///
/// # Errors
/// Those of an admin route and of a small document, `STORE_UNAVAILABLE`.
pub async fn set(
    request: HttpRequest,
    user: web::Path<String>,
    payload: web::Payload,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    service.limits.request(&request)?;
    require(&request, &service.config)?;
    let user = UserId::parse(&user).map_err(|_| wrong("userId"))?;
    let Wish { premium } = intake::document(&service, &request, payload).await?;
    service.store.set_premium(&user, premium, service.pipeline.clock().now_ms()).await?;
    Ok(HttpResponse::Ok().json(Set { success: true, is_premium: premium }))
}
