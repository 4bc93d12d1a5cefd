//! One row of the data: what a thing is, and its names in every language.

use std::borrow::Cow;

use super::kind::{Kind, Policy};
use crate::domain::Language;

/// Languages of the columns.
const COLUMNS: usize = Language::ALL.len();

/// One thing that a label can name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ingredients) struct Concept {
    row: Cow<'static, str>,
    /// What it is.
    pub kind: Kind,
    /// The switch that decides it, where opinions differ.
    pub policy: Option<Policy>,
    /// A food that exists in a form made of plants under the same name (milk, cheese, mince).
    pub imitable: bool,
    /// A plant that such imitations are made of (oats, soya, nuts).
    pub base: bool,
    /// Vegan on purpose, though its names hold an animal's.
    pub exception: bool,
    /// What it is watched for together with, such as all that comes from the oil palm; a span of the row.
    family: Option<(u32, u32)>,
    /// Where in the row the identifier ends.
    id: u32,
    /// Where in the row each language's cell stands.
    cells: [(u32, u32); COLUMNS],
}

impl Concept {
    /// Reads one row.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(row: Cow<'static, str>) -> Result<Self, String> {
        let mut concept = Self::read(&row)?;
        concept.row = row;
        Ok(concept)
    }

    /// Everything but the text itself.
    fn read(row: &str) -> Result<Self, String> {
        let mut spans = cells(row);
        let mut next = || spans.next().map(|span| (span, &row[span.0 as usize..span.1 as usize]));
        let ((_, id), name) = next().ok_or("the row is empty")?;
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            return Err(format!("`{name}` is no identifier: lower case letters, digits and _ alone"));
        }
        let ((start, _), traits) = next().ok_or("there is no kind")?;
        let mut concept = read_traits(traits)?;
        concept.family = concept.family.map(|(from, to)| (start + from, start + to));
        let mut places = [(0, 0); COLUMNS];
        for place in &mut places {
            *place = next().map(|(span, _)| span).unwrap_or_default();
        }
        if next().is_some() {
            return Err(format!("there are more than {COLUMNS} languages"));
        }
        (concept.id, concept.cells) = (id, places);
        Ok(concept)
    }

    /// Stable identifier; an E number for additives (`e471`).
    pub fn id(&self) -> &str {
        &self.row[..self.id as usize]
    }

    /// The family of things that it is watched for together with: `palm` for palm oil, palm fat and palm kernel oil.
    pub fn family(&self) -> Option<&str> {
        self.family.map(|(start, end)| &self.row[start as usize..end as usize])
    }

    /// The names in a language; the first is the one shown to people.
    pub fn names(&self, language: Language) -> impl Iterator<Item = &str> {
        let (start, end) = self.cells[language.place()];
        self.row[start as usize..end as usize].split(',').map(str::trim).filter(|name| !name.is_empty())
    }

    /// Every name with its language.
    pub fn all_names(&self) -> impl Iterator<Item = (Language, &str)> {
        Language::ALL.into_iter().flat_map(|language| self.names(language).map(move |name| (language, name)))
    }

    /// The name shown to people in a language, or else in English or Swedish.
    pub fn name_in(&self, language: Language) -> Option<&str> {
        [language, Language::En, Language::Sv].into_iter().find_map(|language| self.names(language).next())
    }
}

/// Where the cells of a row stand, without the blanks around them.
fn cells(row: &str) -> impl Iterator<Item = (u32, u32)> + use<'_> {
    let mut from = 0;
    row.split('|').map(move |cell| {
        let start = from + (cell.len() - cell.trim_start().len());
        from += cell.len() + 1;
        (start as u32, (start + cell.trim().len()) as u32)
    })
}

/// The second cell: a concept that has no names yet.
fn read_traits(text: &str) -> Result<Concept, String> {
    let mut words = text.split_whitespace();
    let word = words.next().unwrap_or_default();
    let kind = Kind::parse(word).ok_or_else(|| format!("`{word}` is no kind"))?;
    let (row, cells) = (Cow::Borrowed(""), [(0, 0); COLUMNS]);
    let mut concept =
        Concept { row, kind, policy: None, imitable: false, base: false, exception: false, family: None, id: 0, cells };
    for word in words {
        match word {
            "imitable" => concept.imitable = true,
            "base" => concept.base = true,
            "exception" => concept.exception = true,
            word if word.starts_with("family=") => {
                let end = (word.as_ptr() as usize - text.as_ptr() as usize + word.len()) as u32;
                concept.family = Some((end - (word.len() - "family=".len()) as u32, end));
            }
            other => concept.policy = Some(Policy::parse(other).ok_or_else(|| format!("`{other}` is no flag"))?),
        }
    }
    Ok(concept)
}
