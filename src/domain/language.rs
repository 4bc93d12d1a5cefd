//! The languages of labels, and which of them answers are written in.

use serde::{Deserialize, Serialize};

/// A language that labels are read in. Reasons and messages are written in those of [`Language::ANSWERS`].
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
    /// French: read, answered in English.
    Fr,
    /// Spanish: read, answered in English.
    Es,
    /// Italian: read, answered in English.
    It,
    /// Dutch: read, answered in English.
    Nl,
    /// Polish: read, answered in English.
    Pl,
}

impl Language {
    /// Every language, in the order in which the lexicon and the sentences list them.
    pub const ALL: [Self; 11] =
        [Self::Sv, Self::En, Self::No, Self::Da, Self::Fi, Self::De, Self::Fr, Self::Es, Self::It, Self::Nl, Self::Pl];
    /// How many of them, from the first, answers are written in.
    pub const ANSWERS: usize = 6;

    /// Where this language stands among [`Language::ALL`].
    #[must_use]
    pub fn place(self) -> usize {
        match self {
            Self::Sv => 0,
            Self::En => 1,
            Self::No => 2,
            Self::Da => 3,
            Self::Fi => 4,
            Self::De => 5,
            Self::Fr => 6,
            Self::Es => 7,
            Self::It => 8,
            Self::Nl => 9,
            Self::Pl => 10,
        }
    }

    /// The language that answers are written in for those who ask in this one.
    #[must_use]
    pub fn answer(self) -> Self {
        if self.place() < Self::ANSWERS { self } else { Self::En }
    }

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
            "fr" => Self::Fr,
            "es" => Self::Es,
            "it" => Self::It,
            "nl" => Self::Nl,
            "pl" => Self::Pl,
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
            Self::Fr => "fr",
            Self::Es => "es",
            Self::It => "it",
            Self::Nl => "nl",
            Self::Pl => "pl",
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

    #[test]
    fn every_language_stands_where_it_says_and_is_answered_in_one_that_is_written() {
        for (place, language) in Language::ALL.into_iter().enumerate() {
            assert_eq!(language.place(), place);
            assert_eq!(Language::from_tag(language.tag()), language);
            assert!(language.answer().place() < Language::ANSWERS);
        }
        assert_eq!((Language::Da.answer(), Language::Pl.answer()), (Language::Da, Language::En));
    }
}
