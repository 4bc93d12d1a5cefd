//! Typed ingredients and text.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::Service;
use super::super::error::Problem;
use super::super::intake::{self, Fields, TextLook, parse};
use super::super::once::{Job, Write};
use super::super::openapi::{ShippedIngredients, TextBody};
use super::super::wire::{Answer, Brief};
use super::as_known;
use crate::pipeline::Finished;

/// `POST /api/analyze/text` and its other name: the short answer.
///
/// # Errors
/// Those of `/analyze-text`.
#[utoipa::path(
    post,
    path = "/api/analyze/text",
    tag = "shipped",
    operation_id = "shippedText",
    request_body(content = TextBody, example = json!({"ingredients": ["vatten", "salt"]})),
    responses((status = 200, description = "The verdict in short", body = Brief)),
)]
pub async fn brief(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    let write = |finished: &Finished| serde_json::to_vec(&whole(finished).brief());
    analyze(&request, payload, &service, ("/api/analyze/text", intake::look_typed, write)).await
}

/// `POST /api/ingredients/analyze`: the whole answer.
///
/// # Errors
/// Those of `/analyze-text`.
#[utoipa::path(
    post,
    path = "/api/ingredients/analyze",
    tag = "shipped",
    operation_id = "shippedIngredients",
    request_body(content = ShippedIngredients, example = json!({"ingredients": ["vatten", "salt"], "language": "sv"})),
    responses((status = 200, description = "The verdict", body = Answer)),
)]
pub async fn ingredients(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    let write = |finished: &Finished| serde_json::to_vec(&whole(finished));
    analyze(&request, payload, &service, ("/api/ingredients/analyze", fields_of, write)).await
}

async fn analyze(
    request: &HttpRequest,
    payload: web::Payload,
    service: &web::Data<Service>,
    (route, look, write): (&'static str, TextLook, Write),
) -> Result<HttpResponse, Problem> {
    service.limits.request(request)?;
    let taken = intake::typed(service, request, payload, look).await?;
    Job::new(service, request, route, taken, write)?.answer().await.map_err(as_known)
}

fn whole(finished: &Finished) -> Answer<'_> {
    Answer::of(&finished.analysis, finished.usage, None)
}

/// Another name of `preferredLanguage`.
#[derive(Deserialize, ToSchema)]
pub struct Spoken {
    language: Option<String>,
}

fn fields_of(bytes: &[u8]) -> Result<Fields, Problem> {
    let (fields, spoken): (Fields, Spoken) = (parse(bytes)?, parse(bytes)?);
    Ok(Fields { preferred_language: fields.preferred_language.or(spoken.language), ..fields })
}
