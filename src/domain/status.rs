//! The four states of an ingredient and of a list.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is known about an ingredient, or about a whole list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Nothing of animal origin.
    Vegan,
    /// Of animal origin.
    NonVegan,
    /// Can be either; the label does not say.
    Uncertain,
    /// Not known (ingredient) or no list found (list).
    Unknown,
}

impl Status {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Vegan, Self::NonVegan, Self::Uncertain, Self::Unknown];

    /// The spelling used on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vegan => "vegan",
            Self::NonVegan => "non-vegan",
            Self::Uncertain => "uncertain",
            Self::Unknown => "unknown",
        }
    }
}
