//! From a written name to concepts: exact, accent-blind, inflected, compound, and despite reading errors.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::{Concept, FILES, Kind, shipped};
use crate::domain::{Language, Match, Status};
use crate::ingredients::text::{SIGN, apart, fold, shape, tokens};

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

    /// Its members.
    pub fn iter(self) -> impl Iterator<Item = Language> {
        Language::ALL.into_iter().filter(move |language| self.meets(Self::only(*language)))
    }
}

/// What a name was found to be: one concept, or the parts of a compound in order.
#[derive(Debug, Clone)]
pub(in crate::ingredients) struct Found<'a> {
    /// The parts, in order; never empty.
    pub parts: Vec<&'a Concept>,
    /// How it was matched.
    pub how: Match,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    concept: usize,
    languages: Languages,
}

/// The letters of a listed word, the same as a set of bits, and what it names.
type Spelling = (Vec<char>, u32, Entry);

/// The index of all names.
#[derive(Debug)]
pub(in crate::ingredients) struct Lexicon {
    concepts: Vec<Concept>,
    /// How many of them the program ships; what an operator adds stands behind them and wins.
    shipped: usize,
    exact: HashMap<String, Vec<Entry>>,
    folded: HashMap<String, Vec<Entry>>,
    /// Single words by the shape of their first letter and their length, for reading errors.
    by_shape: HashMap<(char, usize), Vec<Spelling>>,
    /// Most words of a listed name, by its first word without accents.
    openings: HashMap<String, usize>,
}

/// What the words of one request were found to be: a label repeats its words, and the dear look-ups are those that
/// find nothing.
#[derive(Debug, Default)]
pub(in crate::ingredients) struct Seen<'a>(RefCell<HashMap<(String, Languages), Option<Found<'a>>>>);

/// Longest word that is taken apart, in bytes: longer ones are noise.
pub(in crate::ingredients) const LONGEST_WORD: usize = 64;
/// Bytes of a class of additives that is known without its accents.
const LONG_ROLE: usize = 8;
/// Endings of nouns and adjectives in Swedish, Danish, Norwegian, German and English, longest first.
const ENDINGS: [&str; 26] = [
    "erna", "arna", "orna", "ernas", "erne", "ene", "ens", "ets", "en", "et", "er", "ar", "or", "na", "es", "ta", "tä",
    "ja", "jä", "ia", "n", "t", "s", "e", "a", "ä",
];
/// Letters that may stand between the parts of a compound.
const JOINTS: [&str; 7] = ["", "s", "e", "n", "o", "en", "es"];

impl Lexicon {
    /// Loads the data shipped with the program. Rows that cannot be read are left out; a test rules them out.
    pub fn load() -> Self {
        Self::of(FILES.iter().flat_map(|(_, text)| shipped(text)).filter_map(|(_, row)| row.ok()).collect(), Vec::new())
    }

    /// This lexicon with an operator's rows laid over it: a row of the same identifier is replaced, and where a name
    /// is listed by both, theirs counts.
    pub fn overlaid(self, rows: Vec<Concept>) -> Self {
        let replaced: HashSet<&str> = rows.iter().map(Concept::id).collect();
        let kept = self.concepts.into_iter().take(self.shipped);
        let kept = kept.filter(|concept| !replaced.contains(concept.id())).collect();
        Self::of(kept, rows)
    }

    /// What the shipped data means by a name in a language.
    pub fn shipped_as(&self, key: &str, language: Language) -> Vec<&Concept> {
        let own = |entry: &&Entry| entry.concept < self.shipped && entry.languages.meets(Languages::only(language));
        self.listed(key).filter(own).map(|entry| &self.concepts[entry.concept]).collect()
    }

    fn of(mut concepts: Vec<Concept>, rows: Vec<Concept>) -> Self {
        let shipped = concepts.len();
        concepts.extend(rows);
        let mut lexicon = Self {
            concepts,
            shipped,
            exact: HashMap::new(),
            folded: HashMap::new(),
            by_shape: HashMap::new(),
            openings: HashMap::new(),
        };
        for (place, concept) in lexicon.concepts.iter().enumerate() {
            let coded = (concept.id(), Languages::ALL);
            let named = concept.all_names().map(|(language, name)| (name, Languages::only(language)));
            for (name, languages) in named.chain(is_e_number(concept.id()).then_some(coded)) {
                let entry = Entry { concept: place, languages };
                let key = key_of(name);
                let folded = fold(&key);
                if let Some((first, _)) = folded.split_once(' ') {
                    let most = lexicon.openings.entry(first.to_owned()).or_default();
                    *most = folded.split(' ').count().max(*most);
                } else if concept.kind.status().is_some() {
                    let letters: Vec<char> = folded.chars().collect();
                    lexicon.by_shape.entry(bucket(&folded, letters.len())).or_default().push((
                        letters,
                        letter_set(&folded),
                        entry,
                    ));
                }
                push(&mut lexicon.exact, key, entry);
                push(&mut lexicon.folded, folded, entry);
            }
        }
        lexicon
    }

    /// Every concept.
    pub fn concepts(&self) -> &[Concept] {
        &self.concepts
    }

    /// A name as listed. Words are joined by single spaces, in lower case.
    pub fn exact(&self, key: &str, languages: Languages) -> Option<&Concept> {
        self.exact.get(key).and_then(|entries| self.choose(entries, languages))
    }

    fn listed(&self, key: &str) -> impl Iterator<Item = &Entry> {
        self.exact.get(key).map(Vec::as_slice).unwrap_or_default().iter()
    }

    /// Most words that a listed name beginning with this word has.
    pub fn longest_from(&self, word: &str) -> usize {
        self.openings.get(&fold(word)).copied().unwrap_or(1)
    }

    /// The languages that list a name.
    pub fn languages_of(&self, key: &str) -> Languages {
        self.listed(key).fold(Languages::NONE, |all, entry| all.with(entry.languages))
    }

    /// A name of one word or several, as listed or inflected or without its accents; not taken apart, not guessed.
    pub fn phrase(&self, key: &str, languages: Languages) -> Option<Found<'_>> {
        if let Some(concept) = self.exact(key, languages) {
            return Some(Found { parts: vec![concept], how: Match::Exact });
        }
        if let Some(concept) = self.inflected(key, languages).filter(|concept| self.stands(key, &[*concept])) {
            return Some(Found { parts: vec![concept], how: Match::Inflected });
        }
        let long_enough = key.chars().count() >= 4;
        let entries = self.folded.get(&fold(key)).filter(|_| long_enough)?;
        let concept = self.choose(entries, languages).filter(|concept| self.stands(key, &[*concept]))?;
        // A word that says nothing of its own makes the name vanish: without its accents, `bläck` is no `black`.
        let silent = concept.kind.status().is_none() && !(concept.kind == Kind::Role && key.len() >= LONG_ROLE);
        (!silent).then(|| Found { parts: vec![concept], how: Match::Fuzzy })
    }

    /// One word by every means, from the surest to the least sure; asked once for each request.
    pub fn word<'a>(&'a self, key: &str, languages: Languages, seen: &Seen<'a>) -> Option<Found<'a>> {
        if key.len() > LONGEST_WORD {
            return None;
        }
        let place = (key.to_owned(), languages);
        if let Some(known) = seen.0.borrow().get(&place) {
            return known.clone();
        }
        let found = self.by_every_means(key, languages);
        seen.0.borrow_mut().insert(place, found.clone());
        found
    }

    fn by_every_means(&self, key: &str, languages: Languages) -> Option<Found<'_>> {
        self.phrase(key, languages)
            .or_else(|| self.compound(key, languages).filter(|found| self.stands(key, &found.parts)))
            .or_else(|| self.misread(key, languages).or_else(|| self.guess(key)))
    }

    /// An animal's name of four letters or more at the start or the end of a word, within the length of words.
    pub fn animal_root(&self, key: &str, languages: Languages) -> Option<&Concept> {
        let places: Vec<usize> = key.char_indices().map(|(at, _)| at).take(LONGEST_WORD).collect();
        let heads = places.iter().filter_map(|at| key.get(..*at));
        let tails = places.iter().filter_map(|at| key.get(*at..));
        heads.chain(tails).filter(|part| part.chars().count() >= 4).find_map(|part| {
            self.listed(part)
                .filter(|entry| entry.languages.meets(languages))
                .map(|entry| &self.concepts[entry.concept])
                .find(|concept| concept.kind.status() == Some(Status::NonVegan))
        })
    }

    /// Where languages disagree on a name, the label's own language decides, then an operator's row, and then the more
    /// careful meaning.
    fn choose(&self, entries: &[Entry], languages: Languages) -> Option<&Concept> {
        let own = entries.iter().filter(|entry| entry.languages.meets(languages));
        let careful = |entry: &&Entry| (entry.concept >= self.shipped, caution(self.concepts[entry.concept].kind));
        let chosen = own.max_by_key(careful).or_else(|| entries.iter().max_by_key(careful))?;
        self.concepts.get(chosen.concept)
    }

    /// Whether a derived reading may stand: one towards vegan not where an animal's name is but one letter away
    /// (`mjölt` is sooner milk misread than flour inflected).
    fn stands(&self, key: &str, parts: &[&Concept]) -> bool {
        let animal = |concept: &Concept| concept.kind.status() == Some(Status::NonVegan);
        let near = || self.near(&fold(key), 1).any(|(_, concept)| animal(concept));
        parts.iter().any(|part| animal(part)) || !near()
    }

    /// Listed words of the same first letter within an edit distance of a folded one.
    fn near(&self, folded: &str, limit: usize) -> impl Iterator<Item = (usize, &Concept)> {
        let letters: Vec<char> = folded.chars().collect();
        let lengths = letters.len().saturating_sub(limit)..=letters.len() + limit;
        let set = letter_set(folded);
        let named = lengths.filter_map(|length| self.by_shape.get(&bucket(folded, length))).flatten();
        // An edit adds or takes away at most one letter, so most names are ruled out before they are compared.
        let close = move |other: u32| (set & !other).count_ones().max((other & !set).count_ones()) <= limit as u32;
        named.filter(move |(_, other, _)| close(*other)).filter_map(move |(name, _, entry)| {
            Some((apart(&letters, name, limit)?, self.concepts.get(entry.concept)?))
        })
    }

    /// A listed word in which a reader took letters for digits: `M1LK`.
    fn misread(&self, key: &str, languages: Languages) -> Option<Found<'_>> {
        if !key.contains(|c: char| c.is_ascii_digit()) || key.chars().filter(|c| c.is_alphabetic()).count() < 3 {
            return None;
        }
        let plain = key.replace('0', "o").replace('5', "s").replace('8', "b");
        let readings = [plain.replace('1', "i"), plain.replace('1', "l")];
        let concept = readings.iter().find_map(|reading| self.exact(reading, languages))?;
        Some(Found { parts: vec![concept], how: Match::Fuzzy })
    }

    fn inflected(&self, key: &str, languages: Languages) -> Option<&Concept> {
        ENDINGS.iter().find_map(|ending| {
            let stem = key.strip_suffix(ending)?;
            let letters = stem.chars().count();
            let found = (letters >= 3).then(|| self.exact(stem, languages)).flatten();
            let with_e = || [stem, "e"].concat();
            let with_a = || [stem, "a"].concat();
            found
                .or_else(|| (letters >= 4).then(|| self.exact(&with_a(), languages)).flatten())
                .or_else(|| (letters >= 4).then(|| self.exact(&with_e(), languages)).flatten())
        })
    }

    /// Takes a word apart into listed names with joints between; fewest parts first, then the most careful reading.
    fn compound(&self, key: &str, languages: Languages) -> Option<Found<'_>> {
        let mut best: Vec<Option<Vec<&Concept>>> = vec![None; key.len() + 1];
        for end in key.char_indices().map(|(at, c)| at + c.len_utf8()) {
            for start in (0..end).filter(|at| key.is_char_boundary(*at)) {
                if !JOINTS.iter().any(|joint| reaches(&best, &key[..start], joint)) {
                    continue;
                }
                let Some(part) = self.part(key, start, end, languages) else { continue };
                for joint in JOINTS {
                    let Some(front) = key[..start].strip_suffix(joint) else { continue };
                    let parts = match (front.len(), joint) {
                        (0, "") => vec![part],
                        (0, _) => continue,
                        (at, _) => match &best[at] {
                            Some(parts) => [parts.as_slice(), &[part]].concat(),
                            None => continue,
                        },
                    };
                    if best[end].as_ref().is_none_or(|known| better(&parts, known)) {
                        best[end] = Some(parts);
                    }
                }
            }
        }
        let parts = best.pop().flatten().filter(|parts| parts.len() > 1)?;
        Some(Found { parts, how: Match::Compound })
    }

    /// A part of a compound; the last one may be inflected.
    fn part(&self, key: &str, start: usize, end: usize, languages: Languages) -> Option<&Concept> {
        let text = &key[start..end];
        let letters = text.chars().count();
        if letters < 3 && !matches!(text, "ål" | "ko" | "äg") {
            return None;
        }
        let listed = self.exact(text, languages);
        let concept = match listed {
            None if end == key.len() && letters >= 5 => self.inflected(text, languages),
            // Swedish drops a final a in front of another part: rödbeta, rödbetskoncentrat.
            None if letters >= 5 => self.exact(&[text, "a"].concat(), languages),
            found => found,
        }?;
        let joins = !matches!(concept.kind, Kind::Link | Kind::From | Kind::Negation | Kind::Denial);
        joins.then_some(concept)
    }

    /// A word despite a reading error, never across a change of verdict: whatever else lies as near must agree.
    fn guess(&self, key: &str) -> Option<Found<'_>> {
        let folded = fold(key);
        let letters = folded.chars().count();
        let allowed = match letters {
            0..=4 => return None,
            5..=8 => 1,
            _ => 2,
        };
        let near: Vec<(usize, &Concept)> = self.near(&folded, allowed + 1).collect();
        let (apart, concept) = near.iter().min_by_key(|(apart, _)| *apart).copied()?;
        let status = concept.kind.status();
        // A guess towards vegan must keep one edit more of distance from everything that is not.
        let margin = if status == Some(Status::Vegan) { apart + 1 } else { apart };
        let agreed = near.iter().all(|(other, concept)| *other > margin || concept.kind.status() == status);
        (apart <= allowed && agreed).then(|| Found { parts: vec![concept], how: Match::Fuzzy })
    }
}

/// Whether what stands before a part and its joint is taken apart already.
fn reaches(best: &[Option<Vec<&Concept>>], before: &str, joint: &str) -> bool {
    before.strip_suffix(joint).is_some_and(|front| match front.len() {
        0 => joint.is_empty(),
        at => best[at].is_some(),
    })
}

/// The letters of a word as a set of bits; letters that share a bit only let more through.
fn letter_set(folded: &str) -> u32 {
    folded.chars().fold(0, |set, c| set | 1 << (u32::from(c) % 32))
}

/// Where words of one first letter and one length stand in the index.
fn bucket(folded: &str, letters: usize) -> (char, usize) {
    (shape(folded).chars().next().unwrap_or_default(), letters)
}

/// Fewer parts first; among equals the more careful.
fn better(parts: &[&Concept], known: &[&Concept]) -> bool {
    let weight = |parts: &[&Concept]| parts.iter().map(|part| caution(part.kind)).max();
    parts.len() < known.len() || (parts.len() == known.len() && weight(parts) > weight(known))
}

/// How careful a meaning is: animal before uncertain before the rest.
fn caution(kind: Kind) -> u8 {
    match kind.status() {
        Some(Status::NonVegan) => 3,
        Some(Status::Uncertain | Status::Unknown) => 2,
        Some(Status::Vegan) => 1,
        None => 0,
    }
}

fn push(map: &mut HashMap<String, Vec<Entry>>, key: String, entry: Entry) {
    let entries = map.entry(key).or_default();
    match entries.iter_mut().find(|known| known.concept == entry.concept) {
        Some(known) => known.languages = known.languages.with(entry.languages),
        None => entries.push(entry),
    }
}

/// A name as it is looked up: words in lower case, joined by single spaces.
pub(in crate::ingredients) fn key_of(name: &str) -> String {
    if name == SIGN {
        return name.to_owned();
    }
    tokens(name).into_iter().map(|token| token.key).collect::<Vec<_>>().join(" ")
}

/// Whether an identifier is an E number such as `e471` or `e160a`.
pub(in crate::ingredients) fn is_e_number(id: &str) -> bool {
    id.strip_prefix('e').is_some_and(|rest| rest.len() >= 3 && rest.starts_with(|c: char| c.is_ascii_digit()))
}
