//! All names of all concepts, and which meaning of a name counts.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::languages::Languages;
use super::near::Near;
use super::table::{Entry, Table};
use super::{Concept, FILES, Kind, shipped};
use crate::domain::{Language, Match, Status};
use crate::ingredients::text::{SIGN, fold, lower_words, tokens};

/// What a name was found to be: one concept, or the parts of a compound in order.
#[derive(Debug, Clone)]
pub(in crate::ingredients) struct Found<'a> {
    /// The parts, in order; never empty.
    pub parts: Vec<&'a Concept>,
    /// How it was matched.
    pub how: Match,
}

/// The index of all names.
#[derive(Debug)]
pub(in crate::ingredients) struct Lexicon {
    concepts: Vec<Concept>,
    /// How many of them the program ships; what an operator adds stands behind them and wins.
    shipped: usize,
    exact: Table,
    /// Names without accents, where that makes a difference.
    folded: Table,
    near: Near,
    /// Most words of a listed name, by its first word without accents.
    openings: HashMap<String, usize>,
}

/// What the words of one request were found to be: a label repeats its words, and the dear look-ups are those that
/// find nothing.
#[derive(Debug, Default)]
pub(in crate::ingredients) struct Seen<'a>(pub(super) RefCell<HashMap<(String, Languages), Option<Found<'a>>>>);

/// Shortest word that says nothing of its own and is yet known with a letter misread: it makes a name vanish.
const LONG_SILENT: usize = 7;
/// Shortest word of another language that may be a mere word of treatment or class: shorter ones mean something else.
const FOREIGN_WORD: usize = 5;

impl Lexicon {
    /// Loads the data shipped with the program. Rows that cannot be read are left out; a test rules them out.
    pub fn load() -> Self {
        let concepts = FILES.iter().flat_map(|(_, text)| shipped(text)).filter_map(|(_, row)| row.ok()).collect();
        Self::of(concepts, Vec::new())
    }

    /// This lexicon with an operator's rows laid over it: a row of the same identifier is replaced, and where a name
    /// is listed by both, theirs counts.
    pub fn overlaid(self, rows: Vec<Concept>) -> Self {
        let replaced: HashSet<&str> = rows.iter().map(Concept::id).collect();
        let kept = self.concepts.into_iter().take(self.shipped);
        let kept = kept.filter(|concept| !replaced.contains(concept.id())).collect();
        Self::of(kept, rows)
    }

    fn of(mut concepts: Vec<Concept>, rows: Vec<Concept>) -> Self {
        let shipped = concepts.len();
        concepts.extend(rows);
        let mut lexicon = Self {
            concepts: Vec::new(),
            shipped,
            exact: Table::default(),
            folded: Table::default(),
            near: Near::default(),
            openings: HashMap::new(),
        };
        for (place, concept) in concepts.iter().enumerate() {
            let place = place as u32;
            for (language, name) in concept.all_names() {
                lexicon.add(name, concept, Entry { concept: place, languages: Languages::only(language) });
            }
            if is_e_number(concept.id()) {
                lexicon.add(concept.id(), concept, Entry { concept: place, languages: Languages::ALL });
            }
        }
        lexicon.near.finish();
        lexicon.concepts = concepts;
        lexicon
    }

    fn add(&mut self, name: &str, concept: &Concept, entry: Entry) {
        let key = if is_plain(name) { Cow::Borrowed(name) } else { Cow::Owned(key_of(name)) };
        let folded = if key.is_ascii() { Cow::Borrowed(&*key) } else { Cow::Owned(fold(&key)) };
        if let Some((first, _)) = folded.split_once(' ') {
            let words = folded.bytes().filter(|byte| *byte == b' ').count() + 1;
            match self.openings.get_mut(first) {
                Some(most) => *most = words.max(*most),
                None => drop(self.openings.insert(first.to_owned(), words)),
            }
        }
        self.add_near(&folded, concept, entry);
        self.exact.insert(&key, entry);
        if folded != key {
            self.folded.insert(&folded, entry);
        }
    }

    /// Things as one word, for names torn apart or run together; words of treatment and class where they are long.
    fn add_near(&mut self, folded: &str, concept: &Concept, entry: Entry) {
        let silent = matches!(concept.kind, Kind::Neutral | Kind::Form | Kind::Role);
        if is_e_number(folded) || !(concept.kind.status().is_some() || silent && folded.len() >= LONG_SILENT) {
            return;
        }
        if folded.contains(' ') {
            self.near.push(&folded.replace(' ', ""), entry);
        } else {
            self.near.push(folded, entry);
        }
    }

    /// Every concept.
    #[cfg(test)]
    pub fn concepts(&self) -> &[Concept] {
        &self.concepts
    }

    /// A name as listed. Words are joined by single spaces, in lower case.
    pub fn exact(&self, key: &str, languages: Languages) -> Option<&Concept> {
        self.choose(key, &self.exact.get(key), languages)
    }

    /// A name as listed in one of these languages.
    pub(super) fn own(&self, key: &str, languages: Languages) -> Option<&Concept> {
        self.chosen(self.exact.get(key).filter(|entry| entry.languages.meets(languages)))
    }

    /// A name without its accents, as listed in one of these languages.
    pub(super) fn unaccented(&self, folded: &str, languages: Languages) -> Option<&Concept> {
        let entries = self.exact.get(folded).chain(self.folded.get(folded));
        self.chosen(entries.filter(|entry| entry.languages.meets(languages)))
    }

    /// Most words that a listed name beginning with this word, without its accents, has.
    pub fn longest_from(&self, folded: &str) -> usize {
        self.openings.get(folded).copied().unwrap_or(1)
    }

    /// The languages that list a name.
    pub fn languages_of(&self, key: &str) -> Languages {
        self.exact.get(key).fold(Languages::NONE, |all, entry| all.with(entry.languages))
    }

    /// What the shipped data means by a name in a language.
    pub fn shipped_as(&self, key: &str, language: Language) -> Vec<&Concept> {
        let entries = self.exact.get(key).filter(|entry| entry.languages.meets(Languages::only(language)));
        let shipped = entries.map(|entry| entry.concept as usize).filter(|place| *place < self.shipped);
        shipped.map(|place| &self.concepts[place]).collect()
    }

    /// Listed words of the same first letter within an edit distance of a folded one.
    pub(super) fn near<'a, 'w>(
        &'a self,
        folded: &'w str,
        limit: usize,
        languages: Languages,
    ) -> impl Iterator<Item = (usize, &'a Concept)> + use<'a, 'w> {
        let found = self.near.find(folded, limit, languages);
        found.map(|(apart, place)| (apart, &self.concepts[place as usize]))
    }

    /// An animal's name of four letters or more at the start or the end of a word, within the length of words.
    pub fn animal_root(&self, key: &str, languages: Languages) -> Option<&Concept> {
        let places: Vec<usize> = key.char_indices().map(|(at, _)| at).take(super::LONGEST_WORD).collect();
        let heads = places.iter().filter_map(|at| key.get(..*at));
        let tails = places.iter().filter_map(|at| key.get(*at..));
        heads.chain(tails).filter(|part| part.chars().count() >= 4).find_map(|part| {
            let listed = self.exact.get(part).filter(|entry| entry.languages.meets(languages));
            let mut concepts = listed.map(|entry| &self.concepts[entry.concept as usize]);
            concepts.find(|concept| concept.kind.status() == Some(Status::NonVegan))
        })
    }

    /// Where languages disagree on a name, the label's own language decides, then its kin, then an operator's row, and
    /// then the more careful meaning.
    fn choose(
        &self,
        key: &str,
        entries: &(impl Iterator<Item = Entry> + Clone),
        languages: Languages,
    ) -> Option<&Concept> {
        let of = |languages: Languages| entries.clone().filter(move |entry| entry.languages.meets(languages));
        let known = self.chosen(of(languages)).or_else(|| self.chosen(of(languages.kin())));
        known.or_else(|| self.chosen(entries.clone()).filter(|concept| travels(key, concept)))
    }

    fn chosen(&self, entries: impl Iterator<Item = Entry>) -> Option<&Concept> {
        let place = entries.map(|entry| entry.concept as usize);
        place
            .max_by_key(|place| (*place >= self.shipped, caution(self.concepts[*place].kind)))
            .map(|place| &self.concepts[place])
    }
}

/// Whether a meaning may be taken from another language: things may; a word that would make a name vanish only where
/// it is long, and one that says what is absent never.
fn travels(key: &str, concept: &Concept) -> bool {
    let absence = matches!(concept.kind, Kind::Negation | Kind::Denial | Kind::Free | Kind::Link | Kind::From);
    concept.kind.status().is_some() || (!absence && key.chars().count() >= FOREIGN_WORD)
}

/// How careful a meaning is: animal before uncertain before the rest.
pub(super) fn caution(kind: Kind) -> u8 {
    match kind.status() {
        Some(Status::NonVegan) => 3,
        Some(Status::Uncertain | Status::Unknown) => 2,
        Some(Status::Vegan) => 1,
        None => 0,
    }
}

/// Whether a name is written as it is looked up, as most are.
fn is_plain(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b' ') && !bytes.windows(2).any(|pair| pair == b"  ")
}

/// A name as it is looked up: words in lower case, joined by single spaces.
pub(in crate::ingredients) fn key_of(name: &str) -> String {
    if name == SIGN {
        return name.to_owned();
    }
    // Signs that part words are words themselves, wherever names are read.
    let signs = |c: char| !c.is_alphanumeric() && !matches!(c, ' ' | '\'' | '.' | ',' | '(' | ')');
    if name.contains(signs) {
        let words: Vec<String> = tokens(name).into_iter().map(|token| token.key).collect();
        return words.join(" ");
    }
    lower_words(name)
}

/// Whether an identifier is an E number such as `e471` or `e160a`.
pub(in crate::ingredients) fn is_e_number(id: &str) -> bool {
    id.strip_prefix('e').is_some_and(|rest| rest.len() >= 3 && rest.starts_with(|c: char| c.is_ascii_digit()))
}
