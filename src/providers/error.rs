//! Why a provider gave no usable reading. Always the provider's fault, never the caller's.

use super::call::FailureKind;

/// Why no reader could be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// The HTTP client: it found no certificates to trust.
    #[error("the HTTP client cannot be made; are the machine's certificates installed?")]
    Client(#[source] reqwest::Error),
    /// The table of models.
    #[error("the table of models cannot be used: {0}")]
    Models(String),
}

/// A failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No answer in time.
    #[error("the provider did not answer in time")]
    TimedOut,
    /// It could not be reached.
    #[error("the provider could not be reached")]
    Network,
    /// It takes no more calls for now.
    #[error("the provider takes no more calls for now")]
    RateLimited,
    /// It failed on its side.
    #[error("the provider failed")]
    Server,
    /// It does not take our requests: a wrong key, an unknown model.
    #[error("the provider does not take our requests")]
    Rejected,
    /// It declined to answer.
    #[error("the provider refused to answer")]
    Refused,
    /// Its answer cannot be used.
    #[error("the provider's answer cannot be used")]
    Invalid,
    /// It failed too often lately and is left alone for a while.
    #[error("the provider is left alone for a while")]
    CircuitOpen,
    /// The budget is used up.
    #[error("the budget for providers is used up")]
    BudgetSpent,
}

impl From<FailureKind> for Error {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::TimedOut => Self::TimedOut,
            FailureKind::Network => Self::Network,
            FailureKind::RateLimited | FailureKind::Exhausted => Self::RateLimited,
            FailureKind::Server => Self::Server,
            FailureKind::Rejected | FailureKind::Unfit => Self::Rejected,
            FailureKind::Refused => Self::Refused,
            FailureKind::Invalid | FailureKind::Foreign => Self::Invalid,
        }
    }
}
