//! Identifiers: parsed at the border, trusted inside.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// An identifier that does not have the form its type asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed identifier")]
pub struct InvalidId;

/// One analysis. A UUIDv7: sortable by time, with 74 random bits, so that it cannot be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema, Deserialize)]
#[serde(transparent)]
pub struct AnalysisId(Uuid);

impl AnalysisId {
    /// Takes an id that was made elsewhere (ids come in from outside so that a test can hold them still).
    #[must_use]
    pub fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// Reads the canonical text form.
    ///
    /// # Errors
    /// [`InvalidId`] when `text` is not a UUID.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
    }
}

impl fmt::Display for AnalysisId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The id that follows one HTTP request through answers, logs and records: 1–64 of `[A-Za-z0-9._-]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(String);

impl RequestId {
    /// Accepts a caller's own id.
    ///
    /// # Errors
    /// [`InvalidId`] for an empty, longer or otherwise spelt one.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        if is_plain(text) { Ok(Self(text.to_owned())) } else { Err(InvalidId) }
    }

    /// Makes one from a fresh UUID.
    #[must_use]
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid.to_string())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of something that the app counts: 1–64 of `[A-Za-z0-9._-]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, ToSchema)]
#[schema(pattern = "^[A-Za-z0-9._-]{1,64}$")]
pub struct CounterName(String);

impl CounterName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`InvalidId`] for an empty, longer or otherwise spelt one.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        if is_plain(text) { Ok(Self(text.to_owned())) } else { Err(InvalidId) }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 1–64 of `[A-Za-z0-9._-]`.
fn is_plain(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// A user as the app names them: 1–128 characters without control characters or white space at the ends.
///
/// It stands in the user-history table alone; everything else knows a user as a [`UserHash`]. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Hash, ToSchema)]
#[schema(max_length = 128, pattern = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$")]
pub struct UserId(String);

impl UserId {
    /// Reads a user id.
    ///
    /// # Errors
    /// [`InvalidId`] for an empty, too long or unprintable one.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let fits =
            (1..=128).contains(&text.chars().count()) && text.trim() == text && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidId) }
    }

    /// The id as the app sent it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserId(..)")
    }
}

/// Keyed hash (HMAC-SHA-256, hex) of a user id: what statistics know of a user.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserHash(String);

impl UserHash {
    /// Takes the hex digest made by `store`, which holds the key.
    #[must_use]
    pub fn from_hex(hex: String) -> Self {
        Self(hex)
    }

    /// The digest in hex.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_request_ids_are_refused() {
        for text in ["", "a b", "a\nb", "å", "../x", &"a".repeat(65)] {
            assert_eq!(RequestId::parse(text), Err(InvalidId), "{text:?}");
        }
        assert!(RequestId::parse("Ab9._-").is_ok());
    }

    #[test]
    fn hostile_user_ids_are_refused() {
        for text in ["", " a", "a\u{0}", "a\r\nb", &"a".repeat(129)] {
            assert!(UserId::parse(text).is_err(), "{text:?}");
        }
        assert!(UserId::parse("åsa@exempel.se").is_ok());
    }

    #[test]
    fn a_user_id_is_hidden_from_debug_output() {
        let user = UserId::parse("secret-user").unwrap();
        assert!(!format!("{user:?}").contains("secret"));
    }
}
