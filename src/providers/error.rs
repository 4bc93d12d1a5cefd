//! Why a provider gave no usable reading. Always the provider's fault, never the caller's.

use crate::domain::CallOutcome;

/// A failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No answer in time.
    #[error("the provider did not answer in time")]
    TimedOut,
    /// It failed on its side.
    #[error("the provider failed")]
    Server,
    /// It declined to answer.
    #[error("the provider refused to answer")]
    Refused,
    /// Its answer cannot be used.
    #[error("the provider's answer cannot be used")]
    Invalid,
}

impl Error {
    /// How the attempt is recorded.
    #[must_use]
    pub fn outcome(&self) -> CallOutcome {
        match self {
            Self::TimedOut => CallOutcome::Timeout,
            Self::Server => CallOutcome::Server,
            Self::Refused => CallOutcome::Refused,
            Self::Invalid => CallOutcome::Invalid,
        }
    }
}
