//! What a reader says the label says. Untrusted: the verdict is decided elsewhere.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Status;

/// How much of the list could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Legibility {
    /// Nothing that is a list.
    None,
    /// Some of it.
    Partial,
    /// All of it.
    Full,
}

impl Legibility {
    /// The spelling used on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Partial => "partial",
            Self::Full => "full",
        }
    }
}

/// What makes a picture hard to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum QualityIssue {
    /// Out of focus or moved.
    Blur,
    /// A reflection covers text.
    Glare,
    /// Too dark.
    LowLight,
    /// The list leaves the picture.
    Cropped,
    /// Too few pixels per letter.
    LowResolution,
    /// No text at all.
    NoText,
}

/// Where on the label an ingredient stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// In the list.
    Declared,
    /// In a "may contain" sentence: shown, never decisive.
    Trace,
}

/// One ingredient as a model reports it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadIngredient {
    /// Verbatim as printed.
    pub name: String,
    /// Declared or trace.
    pub source: Source,
    /// The model's opinion, for uncommon names only.
    pub status: Option<Status>,
    /// In the user's language, for uncommon names only.
    pub translated_name: Option<String>,
    /// Self-reported, 0–1: recorded, never a condition.
    pub confidence: f32,
}

/// What a reader made of the pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    /// The text of the label that matters, verbatim, in reading order.
    pub label_text: String,
    /// Primary language of that text, if the reader says.
    pub language: Option<String>,
    /// The reader's own word on how much it could read.
    pub legibility: Legibility,
    /// What made it hard.
    pub issues: Vec<QualityIssue>,
    /// The list as the reader split it; `None` from readers that only transcribe (the local one).
    pub ingredients: Option<Vec<ReadIngredient>>,
    /// Marks such as "vegansk" printed on the pack.
    pub claims: Vec<String>,
}
