//! `POST /analyze` and `POST /analyze-text`.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Service;
use super::error::Problem;
use super::intake::{self, Incoming, Taken};
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
    let incoming = Incoming::new(payload);
    let taken = match service.limits.analysis(&request) {
        Ok(()) => intake::media(&service, &request, incoming.clone()).await,
        Err(problem) => Err(problem),
    };
    let finished = run(&service, taken, &incoming).await?;
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
    let incoming = Incoming::new(payload);
    let taken = match service.limits.request(&request) {
        Ok(()) => intake::typed(&service, &request, incoming.clone()).await,
        Err(problem) => Err(problem),
    };
    let finished = run(&service, taken, &incoming).await?;
    Ok(HttpResponse::Ok().json(Answer::of(&finished.analysis, finished.usage, None)))
}

async fn run(service: &Service, taken: Result<Taken, Problem>, incoming: &Incoming) -> Result<Finished, Problem> {
    let taken = match taken {
        Ok(taken) => taken,
        Err(problem) => return Err(incoming.refuse(problem).await),
    };
    service.limits.user(taken.request.user.as_ref())?;
    Ok(service.pipeline.start(taken.request, Some(taken.reservation)).finish().await?)
}
