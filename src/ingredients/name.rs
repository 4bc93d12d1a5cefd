//! One written name to its pieces: E numbers, listed names of several words, words taken apart.

use super::config::Policies;
use super::lexicon::{Concept, Found, Kind, LONGEST_WORD, Languages, Lexicon, Seen, is_e_number};
use super::text::{SIGN, Token, fold, tokens};
use super::walk::{Finding, Piece, decide};
use crate::domain::{Match, Status};

/// What judging needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Knowledge<'a> {
    pub lexicon: &'a Lexicon,
    /// The words looked up so far.
    pub seen: &'a Seen<'a>,
    pub policies: &'a Policies,
    /// Of the label, as far as it could be told.
    pub languages: Languages,
}

/// Most words of one name: what is longer is no name, whatever words it holds.
pub(super) const MAX_WORDS: usize = 40;

/// Judges a name.
pub(super) fn judge<'a>(know: Knowledge<'a>, name: &str) -> Finding<'a> {
    let words = e_numbers(tokens(name));
    if words.len() > MAX_WORDS {
        return Finding::unknown();
    }
    let pieces = pieces(know, &words);
    let finding = decide(know, &words, &pieces);
    match finding.status {
        Status::Unknown if finding.bare.is_none() => mended(know, &words, &pieces).unwrap_or(finding),
        // An animal seen only despite reading errors, in what is sooner a listed vegan name misread: nobody knows.
        Status::NonVegan if finding.how == Some(Match::Fuzzy) && nearly_vegan(know, &words) => Finding::unknown(),
        // Words that were derived, in what is sooner the name of an animal thing with a letter misread.
        Status::Vegan if finding.how != Some(Match::Exact) && nearly_animal(know, &words) => Finding::unknown(),
        Status::Vegan | Status::NonVegan | Status::Uncertain | Status::Unknown => finding,
    }
}

/// Longest name, in bytes, that is looked up as one word.
const LONGEST_MENDED: usize = 48;

/// A name that is not known by its words, known as a whole: torn apart, run together, with letters misread. Not where
/// one of its words is of an animal or says what is absent.
fn mended<'a>(know: Knowledge<'a>, words: &[Token], pieces: &[Piece<'a>]) -> Option<Finding<'a>> {
    let harmless = |piece: &Piece<'_>| {
        piece.concept.is_none_or(|concept| match concept.kind.status() {
            Some(status) => status == Status::Vegan,
            None => matches!(concept.kind, Kind::Neutral | Kind::Form | Kind::Role | Kind::Link | Kind::From),
        })
    };
    let whole = squeezed(words).filter(|_| pieces.iter().all(harmless))?;
    let found = know.lexicon.guess(&whole, know.languages)?;
    let concept = found.parts.first().copied().filter(|concept| concept.kind.status().is_some())?;
    let piece = Piece { concept: Some(concept), how: Match::Fuzzy, at: 0, length: words.len() };
    Some(decide(know, words, &[piece]))
}

fn nearly_vegan(know: Knowledge<'_>, words: &[Token]) -> bool {
    let Some(whole) = squeezed(words) else { return false };
    let found = know.lexicon.guess(&whole, know.languages);
    found.is_some_and(|found| found.parts.iter().all(|concept| concept.kind.status() == Some(Status::Vegan)))
}

fn nearly_animal(know: Knowledge<'_>, words: &[Token]) -> bool {
    squeezed(words).is_some_and(|whole| know.lexicon.is_near_animal(&whole, know.languages))
}

fn squeezed(words: &[Token]) -> Option<String> {
    let whole: String = words.iter().map(|word| fold(&word.key)).collect();
    let short = whole.len() <= LONGEST_MENDED && !whole.contains(SIGN);
    (words.len() > 1 && short).then_some(whole)
}

/// The things that a name names, its own first.
pub(super) fn things<'a>(know: Knowledge<'a>, name: &str) -> Vec<&'a Concept> {
    let words = e_numbers(tokens(name));
    let found = if words.len() > MAX_WORDS { Vec::new() } else { pieces(know, &words) };
    found.into_iter().filter_map(|piece| piece.concept).filter(|concept| concept.kind.status().is_some()).collect()
}

/// Each word of a name and what it was found to be, for people.
pub(super) fn steps(know: Knowledge<'_>, name: &str) -> Vec<String> {
    let words = e_numbers(tokens(name));
    let pieces = if words.len() > MAX_WORDS { Vec::new() } else { pieces(know, &words) };
    let step = |piece: &Piece<'_>| {
        let written: Vec<&str> =
            words[piece.at..piece.at + piece.length].iter().map(|word| word.key.as_str()).collect();
        let meaning = piece
            .concept
            .map_or("unknown".to_owned(), |concept| format!("{} ({:?}), {:?}", concept.id(), concept.kind, piece.how));
        format!("{} -> {meaning}", written.join(" "))
    };
    pieces.iter().map(step).collect()
}

impl Knowledge<'_> {
    /// What a word is in a sentence, as listed.
    pub(super) fn kind(&self, key: &str) -> Option<Kind> {
        self.lexicon.exact(key, self.languages).map(|concept| concept.kind)
    }
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
    let mut found: Vec<Piece<'a>> = Vec::new();
    let mut role = false;
    let mut at = 0;
    while at < words.len() {
        let (length, here) = match class_member(know, &words[at..]).filter(|_| role) {
            Some(piece) => (1, vec![piece]),
            None => piece_at(know, &words[at..]),
        };
        role |= here.iter().any(|piece| piece.concept.is_some_and(|concept| concept.kind == Kind::Role));
        found.extend(here.into_iter().map(|piece| Piece { at, ..piece }));
        at += length;
    }
    found
}

/// A number of three or four digits behind the name of a class of additives is an E number.
fn class_member<'a>(know: Knowledge<'a>, words: &[Token]) -> Option<Piece<'a>> {
    let number = words.first().filter(|word| is_code(&word.key))?;
    let measured = words.get(1).is_some_and(|next| is_unit(&next.key));
    let concept = know.lexicon.exact(&format!("e{}", number.key), know.languages);
    (!measured).then_some(Piece { concept, how: Match::Exact, at: 0, length: 1 })
}

/// Whether a word is the bare number of an additive: `471`, `160c`.
pub(super) fn is_code(key: &str) -> bool {
    let digits = key.strip_suffix(|c| matches!(c, 'a'..='f')).unwrap_or(key);
    (3..=4).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit())
}

fn piece_at<'a>(know: Knowledge<'a>, words: &[Token]) -> (usize, Vec<Piece<'a>>) {
    let (lexicon, languages) = (know.lexicon, know.languages);
    let Some(word) = words.first() else { return (1, Vec::new()) };
    for length in (2..=lexicon.longest_from(&fold(&word.key)).min(words.len())).rev() {
        let key = words[..length].iter().map(|word| word.key.as_str()).collect::<Vec<_>>().join(" ");
        if let Some(found) = lexicon.phrase(&key, languages) {
            return (length, known(&found, length));
        }
    }
    if let Some(concept) = split_by_space(know, words) {
        return (2, vec![Piece { concept: Some(concept), how: Match::Compound, at: 0, length: 2 }]);
    }
    if let Some(found) = hanging(know, words) {
        return (1, known(&found, 1));
    }
    if is_e_number(&word.key) {
        let concept = lexicon.exact(&word.key, languages);
        return (1, vec![Piece { concept, how: Match::Exact, at: 0, length: 1 }]);
    }
    if word.key.chars().all(|c| c.is_ascii_digit()) || is_unit(&word.key) {
        return (1, Vec::new());
    }
    match lexicon.word(&word.key, languages, know.seen) {
        Some(found) => (1, known(&found, 1)),
        None => (1, vec![Piece { concept: None, how: Match::Exact, at: 0, length: 1 }]),
    }
}

fn known<'a>(found: &Found<'a>, length: usize) -> Vec<Piece<'a>> {
    found.parts.iter().map(|part| Piece { concept: Some(part), how: found.how, at: 0, length }).collect()
}

fn is_unit(key: &str) -> bool {
    matches!(
        key.trim_start_matches(|c: char| c.is_ascii_digit()),
        "g" | "kg" | "mg" | "µg" | "ml" | "cl" | "dl" | "kj" | "kcal"
    )
}

/// `mono- och diglycerider`, `palm- och rapsolja`: the hanging word borrows the end of the next one.
fn hanging<'a>(know: Knowledge<'a>, words: &[Token]) -> Option<Found<'a>> {
    let [word, link, next, ..] = words else { return None };
    if !word.dash || know.kind(&link.key) != Some(Kind::Link) || next.key.len() > LONGEST_WORD {
        return None;
    }
    let cuts = next.key.char_indices().map(|(at, _)| at).filter(|at| *at > 0);
    cuts.filter_map(|at| know.lexicon.phrase(&[word.key.as_str(), &next.key[at..]].concat(), know.languages)).next()
}

/// A listed word that was written or read with a space inside (`kokos mjölk`). Where its halves alone would be
/// animal and the whole is not, the two stay apart: a comma may have been lost.
fn split_by_space<'a>(know: Knowledge<'a>, words: &[Token]) -> Option<&'a Concept> {
    let [first, second, ..] = words else { return None };
    let listed = |key: &str| know.lexicon.exact(key, know.languages);
    let whole = listed(&[first.key.as_str(), &second.key].concat())?;
    let animal =
        |word: &Token| listed(&word.key).is_some_and(|concept| concept.kind.status() == Some(Status::NonVegan));
    let hidden = whole.kind.status() == Some(Status::Vegan) && (animal(first) || animal(second));
    // Two words that together only say how (`ver de`) are more likely two.
    (!hidden && whole.kind.status().is_some()).then_some(whole)
}

/// Shortest animal word that is looked for outside a list: `ägg` and `ost` count, two letters are mostly noise.
const SHORTEST_ANIMAL: usize = 3;

/// The animal words of a running text, as written: listed names, not guessed, not denied.
pub(super) fn animals(know: Knowledge<'_>, text: &str) -> Vec<String> {
    let words = tokens(text);
    let mut found: Vec<String> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let (length, here) = piece_at(know, &words[at..]);
        let sure = here.iter().all(|piece| matches!(piece.how, Match::Exact | Match::Inflected | Match::Compound));
        let animal = decide(know, &words[at..at + length], &here).status == Status::NonVegan;
        let (start, end) = (words[at].start, words[at + length - 1].end);
        let written = &text[start..end];
        if animal && sure && written.chars().count() >= SHORTEST_ANIMAL && !found.iter().any(|known| known == written) {
            found.push(written.to_owned());
        }
        at += length;
    }
    found
}
