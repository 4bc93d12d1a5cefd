//! What surrounds every request: its id, its span and log line, its errors as `problem+json`, and a net under panics.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_cors::CorsError;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use futures_util::FutureExt;
use serde::Serialize;
use tracing::{Instrument, Span};

use super::Service;
use super::error::{Code, Problem};
use crate::domain::{Language, RequestId};
use crate::telemetry::events::{self, Inbound};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_API_VERSION: HeaderName = HeaderName::from_static("x-koalens-api-version");
/// The version of the HTTP contract.
const API_VERSION: HeaderValue = HeaderValue::from_static("1");

/// What is known of the caller of this request.
#[derive(Debug)]
pub struct Caller {
    /// The request's id.
    pub request_id: RequestId,
    language: Cell<Language>,
    failure: Cell<Option<Code>>,
}

impl Caller {
    /// The language the caller reads, as far as is known so far.
    pub fn language(&self) -> Language {
        self.language.get()
    }

    /// The body named a language: it counts more than the headers.
    pub fn speaks(&self, language: Language) {
        self.language.set(language);
    }

    /// What was begun to be answered ended in a failure.
    pub fn failed(&self, code: Code) {
        self.failure.set(Some(code));
    }

    /// The caller of `request`. Every request has one: [`surround`] runs first.
    pub fn of(request: &HttpRequest) -> Rc<Self> {
        request.extensions().get::<Rc<Self>>().cloned().unwrap_or_else(|| {
            let request_id = RequestId::from_uuid(uuid::Uuid::nil());
            Rc::new(Self { request_id, language: Cell::default(), failure: Cell::default() })
        })
    }
}

/// The outermost middleware.
///
/// # Errors
/// Only where the layers below left no request to answer (a panic): the error then writes the whole answer itself.
pub async fn surround(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let caller = Rc::new(identify(&request));
    let mut waiting = Waiting::new(&request, &caller);
    request.extensions_mut().insert(Rc::clone(&caller));
    let served = AssertUnwindSafe(next.call(request)).catch_unwind().instrument(waiting.span.clone()).await;
    let _inside = waiting.span.clone().entered();
    let failed = match served {
        Ok(Ok(served)) => {
            let (served, problem) = finish(served, &caller);
            if served.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream") {
                return Ok(served.map_body(|_, body| BoxBody::new(Streamed { body, waiting, caller })));
            }
            waiting.answered(served.status().as_u16(), problem);
            return Ok(served);
        }
        Ok(Err(error)) => problem_of(&error),
        Err(_panic) => {
            events::request_panicked();
            Problem::new(Code::Internal)
        }
    };
    waiting.answered(failed.status_code().as_u16(), Some(failed.code));
    Err(Unrouted { problem: failed, caller }.into())
}

/// A request that waits for its answer; dropped without one, its caller has left.
struct Waiting {
    method: Method,
    route: String,
    began: Instant,
    span: Span,
    answered: bool,
}

impl Waiting {
    fn new(request: &ServiceRequest, caller: &Caller) -> Self {
        let route = request.match_pattern().unwrap_or_else(|| "unknown".to_owned());
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let span = events::request_span(&Inbound {
            request_id: caller.request_id.as_str(),
            method: request.method().as_str(),
            route: &route,
            traceparent: header("traceparent"),
            tracestate: header("tracestate"),
        });
        Self { method: request.method().clone(), route, began: Instant::now(), span, answered: false }
    }

    fn answered(&mut self, status: u16, code: Option<Code>) {
        if std::mem::replace(&mut self.answered, true) {
            return;
        }
        let _inside = self.span.enter();
        let code = code.map(Code::as_str);
        events::request_served(self.method.as_str(), &self.route, status, code, self.began.elapsed());
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.answered {
            let _inside = self.span.enter();
            events::caller_left(self.method.as_str(), &self.route, self.began.elapsed());
        }
    }
}

/// A body that comes bit by bit: its request is served when the last one has come.
struct Streamed {
    body: BoxBody,
    waiting: Waiting,
    caller: Rc<Caller>,
}

impl MessageBody for Streamed {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        let next = Pin::new(&mut this.body).poll_next(context);
        if matches!(next, Poll::Ready(None)) {
            this.waiting.answered(StatusCode::OK.as_u16(), this.caller.failure.take());
        }
        next
    }
}

/// An error that no request is left for.
#[derive(Debug)]
struct Unrouted {
    problem: Problem,
    caller: Rc<Caller>,
}

impl std::fmt::Display for Unrouted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.problem.fmt(f)
    }
}

impl ResponseError for Unrouted {
    fn status_code(&self) -> StatusCode {
        self.problem.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = write_problem(&self.problem, &self.caller, &HttpResponse::Ok().finish());
        sign(response.headers_mut(), &self.caller.request_id);
        response
    }
}

/// Writes an error's body, and the headers that every answer carries.
fn finish<B: MessageBody + 'static>(
    served: ServiceResponse<B>,
    caller: &Caller,
) -> (ServiceResponse<BoxBody>, Option<Code>) {
    let (request, response) = served.into_parts();
    let mut response = response.map_into_boxed_body();
    // A body that a route wrote itself, `/ready` for example, stays; what an error wrote does not.
    let written = response.headers().contains_key(header::CONTENT_TYPE);
    let problem = match response.error() {
        Some(error) => Some(problem_of(error)),
        None if written => None,
        None => code_of_status(response.status().as_u16()).map(Problem::new),
    };
    if let Some(problem) = &problem {
        response = write_problem(problem, caller, &response);
    }
    sign(response.headers_mut(), &caller.request_id);
    (ServiceResponse::new(request, response), problem.map(|problem| problem.code))
}

/// Our own errors as they are; the framework's by their status.
fn problem_of(error: &Error) -> Problem {
    if error.as_error::<CorsError>().is_some() {
        return Problem::new(Code::Forbidden);
    }
    error.as_error::<Problem>().cloned().unwrap_or_else(|| {
        let status = error.as_response_error().status_code().as_u16();
        Problem::about(code_of_status(status).unwrap_or(Code::Internal), "HTTP")
    })
}

fn code_of_status(status: u16) -> Option<Code> {
    match status {
        ..400 => None,
        404 => Some(Code::NotFound),
        405 => Some(Code::MethodNotAllowed),
        408 => Some(Code::UploadTimeout),
        413 => Some(Code::PayloadTooLarge),
        415 => Some(Code::UnsupportedMediaType),
        400..500 => Some(Code::InvalidContentFormat),
        500.. => Some(Code::Internal),
    }
}

fn identify(request: &ServiceRequest) -> Caller {
    let service = request.app_data::<web::Data<Service>>();
    let given = request.headers().get(&X_REQUEST_ID).and_then(|value| value.to_str().ok());
    let request_id = given.and_then(|text| RequestId::parse(text).ok()).unwrap_or_else(|| {
        let uuid = service.map_or_else(uuid::Uuid::now_v7, |service| service.pipeline.clock().new_uuid());
        RequestId::from_uuid(uuid)
    });
    Caller { request_id, language: Cell::new(accepted_language(request.headers())), failure: Cell::default() }
}

/// The first language of `Accept-Language`; Swedish where it says nothing.
fn accepted_language(headers: &HeaderMap) -> Language {
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = header.split([',', ';']).next().unwrap_or_default().trim();
    if first.is_empty() || first == "*" { Language::Sv } else { Language::from_tag(first) }
}

/// The body of an error: RFC 9457, with the members that older clients read beside it.
#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    title: String,
    status: u16,
    detail: &'a str,
    success: bool,
    error: &'a str,
    message: &'a str,
    #[serde(rename = "requestId")]
    request_id: &'a str,
    #[serde(rename = "retryAfterMs", skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u128>,
}

/// Writes an error's body.
pub fn problem_body(problem: &Problem, caller: &Caller) -> Vec<u8> {
    let message = problem.message(caller.language());
    let status = problem.status_code();
    let body = Body {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or_default().to_owned(),
        status: status.as_u16(),
        detail: &message,
        success: false,
        error: problem.sentence.as_deref().unwrap_or(problem.code.as_str()),
        message: &message,
        request_id: caller.request_id.as_str(),
        retry_after_ms: problem.retry_after.map(|after| after.as_millis()),
    };
    serde_json::to_vec(&body).unwrap_or_default()
}

/// Answers with the problem; headers set on the way (CORS) stay.
fn write_problem(problem: &Problem, caller: &Caller, answered: &HttpResponse) -> HttpResponse {
    let language = caller.language();
    let status = problem.status_code();
    let mut response = HttpResponse::build(status);
    for (name, value) in answered.headers() {
        response.append_header((name.clone(), value.clone()));
    }
    response.content_type("application/problem+json");
    response.insert_header((header::CONTENT_LANGUAGE, language.answer().tag()));
    for (name, value) in &problem.headers {
        response.insert_header((*name, value.as_str()));
    }
    if let Some(after) = problem.retry_after {
        response.insert_header((header::RETRY_AFTER, after.as_secs().max(1).to_string()));
    }
    let mut response = response.body(problem_body(problem, caller));
    response.headers_mut().remove(header::CONTENT_ENCODING);
    response
}

fn sign(headers: &mut HeaderMap, id: &RequestId) {
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert(X_REQUEST_ID, value);
    }
    headers.insert(X_API_VERSION, API_VERSION);
}
