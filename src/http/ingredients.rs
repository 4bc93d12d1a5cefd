//! `GET /ingredients/{name}`: what is known of one ingredient.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Service;
use super::context::Caller;
use super::error::{Code, Problem};
use crate::domain::{Language, Status};

/// Longest name that is looked up, bytes.
const MAX_NAME_BYTES: usize = 200;

/// Query of the route.
#[derive(Debug, Deserialize)]
pub struct Wish {
    language: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = KnownIngredient)]
pub struct Known<'a> {
    name: &'a str,
    status: Status,
    reason: &'a str,
    synonyms: &'a [String],
}

/// Status, reason and synonyms of one ingredient.
///
/// # Errors
/// `NOT_FOUND` for a name that is not known, `INVALID_CONTENT_FORMAT`, `RATE_LIMITED`.
#[utoipa::path(
    get,
    path = "/ingredients/{name}",
    tag = "analysis",
    operation_id = "ingredient",
    params(
        ("name" = String, Path, description = "The ingredient, in any language known", example = "gelatin"),
        ("language" = Option<String>, Query, description = "Language of the reason (BCP 47)"),
    ),
    responses((status = 200, description = "What is known of it", body = Known)),
)]
pub async fn one(
    request: HttpRequest,
    name: web::Path<String>,
    wish: Result<web::Query<Wish>, actix_web::Error>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    service.limits.request(&request)?;
    let caller = Caller::of(&request);
    let wish = wish.map_err(|_| Problem::about(Code::InvalidContentFormat, "language"))?;
    if let Some(tag) = wish.language.as_deref() {
        caller.speaks(Language::from_tag(tag));
    }
    let known = (name.len() <= MAX_NAME_BYTES).then(|| service.pipeline.engine().look_up(&name, caller.language()));
    let entry = known.flatten().ok_or_else(|| Problem::new(Code::NotFound))?;
    let known = Known { name: &name, status: entry.status, reason: &entry.reason, synonyms: &entry.synonyms };
    Ok(HttpResponse::Ok().json(known))
}
