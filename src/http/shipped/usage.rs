//! How much of a month's analyses a user has used.

use actix_web::{HttpRequest, HttpResponse, web};

use super::super::Service;
use super::super::auth;
use super::super::error::Problem;
use super::super::intake::wrong;
use super::super::wire::UsageInfo;
use crate::domain::UserId;

/// `GET /usage/{userId}`.
///
/// # Errors
/// `FORBIDDEN`, `INVALID_CONTENT_FORMAT`, `STORE_UNAVAILABLE`, `RATE_LIMITED`.
#[utoipa::path(
    get,
    path = "/usage/{userId}",
    tag = "shipped",
    operation_id = "usage",
    params(("userId" = UserId, Path, description = "The user, as the app names them", example = "anna")),
    responses((status = 200, description = "This month's", body = UsageInfo)),
)]
pub async fn usage(
    request: HttpRequest,
    user: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    service.limits.request(&request)?;
    let user = UserId::parse(&user).map_err(|_| wrong("userId"))?;
    auth::require_may_see(&request, &user)?;
    service.limits.user(Some(&user))?;
    Ok(HttpResponse::Ok().json(UsageInfo::of(service.pipeline.usage(&user, auth::is_premium(&request)).await?)))
}
