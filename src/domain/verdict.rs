//! What the label means.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Legibility, Source, Status};

/// Who decided an ingredient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DecidedBy {
    /// Our own knowledge.
    Lexicon,
    /// Words beside it on the label ("vegetabilisk", "från soja").
    LabelText,
    /// A model vouched for it.
    Model,
}

/// How a name was matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Match {
    /// As listed.
    Exact,
    /// An inflected form of a listed name.
    Inflected,
    /// Derived from the parts of a compound.
    Compound,
    /// Despite a reading error.
    Fuzzy,
    /// By a model's word only.
    Model,
}

/// One ingredient, decided.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ingredient {
    /// Verbatim as printed.
    pub name: String,
    /// The lexicon's name for it in the label's language, if known.
    pub canonical_name: Option<String>,
    /// In the user's language, if known.
    pub translated_name: Option<String>,
    /// What it is.
    pub status: Status,
    /// Declared or trace.
    pub source: Source,
    /// 0–1: how sure the match is.
    pub confidence: f32,
    /// Why, in a few words of the user's language.
    pub reason: String,
    /// A sentence for people who want to know more, in the user's language.
    pub description: String,
    /// Who decided; `None` while unknown.
    pub decided_by: Option<DecidedBy>,
    /// How it was matched; `None` while unknown.
    #[serde(rename = "match")]
    pub matched: Option<Match>,
}

/// The decision about one label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Of the whole list.
    pub status: Status,
    /// 0–1: the lowest of the deciding ingredients', × 0.8 when partial.
    pub confidence: f32,
    /// Declared ingredients and traces, in label order.
    pub ingredients: Vec<Ingredient>,
    /// The watched words that were found, as the user wrote them.
    pub watched: Vec<String>,
    /// The name (verbatim) that decided a non-vegan or uncertain list.
    pub problem_ingredient: Option<String>,
    /// Why, in sentences of the user's language.
    pub reasoning: String,
    /// Why it is uncertain, one sentence each, in the user's language.
    pub uncertain_reasons: Vec<String>,
    /// Primary subtag of the list's language, if it could be told.
    pub detected_language: Option<String>,
    /// The worst of every check on how much was read.
    pub legibility: Legibility,
}
