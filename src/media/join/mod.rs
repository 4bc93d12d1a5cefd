//! The text of several pictures of one label as one text.
//!
//! A turning can shows a part of each row in each picture, and the words at its edges are squeezed, cut or garbled.
//! Every picture's words are first set in rows (`rows`); the rows of one picture after the other are then laid over
//! those already known, words over alike words, order kept (`merge`); last, each place takes the reading that its
//! pictures trust most (`vote`). Nothing here knows what a word means, and nothing is made up: a word that no picture
//! read well is left out and the hint says so.

mod align;
mod merge;
mod rows;
mod vote;

use crate::domain::Legibility;
use crate::ocr::Page;

/// One text from several pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// Every word that was read with some confidence, a line for each row of the label, in reading order.
    pub text: String,
    /// The same text without the words that were not read well: a second, stricter reading.
    pub confident_text: String,
    /// What the joining itself can vouch for. [`Legibility::Full`] means that no row of running text was seen cut,
    /// squeezed at an end, or with a word that no picture read well.
    pub legibility: Legibility,
}

/// Joins `pages`, pictures of one label in any number and order; those of a clip best in the order of time.
#[must_use]
pub fn join(pages: &[Page]) -> Joined {
    let mut label = Vec::new();
    for page in pages {
        merge::lay_over(&mut label, rows::of(page));
    }
    vote::decide(&label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::{Line, Word};

    /// A page whose rows are given as `left: word word …`, each letter ten pixels wide, a `?` marking a poor reading.
    fn page(rows: &[(u32, &str)]) -> Page {
        let line = |(row, (left, text)): (usize, &(u32, &str))| {
            let mut left = *left;
            let words = text.split(' ').map(|text| {
                let confidence = if text.ends_with('?') { 20 } else { 92 };
                let text = text.trim_end_matches('?').to_owned();
                let width = 10 * u32::try_from(text.chars().count()).unwrap();
                let word =
                    Word { text, confidence, left, top: 100 + 40 * u32::try_from(row).unwrap(), width, height: 20 };
                left += width + 10;
                word
            });
            Line { words: words.collect() }
        };
        Page { width: 1000, height: 1000, lines: rows.iter().enumerate().map(line).collect() }
    }

    #[test]
    fn parts_of_rows_seen_in_turn_become_whole_rows() {
        let joined = join(&[
            page(&[(300, "Ingredienser: Vatten, tom?"), (300, "lök, rapsolja, soc?")]),
            page(&[(300, "dienser: Vatten, tomater, GRÄDDE"), (300, "lök, rapsolja, socker, salt,")]),
            page(&[(300, "tomater, GRÄDDE (8 %),"), (300, "socker, salt, vitlök.")]),
        ]);
        assert_eq!(joined.text, "Ingredienser: Vatten, tomater, GRÄDDE (8 %),\nlök, rapsolja, socker, salt, vitlök.");
    }

    #[test]
    fn a_word_that_one_picture_alone_read_well_is_kept() {
        let joined = join(&[
            page(&[(300, "Vatten, tomater, GRA?"), (300, "lök, salt.")]),
            page(&[(300, "Vatten, tomater, GRÄDDE (8 %)"), (300, "lök, salt.")]),
            page(&[(300, "Vatten, tomater, ORNDUF?"), (300, "lök, salt.")]),
        ]);
        assert_eq!(joined.confident_text, "Vatten, tomater, GRÄDDE (8 %)\nlök, salt.");
    }

    #[test]
    fn pictures_in_another_order_give_the_same_words() {
        let left = page(&[(300, "Ingredienser: Vatten, tomater,"), (300, "lök, rapsolja, socker,")]);
        let right = page(&[(300, "tomater, GRÄDDE"), (300, "socker, salt.")]);
        let whole = "Ingredienser: Vatten, tomater, GRÄDDE\nlök, rapsolja, socker, salt.";
        assert_eq!(join(&[left.clone(), right.clone()]).text, whole);
        assert_eq!(join(&[right, left]).text, whole);
    }

    #[test]
    fn one_clean_picture_is_its_own_text_and_whole() {
        let joined = join(&[page(&[(300, "Ingredienser: havre, vatten,"), (300, "rapsolja, salt.")])]);
        assert_eq!(joined.text, "Ingredienser: havre, vatten,\nrapsolja, salt.");
        assert_eq!(joined.legibility, Legibility::Full);
    }

    #[test]
    fn a_row_that_leaves_the_picture_is_not_called_whole() {
        let joined = join(&[page(&[(850, "Vatten, socker, sal"), (300, "rapsolja, salt.")])]);
        assert_eq!(joined.legibility, Legibility::Partial);
    }

    #[test]
    fn a_word_that_nobody_read_well_is_left_out_and_told() {
        let joined = join(&[page(&[(300, "Vatten, GNÅDBO? salt,"), (300, "rapsolja, lök.")])]);
        assert_eq!(joined.text, "Vatten, salt,\nrapsolja, lök.");
        assert_eq!(joined.legibility, Legibility::Partial);
    }

    #[test]
    fn noise_between_words_seen_side_by_side_hides_nothing() {
        let clean = page(&[(300, "Ingredienser: Vatten, tomater, salt.")]);
        let noisy = page(&[(300, "Ingredienser: Vatten, GNÅDBO? tomater, salt.")]);
        assert_eq!(join(&[clean, noisy.clone()]).legibility, Legibility::Full);
        assert_eq!(join(&[noisy.clone(), noisy]).legibility, Legibility::Partial);
    }

    #[test]
    fn a_hyphen_at_the_end_of_a_row_is_kept() {
        let joined = join(&[page(&[(300, "Vatten, socker, maltodex-"), (300, "trin, salt.")])]);
        assert_eq!(joined.text, "Vatten, socker, maltodex-\ntrin, salt.");
    }

    #[test]
    fn pictures_without_words_have_no_text() {
        let none = Joined { text: String::new(), confident_text: String::new(), legibility: Legibility::None };
        assert_eq!(join(&[page(&[]), page(&[(300, "|||?")])]), none);
        assert_eq!(join(&[]), none);
    }
}
