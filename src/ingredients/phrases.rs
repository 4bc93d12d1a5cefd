//! The phrases that divide a label: headings, ends of the list, traces, statements. Found despite reading errors.

use std::collections::HashMap;

use super::text::{Token, apart, fold, letter_set, may_be_near, shape, tokens};

/// What a phrase announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Announces {
    /// An ingredient list.
    Heading,
    /// An ingredient list, if a colon and no number follows.
    Weak,
    /// An ingredient list in a language that is not ours.
    OtherHeading,
    /// What may be in it by accident.
    Trace,
    /// What is in it, outside the list.
    Contains,
    /// Advice to people with allergies: after a colon often what is in it.
    Advice,
    /// What is not in it.
    Absence,
    /// Advice, addresses, numbers: the list is over.
    Stop,
}

impl Announces {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "heading" => Self::Heading,
            "weak" => Self::Weak,
            "other" => Self::OtherHeading,
            "trace" => Self::Trace,
            "contains" => Self::Contains,
            "advice" => Self::Advice,
            "absence" => Self::Absence,
            "stop" => Self::Stop,
            _ => return None,
        })
    }
}

/// A phrase found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub announces: Announces,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// All phrases, by the shape of their first letter.
#[derive(Debug)]
pub(super) struct Phrases {
    by_letter: HashMap<char, Vec<(Vec<Shape>, Announces)>>,
}

/// A word as a reader may take it, and what rules most others out before they are compared.
#[derive(Debug, Clone)]
struct Shape {
    text: String,
    set: u32,
}

impl Shape {
    fn of(word: &str) -> Self {
        let text = shape(&fold(word));
        Self { set: letter_set(&text), text }
    }
}

impl Phrases {
    /// Loads the data shipped with the program.
    pub fn load() -> Self {
        let mut by_letter: HashMap<char, Vec<_>> = HashMap::new();
        for line in include_str!("phrases.psv").lines().filter(|line| !line.starts_with('#')) {
            let Some((kind, names)) = line.split_once('|') else { continue };
            let Some(announces) = Announces::parse(kind.trim()) else { continue };
            for name in names.split(',') {
                let words: Vec<Shape> = tokens(name).iter().map(|token| Shape::of(&token.key)).collect();
                for first in first_letters(&words) {
                    by_letter.entry(first).or_default().push((words.clone(), announces));
                }
            }
        }
        Self { by_letter }
    }

    /// The phrases of a text, longest first where they overlap, in order.
    pub fn find(&self, text: &str, words: &[Token]) -> Vec<Hit> {
        let shapes: Vec<Shape> = words.iter().map(|token| Shape::of(&token.key)).collect();
        let mut hits: Vec<Hit> = Vec::new();
        let mut at = 0;
        while at < words.len() {
            match self.longest(text, words, &shapes, at) {
                Some((length, announces)) => {
                    hits.push(Hit { announces, start: words[at].start, end: words[at + length - 1].end });
                    at += length;
                }
                None => at += 1,
            }
        }
        hits
    }

    fn longest(&self, text: &str, words: &[Token], shapes: &[Shape], at: usize) -> Option<(usize, Announces)> {
        let first = shapes[at].text.chars().next()?;
        let fits = |phrase: &[Shape]| {
            shapes[at..].len() >= phrase.len()
                && shapes[at..].iter().zip(phrase).all(|(word, wanted)| alike(word, wanted))
        };
        self.by_letter
            .get(&first)?
            .iter()
            .filter(|(phrase, announces)| fits(phrase) && placed(text, words, at, phrase.len(), *announces))
            .map(|(phrase, announces)| (phrase.len(), *announces))
            .max_by_key(|(length, announces)| (*length, std::cmp::Reverse(*announces)))
    }
}

/// Letters that a phrase may begin with: readers lose the thin first stroke of `Ingredienser`.
fn first_letters(words: &[Shape]) -> Vec<char> {
    let letters = words.first().map_or_else(Vec::new, |word| word.text.chars().collect());
    let taken = if letters.len() >= LONG_WORD { 2 } else { 1 };
    letters.into_iter().take(taken).collect()
}

/// Letters of a word that is known even with two of them misread.
const LONG_WORD: usize = 10;

/// Equal, or off by a letter in a longer word.
fn alike(word: &Shape, wanted: &Shape) -> bool {
    let allowed = match wanted.text.len() {
        0..=5 => 0,
        6..LONG_WORD => 1,
        _ => 2,
    };
    word.text == wanted.text
        || (allowed > 0
            && may_be_near(word.set, wanted.set, allowed)
            && apart(word.text.as_bytes(), wanted.text.as_bytes(), allowed).is_some())
}

/// Words that follow a heading's word only inside a sentence about ingredients.
const NOT_A_HEADING: [&str; 12] = ["av", "från", "fran", "in", "from", "of", "with", "som", "med", "aus", "fra", "are"];

/// Whether a phrase stands where it can announce what it announces.
fn placed(text: &str, words: &[Token], at: usize, length: usize, announces: Announces) -> bool {
    let before = text[..words[at].start].trim_end_matches([' ', '*', '"', '\'']);
    let after = text[words[at + length - 1].end..].trim_start_matches(' ');
    let opens = before.is_empty() || before.ends_with(['.', '\n', '!', ':', ')', ']', '•', '|', '/', ';', '-', '?']);
    let colon = after.chars().take(6).any(|c| c == ':') && !after.starts_with(',');
    match announces {
        Announces::Heading | Announces::OtherHeading => {
            let sentence = words.get(at + length).is_some_and(|next| NOT_A_HEADING.contains(&next.key.as_str()));
            colon || (opens && !sentence)
        }
        Announces::Weak => colon && !after.trim_start_matches([':', ' ']).starts_with(|c: char| c.is_ascii_digit()),
        Announces::Contains => opens || before.ends_with(','),
        Announces::Stop | Announces::Advice | Announces::Absence => opens,
        Announces::Trace => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_found_though_its_thin_first_letter_was_lost() {
        let found = |text: &str| Phrases::load().find(text, &tokens(text)).first().map(|hit| hit.announces);
        assert_eq!(found("ngredienser: Vatten, salt."), Some(Announces::Heading));
        assert_eq!(found("redienser: Vatten, salt."), None);
    }
}
