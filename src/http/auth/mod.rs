//! Who may call, and as whom: nobody is asked, or a key of the caller's, or a token of their user (`AUTH`).
//!
//! Every route asks unless it is named as open here; admin routes ask for the admin token themselves, which also opens
//! all others.

mod ring;

use std::fmt;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, web};

use super::Service;
use super::admin::{is_admin, require};
use super::error::{Code, Problem};
use crate::domain::UserId;
use crate::telemetry::events;
use crate::tokens::{self, Bearer, Tokens};

pub use ring::Ring;

/// Routes that everybody may call, whatever `AUTH` says.
const OPEN: [&str; 10] = [
    "/openapi.json",
    "/docs",
    "/docs/{file}",
    "/health",
    "/api/health",
    "/ready",
    "/",
    "/dashboard",
    "/pages/{file}",
    "/pages/texts/{language}.json",
];
/// Routes that ask for the admin token themselves.
const ADMIN: [&str; 3] = ["/rollout", "/ab/", "/api/video/stats"];

/// How callers are told from each other.
pub enum Door {
    /// They are not.
    Open,
    /// By their keys.
    Keys(Ring),
    /// By their tokens.
    Tokens(Box<Tokens>),
}

/// Who calls.
#[derive(Debug, Clone)]
enum Identity {
    Anybody,
    Admin,
    User(Bearer),
}

/// Whom a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Nobody.
    Nobody,
    /// What `AUTH` says.
    Caller,
    /// The user's own token, or an admin.
    Own,
    /// An admin.
    Admin,
}

/// Whom the route of this pattern asks for: what its handler does, in one word.
pub fn asks(pattern: &str) -> Asks {
    match pattern {
        "/users/{userId}/premium" | "/analyses" => Asks::Admin,
        _ if ADMIN.iter().any(|admin| pattern.starts_with(admin)) => Asks::Admin,
        _ if pattern.starts_with("/users/") => Asks::Own,
        _ if is_open(pattern) => Asks::Nobody,
        _ => Asks::Caller,
    }
}

/// The middleware: lets a request pass to its route, or answers why not.
///
/// # Errors
/// Those of the route.
pub async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // A path without a pattern asks too: one that is spelt with `%` has none here, and yet finds its route.
    let is_open = request.match_pattern().is_some_and(|pattern| is_open(&pattern));
    let identity = if is_open { Ok(Identity::Anybody) } else { identify(request.request()).await };
    match identity {
        Ok(identity) => {
            request.extensions_mut().insert(identity);
            next.call(request).await.map(ServiceResponse::map_into_boxed_body)
        }
        Err(problem) => {
            // `into_response` would lose the error, and with it the code.
            let (request, _payload) = request.into_parts();
            Ok(ServiceResponse::from_err(problem, request))
        }
    }
}

fn is_open(pattern: &str) -> bool {
    OPEN.contains(&pattern) || ADMIN.iter().any(|admin| pattern.starts_with(admin))
}

async fn identify(request: &HttpRequest) -> Result<Identity, Problem> {
    let service = request.app_data::<web::Data<Service>>().ok_or(Code::Internal)?;
    if is_admin(request, &service.config) {
        return Ok(Identity::Admin);
    }
    match &service.door {
        Door::Open => Ok(Identity::Anybody),
        Door::Keys(ring) => {
            let key = request.headers().get("X-API-Key").and_then(|value| value.to_str().ok());
            let key = key.ok_or_else(|| unauthenticated("ApiKey header=\"X-API-Key\""))?;
            ring.count(&service.store, key).await.map(|()| Identity::Anybody)
        }
        Door::Tokens(tokens) => {
            let token = bearer(request).ok_or_else(|| unauthenticated("Bearer"))?;
            Ok(Identity::User(tokens.check(token).await?))
        }
    }
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn unauthenticated(challenge: impl fmt::Display) -> Problem {
    Problem { headers: vec![("WWW-Authenticate", challenge.to_string())], ..Problem::new(Code::Unauthenticated) }
}

fn token_of(request: &HttpRequest) -> Option<Bearer> {
    match request.extensions().get::<Identity>() {
        Some(Identity::User(bearer)) => Some(bearer.clone()),
        Some(Identity::Anybody | Identity::Admin) | None => None,
    }
}

/// The user that the caller's token names: what a body says of it does not count then.
pub fn user(request: &HttpRequest) -> Option<UserId> {
    token_of(request).map(|bearer| bearer.user)
}

/// Whether the caller's token says that its user is premium.
pub fn is_premium(request: &HttpRequest) -> bool {
    token_of(request).is_some_and(|bearer| bearer.premium)
}

/// Lets a user's own token pass, and an admin.
///
/// # Errors
/// `FORBIDDEN` for another user's token, else those of an admin route.
pub fn require_own(request: &HttpRequest, service: &Service, user: &UserId) -> Result<(), Problem> {
    match token_of(request) {
        Some(bearer) if bearer.user == *user => Ok(()),
        Some(_) => Err(Problem::new(Code::Forbidden)),
        None => require(request, &service.config),
    }
}

/// Keeps a token's user from what is another's. Without tokens the app is trusted to name its own users.
///
/// # Errors
/// `FORBIDDEN`.
pub fn require_may_see(request: &HttpRequest, user: &UserId) -> Result<(), Problem> {
    match token_of(request) {
        Some(bearer) if bearer.user != *user => Err(Problem::new(Code::Forbidden)),
        Some(_) | None => Ok(()),
    }
}

impl From<tokens::Error> for Problem {
    fn from(error: tokens::Error) -> Self {
        if error == tokens::Error::KeysUnavailable {
            events::request_failed(&error);
            return Self::new(Code::AuthUnavailable);
        }
        unauthenticated(format_args!("Bearer error=\"invalid_token\", error_description=\"{error}\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_not_named_as_open_asks_who_calls() {
        for open in ["/health", "/pages/{file}", "/rollout/{command}", "/ab/summary"] {
            assert!(is_open(open), "{open}");
        }
        for closed in ["/analyze", "/analyses/{id}", "/users/{userId}", "/usage/{userId}", "/healthy", "/analyses"] {
            assert!(!is_open(closed), "{closed}");
        }
    }
}
