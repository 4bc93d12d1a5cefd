//! What pictures show of the places of a row beside their words: that two stand side by side, that paper ends the row.

use super::align::is_whole_of;
use super::merge::Slot;
use super::rows::{GOOD, Reading};

/// A gap narrower than this many letters has no room for a word: a space is half a letter wide, and the shortest word
/// needs one on either side.
const NO_ROOM_LETTERS: f64 = 1.6;

/// So many letters of bare paper end a row: the widest space of a row set flush is half of it.
const ROW_END_LETTERS: f64 = 4.0;

/// How many pictures show the words of two places side by side, without room for another one.
pub(super) fn side_by_side(left: &Slot, right: &Slot) -> usize {
    let is_next = |before: &Reading, reading: &Reading| {
        before.page == reading.page && before.place + 1 == reading.place && is_right_behind(reading)
    };
    let shown = |reading: &&Reading| placed(left).any(|before| is_next(before, reading));
    placed(right).filter(shown).count()
}

/// Whether there is no room for a word between a reading and the one before it.
pub(super) fn is_right_behind(reading: &Reading) -> bool {
    reading.gap < NO_ROOM_LETTERS
}

/// Readings whose place can be trusted: good ones, and those of nearly the same letters, which are no noise either.
fn placed(slot: &Slot) -> impl Iterator<Item = &Reading> {
    let good = || slot.readings.iter().filter(|reading| reading.confidence >= GOOD);
    slot.readings
        .iter()
        .filter(move |reading| reading.confidence >= GOOD || good().any(|other| is_whole_of(reading, other)))
}

/// How many pictures show bare paper before the word of this place.
pub(super) fn begins_row(slot: &Slot) -> usize {
    slot.readings.iter().filter(|reading| begins(reading)).count()
}

/// How many pictures show bare paper after the word of this place.
pub(super) fn ends_row(slot: &Slot) -> usize {
    slot.readings.iter().filter(|reading| ends(reading)).count()
}

/// Whether a picture shows bare paper before a word: much of it, or the margin of all its rows.
pub(super) fn begins(reading: &Reading) -> bool {
    is_clear(reading) && (reading.margin_before || reading.bare_before >= ROW_END_LETTERS)
}

/// Whether a picture shows bare paper after a word.
pub(super) fn ends(reading: &Reading) -> bool {
    is_clear(reading) && (reading.margin_after || reading.bare_after >= ROW_END_LETTERS)
}

/// Behind the edge of a can there is no paper to see.
fn is_clear(reading: &Reading) -> bool {
    reading.confidence >= GOOD && !reading.at_edge
}

/// How many pictures show that nothing is printed at `place` of a row: the words on its two sides with no room between
/// them, or the row's start after it or its end before it.
pub(super) fn nothing_at(slots: &[Slot], place: usize) -> usize {
    let (before, after) = (&slots[..place], &slots[place + 1..]);
    let between = before.iter().map(|left| after.iter().map(|right| side_by_side(left, right)).sum::<usize>());
    let starts_later = after.iter().map(begins_row).max().unwrap_or(0);
    let ended_earlier = before.iter().map(ends_row).max().unwrap_or(0);
    between.sum::<usize>().max(starts_later).max(ended_earlier)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reading in `page` at `place` of its row, `gap` letters after the one before it.
    fn seen(text: &str, page: usize, place: usize, gap: f64) -> Slot {
        Slot::from(Reading { page, place, gap, ..Reading::new(text, 90) })
    }

    #[test]
    fn words_are_side_by_side_where_a_picture_leaves_no_room_between_them() {
        assert_eq!(side_by_side(&seen("vatten,", 0, 0, 9.0), &seen("salt", 0, 1, 0.6)), 1);
        assert_eq!(side_by_side(&seen("vatten,", 0, 0, 9.0), &seen("salt", 0, 1, 5.0)), 0, "a word was left unread");
        assert_eq!(side_by_side(&seen("vatten,", 0, 0, 9.0), &seen("salt", 1, 1, 0.6)), 0, "in two pictures");
    }

    #[test]
    fn a_poor_reading_of_a_word_stands_beside_its_neighbour_too() {
        let poor = |text: &str| Reading { page: 0, place: 1, gap: 0.6, ..Reading::new(text, 10) };
        let slot =
            |text: &str| Slot { readings: vec![poor(text), Reading { page: 1, ..Reading::new("vinäger.", 90) }] };
        let before = seen("jäst,", 0, 0, 9.0);
        assert_eq!((side_by_side(&before, &slot("vnäger:")), side_by_side(&before, &slot("näg"))), (1, 0));
    }

    #[test]
    fn paper_at_the_edge_of_a_can_ends_no_row() {
        let paper = |at_edge| Slot::from(Reading { bare_after: 6.0, at_edge, ..Reading::new("salt", 90) });
        assert_eq!((ends_row(&paper(false)), ends_row(&paper(true))), (1, 0));
    }

    #[test]
    fn nothing_is_printed_where_a_picture_shows_its_neighbours_touching_or_the_row_over() {
        let last = Slot::from(Reading { page: 0, place: 1, gap: 0.5, bare_after: 6.0, ..Reading::new("salt.", 90) });
        let slots = [seen("vatten,", 0, 0, 9.0), seen("ini", 1, 1, 0.5), last, seen("lll", 1, 3, 0.5)];
        assert_eq!([0, 1, 2, 3].map(|place| nothing_at(&slots, place)), [0, 1, 0, 1]);
    }
}
