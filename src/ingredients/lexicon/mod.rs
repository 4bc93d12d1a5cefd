//! What is known of food names: one concept a row in the `.psv` files beside this one, loaded once into an index.
//!
//! A row is `id | kind [policy] [flags] | sv | en | no | da | fi | de`, names separated by commas, the first one the
//! name shown to people. The kind decides the status, so the two can never disagree. To add knowledge, add rows.

mod index;
mod kind;

pub(super) use index::{Found, LONGEST_WORD, Languages, Lexicon, Seen, is_e_number};
pub(super) use kind::{Kind, Policy};

use crate::domain::Language;

/// The languages in the order of the columns.
pub(super) const COLUMNS: [Language; 6] =
    [Language::Sv, Language::En, Language::No, Language::Da, Language::Fi, Language::De];

/// The data, by subject.
const FILES: [(&str, &str); 6] = [
    ("plants.psv", include_str!("plants.psv")),
    ("animals.psv", include_str!("animals.psv")),
    ("lookalikes.psv", include_str!("lookalikes.psv")),
    ("composites.psv", include_str!("composites.psv")),
    ("additives.psv", include_str!("additives.psv")),
    ("words.psv", include_str!("words.psv")),
];

/// One thing that a label can name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Concept {
    /// Stable identifier; an E number for additives (`e471`).
    pub id: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The switch that decides it, where opinions differ.
    pub policy: Option<Policy>,
    /// A food that exists in a form made of plants under the same name (milk, cheese, mince).
    pub imitable: bool,
    /// A plant that such imitations are made of (oats, soya, nuts).
    pub base: bool,
    /// Names per language, in the order of [`COLUMNS`].
    pub names: [Vec<&'static str>; 6],
}

impl Concept {
    /// Reads one row; `None` when it is malformed, which a test rules out for the data shipped.
    fn parse(line: &'static str) -> Option<Self> {
        let mut cells = line.split('|').map(str::trim);
        let id = cells.next()?;
        let mut traits = cells.next()?.split_whitespace();
        let kind = Kind::parse(traits.next()?)?;
        let mut concept = Self { id, kind, policy: None, imitable: false, base: false, names: Default::default() };
        for word in traits {
            match word {
                "imitable" => concept.imitable = true,
                "base" => concept.base = true,
                policy => concept.policy = Some(Policy::parse(policy)?),
            }
        }
        for names in &mut concept.names {
            let cell = cells.next()?;
            *names = cell.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        }
        cells.next().is_none().then_some(concept)
    }

    /// The name shown to people in a language, or else in English or Swedish.
    pub fn name_in(&self, language: Language) -> Option<&'static str> {
        let column = |wanted: Language| {
            let place = COLUMNS.iter().position(|l| *l == wanted)?;
            self.names[place].first().copied()
        };
        column(language).or_else(|| column(Language::En)).or_else(|| column(Language::Sv))
    }
}

/// Rows of a file without comments and blank lines.
fn rows(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// All concepts, in the order of the files.
fn concepts() -> Vec<Concept> {
    FILES.iter().flat_map(|(_, text)| rows(text)).filter_map(Concept::parse).collect()
}

#[cfg(test)]
mod tests;
