//! How many of the printed words can be read off pictures.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::beside::Stills;
use super::media::PATIENCE;
use crate::domain::{Listener, Strategy, Upload};
use crate::media::{self, Pool};

/// Likeness from which a word that was read is the printed one; short words must be the same.
const ALIKE: f64 = 0.88;
const SHORT: usize = 4;

/// The words that are read off pictures, each by itself.
pub(super) async fn seen(pool: &Pool, stills: Stills) -> Result<BTreeSet<String>, media::Error> {
    let mut seen = BTreeSet::new();
    for still in stills {
        let alone = Upload { claimed: None, files: vec![still] };
        let until = Instant::now() + PATIENCE;
        let decoded = pool.prepare(&alone, Strategy::Frames, &Listener::default(), until).await?;
        let read = pool.read_text(&decoded, until).await?;
        seen.extend(words(&read.reading.label_text));
    }
    Ok(seen)
}

/// Words of three letters or more, and E-numbers.
pub(super) fn words(text: &str) -> BTreeSet<String> {
    let text = text.to_lowercase();
    let split = text.split(|letter: char| !letter.is_alphanumeric());
    let letters = |word: &str| word.chars().count() >= 3 && word.chars().all(char::is_alphabetic);
    let number = |word: &str| {
        word.strip_prefix('e').is_some_and(|rest| rest.len() >= 3 && rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    split.filter(|word| letters(word) || number(word)).map(str::to_owned).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred words")]
pub(super) fn readable(printed: &BTreeSet<String>, seen: &BTreeSet<String>) -> f64 {
    let alike =
        |word: &str, other: &str| word.chars().count() > SHORT && strsim::normalized_levenshtein(word, other) >= ALIKE;
    let found = |word: &&String| seen.contains(*word) || seen.iter().any(|other| alike(word, other));
    printed.iter().filter(found).count() as f64 / printed.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_once_and_misread_letters_of_long_ones_forgiven() {
        let printed = words("Vatten, GRÄDDE (9 %), salt, vatten, E471, ål.");
        assert_eq!(printed.iter().map(String::as_str).collect::<Vec<_>>(), ["e471", "grädde", "salt", "vatten"]);
        let share = |seen: &str| readable(&printed, &words(seen));
        assert!((share("vatten grädde salt E471") - 1.0).abs() < 1e-9);
        assert!((share("vatten grädde salta E471") - 0.75).abs() < 1e-9, "short words must be the same");
        assert!((share("") - 0.0).abs() < 1e-9);
        assert!((readable(&words("surhetsreglerande"), &words("surhetsreglerende")) - 1.0).abs() < 1e-9);
    }
}
