//! How much bare paper stands around each word: what tells the end of a row from a word left unread, and the end of a
//! paragraph from a row left unread.

use std::ops::Range;

use super::page::{Line, Word};

/// Darker than this is ink: one unit of contrast below the middle of an evened picture.
const INK: u8 = 125;

/// Pixels of ink that a column must have, or a row: one alone is a speck.
const LEAST_INK: usize = 2;

/// Columns of a word for each that must have ink in a row below it: in print, every few have.
const SPECK_COLUMNS: usize = 25;

/// Grey levels by which a place is brighter than the paper under a word when a reflection lies over it: what is printed
/// there, nobody can tell.
const REFLECTION: usize = 10;

/// Side of the patches that the paper's level is measured on, pixels: their means hold half the camera's noise.
const PATCH: usize = 2;

/// Percent of the patches of a word's row that may be darker than its paper: ink, and all that is grey between small letters.
const BELOW_PAPER: usize = 90;

/// Paper beside a word is looked at too until so many heights are: an `i` alone hides what it stands on.
const LEVEL_HEIGHTS: f64 = 2.0;

/// Half the height of the band that is looked at, in heights of the line's letters.
const BAND_HEIGHTS: f64 = 0.4;

/// A box may end before its last stroke does, by so many heights.
const STROKE_HEIGHTS: f64 = 0.25;

/// A comma or a mark that was not read stands so near to its word, and is no wider, in heights.
const MARK_HEIGHTS: f64 = 0.3;

/// Further than this many heights nobody asks.
const MOST_HEIGHTS: f64 = 4.0;

/// Fills in the bare paper beside and below the words of `lines`, read off a picture with rows of `width` pixels: `luma` as it
/// is, and `even` the same in even light.
pub(super) fn measure(lines: &mut [Line], luma: &[u8], even: &[u8], width: usize) {
    let page = Paper { luma, even, width, rows: even.len() / width };
    for line in lines {
        let height = usual_height(line);
        for word in &mut line.words {
            let (first, last) = (word.left as usize, (word.left + word.width) as usize);
            let (first, last) = (first.min(width), last.min(width));
            let (top, below) = ((word.top as usize).min(page.rows), ((word.top + word.height) as usize).min(page.rows));
            let band = page.band(word, height);
            let bright = page.level(page.around(first..last, height), top..below) + REFLECTION;
            let is_covered = |x: usize| page.is_inked(x, &band) || page.mean(x..x + 1, band.clone()) > bright;
            word.bare_before = bare((0..first).rev().map(is_covered), height);
            word.bare_after = bare((last..width).map(is_covered), height);
            let is_covered = |y: usize| page.is_row_inked(y, first..last) || page.mean(first..last, y..y + 1) > bright;
            word.bare_below = bare((below..page.rows).map(is_covered), height);
        }
    }
}

fn usual_height(line: &Line) -> f64 {
    let mut heights: Vec<u32> = line.words.iter().map(|word| word.height).collect();
    heights.sort_unstable();
    heights.get(heights.len() / 2).copied().map_or(0.0, f64::from)
}

struct Paper<'a> {
    luma: &'a [u8],
    even: &'a [u8],
    width: usize,
    rows: usize,
}

impl Paper<'_> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the picture")]
    fn band(&self, word: &Word, height: f64) -> Range<usize> {
        let middle = f64::from(word.top) + f64::from(word.height) / 2.0;
        let [from, to] = [-BAND_HEIGHTS, BAND_HEIGHTS].map(|share| (middle + share * height).max(0.0) as usize);
        from.min(self.rows)..to.min(self.rows)
    }

    fn is_inked(&self, x: usize, band: &Range<usize>) -> bool {
        band.clone().filter(|y| self.even[y * self.width + x] < INK).take(LEAST_INK).count() == LEAST_INK
    }

    fn is_row_inked(&self, y: usize, columns: Range<usize>) -> bool {
        let least = LEAST_INK.max(columns.len() / SPECK_COLUMNS);
        self.even[y * self.width..][columns].iter().filter(|&&level| level < INK).take(least).count() == least
    }

    fn pixels(&self, columns: Range<usize>, rows: Range<usize>) -> impl Iterator<Item = u8> {
        rows.flat_map(move |y| self.luma[y * self.width..][columns.clone()].iter().copied())
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the picture")]
    fn around(&self, columns: Range<usize>, height: f64) -> Range<usize> {
        let beside = ((LEVEL_HEIGHTS * height) as usize).saturating_sub(columns.len()) / 2;
        columns.start.saturating_sub(beside)..(columns.end + beside).min(self.width)
    }

    /// How bright the paper there is in most rows: a reflection that begins within a word leaves it what it is.
    fn level(&self, columns: Range<usize>, rows: Range<usize>) -> usize {
        let patch = |x: usize, y: usize| self.mean(x..(x + PATCH).min(self.width), y..(y + PATCH).min(self.rows));
        let row = |y: usize| nth(columns.clone().step_by(PATCH).map(|x| patch(x, y)).collect(), BELOW_PAPER);
        nth(rows.step_by(PATCH).map(row).collect(), 50)
    }

    fn mean(&self, columns: Range<usize>, rows: Range<usize>) -> usize {
        let count = (columns.len() * rows.len()).max(1);
        self.pixels(columns, rows).map(usize::from).sum::<usize>() / count
    }
}

/// The level that so many percent of them are below.
fn nth(mut levels: Vec<usize>, percent: usize) -> usize {
    let at = levels.len() * percent / 100;
    if levels.is_empty() { 0 } else { *levels.select_nth_unstable(at).1 }
}

/// Columns or rows without ink before the next one with ink, once the word's own last stroke, and a mark beside it, are over. The
/// picture's end is no bare paper: what is beyond it, nobody saw.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few heights")]
fn bare(inked: impl Iterator<Item = bool>, height: f64) -> u32 {
    let [stroke, mark, most] = [STROKE_HEIGHTS, MARK_HEIGHTS, MOST_HEIGHTS].map(|share| (share * height) as usize);
    let columns: Vec<bool> = inked.take(stroke + 2 * mark + most).collect();
    let own = columns.iter().take(stroke).take_while(|ink| **ink).count();
    let runs = |from: usize, ink: bool| columns[from..].iter().take_while(|column| **column == ink).count();
    let paper = runs(own, false);
    let after = own + paper;
    let ink = runs(after, true);
    let is_mark = (1..=mark).contains(&ink) && paper <= mark && runs(after + ink, false) > paper + ink;
    let paper = if is_mark { runs(after + ink, false) } else { paper };
    u32::try_from(paper.min(most)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 300;

    fn word(left: u32) -> Word {
        Word { left, top: 20, width: 40, height: 20, ..Word::default() }
    }

    /// Paper of 60 rows with ink between the given columns.
    fn measured(words: Vec<Word>, ink: &[(usize, usize)]) -> Vec<(u32, u32)> {
        let level = |at: usize| if ink.iter().any(|&(from, to)| (from..to).contains(&(at % WIDTH))) { 20 } else { 190 };
        let even: Vec<u8> = (0..WIDTH * 60).map(level).collect();
        let mut lines = [Line { words }];
        measure(&mut lines, &vec![190; even.len()], &even, WIDTH);
        lines[0].words.iter().map(|word| (word.bare_before, word.bare_after)).collect()
    }

    #[test]
    fn the_gap_to_the_next_ink_is_measured_though_nobody_read_that_ink() {
        assert_eq!(measured(vec![word(100)], &[(60, 90), (100, 140), (148, 170)]), [(10, 8)]);
    }

    #[test]
    fn four_heights_are_enough() {
        assert_eq!(measured(vec![word(120)], &[(120, 160)]), [(80, 80)]);
    }

    #[test]
    fn a_reflection_is_no_paper() {
        let page = |brightest: u8| -> Vec<u8> {
            let level = |at: usize| match (at % WIDTH, at / WIDTH) {
                (100..140, 20..40) if at.is_multiple_of(4) => 40,
                (60..90, _) | (_, 60..) => brightest,
                _ => 190,
            };
            (0..WIDTH * 160).map(level).collect()
        };
        let even = vec![170; WIDTH * 160];
        let around = |luma: &[u8]| {
            let mut lines = [Line { words: vec![word(100)] }];
            measure(&mut lines, luma, &even, WIDTH);
            let word = &lines[0].words[0];
            (word.bare_before, word.bare_after, word.bare_below)
        };
        assert_eq!(around(&page(190)), (80, 80, 80));
        assert_eq!(around(&page(240)), (10, 80, 20));
    }

    #[test]
    fn a_comma_that_was_not_read_is_no_word() {
        assert_eq!(measured(vec![word(100)], &[(100, 140), (143, 147)])[0].1, 80);
        assert_eq!(measured(vec![word(100)], &[(100, 140), (143, 147), (155, 190)])[0].1, 8);
        assert_eq!(measured(vec![word(100)], &[(100, 140), (143, 153)])[0].1, 3, "that is a letter");
        assert_eq!(measured(vec![word(100)], &[(100, 140), (150, 153)])[0].1, 10, "that stands by itself");
    }

    #[test]
    fn a_stroke_beyond_the_box_belongs_to_the_word() {
        assert_eq!(measured(vec![word(100)], &[(100, 143), (150, 160)])[0].1, 7);
        assert_eq!(measured(vec![word(100)], &[(100, 160)])[0].1, 0, "ink that goes on is no stroke");
    }

    #[test]
    fn a_row_below_that_nobody_read_ends_the_paper() {
        let below = |ink: &dyn Fn(usize, usize) -> bool| {
            let even: Vec<u8> = (0..WIDTH * 160).map(|at| if ink(at % WIDTH, at / WIDTH) { 20 } else { 190 }).collect();
            let mut lines = [Line { words: vec![word(100)] }];
            measure(&mut lines, &vec![190; even.len()], &even, WIDTH);
            lines[0].words[0].bare_below
        };
        assert_eq!(below(&|_, y| (20..40).contains(&y)), 80);
        assert_eq!(below(&|x, y| (70..90).contains(&y) && x % 8 == 0), 30, "strokes of letters");
        assert_eq!(below(&|x, y| x == 120 && y == 70), 80, "a speck");
        assert_eq!(below(&|x, y| x > 150 && y > 40), 80, "beside it");
    }

    #[test]
    fn the_end_of_the_picture_is_no_paper() {
        assert_eq!(measured(vec![word(250)], &[(250, 290)]), [(80, 10)]);
    }
}
