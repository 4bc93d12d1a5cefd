//! What users say about single ingredients.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::super::Service;
use super::super::auth;
use super::super::error::Problem;
use super::super::intake::{self, text_or_number, wrong};
use super::missing;
use crate::domain::UserId;
use crate::store::Report;

/// Longest name of an ingredient or product, comment, and time, bytes.
const MAX_NAME_BYTES: usize = 200;
const MAX_FEEDBACK_BYTES: usize = 4000;
const MAX_TIMESTAMP_BYTES: usize = 64;

/// Body of a report. Phones write barcodes and times as text or as numbers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    ingredient: Option<String>,
    feedback: Option<String>,
    #[serde(default, deserialize_with = "text_or_number")]
    product_id: Option<String>,
    is_vegan: Option<bool>,
    user_id: Option<String>,
    #[serde(default, deserialize_with = "text_or_number")]
    timestamp: Option<String>,
}

/// `POST /api/reports/ingredient`.
///
/// # Errors
/// `MISSING_CONTENT`, those of a small document, `STORE_UNAVAILABLE`, `RATE_LIMITED`.
pub async fn ingredient(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    service.limits.request(&request)?;
    let said: Said = intake::document(&service, &request, payload).await?;
    let user = said.user_id.as_deref().filter(|id| !id.is_empty()).map(UserId::parse);
    let user = auth::user(&request).or(user.transpose().map_err(|_| wrong("userId"))?);
    service.limits.user(user.as_ref())?;
    let report = Report {
        ingredient: required(said.ingredient, "ingredient", MAX_NAME_BYTES)?,
        feedback: required(said.feedback, "feedback", MAX_FEEDBACK_BYTES)?,
        product_id: bounded(said.product_id, "productId", MAX_NAME_BYTES)?,
        is_vegan: said.is_vegan,
        said_at: bounded(said.timestamp, "timestamp", MAX_TIMESTAMP_BYTES)?,
    };
    let clock = service.pipeline.clock();
    let id = clock.new_uuid();
    service.store.keep_report(id, &report, user.as_ref(), clock.now_ms()).await?;
    Ok(HttpResponse::Created().json(json!({"success": true, "reportId": id})))
}

fn required(text: Option<String>, field: &str, most: usize) -> Result<String, Problem> {
    let text = text.filter(|text| !text.trim().is_empty());
    bounded(text, field, most)?.ok_or_else(|| missing(field))
}

fn bounded(text: Option<String>, field: &str, most: usize) -> Result<Option<String>, Problem> {
    if text.as_ref().is_some_and(|text| text.len() > most) { Err(wrong(field)) } else { Ok(text) }
}
