//! The text of several pictures of one label as one text.
//!
//! A turning can shows a part of each row in each picture, and the words at its edges are squeezed, cut or garbled.
//! Every picture's words are first set in rows (`rows`); the rows of one picture after the other are then laid over
//! those already known, where they stand (`place`) and words over alike words, order kept (`merge`); places where some picture shows that nothing is
//! printed are dropped (`evidence`), each other place takes the reading that its pictures trust most (`vote`), and the
//! whole is vouched for or not (`whole`). Nothing here knows what a word means, and nothing is made up: a word that no
//! picture read well is left out and the hint says so.

mod align;
mod evidence;
mod merge;
mod percent;
mod place;
mod rows;
mod vote;
mod whole;

use crate::domain::Legibility;
use crate::ocr::Page;

/// One text from several pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// Every word that was read with some confidence, a line for each row of the label, in reading order.
    pub text: String,
    /// The words of it that were read well, after those that some picture read well and the text lacks, a sentence
    /// each: a second reading, from which no word that was seen clearly is missing.
    pub confident_text: String,
    /// What the joining itself can vouch for. [`Legibility::Full`] means that every row of running text was seen from
    /// bare paper to bare paper, word beside word and row under row, and that all its words were read well.
    pub legibility: Legibility,
}

/// Joins `pages`, pictures of one label in any number and order.
#[must_use]
pub fn join(pages: &[Page]) -> Joined {
    let label = merge::label_of(pages.iter().enumerate().map(|(number, page)| rows::of(page, number)).collect());
    let rows = vote::rows(&label);
    let lines = |least| rows.iter().map(move |row| row.text(least)).filter(|line| !line.is_empty());
    let text = lines(0).collect::<Vec<_>>().join("\n");
    // A sentence each, and first, so that none of them is taken for part of a sentence of the label.
    let others = vote::left_over(&label, &text).into_iter().map(|word| format!("{word}."));
    let confident_text = others.chain(lines(vote::CONFIDENT)).collect::<Vec<_>>().join("\n");
    Joined { text, confident_text, legibility: whole::legibility(&rows) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::{Line, Word};

    /// A page whose rows are given as `left: word word …`, each letter ten pixels wide, bare paper around them or, at a `…`,
    /// more of the row; a `?` marks a poor reading, a `~` a fair one, and an empty row one that was not read.
    fn page(rows: &[(u32, &str)]) -> Page {
        let line = |(row, (left, text)): (usize, &(u32, &str))| {
            let mut left = *left;
            let words = text.trim_matches('…').split_whitespace().map(|text| {
                let confidence = if text.ends_with('?') {
                    20
                } else if text.ends_with('~') {
                    70
                } else {
                    92
                };
                let text = text.trim_end_matches(['?', '~']).to_owned();
                let width = 10 * u32::try_from(text.chars().count()).unwrap();
                let top = 100 + 40 * u32::try_from(row).unwrap();
                let word = Word { text, confidence, left, top, width, height: 20, bare_below: 20, ..Word::default() };
                left += width + 10;
                word
            });
            let mut words: Vec<Word> = words.collect();
            if let Some(first) = words.first_mut().filter(|_| !text.starts_with('…')) {
                first.bare_before = first.left.min(60);
            }
            if let Some(last) = words.last_mut().filter(|_| !text.ends_with('…')) {
                last.bare_after = 1000_u32.saturating_sub(last.left + last.width).min(60);
            }
            Line { words }
        };
        let lines = rows.iter().enumerate().map(line).filter(|line| !line.words.is_empty()).collect();
        Page { width: 1000, height: 1000, lines }
    }

    #[test]
    fn parts_of_rows_seen_in_turn_become_whole_rows() {
        let joined = join(&[
            page(&[(300, "Ingredienser: Vatten, tom?…"), (300, "lök, rapsolja, soc?…")]),
            page(&[(300, "…dienser: Vatten, tomater, GRÄDDE…"), (300, "lök, rapsolja, socker, salt,…")]),
            page(&[(300, "…tomater, GRÄDDE (8 %),"), (300, "…socker, salt, vitlök.")]),
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
        let left = page(&[(300, "Ingredienser: Vatten, tomater,…"), (300, "lök, rapsolja, socker,…")]);
        let right = page(&[(300, "…tomater, GRÄDDE"), (300, "…socker, salt.")]);
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
    fn what_one_picture_reads_where_others_show_no_room_is_dropped() {
        let clean = page(&[(300, "Ingredienser: Vatten, tomater,"), (300, "potatis, salt.")]);
        let noisy = page(&[(270, "j~ Ingredienser: Vatten, tomater, ini~"), (280, "9~ potatis, lll~ salt.")]);
        let joined = join(&[clean.clone(), noisy, clean]);
        assert_eq!(joined.text, "Ingredienser: Vatten, tomater,\npotatis, salt.");
        assert_eq!(joined.legibility, Legibility::Full);
    }

    #[test]
    fn a_word_that_was_dropped_or_outvoted_survives_in_the_confident_text() {
        let without = page(&[(300, "Ingredienser: Vatten, salt, lök.")]);
        let dropped = page(&[(300, "Ingredienser: Vatten, vassle,~ salt, lök.")]);
        let joined = join(&[without.clone(), dropped, without.clone()]);
        assert_eq!(joined.text, "Ingredienser: Vatten, salt, lök.");
        assert!(joined.confident_text.contains("vassle"), "{}", joined.confident_text);
        let outvoted = page(&[(300, "Ingredienser: Vatten, malt,~ lök.")]);
        let joined = join(&[without.clone(), outvoted, without]);
        assert!(joined.confident_text.contains("malt"), "{}", joined.confident_text);
    }

    #[test]
    fn a_word_that_is_dropped_though_a_picture_was_sure_of_it_is_told() {
        let without = page(&[(300, "Ingredienser: Vatten, salt, lök.")]);
        let with = page(&[(300, "Ingredienser: Vatten, vassle, salt, lök.")]);
        assert_eq!(join(&[without.clone(), with, without]).legibility, Legibility::Partial);
    }

    #[test]
    fn room_for_a_word_that_nobody_read_is_told() {
        let mut gap = page(&[(300, "Ingredienser: Vatten, salt, lök.")]);
        assert_eq!(join(&[gap.clone()]).legibility, Legibility::Full);
        gap.lines[0].words[3].left += 50;
        assert_eq!(join(&[gap]).legibility, Legibility::Partial);
    }

    #[test]
    fn room_for_a_row_that_nobody_read_is_told() {
        let rows = [(300, "Ingredienser: Vatten, salt,"), (300, ""), (300, "rapsolja, lök.")];
        assert_eq!(join(&[page(&rows)]).legibility, Legibility::Partial);
    }

    #[test]
    fn ink_after_the_last_word_that_was_read_is_told() {
        let mut cut = page(&[(300, "Ingredienser: Vatten, salt, lök.")]);
        cut.lines[0].words[3].bare_after = 10;
        assert_eq!(join(&[cut]).legibility, Legibility::Partial);
    }

    #[test]
    fn little_paper_is_enough_where_all_rows_have_it() {
        let rows = [(300, "Ingredienser: Vatten, tomater,"), (300, "lök, rapsolja, potatis, salt.")];
        let mut near = page(&rows);
        for line in &mut near.lines {
            (line.words[0].bare_before, line.words.last_mut().unwrap().bare_after) = (25, 35);
        }
        assert_eq!(join(&[near.clone()]).legibility, Legibility::Full);
        near.lines[1].words[0].bare_before = 15;
        assert_eq!(join(&[near.clone()]).legibility, Legibility::Partial, "one of them may go on");
        near.lines.pop();
        assert_eq!(join(&[near]).legibility, Legibility::Partial, "one row alone shows no margin");
    }

    #[test]
    fn an_outer_column_of_print_leaves_no_margin() {
        let mut near = page(&[(300, "Ingredienser: Vatten, tomater,"), (300, "lök, rapsolja, salt."), (900, "Energi")]);
        for line in &mut near.lines[..2] {
            line.words.last_mut().unwrap().bare_after = 25;
        }
        assert_eq!(join(&[near]).legibility, Legibility::Partial);
    }

    #[test]
    fn a_narrow_word_makes_no_wide_gap() {
        let mut narrow = page(&[(300, "förvaras i kylskåp högst dagar.")]);
        let words = &mut narrow.lines[0].words;
        words[1].width = 3;
        words[2..].iter_mut().for_each(|word| word.left -= 7);
        assert_eq!(join(&[narrow]).legibility, Legibility::Full);
    }

    #[test]
    fn a_short_row_that_two_pictures_show_is_one_row() {
        let one = page(&[(300, "Ingredienser: Vatten, rapsolja,"), (300, "salt.")]);
        let joined = join(&[one.clone(), one]);
        assert_eq!(joined.text, "Ingredienser: Vatten, rapsolja,\nsalt.");
        assert_eq!(joined.legibility, Legibility::Full);
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
