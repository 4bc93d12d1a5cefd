//! Lines of print that rise and fall, made level: by how much, from column to column.

use std::ops::Range;

use super::motion::Cells;

/// Columns of cells whose rows are looked at together.
const CHUNK: usize = 16;
/// Quarters of a cell by which lines may rise or fall from one chunk to the next, beside their slope.
const REACH: i32 = 8;
/// Likeness of the rows of neighbouring chunks from which they are believed to be the same lines.
const ALIKE: f32 = 0.5;
/// How much of what is known is taken over from each chunk.
const LEARNT: f32 = 0.25;

/// How far lines of print have fallen, at columns that are counted from a block's left end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fall {
    /// For each column.
    pub slope: f32,
    /// Beside the slope, at the middles of chunks of `every` columns.
    waves: Vec<f32>,
    every: f32,
}

impl Fall {
    /// A straight one.
    pub fn straight(slope: f32) -> Self {
        Self { slope, ..Self::default() }
    }

    /// The same on a picture so many times as large.
    #[expect(clippy::cast_precision_loss, reason = "a small factor")]
    pub fn enlarged(self, factor: usize) -> Self {
        let factor = factor as f32;
        Self { waves: self.waves.into_iter().map(|wave| wave * factor).collect(), every: self.every * factor, ..self }
    }

    /// Rows at a column.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "chunks")]
    pub fn at(&self, column: f32) -> f32 {
        let straight = self.slope * column;
        let Some(last) = self.waves.len().checked_sub(1) else { return straight };
        let place = (column / self.every - 0.5).clamp(0.0, last as f32);
        let (left, part) = (place as usize, place.fract());
        let (from, to) = (self.waves[left], self.waves[(left + 1).min(last)]);
        straight + from + (to - from) * part
    }
}

/// Follows the lines of a block of cells whose rows at its left end are `rows` and fall by about `slope`. A bar code is no
/// print to cells, and does not count.
pub fn follow(cells: &Cells, columns: &Range<usize>, rows: &Range<usize>, slope: f32) -> Fall {
    let chunks: Vec<Vec<f32>> = columns
        .clone()
        .step_by(CHUNK)
        .map(|left| profile(cells, left..(left + CHUNK).min(columns.end), columns.start, rows, slope))
        .collect();
    let ink = |chunk: usize| chunks[chunk].iter().sum::<f32>();
    let Some(fullest) = (0..chunks.len()).max_by(|&a, &b| ink(a).total_cmp(&ink(b))) else {
        return Fall::straight(slope);
    };
    let mut waves = vec![0.0; chunks.len()];
    let mut walk = |order: &mut dyn Iterator<Item = usize>| {
        let (mut known, mut wave) = (chunks[fullest].clone(), 0.0);
        for number in order {
            let (alike, found) = best(&known, &chunks[number], wave);
            if alike >= ALIKE {
                wave = found;
                known.iter_mut().enumerate().for_each(|(row, level)| {
                    *level += LEARNT * (shifted(&chunks[number], row, wave) - *level);
                });
            }
            waves[number] = wave;
        }
    };
    walk(&mut (fullest + 1..chunks.len()));
    walk(&mut (0..fullest).rev());
    #[expect(clippy::cast_precision_loss, reason = "columns")]
    let every = CHUNK as f32;
    Fall { slope, waves, every }
}

/// How much print is in each row of some columns.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows")]
fn profile(cells: &Cells, columns: Range<usize>, left: usize, rows: &Range<usize>, slope: f32) -> Vec<f32> {
    let fall = slope * (columns.start + columns.len() / 2 - left) as f32;
    rows.clone()
        .map(|row| {
            let row = (row as f32 + fall).clamp(0.0, (cells.height - 1) as f32) as usize;
            cells.levels[row * cells.width..][columns.clone()].iter().sum()
        })
        .collect()
}

/// A level between rows, of the row that is `wave` further down; 0 outside.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows")]
fn shifted(profile: &[f32], row: usize, wave: f32) -> f32 {
    let place = row as f32 + wave;
    if place < 0.0 || place as usize + 1 >= profile.len() {
        return 0.0;
    }
    let (first, part) = (place as usize, place.fract());
    profile[first] + (profile[first + 1] - profile[first]) * part
}

/// The shift near `around` at which two profiles are most alike, and how much they are then.
#[expect(clippy::cast_precision_loss, reason = "a few rows")]
fn best(known: &[f32], profile: &[f32], around: f32) -> (f32, f32) {
    let alike = |wave: f32| {
        let (mut product, mut own, mut other) = (0.0, 1e-6_f32, 1e-6_f32);
        for (row, level) in known.iter().enumerate() {
            let there = shifted(profile, row, wave);
            (product, own, other) = (product + level * there, own + level * level, other + there * there);
        }
        product / (own * other).sqrt()
    };
    let tried = (-REACH..=REACH).map(|quarter| around + quarter as f32 / 4.0);
    tried.map(|wave| (alike(wave), wave)).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((0.0, around))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_rise_and_fall_are_followed() {
        let (width, height) = (600, 160);
        let wave = |x: usize| 9.0 * (f32::from(u16::try_from(x).unwrap()) / 95.0).sin();
        let mut levels = vec![0.0; width * height];
        for x in (0..width).filter(|x| x % 5 < 2) {
            for line in 0..4 {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a page")]
                let top = (30.0 + 24.0 * f32::from(u8::try_from(line).unwrap()) + wave(x)) as usize;
                (top..top + 9).for_each(|y| levels[y * width + x] = 30.0);
            }
        }
        let fall = follow(&Cells { width, height, levels }, &(0..width), &(10..140), 0.0);
        let relative = |x: u16| (fall.at(f32::from(x)) - wave(x.into())) - (fall.at(300.0) - wave(300));
        for x in [20, 150, 250, 420, 580] {
            assert!(relative(x).abs() < 2.0, "{x}: {}", relative(x));
        }
        assert!((fall.clone().enlarged(2).at(840.0) - 2.0 * fall.at(420.0)).abs() < 0.01);
    }

    #[test]
    fn a_bare_page_has_nothing_that_falls() {
        let page = Cells { width: 100, height: 50, levels: vec![0.0; 5000] };
        assert!((follow(&page, &(0..100), &(5..45), 0.1).at(50.0) - 5.0).abs() < 0.01);
    }
}
