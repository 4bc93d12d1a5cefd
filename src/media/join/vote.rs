//! Which reading of each word stands, and which are noise.

use super::evidence::{nothing_at, side_by_side};
use super::merge::{LabelRow, Sighting, Slot};
use super::rows::{GOOD, Reading};

/// Below this, a reading that no other picture shares is noise more often than a word.
const LEAST_CONFIDENCE: u8 = 50;

/// A reading that several pictures share may be a little less certain each time.
const LEAST_SHARED_CONFIDENCE: u8 = 30;

/// Words read at least so well make up the confident text.
pub(super) const CONFIDENT: u8 = 85;

/// The same of a word that was read alike twice.
const CONFIDENT_TWICE: u8 = 50;

/// For each picture that is sure of a word, so many must speak against it.
const SURE_ODDS: usize = 2;

/// What a reading of a word that may be cut counts, against one from inside a row.
const CUT_WEIGHT: f64 = 0.25;

/// Rows with fewer letters are marks, not text.
pub(super) const LEAST_ROW_LETTERS: usize = 3;

/// A row of one word with at most so many letters is a word only if it was read well: bars and pictures look like it.
const MOST_MARK_LETTERS: usize = 4;

/// A piece of a word stands at most so many places from the word.
const PIECE_REACH: usize = 2;

/// The winning reading of one slot.
pub(super) struct Word<'a> {
    pub(super) slot: &'a Slot,
    pub(super) text: &'a str,
    letters: &'a [char],
    pub(super) confidence: u8,
}

impl Word<'_> {
    /// Amounts and their signs, which readers garble and on which no verdict rests. Three digits without a sign may be what is
    /// left of an E-number.
    pub(super) fn is_number(&self) -> bool {
        let is_short = self.letters.len() < LEAST_ROW_LETTERS || self.letters.ends_with(&['%']);
        is_short && !self.text.chars().any(char::is_alphabetic)
    }

    /// Longer than the marks that bars and rules are taken for.
    pub(super) fn is_long(&self) -> bool {
        self.letters.len() >= LEAST_ROW_LETTERS
    }

    /// Read well by one picture or by two alike, and seldom read well as another word.
    pub(super) fn is_sure(&self) -> bool {
        let alike = |least| {
            let same = self.slot.readings.iter().filter(|other| other.letters == self.letters);
            same.filter(|other| other.confidence >= least).count()
        };
        let is_rival = |other: &&Reading| {
            other.confidence >= CONFIDENT
                && !contains(self.letters, &other.letters)
                && !contains(&other.letters, self.letters)
        };
        let rivals = self.slot.readings.iter().filter(is_rival).count();
        (self.confidence >= CONFIDENT || alike(CONFIDENT_TWICE) >= 2)
            && (rivals == 0 || alike(CONFIDENT) >= SURE_ODDS * rivals)
    }
}

/// A row of which something was kept.
pub(super) struct Kept<'a> {
    pub(super) words: Vec<Word<'a>>,
    pub(super) sightings: &'a [Sighting],
    /// Something that may have been a word was dropped.
    pub(super) lost: bool,
}

impl Kept<'_> {
    pub(super) fn letters(&self) -> usize {
        self.words.iter().map(|word| word.letters.len()).sum()
    }

    /// Height of its letters where they stand most level, pixels: boxes of sloping words are too high.
    pub(super) fn height(&self) -> f64 {
        self.sightings.iter().map(|sighting| sighting.height).fold(f64::INFINITY, f64::min)
    }

    pub(super) fn text(&self, least: u8) -> String {
        let words: Vec<&str> =
            self.words.iter().filter(|word| word.confidence >= least).map(|word| word.text).collect();
        words.join(" ")
    }

    fn is_text(&self) -> bool {
        let is_mark = |word: &Word| word.letters.len() <= MOST_MARK_LETTERS && word.confidence < CONFIDENT;
        self.letters() >= LEAST_ROW_LETTERS && !(self.words.len() == 1 && self.words.iter().all(is_mark))
    }
}

/// The rows of `label` that hold text, each with the words that stand.
pub(super) fn rows(label: &[LabelRow]) -> Vec<Kept<'_>> {
    let is_new = |place: usize| !neighbours(label, place).any(|other| is_seen_again(&label[place], other));
    (0..label.len()).filter(|&place| is_new(place)).map(|place| kept(&label[place])).filter(Kept::is_text).collect()
}

/// The rows before and after a row.
fn neighbours(label: &[LabelRow], place: usize) -> impl Iterator<Item = &LabelRow> {
    [place.checked_sub(1), place.checked_add(1)].into_iter().flatten().filter_map(|other| label.get(other))
}

/// Whether `part` is the end of the row `whole` in other pictures, too short for the two to have been laid over each
/// other: it has no word that the row lacks, and no picture shows both.
fn is_seen_again(part: &LabelRow, whole: &LabelRow) -> bool {
    let apart = |sighting: &Sighting| whole.sightings.iter().all(|other| other.page != sighting.page);
    let stands = |reading: &Reading| {
        let mut others = whole.slots.iter().flat_map(|slot| &slot.readings);
        others.any(|other| other.letters == reading.letters || reading.is_cut_from(other))
    };
    part.slots.len() < whole.slots.len()
        && part.sightings.iter().all(apart)
        && part.slots.iter().flat_map(|slot| &slot.readings).all(stands)
}

/// Readings of words, good ones, that `text` lacks: of places that another reading won, and of places that were dropped.
pub(super) fn left_over<'a>(label: &'a [LabelRow], text: &str) -> Vec<&'a str> {
    let text: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let readings = label.iter().flat_map(|row| &row.slots).flat_map(|slot| &slot.readings);
    let good = readings.filter(|reading| reading.confidence >= GOOD && reading.letters.len() >= LEAST_ROW_LETTERS);
    let mut left: Vec<&str> =
        good.filter(|reading| !contains(&text, &reading.letters)).map(|reading| reading.text.as_str()).collect();
    left.sort_unstable();
    left.dedup();
    left
}

fn kept(row: &LabelRow) -> Kept<'_> {
    let mut kept = Kept { words: Vec::new(), sightings: &row.sightings, lost: false };
    let empty: Vec<bool> = (0..row.slots.len()).map(|place| is_empty(&row.slots, place)).collect();
    let mut noise = false;
    for (index, slot) in row.slots.iter().enumerate() {
        let near = index.saturating_sub(PIECE_REACH)..row.slots.len().min(index + PIECE_REACH + 1);
        let word = winner(slot);
        if near.clone().any(|other| !empty[other] && is_piece_of(slot, &row.slots[other])) {
            continue;
        }
        if empty[index] {
            kept.lost |= slot.readings.iter().any(is_sure) && !is_repeated(row, index, &empty);
            continue;
        }
        if is_noise(slot, &word) {
            noise |= word.letters.len() >= LEAST_ROW_LETTERS && !word.is_number();
            continue;
        }
        // Noise between two words that some picture shows side by side hides nothing.
        kept.lost |= noise && kept.words.last().is_none_or(|before| side_by_side(before.slot, slot) == 0);
        noise = false;
        kept.words.push(word);
    }
    kept.lost |= noise;
    kept
}

/// Whether as many pictures show that nothing is printed there as read something well; twice as many where one was sure
/// of a word.
fn is_empty(slots: &[Slot], place: usize) -> bool {
    let readings = &slots[place].readings;
    let readers = readings.iter().filter(|reading| reading.confidence >= GOOD).count();
    let odds = if readings.iter().any(is_sure) { SURE_ODDS } else { 1 };
    let against = nothing_at(slots, place);
    against > 0 && against >= odds * readers
}

/// Whether a picture is sure of a word: not of what is squeezed at the edge of a can.
fn is_sure(reading: &Reading) -> bool {
    reading.confidence >= CONFIDENT && reading.letters.len() >= LEAST_ROW_LETTERS && !reading.at_edge
}

/// Whether what was read at an empty place stands, whole, in another place of the row.
fn is_repeated(row: &LabelRow, place: usize, empty: &[bool]) -> bool {
    let word = winner(&row.slots[place]);
    let others = row.slots.iter().enumerate().filter(|&(other, _)| other != place && !empty[other]);
    others.flat_map(|(_, slot)| &slot.readings).any(|other| contains(&other.letters, word.letters))
}

fn contains(text: &[char], part: &[char]) -> bool {
    part.is_empty() || text.windows(part.len()).any(|window| window == part)
}

fn is_noise(slot: &Slot, word: &Word) -> bool {
    let alone = slot.readings.len() == 1;
    let at_end = slot.readings.iter().all(|reading| reading.is_first || reading.is_last);
    let least = match word.letters.len() {
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
    // A comma is lost behind a percent sign more often than one is made up.
    let closers = |reading: &Reading| if reading.letters == ['%'] { reading.text.len() } else { 0 };
    let by_weight = |a: &&Reading, b: &&Reading| weight(&a.text).total_cmp(&weight(&b.text));
    let best = slot.readings.iter().max_by(|a, b| closers(a).cmp(&closers(b)).then(by_weight(a, b)));
    let (text, letters) =
        best.map_or(("", [].as_slice()), |reading| (reading.text.as_str(), reading.letters.as_slice()));
    let same = slot.readings.iter().filter(|reading| reading.text == text);
    Word { slot, text, letters, confidence: same.map(|reading| reading.confidence).max().unwrap_or(0) }
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
        let reading =
            |(page, &(text, confidence)): (usize, &(&str, u8))| Reading { page, ..Reading::new(text, confidence) };
        Slot { readings: readings.iter().enumerate().map(reading).collect() }
    }

    fn row(slots: Vec<Slot>) -> LabelRow {
        LabelRow { slots, sightings: Vec::new(), level: 100.0, height: 20.0 }
    }

    fn decided(slots: Vec<Slot>) -> String {
        rows(&[row(slots)]).iter().map(|row| row.text(0)).collect()
    }

    fn is_sure(readings: &[(&str, u8)]) -> bool {
        winner(&slot(readings)).is_sure()
    }

    #[test]
    fn agreement_beats_one_confident_slip() {
        assert_eq!(decided(vec![slot(&[("GRÄDDE", 80), ("GRADDE", 90), ("GRÄDDE", 82)])]), "GRÄDDE");
    }

    #[test]
    fn an_amount_with_its_sign_is_no_word() {
        let is_number = |text: &str| winner(&slot(&[(text, 30)])).is_number();
        assert!(is_number("(92") && is_number("(92 %),") && is_number("%"));
        assert!(!is_number("471)") && !is_number("9 %vatten"));
    }

    #[test]
    fn a_cut_reading_gives_way_to_a_whole_one() {
        let cut = Reading { is_last: true, ..Reading::new("HAVREFL", 95) };
        let whole = Reading::new("HAVREFLINGOR", 70);
        assert_eq!(decided(vec![Slot { readings: vec![cut, whole] }]), "HAVREFLINGOR");
    }

    #[test]
    fn a_piece_of_the_word_beside_it_is_no_word() {
        let slots =
            vec![slot(&[("kokosflingor,", 92), ("kokosflingor,", 90)]), slot(&[("or,", 95)]), slot(&[("salt", 95)])];
        assert_eq!(decided(slots), "kokosflingor, salt");
    }

    #[test]
    fn a_word_that_was_dropped_is_lost_unless_it_was_squeezed_at_an_edge() {
        let seen = |text: &str, place: usize| {
            let reading = |page| Reading { page, place, gap: 0.5, ..Reading::new(text, 95) };
            Slot { readings: vec![reading(0), reading(1)] }
        };
        let lost = |at_edge: bool| {
            let odd = Reading { page: 2, at_edge, ..Reading::new("sake", 90) };
            kept(&row(vec![seen("vatten,", 0), Slot::from(odd), seen("skaka", 1)])).lost
        };
        assert!(lost(false) && !lost(true));
    }

    #[test]
    fn a_percent_sign_keeps_the_comma_that_one_picture_saw() {
        assert_eq!(
            decided(vec![slot(&[("potatis", 95)]), slot(&[("%)", 90), ("%),", 60), ("%)", 90)])]),
            "potatis %),"
        );
    }

    #[test]
    fn two_fair_readings_alike_are_as_good_as_a_sure_one() {
        assert!(is_sure(&[("vatten,", 70), ("vatten", 75)]) && is_sure(&[("vatten", 85)]));
        assert!(!is_sure(&[("vatten", 84)]) && !is_sure(&[("vatten,", 70), ("vattna", 50)]));
    }

    #[test]
    fn a_rival_that_was_read_as_well_leaves_doubt() {
        assert!(!is_sure(&[("malt", 92), ("salt", 95)]));
        assert!(is_sure(&[("innehålla", 92), ("innehåla", 90), ("innehålla", 95)]));
    }

    #[test]
    fn bars_that_look_like_a_short_word_are_no_row() {
        assert_eq!(decided(vec![slot(&[("III", 70)])]), "");
        assert_eq!(decided(vec![slot(&[("ost.", 90)])]), "ost.");
    }

    #[test]
    fn the_end_of_a_row_in_another_picture_is_no_row_of_its_own() {
        let seen = |text: &str, page| {
            let mut readings: Vec<Reading> =
                text.split(' ').map(|word| Reading { page, ..Reading::new(word, 90) }).collect();
            readings[0].is_first = true;
            let sightings = vec![Sighting { page, level: 100.0, height: 20.0, bare_below: 0.0 }];
            LabelRow { slots: readings.into_iter().map(Slot::from).collect(), sightings, level: 100.0, height: 20.0 }
        };
        let count = |part: &str, page| rows(&[seen("jästextrakt, äppelcidervinäger. Kan", 0), seen(part, page)]).len();
        assert_eq!(count("r. Kan", 1), 1);
        assert_eq!(count("r. Kan", 0), 2, "one picture shows both rows");
        assert_eq!(count("ost. Kan", 1), 2, "a word of its own");
    }

    #[test]
    fn good_readings_that_the_text_lacks_are_left_over() {
        let label = [row(vec![slot(&[("ört,", 92), ("ört,", 90), ("ost,", 88), ("orl", 30)])])];
        assert_eq!(left_over(&label, "ört,"), ["ost,"]);
    }
}
