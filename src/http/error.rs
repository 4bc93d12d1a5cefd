//! Every error code the service answers with, one table; and how the errors of the path become codes.

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use crate::domain::Language;
use crate::telemetry::events;
use crate::{media, pipeline, providers, store, texts};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $status:literal $name:literal, $retry:literal;)*) => {
        /// An error code: what clients branch on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The HTTP status.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// The spelling in `error`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The code of this spelling.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }

            /// Whether the same request can succeed later.
            #[must_use]
            pub fn retry_can_help(self) -> bool {
                match self { $(Self::$variant => $retry,)* }
            }
        }
    };
}

codes! {
    /// Not JSON.
    InvalidJson = 400 "INVALID_JSON", false;
    /// Nothing to analyse.
    MissingContent = 400 "MISSING_CONTENT", false;
    /// A member of the wrong type or form.
    InvalidContentFormat = 400 "INVALID_CONTENT_FORMAT", false;
    /// Not base64.
    InvalidBase64 = 400 "INVALID_BASE64", false;
    /// More than one thing to analyse.
    AmbiguousContent = 400 "AMBIGUOUS_CONTENT", false;
    /// No or a wrong token or key.
    Unauthenticated = 401 "UNAUTHENTICATED", false;
    /// A browser on a page of another origin, or a user who asks for what is another's.
    Forbidden = 403 "FORBIDDEN", false;
    /// This month's analyses are used.
    UsageLimitExceeded = 403 "USAGE_LIMIT_EXCEEDED", false;
    /// `provider` without the right to it.
    ProviderOverrideForbidden = 403 "PROVIDER_OVERRIDE_FORBIDDEN", false;
    /// No such route or record.
    NotFound = 404 "NOT_FOUND", false;
    /// The route does not take this method.
    MethodNotAllowed = 405 "METHOD_NOT_ALLOWED", false;
    /// The rollout is another than the caller knew.
    StaleVersion = 409 "STALE_VERSION", false;
    /// Another request with the same key is at it.
    DuplicateRequest = 409 "DUPLICATE_REQUEST", true;
    /// The key was used for something else.
    IdempotencyConflict = 409 "IDEMPOTENCY_CONFLICT", false;
    /// The body came too slowly.
    UploadTimeout = 408 "UPLOAD_TIMEOUT", true;
    /// The body is too large.
    PayloadTooLarge = 413 "PAYLOAD_TOO_LARGE", false;
    /// A body or file of no supported type.
    UnsupportedMediaType = 415 "UNSUPPORTED_MEDIA_TYPE", false;
    /// Bytes of a supported type that cannot be decoded.
    MediaUnreadable = 422 "MEDIA_UNREADABLE", false;
    /// A clip that is too long.
    MediaTooLong = 422 "MEDIA_TOO_LONG", false;
    /// Too many pixels.
    MediaTooLargeDimensions = 422 "MEDIA_TOO_LARGE_DIMENSIONS", false;
    /// A clip without a picture.
    MediaNoFrames = 422 "MEDIA_NO_FRAMES", false;
    /// Too many requests.
    RateLimited = 429 "RATE_LIMITED", true;
    /// A fault of ours.
    Internal = 500 "INTERNAL", true;
    /// The forced provider refused.
    ProviderRefused = 502 "PROVIDER_REFUSED", false;
    /// The forced provider's answer cannot be used.
    ProviderInvalidAnswer = 502 "PROVIDER_INVALID_ANSWER", true;
    /// No room for more work.
    Overloaded = 503 "OVERLOADED", true;
    /// The database is down.
    StoreUnavailable = 503 "STORE_UNAVAILABLE", true;
    /// Videos are switched off.
    VideoDisabled = 503 "VIDEO_DISABLED", false;
    /// Who worked on the key's request did not live to answer.
    Interrupted = 503 "INTERRUPTED", true;
    /// Keys or tokens cannot be checked.
    AuthUnavailable = 503 "AUTH_UNAVAILABLE", true;
    /// Nothing can read pictures now.
    NoProviderAvailable = 503 "NO_PROVIDER_AVAILABLE", true;
    /// The time ran out.
    DeadlineExceeded = 504 "DEADLINE_EXCEEDED", true;
}

impl Code {
    /// What to do, in `language`; `what` is the particular in it.
    pub(super) fn advice(self, language: Language, what: &str) -> String {
        let key = format!("error-{}", self.as_str().to_ascii_lowercase().replace('_', "-"));
        texts::fill(language, &key, &[("what", what)])
    }
}

/// An error on its way to the caller; `context` writes its body, because only it knows the request's id and language.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The code.
    pub code: Code,
    /// What the message names: a field, a limit, a near route.
    pub particular: String,
    /// When to come back.
    pub retry_after: Option<Duration>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The status, where a shipped client knows another one than the code's.
    pub status: Option<u16>,
    /// What stands in `error`, where a shipped client reads a sentence there and not the code.
    pub sentence: Option<String>,
}

impl Problem {
    /// A problem without particulars.
    #[must_use]
    pub fn new(code: Code) -> Self {
        let retry_after = (code.status() == 503 && code.retry_can_help()).then_some(Duration::from_secs(5));
        Self { code, particular: String::new(), retry_after, headers: Vec::new(), status: None, sentence: None }
    }

    /// A problem with `particular` in its message.
    #[must_use]
    pub fn about(code: Code, particular: impl Into<String>) -> Self {
        Self { particular: particular.into(), ..Self::new(code) }
    }

    /// The message in `language`.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        self.code.advice(language, &self.particular)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status.unwrap_or(self.code.status())).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl From<pipeline::Exhausted> for Problem {
    fn from(_: pipeline::Exhausted) -> Self {
        Self::new(Code::Overloaded)
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        events::request_failed(&error);
        Self::new(if error.try_later() { Code::StoreUnavailable } else { Code::Internal })
    }
}

impl From<pipeline::Error> for Problem {
    fn from(error: pipeline::Error) -> Self {
        let problem = Self::of_pipeline(&error);
        // A file that killed a worker is its sender's to replace and ours to look into.
        let ours = matches!(&error, pipeline::Error::Media(cause) if cause.fault() == media::Fault::Ours);
        if ours || problem.code.status() >= 500 {
            events::request_failed(&error);
        }
        problem
    }
}

impl Problem {
    fn of_pipeline(error: &pipeline::Error) -> Self {
        use pipeline::Error as E;
        match error {
            E::Gate(_) | E::SpoolFull => Self::new(Code::Overloaded),
            E::VideoDisabled => Self::new(Code::VideoDisabled),
            E::UsageLimit { limit } => Self::about(Code::UsageLimitExceeded, limit.to_string()),
            E::Assign(_) => Self::new(Code::NoProviderAvailable),
            E::Media(error) => Self::new(of_media(error)),
            E::Provider(error) => Self::new(of_provider(*error)),
            E::CallerLeft | E::Interrupted => Self::new(Code::Internal),
        }
    }
}

fn of_media(error: &media::Error) -> Code {
    use media::Error as E;
    match error {
        E::Unreadable { .. } | E::Crashed { .. } => Code::MediaUnreadable,
        E::UnsupportedType { .. } => Code::UnsupportedMediaType,
        E::TooLong { .. } => Code::MediaTooLong,
        E::TooLargeDimensions { .. } => Code::MediaTooLargeDimensions,
        E::NoFrames { .. } => Code::MediaNoFrames,
        E::Deadline => Code::DeadlineExceeded,
        E::Unavailable { .. } => Code::Overloaded,
        E::Internal { .. } | E::Protocol(_) | E::System(_) | E::Encoding(_) => Code::Internal,
    }
}

fn of_provider(error: providers::Error) -> Code {
    match error {
        providers::Error::TimedOut => Code::DeadlineExceeded,
        providers::Error::Network
        | providers::Error::RateLimited
        | providers::Error::Server
        | providers::Error::Rejected
        | providers::Error::CircuitOpen
        | providers::Error::BudgetSpent => Code::NoProviderAvailable,
        providers::Error::Refused => Code::ProviderRefused,
        providers::Error::Invalid => Code::ProviderInvalidAnswer,
    }
}

/// The README's table of codes.
#[must_use]
pub fn markdown_table() -> String {
    let mut table = String::from("| status | code | retry can help | message (English) |\n|---|---|---|---|\n");
    for code in Code::ALL {
        let retry = if code.retry_can_help() { "yes" } else { "no" };
        let advice = code.advice(Language::En, "…");
        table.push_str(&format!("| {} | `{}` | {retry} | {advice} |\n", code.status(), code.as_str()));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_message_and_every_message_a_code() {
        let mut written: Vec<_> = texts::keys(Language::Sv).filter(|key| key.starts_with("error-")).collect();
        for code in Code::ALL {
            let key = format!("error-{}", code.as_str().to_ascii_lowercase().replace('_', "-"));
            written.retain(|found| *found != key);
            assert_ne!(code.advice(Language::Sv, ""), key);
        }
        assert_eq!(written, Vec::<&str>::new());
    }
}
