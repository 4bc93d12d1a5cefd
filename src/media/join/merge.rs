//! The rows of one more picture laid over the rows already known.

use super::align::{heaviest, letters_alike};
use super::evidence::{begins, begins_row, ends, ends_row, is_right_behind, side_by_side};
use super::rows::{Reading, Row};

/// Two rows that share fewer letters than this may share them by chance: "salt" stands in many places.
const LEAST_SHARED_LETTERS: f64 = 5.0;

/// A place on the label and every reading of it; never empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Slot {
    pub(super) readings: Vec<Reading>,
}

/// A row of the label as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LabelRow {
    pub(super) slots: Vec<Slot>,
    /// Where each picture that shows it shows it.
    pub(super) sightings: Vec<Sighting>,
}

/// A row in one picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sighting {
    pub(super) page: usize,
    /// Pixels from the top.
    pub(super) level: f64,
    /// Of its letters, pixels.
    pub(super) height: f64,
    /// Bare paper below it, pixels.
    pub(super) bare_below: f64,
}

impl Sighting {
    fn of(row: &Row) -> Self {
        let page = row.readings.first().map_or(0, |reading| reading.page);
        Self { page, level: row.level, height: row.height, bare_below: row.bare_below }
    }
}

impl From<Row> for LabelRow {
    fn from(row: Row) -> Self {
        let sightings = vec![Sighting::of(&row)];
        Self { slots: row.readings.into_iter().map(Slot::from).collect(), sightings }
    }
}

impl From<Reading> for Slot {
    fn from(reading: Reading) -> Self {
        Self { readings: vec![reading] }
    }
}

/// Adds the rows of one more picture to `label`: rows that share words become one, the others keep their place between
/// their neighbours.
pub(super) fn lay_over(label: &mut Vec<LabelRow>, rows: Vec<Row>) {
    let pairs = heaviest(label.len(), rows.len(), |known, row| shared_letters(&label[known], &rows[row]));
    let mut pairs = pairs.into_iter().peekable();
    let mut known = std::mem::take(label).into_iter().enumerate().peekable();
    for (index, row) in rows.into_iter().enumerate() {
        let partner = pairs.next_if(|&(_, row)| row == index).map(|(partner, _)| partner);
        let Some(partner) = partner else {
            // One known row goes before each new one, as far as there are any before the next pair.
            let next = pairs.peek().map_or(usize::MAX, |&(next, _)| next);
            label.extend(known.next_if(|&(place, _)| place < next).map(|(_, row)| row));
            label.push(row.into());
            continue;
        };
        for (place, mut old) in known.by_ref() {
            if place < partner {
                label.push(old);
                continue;
            }
            old.sightings.push(Sighting::of(&row));
            old.slots = merged(old.slots, row.readings);
            label.push(old);
            break;
        }
    }
    label.extend(known.map(|(_, row)| row));
}

fn shared_letters(known: &LabelRow, row: &Row) -> f64 {
    let pairs = word_pairs(&known.slots, &row.readings);
    let shared = pairs.iter().map(|&(slot, word)| slot_alike(&known.slots[slot], &row.readings[word])).sum();
    if shared < LEAST_SHARED_LETTERS && !are_one_short_row(known, row) { 0.0 } else { shared }
}

/// Whether both are all of a row, with the same words: a list's last row may hold a short one alone.
fn are_one_short_row(known: &LabelRow, row: &Row) -> bool {
    let whole_known = known.slots.first().is_some_and(|slot| begins_row(slot) > 0)
        && known.slots.last().is_some_and(|slot| ends_row(slot) > 0);
    let whole_row = row.readings.first().is_some_and(begins) && row.readings.last().is_some_and(ends);
    let same = |(slot, reading): (&Slot, &Reading)| slot.readings.iter().any(|known| known.letters == reading.letters);
    whole_known
        && whole_row
        && known.slots.len() == row.readings.len()
        && known.slots.iter().zip(&row.readings).all(same)
}

fn word_pairs(slots: &[Slot], readings: &[Reading]) -> Vec<(usize, usize)> {
    heaviest(slots.len(), readings.len(), |slot, reading| slot_alike(&slots[slot], &readings[reading]))
}

/// `pairs`, and those between them that are read otherwise but stand between the same words, with no room for more: one
/// printed word, however it was read.
fn with_rivals(pairs: &[(usize, usize)], slots: &[Slot], readings: &[Reading]) -> Vec<(usize, usize)> {
    let mut all = pairs.get(..1).unwrap_or_default().to_vec();
    for (before, after) in pairs.iter().zip(pairs.iter().skip(1)) {
        let (places, words) = (&slots[before.0..=after.0], &readings[before.1..=after.1]);
        let are_same = places.len() == words.len()
            && words[1..].iter().all(is_right_behind)
            && places.windows(2).all(|pair| side_by_side(&pair[0], &pair[1]) > 0);
        if are_same {
            all.extend((before.0 + 1..after.0).zip(before.1 + 1..after.1));
        }
        all.push(*after);
    }
    all
}

fn slot_alike(slot: &Slot, reading: &Reading) -> f64 {
    slot.readings.iter().map(|known| letters_alike(known, reading)).fold(0.0, f64::max)
}

/// Readings of known words join their slot; the others get a slot of their own, before the next common word.
fn merged(slots: Vec<Slot>, readings: Vec<Reading>) -> Vec<Slot> {
    let pairs = with_rivals(&word_pairs(&slots, &readings), &slots, &readings);
    let mut pairs = pairs.into_iter().peekable();
    let mut slots = slots.into_iter().enumerate();
    let mut row = Vec::new();
    let mut waiting = Vec::new();
    for (index, reading) in readings.into_iter().enumerate() {
        let Some((partner, _)) = pairs.next_if(|&(_, reading)| reading == index) else {
            waiting.push(Slot::from(reading));
            continue;
        };
        for (place, mut slot) in slots.by_ref() {
            if place == partner {
                row.append(&mut waiting);
                slot.readings.push(reading);
                row.push(slot);
                break;
            }
            row.push(slot);
        }
    }
    row.extend(slots.map(|(_, slot)| slot));
    row.append(&mut waiting);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Row {
        let mut readings: Vec<Reading> = text.split(' ').map(|word| Reading::new(word, 90)).collect();
        readings.first_mut().unwrap().is_first = true;
        readings.last_mut().unwrap().is_last = true;
        Row { readings, height: 20.0, level: 100.0, bare_below: 0.0 }
    }

    fn joined(pictures: &[&[&str]]) -> Vec<String> {
        let mut label = Vec::new();
        for picture in pictures {
            lay_over(&mut label, picture.iter().map(|text| row(text)).collect());
        }
        let text =
            |row: &LabelRow| row.slots.iter().map(|slot| slot.readings[0].text.as_str()).collect::<Vec<_>>().join(" ");
        label.iter().map(text).collect()
    }

    #[test]
    fn rows_that_share_words_become_one() {
        assert_eq!(
            joined(&[&["vatten tomater", "rapsolja lök"], &["tomater grädde", "lök salt"]])[0],
            "vatten tomater grädde"
        );
    }

    #[test]
    fn a_row_seen_later_stands_between_its_neighbours() {
        let label =
            joined(&[&["vatten tomater", "rapsolja socker"], &["vatten tomater", "senapsfrön", "rapsolja socker"]]);
        assert_eq!(label, ["vatten tomater", "senapsfrön", "rapsolja socker"]);
    }

    #[test]
    fn a_word_read_in_two_ways_between_the_same_words_is_one_word() {
        let slots = |gap: f64| {
            let picture = |text: &str, page: usize| {
                let mut row = row(text);
                for (place, reading) in row.readings.iter_mut().enumerate() {
                    (reading.page, reading.place, reading.gap) = (page, place, gap);
                }
                row
            };
            let mut label = vec![LabelRow::from(picture("vatten, ost, rapsolja", 0))];
            lay_over(&mut label, vec![picture("vatten, ört, rapsolja", 1)]);
            label[0].slots.len()
        };
        assert_eq!((slots(0.6), slots(4.0)), (3, 4), "where there is room they may be two words");
    }

    #[test]
    fn a_common_short_word_does_not_tie_two_rows() {
        assert_eq!(joined(&[&["vatten salt"], &["salt paprika"]]).len(), 2);
    }

    #[test]
    fn no_row_is_lost_when_nothing_is_shared() {
        assert_eq!(joined(&[&["aaaaaa", "bbbbbb"], &["cccccc", "dddddd", "eeeeee"]]).len(), 5);
    }
}
