//! One written name to what it is: known parts, their order, and the words of origin and absence between them.

use super::config::Policies;
use super::lexicon::{Concept, Kind, LONGEST_NAME, Languages, Lexicon, is_e_number};
use super::text::{Token, tokens};
use crate::domain::{DecidedBy, Match, Status};

/// What judging needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Knowledge<'a> {
    pub lexicon: &'a Lexicon,
    pub policies: &'a Policies,
    /// Of the label, as far as it could be told.
    pub languages: Languages,
}

/// What a name turned out to be.
#[derive(Debug, Clone)]
pub(super) struct Finding<'a> {
    pub status: Status,
    pub how: Option<Match>,
    pub by: Option<DecidedBy>,
    /// What decided, if it is a thing of the lexicon.
    pub concept: Option<&'a Concept>,
    /// The name is that concept alone, so its translations are the name's.
    pub whole: bool,
    /// Uncertain only because its origin is not named.
    pub open_origin: bool,
    /// Holds only words that name no thing: `ekologisk`, `emulgeringsmedel`.
    pub bare: Option<Kind>,
    /// A vegan finding that is a plant, so that in brackets it names an origin.
    pub plant: bool,
}

impl Finding<'_> {
    fn unknown() -> Self {
        Self {
            status: Status::Unknown,
            how: None,
            by: None,
            concept: None,
            whole: false,
            open_origin: false,
            bare: None,
            plant: false,
        }
    }
}

/// A piece of a name, looked up.
#[derive(Debug, Clone, Copy)]
struct Piece<'a> {
    /// `None` for a word that nobody knows.
    concept: Option<&'a Concept>,
    how: Match,
}

/// Judges a name.
pub(super) fn judge<'a>(know: Knowledge<'a>, name: &str) -> Finding<'a> {
    decide(know.policies, &pieces(know, &e_numbers(tokens(name))))
}

/// Joins the words of an E number: `E 471`, `e.471`, `INS 471`, `E47l`, `F471`.
fn e_numbers(words: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(words.len());
    for mut word in words {
        let vitamin = out.len() >= 2 && out[out.len() - 2].key.starts_with("vitamin");
        let prefix = out.last().is_some_and(|last| matches!(last.key.as_str(), "e" | "ins" | "f")) && !vitamin;
        if prefix && let Some(code) = code_of(&word.key) {
            let before = out.pop().map_or(word.start, |last| last.start);
            word = Token { key: code, start: before, ..word };
        } else if word.key.starts_with(['e', 'f'])
            && let Some(code) = code_of(&word.key[1..])
        {
            word.key = code;
        }
        out.push(word);
    }
    out
}

/// The E number that digits (and a letter) stand for, reading `l` as 1 and `o` as 0.
fn code_of(digits: &str) -> Option<String> {
    let text: Vec<char> = digits.chars().collect();
    let numeric = |c: &char| c.is_ascii_digit() || matches!(c, 'l' | 'o');
    let count = text.iter().take_while(|c| numeric(c)).count();
    let real = text.iter().filter(|c| c.is_ascii_digit()).count();
    let suffix: String = text.iter().skip(count).collect();
    let suffix_fits = suffix.is_empty() || matches!(suffix.as_str(), "a" | "b" | "c" | "d" | "e" | "f" | "g");
    if !(3..=4).contains(&count) || real < 2 || !suffix_fits {
        return None;
    }
    let plain = |c: &char| match c {
        'l' => '1',
        'o' => '0',
        c => *c,
    };
    Some(format!("e{}{suffix}", text.iter().take(count).map(plain).collect::<String>()))
}

/// Looks up the longest listed names first, then single words.
fn pieces<'a>(know: Knowledge<'a>, words: &[Token]) -> Vec<Piece<'a>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let (length, mut here) = piece_at(know, &words[at..]);
        found.append(&mut here);
        at += length;
    }
    found
}

fn piece_at<'a>(know: Knowledge<'a>, words: &[Token]) -> (usize, Vec<Piece<'a>>) {
    let (lexicon, languages) = (know.lexicon, know.languages);
    let known = |found: super::lexicon::Found<'a>| -> Vec<Piece<'a>> {
        found.parts.iter().map(|part| Piece { concept: Some(part), how: found.how }).collect()
    };
    for length in (2..=LONGEST_NAME.min(words.len())).rev() {
        let key = words[..length].iter().map(|word| word.key.as_str()).collect::<Vec<_>>().join(" ");
        if let Some(found) = lexicon.phrase(&key, languages) {
            return (length, known(found));
        }
    }
    if let Some(pieces) = split_by_space(know, words) {
        return (2, pieces);
    }
    let Some(word) = words.first() else { return (1, Vec::new()) };
    if let Some(found) = hanging(know, words) {
        return (1, known(found));
    }
    if is_e_number(&word.key) {
        let concept = lexicon.exact(&word.key, languages);
        return (1, vec![Piece { concept, how: Match::Exact }]);
    }
    if word.key.chars().all(|c| c.is_ascii_digit()) || is_unit(&word.key) {
        return (1, Vec::new());
    }
    match lexicon.word(&word.key, languages) {
        Some(found) => (1, known(found)),
        None => (1, vec![Piece { concept: None, how: Match::Exact }]),
    }
}

fn is_unit(key: &str) -> bool {
    matches!(
        key.trim_start_matches(|c: char| c.is_ascii_digit()),
        "g" | "kg" | "mg" | "µg" | "ml" | "cl" | "dl" | "kj" | "kcal"
    )
}

/// `mono- och diglycerider`, `palm- och rapsolja`: the hanging word borrows the end of the next one.
fn hanging<'a>(know: Knowledge<'a>, words: &[Token]) -> Option<super::lexicon::Found<'a>> {
    let [word, link, next, ..] = words else { return None };
    let links = know.lexicon.exact(&link.key, know.languages).is_some_and(|c| c.kind == Kind::Link);
    if !word.dash || !links {
        return None;
    }
    let cuts = next.key.char_indices().map(|(at, _)| at).filter(|at| *at > 0);
    cuts.filter_map(|at| know.lexicon.phrase(&[word.key.as_str(), &next.key[at..]].concat(), know.languages)).next()
}

/// A listed word that was written or read with a space inside (`kokos mjölk`). Where its halves alone would be
/// animal and the whole is not, the two stay apart: a comma may have been lost.
fn split_by_space<'a>(know: Knowledge<'a>, words: &[Token]) -> Option<Vec<Piece<'a>>> {
    let [first, second, ..] = words else { return None };
    let listed = |key: &str| know.lexicon.exact(key, know.languages);
    let whole = listed(&[first.key.as_str(), &second.key].concat())?;
    let animal =
        |word: &Token| listed(&word.key).is_some_and(|concept| concept.kind.status() == Some(Status::NonVegan));
    let hidden = whole.kind.status() == Some(Status::Vegan) && (animal(first) || animal(second));
    (!hidden).then(|| vec![Piece { concept: Some(whole), how: Match::Compound }])
}

/// The state of reading a name from its first piece to its last.
#[derive(Default)]
struct Walk<'a> {
    /// Things that count, with their status.
    things: Vec<(Status, Piece<'a>, DecidedBy, bool)>,
    unknown: bool,
    negated: bool,
    /// Things left out by a word of absence.
    absent: Vec<&'a Concept>,
    plant_next: bool,
    vegan_next: bool,
    freed: Option<Kind>,
    after_from: bool,
    plant_before: bool,
    base_before: bool,
    bare: Option<Kind>,
    exactness: Option<Match>,
}

fn decide<'a>(policies: &Policies, pieces: &[Piece<'a>]) -> Finding<'a> {
    let mut walk = Walk::default();
    for piece in pieces {
        match piece.concept {
            None => walk.unknown = true,
            Some(concept) if concept.kind.status().is_some() => walk.thing(policies, *piece, concept),
            Some(concept) => walk.word(concept.kind),
        }
    }
    if walk.plant_next || walk.vegan_next {
        walk.lift_last();
    }
    walk.finish(pieces)
}

impl<'a> Walk<'a> {
    fn thing(&mut self, policies: &Policies, piece: Piece<'a>, concept: &'a Concept) {
        if self.negated {
            self.absent.push(concept);
            return;
        }
        let plain = concept.policy.map_or(concept.kind.status(), |policy| Some(policies.status(policy)));
        let plain = plain.unwrap_or(Status::Unknown);
        let plants = self.plant_next || self.plant_before;
        let lifted = match plain {
            Status::Vegan => true,
            Status::Uncertain => self.vegan_next || (concept.kind == Kind::Derived && plants),
            Status::NonVegan => {
                self.vegan_next || (concept.imitable && (self.plant_next || self.freed == Some(concept.kind)))
            }
            Status::Unknown => false,
        };
        let (status, by) = match plain {
            Status::Vegan => (Status::Vegan, DecidedBy::Lexicon),
            _ if lifted => (Status::Vegan, DecidedBy::LabelText),
            Status::NonVegan if concept.imitable && self.base_before => (Status::Uncertain, DecidedBy::Lexicon),
            Status::NonVegan | Status::Uncertain | Status::Unknown => (plain, DecidedBy::Lexicon),
        };
        if self.after_from && matches!(concept.kind, Kind::Plant | Kind::Microbial) {
            self.lift_last_derived();
        }
        self.plant_before |= concept.kind == Kind::Plant;
        self.base_before |= concept.base;
        (self.plant_next, self.vegan_next, self.after_from) = (false, false, false);
        let open = status == Status::Uncertain && concept.kind == Kind::Derived;
        self.things.push((status, piece, by, open));
        self.exactness = self.exactness.max_how(piece.how);
    }

    fn word(&mut self, kind: Kind) {
        match kind {
            Kind::Negation => self.negated = true,
            Kind::Free => self.take_back(),
            Kind::From => self.after_from = true,
            Kind::PlantOrigin | Kind::MicrobialOrigin => self.plant_next = true,
            Kind::VeganOrigin if self.negated => self.unknown = true,
            Kind::VeganOrigin => self.vegan_next = true,
            Kind::AnimalOrigin if self.negated => (self.negated, self.plant_next) = (false, true),
            // "Animal" without a thing that the lexicon knows by that name: not known, so never vegan.
            Kind::AnimalOrigin => self.unknown = true,
            Kind::Link if self.negated => {}
            Kind::Link => (self.plant_before, self.base_before) = (false, false),
            Kind::Role | Kind::Form | Kind::Neutral => {}
            // Things are not words; see `thing`.
            Kind::Plant
            | Kind::Mineral
            | Kind::Synthetic
            | Kind::Microbial
            | Kind::Dairy
            | Kind::Egg
            | Kind::Meat
            | Kind::Fish
            | Kind::Shellfish
            | Kind::Insect
            | Kind::Bee
            | Kind::Slaughter
            | Kind::Animal
            | Kind::Derived
            | Kind::Composite => return,
        }
        self.bare = Some(kind);
    }

    /// `fiskfri`: what stands before `fri` is not in it; and what is free of milk, egg or meat may still be called so.
    fn take_back(&mut self) {
        if let Some((_, piece, _, _)) = self.things.pop() {
            let concept = piece.concept;
            self.freed = concept.filter(|concept| concept.imitable).map(|concept| concept.kind);
            self.absent.extend(concept);
        }
    }

    fn lift_last(&mut self) {
        let vegan = self.vegan_next;
        if let Some((status, piece, by, open)) = self.things.last_mut() {
            let imitable = piece.concept.is_some_and(|concept| concept.imitable);
            if vegan || *open || imitable {
                (*status, *by, *open) = (Status::Vegan, DecidedBy::LabelText, false);
            }
        }
    }

    fn lift_last_derived(&mut self) {
        if let Some((status, _, by, open @ true)) = self.things.last_mut() {
            (*status, *by, *open) = (Status::Vegan, DecidedBy::LabelText, false);
        }
    }

    fn finish(self, pieces: &[Piece<'a>]) -> Finding<'a> {
        let rank = |status: Status| match status {
            Status::NonVegan => 3,
            Status::Unknown => 2,
            Status::Uncertain => 1,
            Status::Vegan => 0,
        };
        let worst = self.things.iter().rev().max_by_key(|(status, ..)| rank(*status));
        let named = pieces.len();
        let Some((status, piece, by, _)) = worst.copied() else {
            return self.nothing(named);
        };
        if self.unknown && status != Status::NonVegan {
            return Finding { concept: piece.concept.filter(|_| status != Status::Vegan), ..Finding::unknown() };
        }
        let things: Vec<_> = self.things.iter().filter_map(|(_, piece, ..)| piece.concept).collect();
        Finding {
            status,
            how: self.exactness.or(Some(piece.how)),
            by: Some(by),
            concept: piece.concept,
            whole: things.len() == 1 && named == 1,
            open_origin: status == Status::Uncertain
                && self.things.iter().all(|(s, _, _, open)| *s == Status::Vegan || *open),
            bare: None,
            plant: status == Status::Vegan && things.iter().any(|c| c.kind == Kind::Plant && c.policy.is_none()),
        }
    }

    /// No thing is left: only words, or only what is said to be absent.
    fn nothing(self, named: usize) -> Finding<'a> {
        let mut finding = Finding::unknown();
        if self.unknown || named == 0 {
            return finding;
        }
        if !self.absent.is_empty() {
            finding.status = Status::Vegan;
            finding.by = Some(DecidedBy::LabelText);
            finding.how = Some(Match::Exact);
            return finding;
        }
        finding.bare = self.bare;
        finding
    }
}

/// The less sure of two ways of matching.
trait LessSure {
    fn max_how(self, other: Match) -> Option<Match>;
}

impl LessSure for Option<Match> {
    fn max_how(self, other: Match) -> Option<Match> {
        let order = |how: Match| match how {
            Match::Exact => 0,
            Match::Inflected => 1,
            Match::Compound => 2,
            Match::Fuzzy => 3,
            Match::Model => 4,
        };
        match self {
            Some(known) if order(known) >= order(other) => Some(known),
            _ => Some(other),
        }
    }
}

/// The animal words of a running text, as written: listed names of four letters or more, not guessed, not denied.
pub(super) fn animals(know: Knowledge<'_>, text: &str) -> Vec<String> {
    let words = tokens(text);
    let mut found: Vec<String> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let (length, here) = piece_at(know, &words[at..]);
        let sure = here.iter().all(|piece| matches!(piece.how, Match::Exact | Match::Inflected | Match::Compound));
        let animal = decide(know.policies, &here).status == Status::NonVegan;
        let (start, end) = (words[at].start, words[at + length - 1].end);
        let written = &text[start..end];
        if animal && sure && written.chars().count() >= 4 && !found.iter().any(|known| known == written) {
            found.push(written.to_owned());
        }
        at += length;
    }
    found
}
