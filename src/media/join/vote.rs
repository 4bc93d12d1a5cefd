//! Which reading of each word stands, which are noise, and how far the whole can be vouched for.

use super::Joined;
use super::merge::{LabelRow, Slot};
use super::rows::Reading;
use crate::domain::Legibility;

/// Below this, a reading that no other picture shares is noise more often than a word.
const LEAST_CONFIDENCE: u8 = 50;

/// A reading that several pictures share may be a little less certain each time.
const LEAST_SHARED_CONFIDENCE: u8 = 30;

/// Words read at least so well make up the confident text.
const CONFIDENT: u8 = 85;

/// What a reading of a word that may be cut counts, against one from inside a row.
const CUT_WEIGHT: f64 = 0.25;

/// Rows with fewer letters are marks, not text.
const LEAST_ROW_LETTERS: usize = 3;

/// A piece of a word stands at most so many places from the word.
const PIECE_REACH: usize = 2;

/// Running text has one size; titles are larger and footnotes smaller than this ratio.
const BODY_HEIGHT_RATIO: f64 = 1.5;

/// The winning reading of one slot.
struct Word<'a> {
    text: &'a str,
    letters: usize,
    confidence: u8,
    /// Some picture shows it clear of the edges.
    inside: bool,
}

impl Word<'_> {
    /// Amounts and their signs, which readers garble (`%` as `96`) and on which no verdict rests. Three digits may be what
    /// is left of an E-number.
    fn is_number(&self) -> bool {
        !self.text.chars().any(char::is_alphabetic) && self.letters < LEAST_ROW_LETTERS
    }
}

/// A row of which something was kept.
struct Kept<'a> {
    words: Vec<Word<'a>>,
    height: f64,
    /// A slot of several letters was dropped as noise.
    lost: bool,
}

impl Kept<'_> {
    fn letters(&self) -> usize {
        self.words.iter().map(|word| word.letters).sum()
    }

    fn text(&self, least: u8) -> String {
        let words: Vec<&str> =
            self.words.iter().filter(|word| word.confidence >= least).map(|word| word.text).collect();
        words.join(" ")
    }

    fn is_whole(&self) -> bool {
        let ends = [self.words.first(), self.words.last()];
        !self.lost
            && self.words.iter().all(|word| word.confidence >= CONFIDENT || word.is_number())
            && ends.into_iter().flatten().all(|word| word.inside)
    }
}

/// The text that the readings of `label` add up to.
pub(super) fn decide(label: &[LabelRow]) -> Joined {
    let rows: Vec<Kept> = label.iter().map(kept).filter(|row| row.letters() >= LEAST_ROW_LETTERS).collect();
    let text = |least| {
        let lines: Vec<String> = rows.iter().map(|row| row.text(least)).filter(|line| !line.is_empty()).collect();
        lines.join("\n")
    };
    Joined { text: text(0), confident_text: text(CONFIDENT), legibility: legibility(&rows) }
}

fn legibility(rows: &[Kept]) -> Legibility {
    let Some(body) = body_height(rows) else { return Legibility::None };
    let ratio = |row: &Kept| row.height.max(body) / row.height.min(body).max(1.0);
    let mut running = rows.iter().filter(|row| ratio(row) < BODY_HEIGHT_RATIO);
    if running.all(Kept::is_whole) { Legibility::Full } else { Legibility::Partial }
}

/// Letter height of the row in the middle when every row counts once a letter.
fn body_height(rows: &[Kept]) -> Option<f64> {
    let mut heights: Vec<f64> = rows.iter().flat_map(|row| std::iter::repeat_n(row.height, row.letters())).collect();
    heights.sort_by(f64::total_cmp);
    heights.get(heights.len() / 2).copied()
}

fn kept(row: &LabelRow) -> Kept<'_> {
    let mut kept = Kept { words: Vec::new(), height: row.height, lost: false };
    let mut before: Option<&Slot> = None;
    let mut noise = false;
    for (index, slot) in row.slots.iter().enumerate() {
        let near = &row.slots[index.saturating_sub(PIECE_REACH)..row.slots.len().min(index + PIECE_REACH + 1)];
        let word = winner(slot);
        if near.iter().any(|other| is_piece_of(slot, other)) {
            continue;
        }
        if is_noise(slot, &word) {
            noise |= word.letters >= LEAST_ROW_LETTERS && !word.is_number();
            continue;
        }
        // Noise between two words that some picture shows side by side hides nothing.
        kept.lost |= noise && !before.is_some_and(|before| are_neighbours(before, slot));
        (noise, before) = (false, Some(slot));
        kept.words.push(word);
    }
    kept.lost |= noise;
    kept
}

fn are_neighbours(left: &Slot, right: &Slot) -> bool {
    let seen = |before: &[char]| left.readings.iter().any(|reading| reading.letters == before);
    right.readings.iter().filter_map(|reading| reading.after.as_deref()).any(seen)
}

fn is_noise(slot: &Slot, word: &Word) -> bool {
    let alone = slot.readings.len() == 1;
    let at_end = slot.readings.iter().all(|reading| reading.is_first || reading.is_last);
    let least = match word.letters {
        0..LEAST_ROW_LETTERS if alone && at_end => CONFIDENT,
        _ if alone => LEAST_CONFIDENCE,
        _ => LEAST_SHARED_CONFIDENCE,
    };
    word.confidence < least
}

/// What is left of a word where its row goes out of sight (`okosfling`), or where the reader split it (`or,`), is no
/// word of its own when another picture has the whole word there.
fn is_piece_of(slot: &Slot, other: &Slot) -> bool {
    let is_piece = |piece: &Reading| other.readings.iter().any(|whole| is_end_of(piece, whole));
    other.readings.len() >= slot.readings.len() && slot.readings.iter().all(is_piece)
}

fn is_end_of(piece: &Reading, whole: &Reading) -> bool {
    let (part, word) = (&piece.letters, &whole.letters);
    let at_end = piece.is_first || piece.is_last;
    let split = part.len() <= LEAST_ROW_LETTERS && (word.starts_with(part) || word.ends_with(part));
    let cut = at_end && part.len() >= LEAST_ROW_LETTERS && word.windows(part.len()).any(|window| window == &part[..]);
    !part.is_empty() && word.len() > part.len() && whole.confidence >= LEAST_CONFIDENCE && (split || cut)
}

/// The text that most confidence speaks for.
fn winner(slot: &Slot) -> Word<'_> {
    let weight = |text: &str| -> f64 {
        slot.readings.iter().filter(|other| other.text == text).map(|reading| trust(reading, slot)).sum()
    };
    let best = slot.readings.iter().max_by(|a, b| weight(&a.text).total_cmp(&weight(&b.text)));
    let text = best.map_or("", |reading| reading.text.as_str());
    let same = || slot.readings.iter().filter(|reading| reading.text == text);
    Word {
        text,
        letters: best.map_or(0, |reading| reading.letters.len()),
        confidence: same().map(|reading| reading.confidence).max().unwrap_or(0),
        inside: same().any(|reading| !reading.at_edge),
    }
}

fn trust(reading: &Reading, slot: &Slot) -> f64 {
    let share = f64::from(reading.confidence) / 100.0;
    let cut = slot.readings.iter().any(|other| other.confidence >= LEAST_CONFIDENCE && reading.is_cut_from(other));
    share * share * if cut || reading.at_edge { CUT_WEIGHT } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(readings: &[(&str, u8)]) -> Slot {
        Slot { readings: readings.iter().map(|&(text, confidence)| Reading::new(text, confidence)).collect() }
    }

    fn decided(slots: Vec<Slot>) -> Joined {
        decide(&[LabelRow { slots, height: 20.0 }])
    }

    #[test]
    fn agreement_beats_one_confident_slip() {
        assert_eq!(decided(vec![slot(&[("GRÄDDE", 80), ("GRADDE", 90), ("GRÄDDE", 82)])]).text, "GRÄDDE");
    }

    #[test]
    fn a_cut_reading_gives_way_to_a_whole_one() {
        let cut = Reading { is_last: true, ..Reading::new("HAVREFL", 95) };
        let whole = Reading::new("HAVREFLINGOR", 70);
        assert_eq!(decided(vec![Slot { readings: vec![cut, whole] }]).text, "HAVREFLINGOR");
    }

    #[test]
    fn a_piece_of_the_word_beside_it_is_no_word() {
        let slots =
            vec![slot(&[("kokosflingor,", 92), ("kokosflingor,", 90)]), slot(&[("or,", 95)]), slot(&[("salt", 95)])];
        assert_eq!(decided(slots).text, "kokosflingor, salt");
    }

    #[test]
    fn a_title_in_large_letters_does_not_spoil_the_list() {
        let title = LabelRow { slots: vec![slot(&[("SOPPA", 60)])], height: 60.0 };
        let list = LabelRow { slots: vec![slot(&[("Ingredienser:", 95)]), slot(&[("vatten.", 95)])], height: 20.0 };
        assert_eq!(decide(&[title, list]).legibility, Legibility::Full);
    }

    #[test]
    fn doubtful_words_stay_out_of_the_confident_text() {
        let joined = decided(vec![slot(&[("vatten,", 95)]), slot(&[("socker", 70)])]);
        assert_eq!((joined.text.as_str(), joined.confident_text.as_str()), ("vatten, socker", "vatten,"));
        assert_eq!(joined.legibility, Legibility::Partial);
    }
}
