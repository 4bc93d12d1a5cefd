//! From a written word to concepts: as listed, inflected, without accents, taken apart, and despite reading errors.

use super::index::{Found, Lexicon, Seen, caution};
use super::languages::Languages;
use super::{Concept, Kind};
use crate::domain::{Language, Match, Status};
use crate::ingredients::text::fold;

/// Longest word that is taken apart, in bytes: longer ones are noise.
pub(in crate::ingredients) const LONGEST_WORD: usize = 64;
/// Bytes of a class of additives that is known without its accents.
const LONG_ROLE: usize = 8;
/// Letters that may stand between the parts of a compound.
const JOINTS: [&str; 8] = ["", "s", "e", "n", "o", "en", "es", "er"];
/// Languages that write compounds as one word.
const COMPOUNDING: [Language; 6] = [Language::Sv, Language::No, Language::Da, Language::De, Language::Fi, Language::Nl];

/// Endings of nouns and adjectives, longest first.
fn endings(language: Language) -> &'static [&'static str] {
    match language {
        Language::Sv => &[
            "ernas", "arnas", "ornas", "erna", "arna", "orna", "ens", "ets", "ns", "en", "et", "er", "ar", "or", "na",
            "ta", "n", "t", "s", "e", "a", "r",
        ],
        Language::No | Language::Da => {
            &["ernes", "enes", "erne", "ene", "ens", "ets", "en", "et", "er", "ne", "es", "n", "t", "s", "e", "a", "r"]
        }
        Language::De => &["ern", "en", "er", "es", "em", "e", "n", "s"],
        Language::En | Language::Es => &["es", "s"],
        Language::Fi => &[
            "ista", "istä", "ssa", "ssä", "sta", "stä", "lla", "llä", "tta", "ttä", "ta", "tä", "ja", "jä", "ia", "iä",
            "en", "in", "t", "n", "a", "ä",
        ],
        Language::Fr => &["es", "s", "x", "e"],
        Language::It => &["i", "e", "a", "o"],
        Language::Nl => &["jes", "tjes", "en", "je", "s", "n", "e", "'s"],
        Language::Pl => &["ów", "owy", "owa", "owe", "ego", "ej", "em", "ą", "ę", "a", "e", "i", "u", "y"],
    }
}

/// What a stem may have lost before its ending: `ärtor` is `ärta`, `bønner` is `bønne`, `salse` is `salsa`.
fn lost(language: Language) -> &'static [&'static str] {
    match language {
        Language::Sv => &["a", "e"],
        Language::No | Language::Da | Language::De => &["e"],
        Language::It => &["a", "o", "e"],
        Language::Pl => &["a", "y"],
        Language::En | Language::Fi | Language::Fr | Language::Es | Language::Nl => &[],
    }
}

impl Lexicon {
    /// A name of one word or several, as listed or inflected or without its accents; not taken apart, not guessed.
    pub fn phrase(&self, key: &str, languages: Languages) -> Option<Found<'_>> {
        if let Some(concept) = self.exact(key, languages) {
            return Some(Found { parts: vec![concept], how: Match::Exact });
        }
        if let Some(concept) = self.inflected(key, languages).filter(|concept| self.stands(key, &[*concept], languages))
        {
            return Some(Found { parts: vec![concept], how: Match::Inflected });
        }
        let long_enough = key.chars().count() >= 4;
        let folded = long_enough.then(|| fold(key))?;
        let listed = self.unaccented(&folded, languages.kin()).or_else(|| self.unaccented(&folded, Languages::ALL));
        let concept = listed.filter(|concept| self.stands(key, &[*concept], languages))?;
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
            .or_else(|| self.compound(key, languages).filter(|found| self.stands(key, &found.parts, languages)))
            .or_else(|| self.misread(key, languages))
            .or_else(|| self.guess(key, languages))
    }

    /// Whether a derived reading may stand: one towards vegan not where an animal's name is but one letter away
    /// (`mjölt` is sooner milk misread than flour inflected).
    fn stands(&self, key: &str, parts: &[&Concept], languages: Languages) -> bool {
        parts.iter().any(|part| is_animal(part)) || !self.is_near_animal(&fold(key), languages)
    }

    /// Whether an animal's name is but one letter away from a folded word.
    pub fn is_near_animal(&self, folded: &str, languages: Languages) -> bool {
        self.near(folded, 1, languages.kin()).any(|(_, concept)| is_animal(concept))
    }

    fn inflected(&self, key: &str, languages: Languages) -> Option<&Concept> {
        let kin = languages.kin();
        kin.iter().find_map(|language| {
            let only = Languages::only(language);
            endings(language).iter().find_map(|ending| {
                let stem = key.strip_suffix(ending)?;
                let letters = stem.chars().count();
                let whole = (letters >= 3).then(|| self.own(stem, only)).flatten();
                let mended = || lost(language).iter().find_map(|end| self.own(&[stem, end].concat(), only));
                whole.or_else(|| (letters >= 4).then(mended).flatten())
            })
        })
    }

    /// Takes a word apart into listed names with joints between; fewest parts first, then the most careful reading.
    fn compound(&self, key: &str, languages: Languages) -> Option<Found<'_>> {
        let kin = languages.kin();
        // In English, words are only run together by a reader's error: then each is long enough to be told.
        let least = if COMPOUNDING.iter().any(|language| kin.meets(Languages::only(*language))) { 3 } else { 4 };
        if !kin.meets(Languages::ANSWERS.with(Languages::only(Language::Nl))) || key.chars().count() < 2 * least {
            return None;
        }
        let mut best: Vec<Option<Vec<&Concept>>> = vec![None; key.len() + 1];
        let mut starts: Vec<usize> = vec![0];
        for end in key.char_indices().map(|(at, c)| at + c.len_utf8()) {
            for start in &starts {
                let Some(part) = self.part(key, (*start, end), least, kin) else { continue };
                let front = fronts(&best, &key[..*start]).reduce(|a, b| if better(b, a) { b } else { a });
                let Some(parts) = front.map(|front| [front, &[part]].concat()) else { continue };
                if best[end].as_ref().is_none_or(|known| better(&parts, known)) {
                    best[end] = Some(parts);
                }
            }
            if fronts(&best, &key[..end]).next().is_some() {
                starts.push(end);
            }
        }
        let parts = best.pop().flatten().filter(|parts| parts.len() > 1)?;
        Some(Found { parts, how: Match::Compound })
    }

    /// A part of a compound; the last one may be inflected.
    fn part(&self, key: &str, (start, end): (usize, usize), least: usize, kin: Languages) -> Option<&Concept> {
        let text = &key[start..end];
        let letters = text.chars().count();
        if letters < least && !matches!(text, "ål" | "ko" | "äg") {
            return None;
        }
        let concept = match self.own(text, kin) {
            None if end == key.len() && letters >= 5 => self.inflected(text, kin),
            // Swedish drops a final a in front of another part: rödbeta, rödbetskoncentrat.
            None if letters >= 5 && kin.meets(Languages::only(Language::Sv)) => self.own(&[text, "a"].concat(), kin),
            found => found,
        }?;
        let joins = !matches!(concept.kind, Kind::Link | Kind::From | Kind::Negation | Kind::Denial);
        joins.then_some(concept)
    }

    /// A listed word in which a reader took letters for digits or a pair for one letter: `M1LK`, `rnjölk`.
    fn misread(&self, key: &str, languages: Languages) -> Option<Found<'_>> {
        if key.chars().filter(|c| c.is_alphabetic()).count() < 3 {
            return None;
        }
        let readings = readings(&fold(key));
        let found = readings.iter().find_map(|reading| self.unaccented(reading, languages.kin()))?;
        let stands = found.kind.status().is_some() && self.stands(key, &[found], languages);
        stands.then(|| Found { parts: vec![found], how: Match::Fuzzy })
    }

    /// A word despite a reading error, never across a change of verdict: whatever else lies as near must agree.
    pub fn guess(&self, key: &str, languages: Languages) -> Option<Found<'_>> {
        let folded = fold(key);
        let allowed = match folded.chars().count() {
            0..=4 => return None,
            5..=8 => 1,
            _ => 2,
        };
        let near: Vec<(usize, &Concept)> = self.near(&folded, allowed + 1, languages.kin()).collect();
        let order = |(apart, concept): &&(usize, &Concept)| (*apart, u8::MAX - caution(concept.kind));
        let (apart, concept) = near.iter().min_by_key(order).copied()?;
        let status = concept.kind.status();
        // A guess towards vegan, or towards nothing, must keep one edit more of distance from all that is not.
        let margin = if matches!(status, Some(Status::Vegan) | None) { apart + 1 } else { apart };
        let agreed = near.iter().all(|(other, concept)| *other > margin || concept.kind.status() == status);
        (apart <= allowed && agreed).then(|| Found { parts: vec![concept], how: Match::Fuzzy })
    }
}

fn is_animal(concept: &Concept) -> bool {
    concept.kind.status() == Some(Status::NonVegan)
}

/// What a folded word may have been before it was misread; empty where nothing in it invites that.
fn readings(folded: &str) -> Vec<String> {
    let mut out = Vec::new();
    let bases = if folded.contains(|c: char| c.is_ascii_digit()) {
        let plain = digits_as_letters(folded);
        vec![plain.replace('1', "i"), plain.replace('1', "l")]
    } else {
        vec![folded.to_owned()]
    };
    for base in bases {
        for (seen, meant) in [("rn", "m"), ("vv", "w"), ("cl", "d"), ("ii", "u"), ("li", "h"), ("m", "rn")] {
            if base.contains(seen) {
                out.push(base.replace(seen, meant));
            }
        }
        if base != folded {
            out.push(base);
        }
    }
    out
}

fn digits_as_letters(word: &str) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '6' | '9' => 'g',
        '7' => 't',
        '8' => 'b',
        c => c,
    };
    word.chars().map(letter).collect()
}

/// The ways in which what stands before a part is taken apart already, with or without a joint at its end.
fn fronts<'b, 'a>(best: &'b [Option<Vec<&'a Concept>>], before: &'b str) -> impl Iterator<Item = &'b [&'a Concept]> {
    JOINTS.iter().filter_map(move |joint| {
        let front = before.strip_suffix(joint)?;
        match (front.len(), joint.is_empty()) {
            (0, true) => Some(&[] as &[&Concept]),
            (0, false) => None,
            (at, _) => best[at].as_deref(),
        }
    })
}

/// Fewer parts first; among equals the more careful.
fn better(parts: &[&Concept], known: &[&Concept]) -> bool {
    let weight = |parts: &[&Concept]| parts.iter().map(|part| caution(part.kind)).max();
    parts.len() < known.len() || (parts.len() == known.len() && weight(parts) > weight(known))
}
