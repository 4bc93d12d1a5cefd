//! Evens out light and ink: shade towards the sides of a can, the streak of a lamp, white letters on a dark pack.
//!
//! Each pixel becomes its distance from the brightness around it, in units of the contrast around it, and ink is made
//! the darker of the two. Read off three frames each of eight turning cans that finds 0.89 of the printed words, where
//! dividing by the brightness around finds 0.87; the dark cans gain most. Small print on a bright flat photo loses.

/// Side of the squares whose mean and contrast stand for what is around, pixels: a few letters.
const CELL: usize = 32;

/// Contrast below this, in grey levels, is noise of the camera, not ink; raising it would make letters of it.
const LEAST_CONTRAST: f32 = 25.0;

/// Grey levels that one unit of contrast becomes, and the level of what is around: paper is the larger part of it.
const GAIN: f32 = 45.0;
const MIDDLE: f32 = 170.0;

/// Further from what is around than this is a reflection or a bar, and must not decide which side is ink.
const MOST_UNITS: f32 = 3.0;

/// Closer to what is around than this is the camera's noise, and becomes paper: on a picture with little ink the
/// reader would otherwise set its threshold inside the noise and read a thousand specks for half a minute.
const NOISE_UNITS: f32 = 0.3;

/// `luma`, rows of `width` pixels, as dark ink in even light.
pub(super) fn evened(luma: &[u8], width: usize) -> Vec<u8> {
    let around = Around::of(luma, width);
    let mut units = Vec::with_capacity(luma.len());
    let mut lean = 0.0_f64;
    for (y, row) in luma.chunks_exact(width).enumerate() {
        let line = around.line(y);
        for (x, &pixel) in row.iter().enumerate() {
            let Cell { mean, contrast } = line.at(x);
            let unit = ((f32::from(pixel) - mean) / contrast.max(LEAST_CONTRAST)).clamp(-MOST_UNITS, MOST_UNITS);
            if contrast > LEAST_CONTRAST {
                lean += f64::from(unit.powi(3));
            }
            units.push(unit - unit.clamp(-NOISE_UNITS, NOISE_UNITS));
        }
    }
    // Ink is the smaller part of a text, so the distribution leans to its side.
    let gain = if lean > 0.0 { -GAIN } else { GAIN };
    units.into_iter().map(|unit| grey(MIDDLE + gain * unit)).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte first")]
fn grey(level: f32) -> u8 {
    level.clamp(0.0, 255.0) as u8
}

/// Mean and standard deviation of brightness, grey levels.
#[derive(Clone, Copy, Default)]
struct Cell {
    mean: f32,
    contrast: f32,
}

impl Cell {
    fn towards(self, other: Self, share: f32) -> Self {
        let mix = |a: f32, b: f32| a + (b - a) * share;
        Self { mean: mix(self.mean, other.mean), contrast: mix(self.contrast, other.contrast) }
    }
}

/// What is around each place of a picture: cells, between whose middles is interpolated.
struct Around {
    cells: Vec<Cell>,
    across: usize,
    down: usize,
}

/// The cells of one row of pixels.
struct AroundLine(Vec<Cell>);

impl Around {
    fn of(luma: &[u8], width: usize) -> Self {
        let (across, down) = (width.div_ceil(CELL), (luma.len() / width).div_ceil(CELL));
        let mut sums = vec![[0.0_f32; 3]; across * down];
        for (y, row) in luma.chunks_exact(width).enumerate() {
            for (x, part) in row.chunks(CELL).enumerate() {
                let [count, sum, squares] = &mut sums[y / CELL * across + x];
                for level in part.iter().map(|&pixel| f32::from(pixel)) {
                    *count += 1.0;
                    *sum += level;
                    *squares += level * level;
                }
            }
        }
        // With its neighbours, so that a single word does not count as shade.
        let cell = |x: usize, y: usize| {
            let near = |place: usize, end: usize| place.saturating_sub(1)..(place + 2).min(end);
            let places = near(y, down).flat_map(|row| near(x, across).map(move |column| row * across + column));
            let [count, sum, squares] =
                places.fold([0.0; 3], |total, place| [0, 1, 2].map(|part| total[part] + sums[place][part]));
            let mean = sum / count;
            Cell { mean, contrast: (squares / count - mean * mean).max(0.0).sqrt() }
        };
        let cells = (0..down * across).map(|place| cell(place % across, place / across)).collect();
        Self { cells, across, down }
    }

    fn line(&self, y: usize) -> AroundLine {
        let (above, below, share) = between(y, self.down);
        let cell = |x: usize| self.cells[above * self.across + x].towards(self.cells[below * self.across + x], share);
        AroundLine((0..self.across).map(cell).collect())
    }
}

impl AroundLine {
    fn at(&self, x: usize) -> Cell {
        let (left, right, share) = between(x, self.0.len());
        self.0[left].towards(self.0[right], share)
    }
}

/// The two cells whose middles `place` lies between, and how far it is on the way to the second.
#[expect(clippy::cast_precision_loss, reason = "a place within one cell")]
fn between(place: usize, cells: usize) -> (usize, usize, f32) {
    let from_first = place.saturating_sub(CELL / 2);
    let first = (from_first / CELL).min(cells - 1);
    (first, (first + 1).min(cells - 1), (from_first % CELL) as f32 / CELL as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 320;

    /// Paper that brightens to the right, with a grid of strokes `ink` times as bright.
    fn printed(ink: f32) -> Vec<u8> {
        let level = |at: usize| {
            let (x, y) = (at % WIDTH, at / WIDTH);
            let stroke = y % 40 < 20 && x % 20 < 5;
            let paper = 60.0 + x as f32 / 8.0;
            if stroke { paper * ink } else { paper }
        };
        (0..WIDTH * 128).map(|at| level(at) as u8).collect()
    }

    #[test]
    fn shade_goes_and_ink_stays() {
        let even = evened(&printed(0.3), WIDTH);
        let paper = [30, 150, 290].map(|x| even[66 * WIDTH + x - x % 20 + 12]);
        assert!(paper.iter().all(|level| level.abs_diff(paper[0]) < 15), "{paper:?}");
        assert!(even[90 * WIDTH + 162] < 110 && paper[1] > 170, "{} on {}", even[90 * WIDTH + 162], paper[1]);
    }

    #[test]
    fn white_letters_on_a_dark_pack_become_dark() {
        let even = evened(&printed(2.4), WIDTH);
        assert!(even[90 * WIDTH + 162] < 110 && even[90 * WIDTH + 172] > 170);
    }

    #[test]
    fn pictures_smaller_than_a_cell_have_no_ink() {
        assert_eq!(evened(&[90; 15], 5), vec![170; 15]);
        assert_eq!(evened(&[0; 33], 33), vec![170; 33]);
    }
}
