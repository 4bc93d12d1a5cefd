//! `POST /analyze` and `POST /analyze-text`.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Service;
use super::delivery::deliver;
use super::error::Problem;
use super::intake;
use super::once::{Job, Written};
use super::wire::Answer;
use crate::pipeline::Finished;

/// A photo, several, or a clip, to a verdict.
///
/// # Errors
/// See [`super::Code`].
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
