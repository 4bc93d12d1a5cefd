//! An analysis whose result is fetched later.

use std::time::Duration;

use actix_web::http::header::{HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::context::Caller;
use super::super::error::Problem;
use super::super::once::{Begun, Job};
use super::telling::Told;
use crate::domain::{AnalysisId, Stage};
use crate::store::Noted;

/// When to look again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Body of a 202.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pending {
    success: bool,
    analysis_id: AnalysisId,
    #[serde(flatten)]
    told: Told,
}

/// Begins `job` and answers where its result will be; with the result, where its key has one.
///
/// # Errors
/// Those of [`Job::begin`].
pub async fn answer(request: &HttpRequest, job: Job) -> Result<HttpResponse, Problem> {
    match job.begin().await? {
        Begun::Answered(body) => Ok(HttpResponse::Ok().content_type("application/json").body(body)),
        Begun::Running(id) => {
            let begun = Noted { stage: Stage::Intake.as_str().to_owned(), percent: 0 };
            let mut response = pending(request, id, &begun);
            if let Ok(location) = HeaderValue::from_str(&format!("/analyses/{id}")) {
                response.headers_mut().insert(LOCATION, location);
            }
            let applied = HeaderName::from_static("preference-applied");
            response.headers_mut().insert(applied, HeaderValue::from_static("respond-async"));
            Ok(response)
        }
    }
}

/// Says how an analysis stands that is worked on.
pub fn pending(request: &HttpRequest, analysis_id: AnalysisId, noted: &Noted) -> HttpResponse {
    let told = Told::noted(noted, Caller::of(request).language());
    let mut response = HttpResponse::Accepted();
    response.insert_header((RETRY_AFTER, LOOK_AGAIN.as_secs().to_string()));
    response.json(Pending { success: true, analysis_id, told })
}
