//! Why a token is not taken. No error holds any part of it.

use jsonwebtoken::errors::ErrorKind;

/// A token that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No token, or one that says nothing usable.
    #[error("not a token")]
    Malformed,
    /// Its signature is wrong, its key is not known, or its algorithm is not the one agreed on.
    #[error("not signed as agreed")]
    Forged,
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// Its time has not come.
    #[error("not valid yet")]
    TooEarly,
    /// It is for another service, or from another issuer.
    #[error("for another service")]
    Foreign,
    /// The issuer's keys cannot be fetched now.
    #[error("the issuer's keys cannot be fetched")]
    KeysUnavailable,
}

impl From<jsonwebtoken::errors::Error> for Error {
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        let kind = error.kind();
        let forged = matches!(
            kind,
            ErrorKind::InvalidSignature
                | ErrorKind::InvalidAlgorithm
                | ErrorKind::InvalidAlgorithmName
                | ErrorKind::UnsupportedAlgorithm
                | ErrorKind::MissingAlgorithm
        );
        if forged {
            Self::Forged
        } else if matches!(kind, ErrorKind::ExpiredSignature) {
            Self::Expired
        } else if matches!(kind, ErrorKind::ImmatureSignature) {
            Self::TooEarly
        } else if matches!(kind, ErrorKind::InvalidAudience | ErrorKind::InvalidIssuer) {
            Self::Foreign
        } else {
            Self::Malformed
        }
    }
}
