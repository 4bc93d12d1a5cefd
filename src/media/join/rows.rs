//! The words of one picture in the rows of the label.
//!
//! The reader gives level pieces of rows in no certain order; pieces at one height that do not overlap are one row.

use super::percent;
use crate::ocr::{Line, Page, Word};

/// A gap wider than this many letter heights parts two columns of text, rather than two words of a row with a word
/// unread between them.
const COLUMN_GAP_HEIGHTS: f64 = 14.0;

/// Pieces whose middles are further apart than this many letter heights are different rows.
const SAME_ROW_HEIGHTS: f64 = 0.6;

/// A word whose letters are narrower than this share of its picture's usual letters is turning away behind the edge:
/// cos θ = 0.5 at 60° from the middle of the can.
const SQUEEZED_SHARE: f64 = 0.5;

/// A word this near to the picture's side, as a share of its width, may go on outside.
const SIDE_MARGIN_SHARE: f64 = 0.015;

/// So many letters of paper beside all rows of a picture, at one place, are its margin: spaces between words are narrower,
/// and do not stand one under the other.
const MARGIN_LETTERS: f64 = 2.0;

/// Rows that must end near a margin for it to be one.
const LEAST_MARGIN_ROWS: usize = 2;

/// A row that ends so many letters away from a margin does not show it.
const NEAR_MARGIN_LETTERS: f64 = 4.0;

/// A word read at least so well is no noise, and its place can be trusted, 0–100.
pub(super) const GOOD: u8 = 60;

/// One reading of one printed word.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    /// As read.
    pub(super) text: String,
    /// Lower case letters, digits and percent signs of it.
    pub(super) letters: Vec<char>,
    /// 0–100.
    pub(super) confidence: u8,
    /// First of a piece of a row, or before its first good word: its start may be cut off.
    pub(super) is_first: bool,
    /// Last of a piece of a row, or after its last good word: its end may be cut off.
    pub(super) is_last: bool,
    /// The picture that shows it.
    pub(super) page: usize,
    /// How many words stand before it in its row there.
    pub(super) place: usize,
    /// From the word before it in its row there to this one, in letters of the width around it; endless for the first.
    pub(super) gap: f64,
    /// Bare paper to its left, in letters of the width around it.
    pub(super) bare_before: f64,
    /// The same to its right.
    pub(super) bare_after: f64,
    /// Whether the paper to its left is the picture's left margin.
    pub(super) margin_before: bool,
    /// Whether the paper to its right is the picture's right margin.
    pub(super) margin_after: bool,
    /// Squeezed, or at the side of the picture: the row may go on behind it.
    pub(super) at_edge: bool,
}

impl Reading {
    pub(super) fn new(text: &str, confidence: u8) -> Self {
        let letters = text.chars().filter(|&c| c.is_alphanumeric() || c == '%').flat_map(char::to_lowercase).collect();
        Self {
            text: text.to_owned(),
            letters,
            confidence,
            is_first: false,
            is_last: false,
            page: 0,
            place: 0,
            gap: f64::INFINITY,
            bare_before: 0.0,
            bare_after: 0.0,
            margin_before: false,
            margin_after: false,
            at_edge: false,
        }
    }

    /// Whether this may be what was left of `other` where the row went out of sight.
    pub(super) fn is_cut_from(&self, other: &Self) -> bool {
        let shorter = self.letters.len() < other.letters.len();
        let head = self.is_last && other.letters.starts_with(&self.letters);
        let tail = self.is_first && other.letters.ends_with(&self.letters);
        shorter && (head || tail)
    }
}

/// One row of a label as one picture shows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// From left to right, never empty.
    pub(super) readings: Vec<Reading>,
    /// Height of its letters, pixels of the picture.
    pub(super) height: f64,
    /// Where its middle stands in the picture, pixels from the top.
    pub(super) level: f64,
    /// Bare paper below all of its words, pixels.
    pub(super) bare_below: f64,
}

/// The rows of `page`, the picture of that `number`, from top to bottom.
pub(super) fn of(page: &Page, number: usize) -> Vec<Row> {
    let mut pieces: Vec<Piece> = page.lines.iter().map(piece).filter(|piece| !piece.is_empty()).collect();
    let words = || pieces.iter().flatten().map(|placed| placed.word);
    let height = median(words().map(|word| f64::from(word.height)));
    let usual_width = median(words().map(letter_width));
    pieces.sort_by(|a, b| level(a).total_cmp(&level(b)));
    let mut rows: Vec<Piece> = Vec::new();
    for piece in pieces {
        let home = rows.iter_mut().rev().find(|row| {
            (level(row) - level(&piece)).abs() < SAME_ROW_HEIGHTS * height && are_beside(row, &piece, height)
        });
        match home {
            Some(row) => row.extend(piece),
            None => rows.push(piece),
        }
    }
    rows.iter_mut().for_each(|row| row.sort_by_key(|placed| placed.word.left));
    let margins = Margins::of(&rows, usual_width);
    rows.into_iter().map(|row| finished(&row, usual_width, margins, page, number)).collect()
}

/// Where the rows of a picture begin and end together, pixels from its left; `None` where they do not.
#[derive(Debug, Clone, Copy)]
struct Margins {
    left: Option<f64>,
    right: Option<f64>,
}

impl Margins {
    fn of(rows: &[Piece], letter: f64) -> Self {
        let starts = rows
            .iter()
            .filter_map(|row| row.first())
            .map(|first| (-f64::from(first.word.left), first.word.bare_before));
        let ends = rows.iter().filter_map(|row| row.last()).map(|last| (right(last.word), last.word.bare_after));
        let margin = |ends: Vec<(f64, u32)>| {
            let outermost = ends.iter().map(|(end, _)| *end).fold(f64::MIN, f64::max);
            let near: Vec<_> = ends.iter().filter(|(end, _)| *end > outermost - NEAR_MARGIN_LETTERS * letter).collect();
            let bare = |&&(end, bare): &&(f64, u32)| end + f64::from(bare) >= outermost + MARGIN_LETTERS * letter;
            (near.len() >= LEAST_MARGIN_ROWS && near.iter().all(bare)).then_some(outermost)
        };
        Self { left: margin(starts.collect()).map(|end| -end), right: margin(ends.collect()) }
    }

    /// Whether paper beside a word reaches the left margin, and the right one.
    fn beside(self, word: &Word, letter: f64) -> (bool, bool) {
        let paper = MARGIN_LETTERS * letter;
        let before = f64::from(word.left) - f64::from(word.bare_before);
        let after = right(word) + f64::from(word.bare_after);
        (self.left.is_some_and(|left| before <= left - paper), self.right.is_some_and(|right| after >= right + paper))
    }
}

/// A word of a piece of a row, and whether it may have lost its start or its end there.
#[derive(Clone, Copy)]
struct Placed<'a> {
    word: &'a Word,
    is_first: bool,
    is_last: bool,
}

type Piece<'a> = Vec<Placed<'a>>;

/// The squeezed words at the ends of a piece are often noise, so its ends reach as far as its first and last good word.
fn piece(line: &Line) -> Piece<'_> {
    let words: Vec<&Word> = line.words.iter().filter(|word| is_text(word)).collect();
    let first = words.iter().position(|word| word.confidence >= GOOD).unwrap_or(words.len());
    let last = words.iter().rposition(|word| word.confidence >= GOOD).unwrap_or(0);
    let placed = |place: usize| Placed { word: words[place], is_first: place <= first, is_last: place >= last };
    (0..words.len()).map(placed).collect()
}

/// Marks without a letter or digit, such as the bars of a barcode, are no text.
fn is_text(word: &Word) -> bool {
    word.text.chars().any(|c| c.is_alphanumeric() || c == '%')
}

fn finished(row: &[Placed], usual_width: f64, margins: Margins, page: &Page, number: usize) -> Row {
    let page_width = f64::from(page.width);
    let margin = SIDE_MARGIN_SHARE * page_width;
    let before = std::iter::once(None).chain(row.iter().map(|placed| Some(placed.word)));
    let reading = |(place, (&Placed { word, is_first, is_last }, before)): (usize, (&Placed, Option<&Word>))| {
        let (width, around) = (letter_width(word), width_around(row, place));
        let (margin_before, margin_after) = margins.beside(word, usual_width);
        Reading {
            page: number,
            place,
            gap: before.map_or(f64::INFINITY, |before| (f64::from(word.left) - right(before)) / around),
            bare_before: f64::from(word.bare_before) / around,
            bare_after: f64::from(word.bare_after) / around,
            margin_before,
            margin_after,
            is_first,
            is_last,
            at_edge: width < SQUEEZED_SHARE * usual_width
                || f64::from(word.left) < margin
                || right(word) > page_width - margin,
            ..Reading::new(&percent::mended(&word.text, before.map(|before| before.text.as_str())), word.confidence)
        }
    };
    let readings = row.iter().zip(before).enumerate().map(reading).collect();
    let height = median(row.iter().map(|placed| f64::from(placed.word.height)));
    let good = row.iter().filter(|placed| placed.word.confidence >= GOOD);
    let bare_below = good.map(|placed| f64::from(placed.word.bare_below)).reduce(f64::min).unwrap_or(0.0);
    Row { readings, height, level: level(row), bare_below }
}

fn are_beside(row: &[Placed], piece: &[Placed], height: f64) -> bool {
    let (row_left, row_right) = extent(row);
    let (left, right) = extent(piece);
    let gap = (left - row_right).max(row_left - right);
    // Boxes of sloping words overlap a little.
    gap > -height && gap < COLUMN_GAP_HEIGHTS * height
}

fn extent(row: &[Placed]) -> (f64, f64) {
    row.iter().fold((f64::MAX, f64::MIN), |(least, most), Placed { word, .. }| {
        (least.min(f64::from(word.left)), most.max(right(word)))
    })
}

fn right(word: &Word) -> f64 {
    f64::from(word.left) + f64::from(word.width)
}

#[expect(clippy::cast_precision_loss, reason = "words have a handful of letters")]
fn letter_width(word: &Word) -> f64 {
    f64::from(word.width).max(1.0) / word.text.chars().count().max(1) as f64
}

/// Width of the letters of a word and of those beside it: an `i` alone says little.
#[expect(clippy::cast_precision_loss, reason = "words have a handful of letters")]
fn width_around(row: &[Placed], place: usize) -> f64 {
    let near = &row[place.saturating_sub(1)..(place + 2).min(row.len())];
    let pixels: f64 = near.iter().map(|placed| f64::from(placed.word.width)).sum();
    let letters: usize = near.iter().map(|placed| placed.word.text.chars().count()).sum();
    pixels.max(1.0) / letters.max(1) as f64
}

/// The middle one; 0 of none.
pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// The height in the picture at which these words stand.
fn level(row: &[Placed]) -> f64 {
    median(row.iter().map(|placed| f64::from(placed.word.top) + f64::from(placed.word.height) / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, left: u32, top: u32) -> Word {
        let width = 10 * u32::try_from(text.chars().count()).unwrap();
        Word { text: text.to_owned(), confidence: 90, left, top, width, height: 20, ..Word::default() }
    }

    fn texts(page: &Page) -> Vec<Vec<String>> {
        of(page, 0).into_iter().map(|row| row.readings.into_iter().map(|reading| reading.text).collect()).collect()
    }

    #[test]
    fn pieces_at_one_height_come_together() {
        let lines = vec![
            Line { words: vec![word("rapsolja,", 400, 104), word("timjan,", 550, 99)] },
            Line { words: vec![word("socker,", 100, 140), word("peppar", 200, 142)] },
            Line { words: vec![word("Vatten,", 100, 100), word("lök,", 200, 96), word("salt,", 300, 100)] },
            Line { words: vec![word("selleri", 300, 138), word("senap.", 400, 140)] },
        ];
        let page = Page { width: 1000, height: 1000, lines };
        assert_eq!(
            texts(&page),
            [vec!["Vatten,", "lök,", "salt,", "rapsolja,", "timjan,"], vec!["socker,", "peppar", "selleri", "senap."]]
        );
    }

    #[test]
    fn columns_far_apart_stay_apart() {
        let lines =
            vec![Line { words: vec![word("Vatten,", 50, 100)] }, Line { words: vec![word("Energi", 800, 100)] }];
        assert_eq!(texts(&Page { width: 1000, height: 500, lines }).len(), 2);
    }

    #[test]
    fn bars_of_a_barcode_are_no_row() {
        let lines = vec![Line { words: vec![word("|||", 50, 100), word("||", 100, 100)] }];
        assert_eq!(of(&Page { width: 1000, height: 500, lines }, 0), []);
    }
}
