//! The fields that every body of an analysis may carry.

use actix_web::HttpRequest;
use serde::Deserialize;

use super::super::auth;
use super::super::context::Caller;
use super::super::error::{Code, Problem};
use super::bounded::{at_most, text_or_number};
use crate::domain::{Language, MediaKind, UserId};

/// Most watched words, and the longest of them in bytes: the search for them is part of every verdict.
const MAX_WATCHED: usize = 100;
const MAX_WATCHED_BYTES: usize = 100;
/// Longest `requestId` and `Idempotency-Key`, bytes.
const MAX_KEY_BYTES: usize = 128;

/// Fields as sent.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fields {
    pub mime_type: Option<String>,
    pub user_id: Option<String>,
    pub preferred_language: Option<String>,
    #[serde(default, deserialize_with = "at_most::<_, _, MAX_WATCHED>")]
    pub watched_ingredients: Option<Vec<String>>,
    pub provider: Option<String>,
    #[serde(default, deserialize_with = "text_or_number")]
    pub request_id: Option<String>,
    pub include_label_image: Option<bool>,
}

impl Fields {
    /// Sets the field `name` from text, as multipart and query send it; unknown names are ignored.
    pub fn set(&mut self, name: &str, value: String) -> Result<(), Problem> {
        match name {
            "mimeType" => self.mime_type = Some(value),
            "userId" => self.user_id = Some(value),
            "preferredLanguage" => self.preferred_language = Some(value),
            "watchedIngredients" => self.watched_ingredients.get_or_insert_default().extend(words(&value)),
            "provider" => self.provider = Some(value),
            "requestId" => self.request_id = Some(value),
            "includeLabelImage" => self.include_label_image = Some(boolean(&value)?),
            _ => {}
        }
        Ok(())
    }

    /// Settles what concerns the answer's form, so that errors from here on speak the caller's language.
    ///
    /// # Errors
    /// `INVALID_CONTENT_FORMAT` for a key that cannot be one.
    pub fn settle(&self, request: &HttpRequest) -> Result<(), Problem> {
        if let Some(tag) = self.preferred_language.as_deref().filter(|tag| !tag.is_empty()) {
            Caller::of(request).speaks(Language::from_tag(tag));
        }
        self.key(request).map(drop)
    }

    /// The request's own key, from the header `Idempotency-Key` or the field `requestId`.
    ///
    /// # Errors
    /// `INVALID_CONTENT_FORMAT` for one that cannot be one.
    pub fn key(&self, request: &HttpRequest) -> Result<Option<String>, Problem> {
        let header = request.headers().get("Idempotency-Key").map(|value| value.to_str().unwrap_or("\u{0}").to_owned());
        let given = header.or_else(|| self.request_id.clone()).filter(|key| !key.is_empty());
        match given {
            Some(key) if key.len() > MAX_KEY_BYTES || key.chars().any(char::is_control) => Err(wrong("requestId")),
            given => Ok(given),
        }
    }

    /// The user, from the caller's token; without one from the field or the header `User-ID`.
    pub fn user(&self, request: &HttpRequest) -> Result<Option<UserId>, Problem> {
        if let Some(user) = auth::user(request) {
            return Ok(Some(user));
        }
        let header = || request.headers().get("User-ID").map(|value| value.to_str().unwrap_or("\u{0}").to_owned());
        let given = self.user_id.clone().or_else(header).filter(|id| !id.is_empty());
        given.map(|id| UserId::parse(&id)).transpose().map_err(|_| wrong("userId"))
    }

    /// The watched words.
    pub fn watched(&self) -> Result<Vec<String>, Problem> {
        let words = self.watched_ingredients.as_deref().unwrap_or_default();
        if words.len() > MAX_WATCHED || words.iter().any(|word| word.len() > MAX_WATCHED_BYTES) {
            return Err(wrong("watchedIngredients"));
        }
        Ok(words.iter().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect())
    }

    /// What `mimeType` says the media are.
    pub fn claimed(&self) -> Result<Option<MediaKind>, Problem> {
        match self.mime_type.as_deref().filter(|mime| !mime.is_empty()) {
            None => Ok(None),
            Some(mime) => kind_of(mime).map(Some).ok_or_else(|| Problem::new(Code::UnsupportedMediaType)),
        }
    }
}

/// Picture or video, by a MIME type.
pub(super) fn kind_of(mime: &str) -> Option<MediaKind> {
    match mime.split('/').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "image" => Some(MediaKind::Image),
        "video" => Some(MediaKind::Video),
        _ => None,
    }
}

/// `INVALID_CONTENT_FORMAT` about `field`.
pub fn wrong(field: &str) -> Problem {
    Problem::about(Code::InvalidContentFormat, field)
}

/// `a, b` or `["a","b"]`.
fn words(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_else(|_| text.split(',').map(|word| word.trim().to_owned()).collect())
}

fn boolean(text: &str) -> Result<bool, Problem> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" | "" => Ok(false),
        _ => Err(wrong("includeLabelImage")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watched_words_come_as_a_list_or_separated_by_commas() {
        let mut fields = Fields::default();
        fields.set("watchedIngredients", "palmolja, soja".to_owned()).unwrap();
        fields.set("watchedIngredients", r#"["senap"]"#.to_owned()).unwrap();
        assert_eq!(fields.watched().unwrap(), ["palmolja", "soja", "senap"]);
    }

    #[test]
    fn too_many_or_too_long_words_are_refused() {
        let many = Fields { watched_ingredients: Some(vec!["a".to_owned(); 101]), ..Fields::default() };
        assert_eq!(many.watched().unwrap_err().code, Code::InvalidContentFormat);
        let long = Fields { watched_ingredients: Some(vec!["a".repeat(101)]), ..Fields::default() };
        assert!(long.watched().is_err());
    }
}
