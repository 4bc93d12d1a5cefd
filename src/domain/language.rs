//! The languages in which answers are written.

use serde::{Deserialize, Serialize};

/// A language that reasons and messages can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Swedish, the default.
    #[default]
    Sv,
    /// English, and what unknown languages fall back to.
    En,
    /// Norwegian (bokmål).
    No,
    /// Danish.
    Da,
    /// Finnish.
    Fi,
    /// German.
    De,
}

impl Language {
    /// Reads a BCP 47 tag by its primary subtag (`nb-NO` and `nn` are Norwegian); unknown languages become English.
    #[must_use]
    pub fn from_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().trim().to_ascii_lowercase();
        match primary.as_str() {
            "sv" => Self::Sv,
            "no" | "nb" | "nn" => Self::No,
            "da" => Self::Da,
            "fi" => Self::Fi,
            "de" => Self::De,
            _ => Self::En,
        }
    }

    /// The primary subtag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Sv => "sv",
            Self::En => "en",
            Self::No => "no",
            Self::Da => "da",
            Self::Fi => "fi",
            Self::De => "de",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_by_their_primary_subtag() {
        assert_eq!(Language::from_tag("sv-SE"), Language::Sv);
        assert_eq!(Language::from_tag("nb_NO"), Language::No);
        assert_eq!(Language::from_tag("FI"), Language::Fi);
        assert_eq!(Language::from_tag("tlh"), Language::En);
    }
}
