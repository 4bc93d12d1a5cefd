//! The rows of pictures laid over each other.

use super::align::{heaviest, letters_alike};
use super::evidence::{is_right_behind, side_by_side};
use super::place::{Anchor, Placing};
use super::rows::{GOOD, Reading, Row, median};

/// Two rows that share fewer letters than this may share them by chance: "salt" stands in many places.
const LEAST_SHARED_LETTERS: f64 = 5.0;

/// Where rows that share so many letters place a picture, any letters that another row shares with the one at its place
/// are enough.
const VOUCHING_LETTERS: f64 = 10.0;

/// A picture that shares no row with the others begins so many letter heights below them.
const APART_HEIGHTS: f64 = 3.0;

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
    /// Where its middle stands on the label, in pixels of the picture that it begins with.
    pub(super) level: f64,
    /// Height of its letters there.
    pub(super) height: f64,
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

impl LabelRow {
    /// A row that no earlier picture showed.
    pub(super) fn new(row: Row, placing: Placing) -> Self {
        let (level, height) = (placing.on_label(row.level), placing.scale * row.height);
        let sightings = vec![Sighting::of(&row)];
        Self { slots: row.readings.into_iter().map(Slot::from).collect(), sightings, level, height }
    }

    /// Adds what another picture shows of it.
    fn add(&mut self, row: Row) {
        self.sightings.push(Sighting::of(&row));
        self.slots = merged(std::mem::take(&mut self.slots), row.readings);
    }
}

impl From<Reading> for Slot {
    fn from(reading: Reading) -> Self {
        Self { readings: vec![reading] }
    }
}

/// The label that pictures with these rows show: after the first one that with which the label shares most, and so on; a
/// picture that shares no row goes below all others.
pub(super) fn label_of(mut pictures: Vec<Vec<Row>>) -> Vec<LabelRow> {
    let mut label = Vec::new();
    while !pictures.is_empty() {
        let overlays = pictures.iter().map(|rows| Overlay::of(&label, rows)).enumerate();
        let most = overlays.reduce(|most, other| if other.1.letters > most.1.letters { other } else { most });
        let Some((next, overlay)) = most else { break };
        overlay.lay(&mut label, pictures.remove(next));
    }
    label
}

/// How the rows of a picture lie over those of the label.
struct Overlay {
    /// Rows of the label, and those of the picture that are the same.
    pairs: Vec<(usize, usize)>,
    placing: Placing,
    /// Shared by rows that share many.
    letters: f64,
}

impl Overlay {
    /// Rows that share words and stand where they should are the same.
    fn of(label: &[LabelRow], rows: &[Row]) -> Self {
        let anchor = |known: &LabelRow, row: &Row| Anchor {
            known: known.level,
            seen: row.level,
            height: known.height,
            letters: shared_letters(known, row),
        };
        let anchors: Vec<Vec<Anchor>> =
            label.iter().map(|known| rows.iter().map(|row| anchor(known, row)).collect()).collect();
        let strong: Vec<Anchor> =
            anchors.iter().flatten().filter(|anchor| anchor.letters >= LEAST_SHARED_LETTERS).copied().collect();
        let known = label.iter().map(|known| (known.height, known.slots.iter().flat_map(|slot| &slot.readings)));
        let seen = usual_height(rows.iter().map(|row| (row.height, row.readings.iter())));
        let Some(placing) = Placing::of(&strong, usual_height(known) / seen) else {
            return Self { pairs: Vec::new(), placing: below(label, rows), letters: 0.0 };
        };
        let letters = placing.borne_by(&strong).map(|anchor| anchor.letters).sum();
        let least = if letters >= VOUCHING_LETTERS { 0.0 } else { LEAST_SHARED_LETTERS };
        let weight = |known: usize, row: usize| {
            let anchor = &anchors[known][row];
            if anchor.letters >= least && placing.fits(anchor) { anchor.letters } else { 0.0 }
        };
        Self { pairs: heaviest(label.len(), rows.len(), weight), placing, letters }
    }

    /// Adds `rows`, which it is of, to `label`; those that it lacks find their place between their neighbours.
    fn lay(self, label: &mut Vec<LabelRow>, rows: Vec<Row>) {
        let mut pairs = self.pairs.into_iter().peekable();
        for (index, row) in rows.into_iter().enumerate() {
            match pairs.next_if(|&(_, row)| row == index) {
                Some((known, _)) => label[known].add(row),
                None => label.push(LabelRow::new(row, self.placing)),
            }
        }
        label.sort_by(|a, b| a.level.total_cmp(&b.level));
    }
}

/// Height of letters that most good readings have, of rows with their heights; 0 without good ones.
fn usual_height<'a>(rows: impl Iterator<Item = (f64, impl Iterator<Item = &'a Reading>)>) -> f64 {
    let good = |reading: &&Reading| reading.confidence >= GOOD;
    median(rows.flat_map(|(height, readings)| readings.filter(good).map(move |_| height)))
}

/// Places `rows` below all rows of `label`.
fn below(label: &[LabelRow], rows: &[Row]) -> Placing {
    let shift =
        label.last().zip(rows.first()).map_or(0.0, |(last, row)| last.level + APART_HEIGHTS * last.height - row.level);
    Placing { scale: 1.0, shift }
}

fn shared_letters(known: &LabelRow, row: &Row) -> f64 {
    let pairs = word_pairs(&known.slots, &row.readings);
    pairs.iter().map(|&(slot, word)| slot_alike(&known.slots[slot], &row.readings[word])).sum()
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

    /// The label of pictures whose rows stand 40 pixels apart; an empty one was not read.
    fn joined(pictures: &[&[&str]]) -> Vec<String> {
        let rows = |picture: &&[&str]| {
            let levels = (0_u8..).map(|place| 100.0 + 40.0 * f64::from(place));
            let rows = picture.iter().zip(levels).filter(|(text, _)| !text.is_empty());
            rows.map(|(text, level)| Row { level, ..row(text) }).collect()
        };
        let label = label_of(pictures.iter().map(rows).collect());
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
            joined(&[&["vatten tomater", "", "rapsolja socker"], &["vatten tomater", "senapsfrön", "rapsolja socker"]]);
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
            let pictures = vec![vec![picture("vatten, ost, rapsolja", 0)], vec![picture("vatten, ört, rapsolja", 1)]];
            label_of(pictures)[0].slots.len()
        };
        assert_eq!((slots(0.6), slots(4.0)), (3, 4), "where there is room they may be two words");
    }

    #[test]
    fn a_common_short_word_does_not_tie_two_rows() {
        assert_eq!(joined(&[&["vatten salt"], &["salt paprika"]]).len(), 2);
    }

    #[test]
    fn words_that_recur_do_not_tie_rows_that_keep_another_distance() {
        let label = joined(&[
            &["Ingredienser: solsikkefrø linfrø", "hvetekli MELK", "solsikkekerner fuldkornsrug", "gær nødder"],
            &["linfrø vann", "MELK Ingredienser: (DK):", "fuldkornsrug hvedeklid", "nødder salt"],
        ]);
        assert_eq!(
            label,
            [
                "Ingredienser: solsikkefrø linfrø vann",
                "hvetekli MELK Ingredienser: (DK):",
                "solsikkekerner fuldkornsrug hvedeklid",
                "gær nødder salt"
            ]
        );
    }

    #[test]
    fn a_picture_waits_for_the_one_that_ties_it_to_the_others() {
        let label = joined(&[
            &["modifierad stärkelse", "natriumcitrat sackaros"],
            &["Ingredienser: grädde", "kondenserad mjölk"],
            &["grädde modifierad", "mjölk natriumcitrat"],
        ]);
        assert_eq!(label, ["Ingredienser: grädde modifierad stärkelse", "kondenserad mjölk natriumcitrat sackaros"]);
    }

    #[test]
    fn no_row_is_lost_when_nothing_is_shared() {
        assert_eq!(joined(&[&["aaaaaa", "bbbbbb"], &["cccccc", "dddddd", "eeeeee"]]).len(), 5);
    }
}
