//! How the rows of a label on a can sag, and the picture with them straightened.
//!
//! A camera above or below a row sees it as part of an ellipse: level in the middle, ever steeper to the sides, where
//! the reader then fails. The slope is estimated from a first reading and taken out for a second: on three frames each
//! of eight turning cans that raises the words found in a frame from 0.44 to 0.52.

use super::page::{Line, Word};

/// Neighbouring words needed to speak of a slope.
const LEAST_PAIRS: usize = 5;

/// Words read worse than this stand in doubtful places, 0–100.
const LEAST_CONFIDENCE: u8 = 60;

/// Slopes under this the reader takes in its stride.
const LEAST_SLOPE: f64 = 0.03;

/// No row in sight on a can is steeper; a fit that says so stems from misread words.
const MOST_SLOPE: f64 = 0.6;

/// The slope of rows as a line over the place across the picture, and the places between which words spoke for it.
/// Outside them the slope stays as it is at the nearer one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sag {
    slope: f64,
    bend: f64,
    from: f64,
    to: f64,
}

/// A slope between two words, where it is across the picture, and the distance that speaks for it.
struct Sample {
    x: f64,
    slope: f64,
    weight: f64,
}

impl Sag {
    /// Least squares over neighbouring words; `None` if they are too few or as good as level.
    pub(super) fn of(lines: &[Line]) -> Option<Self> {
        let samples: Vec<Sample> = lines.iter().flat_map(|line| line.words.windows(2)).filter_map(sample).collect();
        let sum = |term: fn(&Sample) -> f64| samples.iter().map(|sample| sample.weight * term(sample)).sum::<f64>();
        let (all, x, xx) = (sum(|_| 1.0), sum(|s| s.x), sum(|s| s.x * s.x));
        let (slope, x_slope) = (sum(|s| s.slope), sum(|s| s.x * s.slope));
        let spread = all * xx - x * x;
        if samples.len() < LEAST_PAIRS || spread < 1.0 {
            return None;
        }
        let bend = (all * x_slope - x * slope) / spread;
        let from = samples.iter().map(|sample| sample.x).fold(f64::MAX, f64::min);
        let to = samples.iter().map(|sample| sample.x).fold(f64::MIN, f64::max);
        let sag = Self { slope: (slope - bend * x) / all, bend, from, to };
        let steepest = sag.at(from).abs().max(sag.at(to).abs());
        (LEAST_SLOPE..MOST_SLOPE).contains(&steepest).then_some(sag)
    }

    fn at(self, x: f64) -> f64 {
        self.slope + self.bend * x.clamp(self.from, self.to)
    }

    /// `luma`, rows of `width` pixels, each column shifted so that the rows of text are level.
    pub(super) fn straightened(self, luma: &[u8], width: usize) -> Vec<u8> {
        let shifts = self.shifts(width);
        let rows = luma.len() / width;
        let mut level = Vec::with_capacity(luma.len());
        for y in 0..rows {
            for (x, &(whole, share)) in shifts.iter().enumerate() {
                let row = |down: i64| usize::try_from(down).unwrap_or(0).min(rows - 1);
                let at = i64::try_from(y).unwrap_or(i64::MAX).saturating_add(whole);
                let [upper, lower] = [at, at.saturating_add(1)].map(|down| f64::from(luma[row(down) * width + x]));
                level.push(grey(upper + (lower - upper) * share));
            }
        }
        level
    }

    /// For each column, how far below its level place a row of text stands: whole pixels and the rest.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "columns of a picture")]
    fn shifts(self, width: usize) -> Vec<(i64, f64)> {
        let slopes = (0..width).map(|x| self.at(x as f64));
        let depths: Vec<f64> =
            slopes.scan(0.0, |depth, slope| Some(std::mem::replace(depth, *depth + slope))).collect();
        let mean = depths.iter().sum::<f64>() / width as f64;
        depths
            .into_iter()
            .map(|depth| depth - mean)
            .map(|shift| (shift.floor() as i64, shift - shift.floor()))
            .collect()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
fn grey(level: f64) -> u8 {
    level as u8
}

fn sample(pair: &[Word]) -> Option<Sample> {
    let [left, right] = pair else { return None };
    let [(x0, y0), (x1, y1)] = [middle(left), middle(right)];
    let good =
        pair.iter().all(|word| word.confidence >= LEAST_CONFIDENCE && word.text.chars().any(char::is_alphanumeric));
    let across = x1 - x0;
    (good && across > (y1 - y0).abs()).then(|| Sample { x: (x0 + x1) / 2.0, slope: (y1 - y0) / across, weight: across })
}

fn middle(word: &Word) -> (f64, f64) {
    (f64::from(word.left) + f64::from(word.width) / 2.0, f64::from(word.top) + f64::from(word.height) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 400;

    /// A bowl, deepest in the middle column.
    fn depth(x: usize) -> usize {
        let across = x as f64 - 200.0;
        100 - (across * across / 1000.0) as usize
    }

    fn words() -> Vec<Line> {
        let word = |x: usize| Word {
            text: "salt".to_owned(),
            confidence: 90,
            left: x as u32 - 10,
            top: depth(x) as u32 - 5,
            width: 20,
            height: 10,
            ..Word::default()
        };
        vec![Line { words: (1..10).map(|place| word(place * 40)).collect() }]
    }

    #[test]
    fn a_sagging_row_becomes_level() {
        let mut luma = vec![255; WIDTH * 200];
        (0..WIDTH).for_each(|x| (0..4).for_each(|thick| luma[(depth(x) + thick) * WIDTH + x] = 0));
        let level = Sag::of(&words()).unwrap().straightened(&luma, WIDTH);
        let ink = |x: usize| (0..200).position(|y| level[y * WIDTH + x] < 100).unwrap();
        let rows = [20, 100, 200, 300, 380].map(ink);
        assert!(rows.iter().all(|row| row.abs_diff(rows[2]) <= 2), "{rows:?}");
    }

    #[test]
    fn rows_too_steep_for_a_can_are_misread_words() {
        let mut lines = words();
        lines[0].words.iter_mut().for_each(|word| word.top = word.left * 7 / 10);
        assert_eq!(Sag::of(&lines), None);
    }

    #[test]
    fn level_rows_and_few_words_are_left_alone() {
        let mut lines = words();
        lines[0].words.iter_mut().for_each(|word| word.top = 50);
        assert_eq!(Sag::of(&lines), None);
        assert_eq!(Sag::of(&[Line { words: words()[0].words[..4].to_vec() }]), None);
    }
}
