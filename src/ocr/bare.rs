//! How much bare paper stands on either side of each word: what tells the end of a row from a word left unread.

use super::page::{Line, Word};

/// Darker than this is ink: one unit of contrast below the middle of an evened picture.
const INK: u8 = 125;

/// Pixels of ink that a column must have: one alone is a speck.
const LEAST_INK: usize = 2;

/// Half the height of the band that is looked at, in heights of the line's letters.
const BAND_HEIGHTS: f64 = 0.4;

/// A box may end before its last stroke does, by so many heights.
const STROKE_HEIGHTS: f64 = 0.25;

/// A comma or a mark that was not read stands so near to its word, and is no wider, in heights.
const MARK_HEIGHTS: f64 = 0.3;

/// Further than this many heights nobody asks.
const MOST_HEIGHTS: f64 = 4.0;

/// Fills in the bare paper beside the words of `lines`, read off `even`, an evened picture with rows of `width` pixels.
pub(super) fn measure(lines: &mut [Line], even: &[u8], width: usize) {
    let page = Paper { even, width, rows: even.len() / width };
    for line in lines {
        let height = usual_height(line);
        for word in &mut line.words {
            let (first, last) = (word.left as usize, (word.left + word.width) as usize);
            let band = page.band(word, height);
            word.bare_before = bare((0..first.min(width)).rev().map(|x| page.is_inked(x, &band)), height);
            word.bare_after = bare((last..width).map(|x| page.is_inked(x, &band)), height);
        }
    }
}

fn usual_height(line: &Line) -> f64 {
    let mut heights: Vec<u32> = line.words.iter().map(|word| word.height).collect();
    heights.sort_unstable();
    heights.get(heights.len() / 2).copied().map_or(0.0, f64::from)
}

struct Paper<'a> {
    even: &'a [u8],
    width: usize,
    rows: usize,
}

impl Paper<'_> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the picture")]
    fn band(&self, word: &Word, height: f64) -> std::ops::Range<usize> {
        let middle = f64::from(word.top) + f64::from(word.height) / 2.0;
        let [from, to] = [-BAND_HEIGHTS, BAND_HEIGHTS].map(|share| (middle + share * height).max(0.0) as usize);
        from.min(self.rows)..to.min(self.rows)
    }

    fn is_inked(&self, x: usize, band: &std::ops::Range<usize>) -> bool {
        band.clone().filter(|y| self.even[y * self.width + x] < INK).take(LEAST_INK).count() == LEAST_INK
    }
}

/// Columns without ink before the next one with ink, once the word's own last stroke, and a mark beside it, are over. The
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
        measure(&mut lines, &even, WIDTH);
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
    fn the_end_of_the_picture_is_no_paper() {
        assert_eq!(measured(vec![word(250)], &[(250, 290)]), [(80, 10)]);
    }
}
