//! Sentences for people, in every language we answer in.

use std::collections::HashMap;

use crate::domain::Language;

/// All sentences by their key.
#[derive(Debug)]
pub(super) struct Sayings(HashMap<&'static str, Vec<&'static str>>);

impl Sayings {
    /// Loads the data shipped with the program.
    pub fn load() -> Self {
        let rows = include_str!("sayings.psv").lines().filter(|line| !line.starts_with('#'));
        Self(rows.filter_map(|row| row.split_once('|')).map(|(key, rest)| (key.trim(), cells(rest))).collect())
    }

    /// A sentence as it stands.
    pub fn say(&self, key: &str, language: Language) -> &'static str {
        self.0.get(key).and_then(|cells| cells.get(language.answer().place())).copied().unwrap_or_default()
    }

    /// A sentence with its places filled. Names come from labels and are put in as they are, never read as a pattern.
    pub fn fill(&self, key: &str, language: Language, name: &str, what: &str) -> String {
        let mut out = String::new();
        for (place, piece) in self.say(key, language).split('{').enumerate() {
            match piece.split_once('}') {
                Some(("name" | "names", rest)) if place > 0 => out.extend([name, rest]),
                Some(("what", rest)) if place > 0 => out.extend([what, rest]),
                _ => out.push_str(piece),
            }
        }
        out
    }
}

fn cells(row: &'static str) -> Vec<&'static str> {
    row.split('|').map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_exists_in_every_language() {
        for (key, cells) in Sayings::load().0 {
            assert_eq!(cells.len(), 6, "{key}");
            assert!(cells.iter().all(|cell| !cell.is_empty()), "{key}");
        }
    }

    #[test]
    fn a_name_with_braces_stays_a_name() {
        let said = Sayings::load().fill("is", Language::En, "{what}", "x");
        assert_eq!(said, "{what} is x.");
    }
}
