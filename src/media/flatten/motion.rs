//! How far the label moved from one frame to the next: normalised correlation of its unrolled, reduced
//! pictures.

use std::ops::Range;

use super::plane::{Plane, Spot, View, byte};
use super::surface::Surface;

/// Samples around a place whose mean is taken off: light goes, text stays.
const LOCAL: usize = 4;
/// Structure as weak as this is noise, and stronger than that says no more.
const NOISE: f32 = 2.0;
const FINEST: f32 = 40.0;
/// Samples whose gradients are summed.
const CELL: f32 = 36.0;
/// Furthest a level may stand from its surroundings: a reflection's edge must not drown the text.
const STEEPEST: f32 = 40.0;

/// A movement on the unrolled label, in samples of the textures, and how well it is borne out (−1 to 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// To the right.
    pub across: f32,
    /// Down.
    pub along: f32,
    /// Normalised correlation.
    pub response: f32,
}

/// Differences from the surroundings' brightness.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    values: Vec<i16>,
    /// Sum of squares above and to the left of each place, one row and column more than values.
    squares: Vec<u32>,
}

/// Where each sample of an unrolled picture lies in a frame: the same for all frames of a clip.
#[derive(Debug, Clone)]
pub struct Sampler {
    width: usize,
    height: usize,
    spots: Vec<Spot>,
}

impl Sampler {
    /// Samples `surface` over its reach and the rows `rows` of frames like `view`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "columns")]
    pub fn new(surface: &Surface, rows: impl ExactSizeIterator<Item = usize>, view: View<'_>) -> Self {
        let reach = surface.reach();
        let (width, height) = ((2.0 * reach) as usize, rows.len());
        let columns: Vec<_> = (0..width).map(|x| surface.column(x as f32 - reach)).collect();
        let spot = |y: usize| {
            let view = &view;
            columns.iter().map(move |column| view.spot(column.x, column.row(y as f32)))
        };
        Self { width, height, spots: rows.flat_map(spot).collect() }
    }

    /// The unrolled picture of a print map.
    pub fn unrolled(&self, view: View<'_>) -> Levels {
        let values = self.spots.iter().map(|&spot| level(view, spot)).collect();
        Levels::new(self.width, self.height, values)
    }
}

/// What a print map says at a spot: 128 is nothing.
fn level(view: View<'_>, spot: Spot) -> i16 {
    i16::try_from(view.at_spot(spot) - 128).unwrap_or_default()
}

/// Maps of print, at half the size of `frames`: how much fine structure is where, whatever the light, without what stands
/// still in all of them: the sides and rims of a can that is turned, the background. 128 is the level of nothing.
pub fn print_maps(frames: &[Plane]) -> Vec<Plane> {
    let levels = |frame: &Plane| {
        let cells = print(frame);
        Levels::along_rows(&cells.levels, cells.width, cells.height, LOCAL)
    };
    let mut all: Vec<Levels> = frames.iter().map(levels).collect();
    without_standing(&mut all);
    let plane = |levels: Levels| Plane {
        width: levels.width,
        height: levels.height,
        samples: levels.values.into_iter().map(|value| byte((value + 128).max(0).cast_unsigned().into())).collect(),
    };
    all.into_iter().map(plane).collect()
}

/// How much print is in each two by two samples of a picture, 0 to 40.
pub struct Cells {
    /// Columns of cells.
    pub width: usize,
    /// Rows of cells.
    pub height: usize,
    /// Row after row.
    pub levels: Vec<f32>,
}

/// Print has edges in all directions close together, where a rim, a side or a reflection has them in one: the smaller
/// eigenvalue of the structure tensor (Shi and Tomasi, Good features to track, 1994).
#[expect(clippy::cast_precision_loss, reason = "sums of squares of bytes")]
pub fn print(frame: &Plane) -> Cells {
    let Plane { width, height, samples } = frame;
    let (columns, rows) = (width / 2, height / 2);
    let mut tensor = [vec![0.0; columns * rows], vec![0.0; columns * rows], vec![0.0; columns * rows]];
    let (mut across, mut along) = (vec![0_i16; *width], vec![0_i16; *width]);
    let mut sums = [vec![0_i32; *width], vec![0_i32; *width], vec![0_i32; *width]];
    for y in 1..rows.saturating_sub(1) {
        sums.iter_mut().for_each(|sums| sums.fill(0));
        for row in [2 * y, 2 * y + 1] {
            let [above, here, below] = [row - 1, row, row + 1].map(|row| &samples[row * width..(row + 1) * width]);
            across
                .iter_mut()
                .skip(1)
                .zip(here.iter().zip(here.iter().skip(2)))
                .for_each(|(slope, (a, b))| *slope = less(*b, *a));
            along.iter_mut().zip(above.iter().zip(below)).for_each(|(slope, (a, b))| *slope = less(*b, *a));
            let [xx, xy, yy] = &mut sums;
            add_products(xx, &across, &across);
            add_products(xy, &across, &along);
            add_products(yy, &along, &along);
        }
        for (cells, sums) in tensor.iter_mut().zip(&sums) {
            let pairs = sums.chunks_exact(2).skip(1).take(columns.saturating_sub(2));
            cells
                .iter_mut()
                .skip(y * columns + 1)
                .zip(pairs)
                .for_each(|(cell, pair)| *cell = (pair[0] + pair[1]) as f32);
        }
    }
    let [xx, xy, yy] = tensor.map(|cells| nearby(&cells, columns));
    let smaller = |((xx, yy), xy): ((&f32, &f32), &f32)| {
        let (half, difference) = ((xx + yy) / 2.0, (xx - yy) / 2.0);
        let eigenvalue = half - (difference * difference + xy * xy).sqrt();
        ((eigenvalue.max(0.0) / CELL).sqrt() - NOISE).clamp(0.0, FINEST)
    };
    Cells { width: columns, height: rows, levels: xx.iter().zip(&yy).zip(&xy).map(smaller).collect() }
}

fn less(a: u8, b: u8) -> i16 {
    i16::from(a) - i16::from(b)
}

fn add_products(sums: &mut [i32], a: &[i16], b: &[i16]) {
    sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (&a, &b))| *sum += i32::from(a) * i32::from(b));
}

/// Sums over three neighbours in both directions.
fn nearby(cells: &[f32], width: usize) -> Vec<f32> {
    let mut rows = cells.to_vec();
    for (sum, three) in rows.iter_mut().skip(1).zip(cells.windows(3)) {
        *sum = three[0] + three[1] + three[2];
    }
    let mut sums = rows.clone();
    if cells.len() > 2 * width {
        let last = cells.len() - width;
        let around = rows.iter().zip(&rows[width..]).zip(&rows[2 * width..]);
        sums[width..last].iter_mut().zip(around).for_each(|(sum, ((above, here), below))| *sum = above + here + below);
    }
    sums
}

#[expect(clippy::cast_precision_loss, reason = "some hundred frames")]
fn without_standing(all: &mut [Levels]) {
    let Some(length) = all.iter().map(|levels| levels.values.len()).min() else { return };
    let mut sums = vec![0_i32; length];
    for levels in &*all {
        sums.iter_mut().zip(&levels.values).for_each(|(sum, &value)| *sum += i32::from(value));
    }
    let count = all.len() as f32;
    let standing: Vec<f32> = sums.into_iter().map(|sum| sum as f32 / count).collect();
    let whole: f32 = standing.iter().map(|level| level * level).sum();
    for levels in all {
        // A frame that is out of focus has less of it.
        let held: f32 = levels.values.iter().zip(&standing).map(|(&value, level)| f32::from(value) * level).sum();
        let share = (held / whole.max(1.0)).clamp(0.0, 1.5);
        for (value, level) in levels.values.iter_mut().zip(&standing) {
            let moving = f32::from(*value) - share * level;
            *value = nearest(moving.clamp(-127.0, 127.0));
        }
    }
}

impl Levels {
    fn new(width: usize, height: usize, values: Vec<i16>) -> Self {
        let mut squares = vec![0_u32; (width + 1) * (height + 1)];
        for (y, row) in values.chunks_exact(width.max(1)).enumerate() {
            let (above, here) = squares[y * (width + 1)..(y + 2) * (width + 1)].split_at_mut(width + 1);
            let mut sum = 0;
            for (x, &value) in row.iter().enumerate() {
                sum += u32::from(value.unsigned_abs()).pow(2);
                here[x + 1] = above[x + 1].wrapping_add(sum);
            }
        }
        Self { width, height, values, squares }
    }

    /// Sum of squares over a part.
    fn squares(&self, xs: &Range<usize>, ys: &Range<usize>) -> u32 {
        let at = |x: usize, y: usize| self.squares[y * (self.width + 1) + x];
        let (lower, upper) = (at(xs.end, ys.end), at(xs.start, ys.start));
        lower.wrapping_add(upper).wrapping_sub(at(xs.start, ys.end)).wrapping_sub(at(xs.end, ys.start))
    }

    /// Sum of products with `other` where a sample at `(x, y)` here meets `(x + across, y + along)` there.
    fn product(&self, other: &Self, across: i32, along: i32) -> i64 {
        let (Some(xs), Some(ys)) = (meet(self.width, other.width, across), meet(self.height, other.height, along))
        else {
            return 0;
        };
        let beside = xs.start.saturating_add_signed(across as isize);
        let row = |y: usize| {
            let there = y.saturating_add_signed(along as isize) * other.width + beside;
            let (a, b) = (&self.values[y * self.width..][xs.clone()], &other.values[there..there + xs.len()]);
            a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum::<i32>()
        };
        ys.map(row).map(i64::from).sum()
    }

    /// Takes the mean of `2 · local + 1` samples around, in both directions, off each level; beyond an edge lies what lies
    /// on it.
    #[expect(clippy::cast_precision_loss, reason = "sums of a few bytes")]
    pub fn of(levels: &[u8], width: usize, height: usize, local: usize) -> Self {
        if width == 0 || height == 0 {
            return Self::new(width, height, Vec::new());
        }
        let across: Vec<u16> = levels.chunks_exact(width).flat_map(|row| sums(row, local)).collect();
        let line = |y: usize| &across[y * width..(y + 1) * width];
        let mut column: Vec<i32> = vec![0; width];
        for y in 0..=2 * local {
            let entering = line(y.saturating_sub(local).min(height - 1));
            column.iter_mut().zip(entering).for_each(|(sum, &level)| *sum += i32::from(level));
        }
        let area = ((2 * local + 1) * (2 * local + 1)) as f32;
        let mut values = Vec::with_capacity(width * height);
        for (y, row) in levels.chunks_exact(width).enumerate() {
            values
                .extend(row.iter().zip(&column).map(|(&level, &sum)| difference(f32::from(level), sum as f32 / area)));
            let (entering, leaving) = (line((y + local + 1).min(height - 1)), line(y.saturating_sub(local)));
            for ((sum, &entering), &leaving) in column.iter_mut().zip(entering).zip(leaving) {
                *sum += i32::from(entering) - i32::from(leaving);
            }
        }
        Self::new(width, height, values)
    }

    /// Some of the rows.
    pub fn rows(&self, rows: Range<usize>) -> Self {
        let values = self.values[rows.start * self.width..rows.end * self.width].to_vec();
        Self::new(self.width, rows.len(), values)
    }

    /// How much there is in each row.
    pub fn row_sums(&self) -> impl Iterator<Item = u32> {
        self.values
            .chunks_exact(self.width.max(1))
            .map(|row| row.iter().map(|value| u32::from(value.unsigned_abs())).sum())
    }

    /// A part.
    pub fn part(&self, columns: Range<usize>, rows: Range<usize>) -> Self {
        let values = rows.clone().flat_map(|y| &self.values[y * self.width..][columns.clone()]).copied().collect();
        Self::new(columns.len(), rows.len(), values)
    }

    /// The mean of each two by two.
    pub fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let sum = |a: &[i16], b: &[i16]| a.iter().chain(b).sum::<i16>();
        let pairs = |y: usize| self.values[y * self.width..(y + 1) * self.width].chunks_exact(2);
        let mean = |(a, b)| sum(a, b) / 4;
        let values = (0..height).flat_map(|y| pairs(2 * y).zip(pairs(2 * y + 1)).map(mean)).collect();
        Self::new(width, height, values)
    }

    /// How steep it is in the direction in which it is least so: the root of the smaller eigenvalue of the structure tensor
    /// of all of it. Neither a bar code nor a rim has much of it.
    #[expect(clippy::cast_precision_loss, reason = "sums of squares of bytes")]
    pub fn texture(&self) -> f32 {
        let (mut xx, mut xy, mut yy) = (0_i64, 0_i64, 0_i64);
        for (above, below) in self.values.chunks_exact(self.width).zip(self.values.chunks_exact(self.width).skip(1)) {
            for (pair, under) in above.windows(2).zip(below) {
                let (across, along) = (i64::from(pair[1]) - i64::from(pair[0]), i64::from(*under) - i64::from(pair[0]));
                (xx, xy, yy) = (xx + across * across, xy + across * along, yy + along * along);
            }
        }
        let count = self.values.len().max(1) as f32;
        let (xx, xy, yy) = (xx as f32 / count, xy as f32 / count, yy as f32 / count);
        ((xx + yy) / 2.0 - ((xx - yy) / 2.0).hypot(xy)).max(0.0).sqrt()
    }

    /// Takes the mean of `2 · local + 1` samples of its row off each level: lines of print become words.
    pub fn along_rows(levels: &[f32], width: usize, height: usize, local: usize) -> Self {
        let rows = levels.chunks_exact(width.max(1));
        let differences = rows.flat_map(|row| means(row, local).zip(row).map(|(mean, level)| difference(*level, mean)));
        Self::new(width, height, differences.collect())
    }

    /// Normalised correlation with `other` where a sample at `(x, y)` here is compared with `(x + across, y + along)`
    /// there; 0 where fewer than a quarter of the samples meet.
    #[expect(clippy::cast_precision_loss, reason = "sums of products of small numbers")]
    pub fn agreement(&self, other: &Self, across: i32, along: i32) -> f32 {
        let (Some(xs), Some(ys)) = (meet(self.width, other.width, across), meet(self.height, other.height, along))
        else {
            return 0.0;
        };
        if 4 * xs.len() * ys.len() < self.width * self.height {
            return 0.0;
        }
        let beside = |range: &Range<usize>, shift: i32| {
            let from = range.start.saturating_add_signed(shift as isize);
            from..from + range.len()
        };
        let (own, others) = (self.squares(&xs, &ys), other.squares(&beside(&xs, across), &beside(&ys, along)));
        let norm = (own as f32 * others as f32).sqrt();
        if norm < 1.0 { 0.0 } else { self.product(other, across, along) as f32 / norm }
    }

    /// The best agreement within `reach` of `around`, refined between samples.
    pub fn best(&self, other: &Self, around: (i32, i32), reach: (i32, i32)) -> Step {
        let mut best = (f32::MIN, around);
        for along in around.1 - reach.1..=around.1 + reach.1 {
            for across in around.0 - reach.0..=around.0 + reach.0 {
                let agreement = self.agreement(other, across, along);
                if agreement > best.0 {
                    best = (agreement, (across, along));
                }
            }
        }
        let (response, (across, along)) = best;
        let at = |dx: i32, dy: i32| self.agreement(other, across + dx, along + dy);
        #[expect(clippy::cast_precision_loss, reason = "a few samples")]
        Step {
            across: across as f32 + vertex(at(-1, 0), response, at(1, 0)),
            along: along as f32 + vertex(at(0, -1), response, at(0, 1)),
            response,
        }
    }
}

/// The samples here that have a partner there.
fn meet(here: usize, there: usize, shift: i32) -> Option<Range<usize>> {
    let from = usize::try_from(-shift).unwrap_or(0);
    let to = here.min(there.checked_add_signed(-shift as isize)?);
    (from < to).then_some(from..to)
}

/// Where the parabola through three neighbours has its top, −½ to ½ from the middle one.
fn vertex(before: f32, top: f32, after: f32) -> f32 {
    let bend = before - 2.0 * top + after;
    if bend >= -1e-6 { 0.0 } else { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) }
}

fn difference(level: f32, mean: f32) -> i16 {
    nearest((level - mean).clamp(-STEEPEST, STEEPEST))
}

/// The nearest whole number to one between −1000 and 1000, without a call of the mathematical library.
#[expect(clippy::cast_possible_truncation, reason = "within bounds")]
fn nearest(level: f32) -> i16 {
    ((level + 1000.5) as i32 - 1000) as i16
}

/// Running sums of `2 · local + 1` levels; beyond an end lies what lies on it.
fn sums(row: &[u8], local: usize) -> impl Iterator<Item = u16> {
    let level = move |at: usize| u16::from(row[at.saturating_sub(local).min(row.len() - 1)]);
    let mut sum: u16 = (0..2 * local).map(level).sum();
    (0..row.len()).map(move |at| {
        sum += level(at + 2 * local);
        let whole = sum;
        sum -= level(at);
        whole
    })
}

/// Running means of `2 · local + 1` values, fewer at the ends.
#[expect(clippy::cast_precision_loss, reason = "a few samples")]
fn means(values: &[f32], local: usize) -> impl Iterator<Item = f32> {
    let mut sum: f32 = values.iter().take(local).sum();
    (0..values.len()).map(move |at| {
        if let Some(entering) = values.get(at + local) {
            sum += entering;
        }
        if at > local {
            sum -= values[at - local - 1];
        }
        sum / ((at + local + 1).min(values.len()) - at.saturating_sub(local)) as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field of blots that repeats nowhere, seen from `(x, y)` on.
    fn field(x: usize, y: usize) -> Levels {
        let level = |x: usize, y: usize| u8::try_from((x * x * 7 + y * y * 13 + x * y * 5) % 251).unwrap();
        let levels: Vec<u8> = (y..y + 60).flat_map(|y| (x..x + 80).map(move |x| level(x, y))).collect();
        Levels::of(&levels, 80, 60, 3)
    }

    #[test]
    fn a_shift_is_found_where_it_is() {
        let step = field(10, 10).best(&field(5, 12), (3, 0), (6, 4));
        assert!((step.across - 5.0).abs() < 0.5 && (step.along + 2.0).abs() < 0.5, "{step:?}");
        assert!(step.response > 0.8);
    }

    #[test]
    fn pictures_that_hardly_meet_do_not_agree() {
        assert!(field(0, 0).agreement(&field(0, 0), 0, 0) > 0.999);
        assert!(field(0, 0).agreement(&field(0, 0), 79, 0).abs() < f32::EPSILON);
        assert!(field(0, 0).agreement(&field(0, 0), 500, 500).abs() < f32::EPSILON);
    }

    #[test]
    fn print_is_told_from_edges() {
        let plane = |level: fn(usize, usize) -> bool| Plane {
            width: 40,
            height: 40,
            samples: (0..1600).map(|at| if level(at % 40, at / 40) { 220 } else { 20 }).collect(),
        };
        let most = |plane: &Plane| print(plane).levels.into_iter().fold(0.0, f32::max);
        assert!(most(&plane(|x, y| (x / 3 + y / 3) % 2 == 0)) > 20.0, "letters");
        assert!(most(&plane(|x, _| x > 20)) < 1.0, "a side");
        assert!(most(&plane(|_, y| y > 20)) < 1.0, "a rim");
        assert!(most(&plane(|x, _| x % 6 > 2)) < 1.0, "a bar code");
    }
}
