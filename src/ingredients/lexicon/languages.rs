//! Sets of languages.

use crate::domain::Language;

/// A set of languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::ingredients) struct Languages(u16);

impl Languages {
    /// Every language.
    pub const ALL: Self = Self((1 << Language::ALL.len()) - 1);
    /// Those that answers are written in, which are read in full.
    pub const ANSWERS: Self = Self((1 << Language::ANSWERS) - 1);
    /// No language.
    pub const NONE: Self = Self(0);

    /// The set of one.
    pub fn only(language: Language) -> Self {
        Self(1 << language.place())
    }

    /// This set and another.
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the sets share a language.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// How many they are.
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Its members.
    pub fn iter(self) -> impl Iterator<Item = Language> {
        Language::ALL.into_iter().filter(move |language| self.meets(Self::only(*language)))
    }

    /// With the languages that are told apart by few words: Norwegian and Danish.
    pub fn kin(self) -> Self {
        let pair = Self::only(Language::No).with(Self::only(Language::Da));
        if self.meets(pair) { self.with(pair) } else { self }
    }
}
