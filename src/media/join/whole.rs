//! How far the joined text can be vouched for.

use super::evidence::{begins_row, ends_row, side_by_side};
use super::vote::Kept;
use crate::domain::Legibility;

/// Running text has one size, give or take the tall and the low letters of its words; rows larger than this ratio are
/// titles. Smaller rows have to be whole too: a list's last word may be low.
const TITLE_HEIGHT_RATIO: f64 = 1.3;

/// Rows further apart than this many letter heights have room for another row between them.
const MOST_PITCH_HEIGHTS: f64 = 2.2;

/// Rows this near have no room between them; those further apart must show their paper: rows of low letters may be as far
/// apart as rows of tall ones with another between them.
const NEAR_PITCH_HEIGHTS: f64 = 1.6;

/// Part of the heights of two rows that is no paper between their middles: half of each, and what their tall and low letters
/// reach beyond the usual ones. A row that nobody read is higher than that.
const BESIDE_PAPER: f64 = 0.75;

/// Full if every row of running text was seen whole, and each right under the one before it.
pub(super) fn legibility(rows: &[Kept]) -> Legibility {
    let Some(body) = body_height(rows) else { return Legibility::None };
    let is_running = |&(place, row): &(usize, &Kept)| {
        row.height() < TITLE_HEIGHT_RATIO * body && !is_noise_apart(row, rows[..place].last(), rows.get(place + 1))
    };
    let running: Vec<&Kept> = rows.iter().enumerate().filter(is_running).map(|(_, row)| row).collect();
    let follow = running.windows(2).all(|pair| is_right_under(pair[0], pair[1]));
    if follow && running.into_iter().all(is_whole) { Legibility::Full } else { Legibility::Partial }
}

/// Letter height of the row in the middle when every row counts once a letter.
fn body_height(rows: &[Kept]) -> Option<f64> {
    let mut heights: Vec<f64> = rows.iter().flat_map(|row| std::iter::repeat_n(row.height(), row.letters())).collect();
    heights.sort_by(f64::total_cmp);
    heights.get(heights.len() / 2).copied()
}

/// Whether a row holds no word that was read well, and stands apart from those above and below: bars and the feet of large
/// letters look like that. A list's own last row stands right under the others.
fn is_noise_apart(row: &Kept, above: Option<&Kept>, below: Option<&Kept>) -> bool {
    let are_apart = |upper: &Kept, lower: &Kept| {
        let mut pairs = upper.sightings.iter().flat_map(|a| lower.sightings.iter().map(move |b| (a, b)));
        let height = upper.height().max(lower.height());
        pairs.all(|(a, b)| a.page != b.page || b.level - a.level >= MOST_PITCH_HEIGHTS * height)
            && upper.sightings.iter().any(|a| lower.sightings.iter().any(|b| a.page == b.page))
    };
    !row.words.iter().any(|word| word.is_sure() && word.is_long())
        && above.is_none_or(|above| are_apart(above, row))
        && below.is_none_or(|below| are_apart(row, below))
        && (above.is_some() || below.is_some())
}

/// From bare paper to bare paper, each word beside the next in some picture, and all of them read well.
fn is_whole(row: &Kept) -> bool {
    let chained = row.words.windows(2).all(|pair| side_by_side(pair[0].slot, pair[1].slot) > 0);
    let begins = row.words.first().is_some_and(|word| begins_row(word.slot) > 0);
    let ends = row.words.last().is_some_and(|word| ends_row(word.slot) > 0);
    !row.lost && chained && begins && ends && row.words.iter().all(|word| word.is_sure() || word.is_number())
}

/// Whether some picture shows the one right under the other: without room for a row that nobody read, or with bare paper all
/// the way, at the end of a sentence also further down.
fn is_right_under(upper: &Kept, lower: &Kept) -> bool {
    let height = upper.height().max(lower.height());
    let ends_sentence = upper.words.last().is_some_and(|word| word.text.ends_with('.'));
    let mut pairs = upper.sightings.iter().flat_map(|above| lower.sightings.iter().map(move |below| (above, below)));
    pairs.any(|(above, below)| {
        let pitch = below.level - above.level;
        let is_bare = above.bare_below >= pitch - BESIDE_PAPER * (above.height + below.height);
        let is_next =
            pitch < NEAR_PITCH_HEIGHTS * height || (is_bare && (ends_sentence || pitch < MOST_PITCH_HEIGHTS * height));
        above.page == below.page && pitch > 0.0 && is_next
    })
}

#[cfg(test)]
mod tests {
    use super::super::merge::{LabelRow, Sighting, Slot};
    use super::super::rows::Reading;
    use super::super::vote::rows;
    use super::*;

    /// A row of one word of eight letters on bare paper, at `level` of the first picture.
    fn row(level: f64, height: f64) -> LabelRow {
        let word = Reading { bare_before: 5.0, bare_after: 5.0, ..Reading::new("rapsolja", 95) };
        LabelRow {
            slots: vec![Slot::from(word)],
            sightings: vec![Sighting { page: 0, level, height, bare_below: 0.0 }],
            level,
            height,
        }
    }

    #[test]
    fn a_title_in_large_letters_may_stand_apart_and_a_small_last_row_may_not() {
        let list = [row(100.0, 20.0), row(130.0, 20.0), row(160.0, 20.0)];
        let [first, second, third] = list.clone();
        let titled = [row(10.0, 40.0), first.clone(), second.clone(), third];
        assert_eq!(legibility(&rows(&titled)), Legibility::Full);
        assert_eq!(legibility(&rows(&[first, second, row(220.0, 14.0)])), Legibility::Partial);
        assert_eq!(legibility(&rows(&list)), Legibility::Full);
    }

    #[test]
    fn noise_far_from_the_text_hides_nothing_and_noise_right_under_it_may() {
        let noise = |level| {
            let mut row = row(level, 20.0);
            row.slots[0].readings[0].confidence = 60;
            row
        };
        let list = [row(100.0, 20.0), row(130.0, 20.0)];
        let with = |level| legibility(&rows(&[list[0].clone(), list[1].clone(), noise(level)]));
        assert_eq!((with(160.0), with(230.0)), (Legibility::Partial, Legibility::Full));
        assert_eq!(legibility(&rows(&[noise(100.0)])), Legibility::Partial);
    }

    #[test]
    fn a_paragraph_may_stand_apart_where_all_between_is_bare_paper() {
        let below = |level, text: &str, bare_below| {
            let mut upper = row(100.0, 20.0);
            upper.slots[0].readings[0].text = text.to_owned();
            upper.sightings[0].bare_below = bare_below;
            legibility(&rows(&[upper, row(level, 18.0)]))
        };
        assert_eq!(below(165.0, "rapsolja.", 42.0), Legibility::Full);
        assert_eq!(below(165.0, "rapsolja.", 15.0), Legibility::Partial, "there is print between them");
        assert_eq!(below(165.0, "rapsolja,", 42.0), Legibility::Partial, "the list must go on somewhere");
        assert_eq!(below(140.0, "rapsolja,", 14.0), Legibility::Full);
        assert_eq!(below(140.0, "rapsolja,", 5.0), Legibility::Partial, "there may be print between them");
    }

    #[test]
    fn rows_that_no_picture_shows_together_are_not_known_to_follow() {
        let mut lower = row(130.0, 20.0);
        lower.sightings[0].page = 1;
        assert_eq!(legibility(&rows(&[row(100.0, 20.0), lower])), Legibility::Partial);
    }

    #[test]
    fn a_box_that_is_high_because_its_row_slopes_makes_no_title() {
        let mut sloping = row(100.0, 50.0);
        sloping.sightings.push(Sighting { page: 1, level: 90.0, height: 20.0, bare_below: 0.0 });
        sloping.slots[0].readings[0].bare_after = 0.0;
        assert_eq!(legibility(&rows(&[sloping, row(130.0, 20.0), row(160.0, 20.0)])), Legibility::Partial);
    }
}
