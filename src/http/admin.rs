//! Who is an admin.

use actix_web::HttpRequest;
use actix_web::http::header;
use subtle::ConstantTimeEq;

use super::Config;
use super::error::{Code, Problem};

/// Whether the request carries the admin token.
#[must_use]
pub fn is_admin(request: &HttpRequest, config: &Config) -> bool {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given =
        header.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match (&config.admin_token, given) {
        (Some(token), Some((_, given))) => bool::from(token.bytes().ct_eq(given.trim().as_bytes())),
        _ => false,
    }
}

/// Lets an admin pass. While no token is configured, admin routes do not exist.
///
/// # Errors
/// `NOT_FOUND` while `ADMIN_TOKEN` is unset, else `UNAUTHENTICATED`.
pub fn require(request: &HttpRequest, config: &Config) -> Result<(), Problem> {
    if is_admin(request, config) {
        return Ok(());
    }
    if config.admin_token.is_none() {
        return Err(Problem::new(Code::NotFound));
    }
    let headers = vec![("WWW-Authenticate", "Bearer".to_owned())];
    Err(Problem { headers, ..Problem::new(Code::Unauthenticated) })
}
