//! A key that cannot be printed.

use std::fmt;

use reqwest::header::HeaderValue;

/// A vendor's key. `Debug` hides it, nothing displays it, and it leaves this room in a header marked as sensitive only.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Reads a key: visible ASCII, so that it can stand in a header.
    ///
    /// # Errors
    /// Words that do not repeat it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let key = text.trim();
        if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(key.to_owned()))
        } else {
            Err("not a key: white space or unprintable characters in it".to_owned())
        }
    }

    /// Whether it begins like the keys of some vendor do.
    pub(super) fn begins_with(&self, prefix: &str) -> bool {
        self.0.starts_with(prefix)
    }

    /// The key behind `scheme`, as a header that no log shows.
    pub(super) fn header(&self, scheme: &str) -> HeaderValue {
        // A parsed key is visible ASCII, and so is each scheme: there is no other value that could be refused.
        let mut value =
            HeaderValue::try_from(format!("{scheme}{}", self.0)).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_hidden_from_debug_output() {
        let key = ApiKey::parse("hemlig-nyckel").unwrap();
        assert!(!format!("{key:?} {:?}", key.header("Bearer ")).contains("hemlig"));
        assert_eq!(key.header("Bearer ").as_bytes(), b"Bearer hemlig-nyckel");
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_refused_without_being_repeated() {
        for text in ["", "hemlig\r\nX-Other: 1", "hemlig nyckel", "hemlig\u{e5}"] {
            assert!(!ApiKey::parse(text).unwrap_err().contains("hemlig"), "{text:?}");
        }
    }
}
