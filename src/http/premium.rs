//! `PUT /users/{userId}/premium`: makes a user premium, or no longer.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Service;
use super::admin::require;
use super::error::Problem;
use super::intake::{self, wrong};
use crate::domain::UserId;

/// Body of the route.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PremiumWish)]
pub struct Wish {
    premium: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PremiumSet)]
pub struct Set {
    success: bool,
    is_premium: bool,
}

/// Premium users have no monthly limit.
///
/// # Errors
/// Those of an admin route and of a small document, `STORE_UNAVAILABLE`.
#[utoipa::path(
    put,
    path = "/users/{userId}/premium",
    tag = "users",
    operation_id = "setPremium",
    params(("userId" = UserId, Path, description = "The user, as the app names them", example = "anna")),
    request_body(content = Wish, example = json!({"premium": true})),
    responses((status = 200, description = "Set", body = Set)),
)]
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
