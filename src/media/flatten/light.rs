//! Even light: print becomes dark on white everywhere, whatever reflections and shadows lay over the label.

use super::plane::Plane;

/// Pixels of a tile in which the ground's brightness is measured.
const TILE: usize = 24;
/// Tiles around one that are looked at for its ground and for its strongest print.
const AROUND: usize = 2;
/// Contrast below which a tile holds no print of its own, as a part of the strongest in the picture.
const FAINTEST: f32 = 0.3;
/// Percent of a tile's surroundings that stand out less than its print.
const STRONG: u32 = 96;
/// Every so many rows tell whether print is bright or dark.
const EVERY: usize = 7;
/// Brightness of the ground.
const GROUND: f32 = 245.0;

/// Evens out the light.
pub fn even(picture: &Plane) -> Plane {
    let tiles = Tiles::of(picture);
    let ground = tiles.grid(AROUND / 2, |_, levels| f32::from(levels.percentile(50)));
    let bright = skew(picture, &ground);
    let strength = tiles.grid(AROUND, |tile, levels| {
        let level = if bright > 0.0 { levels.percentile(STRONG) } else { levels.percentile_from_above(STRONG) };
        (bright * (f32::from(level) - ground.values[tile])).max(0.0)
    });
    let strongest = strength.values.iter().copied().fold(1.0, f32::max);
    let strength =
        Grid { values: strength.values.iter().map(|value| value.max(FAINTEST * strongest)).collect(), ..strength };
    let mut samples = Vec::with_capacity(picture.samples.len());
    let (mut levels, mut strengths) = (vec![0.0; picture.width], vec![0.0; picture.width]);
    for (y, row) in picture.samples.chunks_exact(picture.width.max(1)).enumerate() {
        ground.row(y, &mut levels);
        strength.row(y, &mut strengths);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
        samples.extend(row.iter().zip(&levels).zip(&strengths).map(|((&sample, level), strength)| {
            let ink = (bright * (f32::from(sample) - level) / strength).clamp(-0.04, 1.0);
            (GROUND * (1.0 - ink)) as u8
        }));
    }
    Plane { samples, ..*picture }
}

/// 1 for bright print on a dark ground, -1 for dark print on a bright one: print is what fewer samples show.
fn skew(picture: &Plane, ground: &Grid) -> f32 {
    let mut levels = vec![0.0; picture.width];
    let rows = picture.samples.chunks_exact(picture.width.max(1)).enumerate().step_by(EVERY);
    let cubes = rows.map(|(y, row)| {
        ground.row(y, &mut levels);
        row.iter().zip(&levels).map(|(&sample, level)| (f32::from(sample) - level).powi(3)).sum::<f32>()
    });
    if cubes.sum::<f32>() > 0.0 { 1.0 } else { -1.0 }
}

/// How often each level occurs.
#[derive(Clone)]
struct Histogram([u32; 256]);

impl Histogram {
    const NONE: Self = Self([0; 256]);

    fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(count, more)| *count += more);
    }

    /// The level below which `percent` of the samples lie; 0 without any.
    fn percentile(&self, percent: u32) -> u8 {
        self.reaching(percent, 0..=u8::MAX).unwrap_or(0)
    }

    /// The level above which `percent` of the samples lie; 0 without any.
    fn percentile_from_above(&self, percent: u32) -> u8 {
        self.reaching(percent, (0..=u8::MAX).rev()).unwrap_or(0)
    }

    fn reaching(&self, percent: u32, mut levels: impl Iterator<Item = u8>) -> Option<u8> {
        let (at, mut passed) = (self.0.iter().sum::<u32>() * percent / 100, 0);
        levels.find(|&level| {
            passed += self.0[usize::from(level)];
            passed > at
        })
    }
}

/// The levels of every second sample of each tile, in both directions.
struct Tiles {
    columns: usize,
    levels: Vec<Histogram>,
}

impl Tiles {
    fn of(picture: &Plane) -> Self {
        let (columns, rows) = (picture.width.div_ceil(TILE), picture.height.div_ceil(TILE));
        let mut levels = vec![Histogram::NONE; columns * rows];
        for (y, row) in picture.samples.chunks_exact(picture.width.max(1)).enumerate().step_by(2) {
            let tiles = &mut levels[y / TILE * columns..];
            for (tile, part) in tiles.iter_mut().zip(row.chunks(TILE)) {
                part.iter().step_by(2).for_each(|&sample| tile.0[usize::from(sample)] += 1);
            }
        }
        Self { columns, levels }
    }

    /// One value for each tile, of its number and the levels of the tiles up to `reach` away.
    fn grid(&self, reach: usize, value: impl Fn(usize, &Histogram) -> f32) -> Grid {
        let (columns, rows) = (self.columns, self.levels.len() / self.columns.max(1));
        let near = |at: usize, count: usize| at.saturating_sub(reach)..(at + reach + 1).min(count);
        let mut values = Vec::with_capacity(self.levels.len());
        for y in 0..rows {
            let mut band = vec![Histogram::NONE; columns];
            for row in near(y, rows) {
                band.iter_mut().zip(&self.levels[row * columns..]).for_each(|(sum, tile)| sum.add(tile));
            }
            values.extend((0..columns).map(|x| {
                let mut around = Histogram::NONE;
                band[near(x, columns)].iter().for_each(|levels| around.add(levels));
                value(y * columns + x, &around)
            }));
        }
        Grid { columns, values }
    }
}

/// One value a tile.
struct Grid {
    columns: usize,
    values: Vec<f32>,
}

impl Grid {
    /// The values at the pixels of a row, linear between the middles of tiles.
    fn row(&self, y: usize, line: &mut [f32]) {
        let (above, below, along) = between(y, self.values.len() / self.columns.max(1));
        let tiles = |row: usize| &self.values[row * self.columns..(row + 1) * self.columns];
        let here: Vec<f32> =
            tiles(above).iter().zip(tiles(below)).map(|(above, below)| above + (below - above) * along).collect();
        for (x, value) in line.iter_mut().enumerate() {
            let (left, right, across) = between(x, self.columns);
            *value = here[left] + (here[right] - here[left]) * across;
        }
    }
}

/// The tiles of `count` between whose middles a pixel lies, and how far it lies on the way from the first to the second.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "tiles")]
fn between(pixel: usize, count: usize) -> (usize, usize, f32) {
    let last = count.saturating_sub(1);
    let place = (pixel as f32 / TILE as f32 - 0.5).clamp(0.0, last as f32);
    let first = place as usize;
    (first, (first + 1).min(last), place - first as f32)
}

#[cfg(test)]
mod tests {
    use super::super::plane::byte;
    use super::*;

    #[test]
    fn levels_are_counted_from_both_ends() {
        assert_eq!((Histogram::NONE.percentile(50), Histogram::NONE.percentile_from_above(96)), (0, 0));
        let levels = Histogram(std::array::from_fn(|level| u32::from(level < 100)));
        assert_eq!((levels.percentile(50), levels.percentile(96), levels.percentile_from_above(96)), (50, 96, 3));
    }

    #[test]
    fn print_in_shadow_becomes_as_dark_as_print_in_light_whichever_way_round() {
        for bright in [false, true] {
            let level = |x: usize, y: usize| {
                let ink = x % 12 < 3 && y % 12 < 8;
                let light = if x < 150 { 1 } else { 3 };
                light * if ink == bright { 70 } else { 30 }
            };
            let samples = (0..100).flat_map(|y| (0..300).map(move |x| byte(level(x, y)))).collect();
            let even = even(&Plane { width: 300, height: 100, samples });
            for column in [60, 240] {
                let (ink, ground) = (even.samples[50 * 300 + column + 1], even.samples[50 * 300 + column + 7]);
                assert!(ink < 90 && ground > 200, "{bright} {column}: {ink} {ground}");
            }
        }
    }
}
