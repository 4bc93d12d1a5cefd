//! What was analysed before: one analysis, a user's history, feedback, and forgetting.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Service;
use super::admin::require;
use super::auth::require_own;
use super::delivery::{Pending, pending};
use super::error::{Code, Problem};
use super::intake;
use super::once::standing;
use super::wire::Answer;
use crate::domain::{Analysis, AnalysisId, Status, UserId};
use crate::store::Feedback;

/// Most analyses in one page of a history, and how many without a wish.
const MAX_PAGE: u32 = 100;
const DEFAULT_PAGE: u32 = 20;
/// Longest ingredient name and comment of a feedback, bytes.
const MAX_NAME_BYTES: usize = 200;
const MAX_COMMENT_BYTES: usize = 4000;

/// `GET /analyses/{id}`: the result, or 202 and how far it has come.
///
/// # Errors
/// What the analysis failed with, `INTERRUPTED`, `NOT_FOUND`, `STORE_UNAVAILABLE`, `RATE_LIMITED`.
#[utoipa::path(
    get,
    path = "/analyses/{id}",
    tag = "analysis",
    operation_id = "analysis",
    params(("id" = AnalysisId, Path, description = "`analysisId`")),
    responses(
        (status = 200, description = "The stored result", body = Answer),
        (status = 202, description = "It is worked on", body = Pending, headers(("Retry-After" = u32, description = "Seconds"))),
    ),
)]
pub async fn one(
    request: HttpRequest,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    service.limits.request(&request)?;
    let id = known(&id)?;
    match service.store.analysis(id).await {
        Ok(Some(analysis)) => Ok(HttpResponse::Ok().json(Answer::of(&analysis, None, None))),
        // While the database is down, this instance knows what it works on itself.
        Ok(None) | Err(_) => Ok(pending(&request, id, &standing(&service, id).await?)),
    }
}

/// Query of a history page.
#[derive(Debug, Deserialize)]
pub struct Page {
    limit: Option<u32>,
    before: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct History<'a> {
    analyses: Vec<Answer<'a>>,
    /// What to send as `before` for the next page; null on the last one.
    next_before: Option<AnalysisId>,
}

/// `GET /users/{userId}/analyses`: newest first, for the user's own token or an admin.
///
/// # Errors
/// `FORBIDDEN`, those of an admin route, `INVALID_CONTENT_FORMAT`, `STORE_UNAVAILABLE`.
#[utoipa::path(
    get,
    path = "/users/{userId}/analyses",
    tag = "users",
    operation_id = "history",
    params(
        ("userId" = UserId, Path, description = "The user, as the app names them", example = "anna"),
        ("limit" = Option<u32>, Query, description = "Most in one page", minimum = 1, maximum = 100),
        ("before" = Option<AnalysisId>, Query, description = "`nextBefore` of the page before"),
    ),
    responses((status = 200, description = "A page, newest first", body = History)),
)]
pub async fn history(
    request: HttpRequest,
    user: web::Path<String>,
    page: Result<web::Query<Page>, actix_web::Error>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    service.limits.request(&request)?;
    let user = user_of(&user)?;
    require_own(&request, &service, &user)?;
    let page = Wanted::of(page)?;
    let found = service.store.history(&user, page.limit + 1, page.before).await?;
    Ok(written(found, &page))
}

/// `GET /analyses`: everyone's, newest first.
///
/// # Errors
/// Those of an admin route, `INVALID_CONTENT_FORMAT`, `STORE_UNAVAILABLE`.
#[utoipa::path(
    get,
    path = "/analyses",
    tag = "rollout",
    operation_id = "recentAnalyses",
    params(
        ("limit" = Option<u32>, Query, description = "Most in one page", minimum = 1, maximum = 100),
        ("before" = Option<AnalysisId>, Query, description = "`nextBefore` of the page before"),
    ),
    responses((status = 200, description = "A page of everyone's, newest first", body = History)),
)]
pub async fn recent(
    request: HttpRequest,
    page: Result<web::Query<Page>, actix_web::Error>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    service.limits.request(&request)?;
    require(&request, &service.config)?;
    let page = Wanted::of(page)?;
    let found = service.store.recent(page.limit + 1, page.before).await?;
    Ok(written(found, &page))
}

/// A page that was asked for, within bounds.
struct Wanted {
    limit: u32,
    before: Option<AnalysisId>,
}

impl Wanted {
    fn of(page: Result<web::Query<Page>, actix_web::Error>) -> Result<Self, Problem> {
        let page = page.map_err(|_| wrong("limit"))?;
        let limit = page.limit.unwrap_or(DEFAULT_PAGE);
        if !(1..=MAX_PAGE).contains(&limit) {
            return Err(wrong("limit (1–100)"));
        }
        let before = page.before.as_deref().map(AnalysisId::parse).transpose().map_err(|_| wrong("before"))?;
        Ok(Self { limit, before })
    }
}

/// Writes a page of which one more was read than asked for: that one tells whether there is a further page.
fn written(mut found: Vec<Analysis>, page: &Wanted) -> HttpResponse {
    let more = found.len() > page.limit as usize;
    found.truncate(page.limit as usize);
    let next_before = if more { found.last().map(|analysis| analysis.id) } else { None };
    let analyses = found.iter().map(|analysis| Answer::of(analysis, None, None)).collect();
    HttpResponse::Ok().json(History { analyses, next_before })
}

/// Body of a feedback.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Opinion {
    verdict_correct: bool,
    correct_status: Option<Status>,
    ingredient: Option<String>,
    comment: Option<String>,
}

/// It was done.
#[derive(Serialize, ToSchema)]
pub struct Done {
    success: bool,
}

/// `POST /analyses/{id}/feedback`: one per analysis, the newest counts.
///
/// # Errors
/// `NOT_FOUND`, those of a small document, `STORE_UNAVAILABLE`, `RATE_LIMITED`.
#[utoipa::path(
    post,
    path = "/analyses/{id}/feedback",
    tag = "analysis",
    operation_id = "feedback",
    params(("id" = AnalysisId, Path, description = "`analysisId`")),
    request_body(content = Opinion, example = json!({"verdictCorrect": false, "correctStatus": "non-vegan", "ingredient": "grädde"})),
    responses((status = 200, description = "Kept; the newest counts", body = Done)),
)]
pub async fn feedback(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    service.limits.request(&request)?;
    let id = known(&id)?;
    let opinion: Opinion = intake::document(&service, &request, payload).await?;
    let too_long = |text: &Option<String>, most| text.as_ref().is_some_and(|text: &String| text.len() > most);
    if too_long(&opinion.ingredient, MAX_NAME_BYTES) || too_long(&opinion.comment, MAX_COMMENT_BYTES) {
        return Err(wrong("comment"));
    }
    let Opinion { verdict_correct, correct_status, ingredient, comment } = opinion;
    let feedback = Feedback { verdict_correct, correct_status, ingredient, comment };
    if service.store.set_feedback(id, &feedback, service.pipeline.clock().now_ms()).await? {
        Ok(HttpResponse::Ok().json(Done { success: true }))
    } else {
        Err(Problem::new(Code::NotFound))
    }
}

/// `DELETE /users/{userId}`: forgets the user, for their own token or an admin.
///
/// # Errors
/// `FORBIDDEN`, those of an admin route, `STORE_UNAVAILABLE`.
#[utoipa::path(
    delete,
    path = "/users/{userId}",
    tag = "users",
    operation_id = "forget",
    params(("userId" = UserId, Path, description = "The user, as the app names them", example = "anna")),
    responses((status = 204, description = "Forgotten")),
)]
pub async fn forget(
    request: HttpRequest,
    user: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    service.limits.request(&request)?;
    let user = user_of(&user)?;
    require_own(&request, &service, &user)?;
    service.store.forget_user(&user, service.pipeline.clock().now_ms()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// An id that is none names nothing.
fn known(id: &str) -> Result<AnalysisId, Problem> {
    AnalysisId::parse(id).map_err(|_| Problem::new(Code::NotFound))
}

fn user_of(text: &str) -> Result<UserId, Problem> {
    UserId::parse(text).map_err(|_| wrong("userId"))
}

fn wrong(field: &str) -> Problem {
    Problem::about(Code::InvalidContentFormat, field)
}
