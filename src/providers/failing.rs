//! Statuses that every vendor means alike, and the vendor's own word on them.

use super::call::{CallFailure, FailureKind};
use super::http::Received;

/// Longest vendor's code that is repeated in a log.
const MAX_CODE: usize = 60;

/// What an HTTP `status` other than success means, that of `received` or one inside it; `code` is the vendor's own word
/// for it, where it gave one.
pub(super) fn of_status(status: u16, received: &Received, code: Option<&str>) -> CallFailure {
    let kind = match status {
        402 => FailureKind::Exhausted,
        408 => FailureKind::TimedOut,
        429 => FailureKind::RateLimited,
        500.. => FailureKind::Server,
        // Gemini says of a wrong key that the request is.
        400 if code.is_some_and(|code| code.starts_with("API_KEY")) => FailureKind::Rejected,
        400 | 413 | 415 | 422 => FailureKind::Unfit,
        _ => FailureKind::Rejected,
    };
    let code = code.map(plain).filter(|code| !code.is_empty());
    let cause = match code {
        Some(code) => format!("HTTP {status}, {code}"),
        None => format!("HTTP {status}"),
    };
    let (retry_after, is_final) = (received.retry_after(), received.is_final());
    CallFailure { retry_after, is_final, ..CallFailure::new(kind, cause) }
}

/// A code as codes are written: anything else could be text that was sent to the vendor.
pub(super) fn plain(code: &str) -> String {
    let is_of_code = |character: &char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    code.chars().take_while(is_of_code).take(MAX_CODE).collect()
}

/// An answer without what the vendor's own form has.
pub(super) fn not_its_form() -> CallFailure {
    CallFailure::new(FailureKind::Invalid, "not an answer in the vendor's form")
}

/// An answer that is not in the vendor's own form at all.
pub(super) fn foreign() -> CallFailure {
    CallFailure::new(FailureKind::Foreign, "not an answer of the vendor's").maybe_billed()
}
