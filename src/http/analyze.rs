//! `POST /analyze` and `POST /analyze-text`.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Service;
use super::error::Problem;
use super::intake::{self, Taken};
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
    let taken = intake::media(&service, &request, payload).await?;
    let finished = run(&service, taken).await?;
    Ok(HttpResponse::Ok().json(Answer::of(&finished.analysis, finished.usage, finished.label_image.as_ref())))
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
    let taken = intake::typed(&service, &request, payload).await?;
    let finished = run(&service, taken).await?;
    Ok(HttpResponse::Ok().json(Answer::of(&finished.analysis, finished.usage, None)))
}

async fn run(service: &Service, taken: Taken) -> Result<Finished, Problem> {
    service.limits.user(taken.request.user.as_ref())?;
    Ok(service.pipeline.start(taken.request, Some(taken.reservation)).finish().await?)
}
