//! `POST /analyze` and `POST /analyze-text`.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Service;
use super::delivery::Pending;
use super::delivery::deliver;
use super::error::Problem;
use super::intake;
use super::once::{Job, Written};
use super::openapi::{AnalyzeBody, AnalyzeForm, PICTURE, TextBody};
use super::wire::Answer;
use crate::domain::UserId;
use crate::pipeline::Finished;

/// A stream, in short.
const EVENTS: &str = "event: progress\ndata: {\"stage\":\"media\",\"percent\":5,\"message\":\"…\"}\n\n\
event: result\ndata: {\"success\":true}\n\n";

/// A photo, several, or a clip, to a verdict.
///
/// # Errors
/// See [`super::Code`].
#[utoipa::path(
    post,
    path = "/analyze",
    tag = "analysis",
    operation_id = "analyze",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "One key, one answer: kept for a day", max_length = 128),
        ("Prefer" = Option<String>, Header, description = "`respond-async`: 202 at once, the result is fetched"),
        ("User-ID" = Option<UserId>, Header, description = "The user, of a raw body"),
        ("preferredLanguage" = Option<String>, Query, description = "Of a raw body, as the other fields"),
        ("watchedIngredients" = Option<String>, Query, description = "Of a raw body; separated by commas, or as JSON"),
        ("provider" = Option<String>, Query, description = "Of a raw body"),
        ("requestId" = Option<String>, Query, description = "Of a raw body", max_length = 128),
        ("includeLabelImage" = Option<bool>, Query, description = "Of a raw body"),
    ),
    request_body(content(
        (AnalyzeBody = "application/json", example = json!({"image": PICTURE, "preferredLanguage": "sv", "userId": "anna"})),
        (AnalyzeForm = "multipart/form-data"),
        (Vec<u8> = "image/*"),
        (Vec<u8> = "video/*"),
    )),
    responses(
        (status = 200, description = "The verdict; with `Accept: text/event-stream` as events: `progress` (`Progress`), then `result` (`Answer`) or `error` (`Problem`)", content(
            (Answer = "application/json"),
            (String = "text/event-stream", example = json!(EVENTS)),
        )),
        (status = 202, description = "It is worked on (`Prefer: respond-async`)", body = Pending, headers(
            ("Location" = String, description = "Where the result will be"),
            ("Retry-After" = u32, description = "Seconds after which to look"),
            ("Preference-Applied" = String, description = "`respond-async`"),
        )),
    ),
)]
pub async fn analyze(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    service.limits.analysis(&request)?;
    let taken = intake::media(&service, &request, payload, intake::look).await?;
    deliver(&service, &request, "/analyze", taken, write).await
}

/// Typed ingredients or text, to a verdict.
///
/// # Errors
/// See [`super::Code`].
#[utoipa::path(
    post,
    path = "/analyze-text",
    tag = "analysis",
    operation_id = "analyzeText",
    params(("Idempotency-Key" = Option<String>, Header, description = "One key, one answer: kept for a day", max_length = 128)),
    request_body(content = TextBody, example = json!({"text": "Ingredienser: vatten, havre, grädde, salt.", "preferredLanguage": "sv"})),
    responses((status = 200, description = "The verdict", body = Answer)),
)]
pub async fn analyze_text(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    service.limits.request(&request)?;
    let taken = intake::typed(&service, &request, payload, intake::look_typed).await?;
    Job::new(&service, &request, "/analyze-text", taken, write)?.answer().await
}

fn write(finished: &Finished) -> Written {
    serde_json::to_vec(&Answer::of(&finished.analysis, finished.usage, finished.label_image.as_ref()))
}
