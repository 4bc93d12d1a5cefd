//! Even light: print becomes dark on white everywhere, whatever reflections and shadows lay over the label.

use super::plane::{Plane, byte};

/// Pixels of a tile in which the ground's brightness is measured.
const TILE: usize = 24;
/// Tiles around one that are looked at for its ground and for its strongest print.
const AROUND: usize = 2;
/// Contrast below which a tile holds no print of its own, as a part of the strongest in the picture.
const FAINTEST: f32 = 0.3;
/// Brightness of the ground.
const GROUND: f32 = 245.0;

/// Evens out the light.
pub fn even(picture: &Plane) -> Plane {
    let (columns, rows) = (picture.width.div_ceil(TILE), picture.height.div_ceil(TILE));
    let ground = Grid::of(columns, rows, |x, y| median(&mut around(picture, x, y, AROUND / 2)));
    let bright: f32 = skew(picture, &ground);
    let strength = Grid::of(columns, rows, |x, y| {
        let level = ground.values[y * columns + x];
        let mut inks: Vec<u8> =
            around(picture, x, y, AROUND).iter().map(|&sample| ink(sample, level, bright)).collect();
        percentile(&mut inks, 96)
    });
    let strongest = strength.values.iter().copied().fold(1.0, f32::max);
    let strength =
        Grid { values: strength.values.iter().map(|value| value.max(FAINTEST * strongest)).collect(), ..strength };
    let mut samples = Vec::with_capacity(picture.samples.len());
    for (y, row) in picture.samples.chunks_exact(picture.width.max(1)).enumerate() {
        for (x, &sample) in row.iter().enumerate() {
            let (level, strength) = (ground.at(x, y), strength.at(x, y));
            let ink = (bright * (f32::from(sample) - level) / strength).clamp(-0.04, 1.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
            samples.push((GROUND * (1.0 - ink)) as u8);
        }
    }
    Plane { samples, ..*picture }
}

/// How far a sample stands out of the ground, towards the print's side.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative")]
fn ink(sample: u8, ground: f32, bright: f32) -> u8 {
    byte((bright * (f32::from(sample) - ground)).max(0.0) as u32)
}

/// 1 for bright print on a dark ground, -1 for dark print on a bright one.
fn skew(picture: &Plane, ground: &Grid) -> f32 {
    let width = picture.width.max(1);
    let cubes = picture.samples.iter().enumerate().step_by(7);
    let sum: f32 = cubes.map(|(at, &sample)| (f32::from(sample) - ground.at(at % width, at / width)).powi(3)).sum();
    if sum > 0.0 { 1.0 } else { -1.0 }
}

/// Every second sample of the tiles around one.
fn around(picture: &Plane, x: usize, y: usize, reach: usize) -> Vec<u8> {
    let range = |tile: usize, end: usize| tile.saturating_sub(reach) * TILE..((tile + reach + 1) * TILE).min(end);
    let columns = range(x, picture.width);
    range(y, picture.height)
        .step_by(2)
        .flat_map(|row| picture.samples[row * picture.width..][columns.clone()].iter().step_by(2).copied())
        .collect()
}

fn median(values: &mut [u8]) -> f32 {
    percentile(values, 50)
}

fn percentile(values: &mut [u8], percent: usize) -> f32 {
    let at = (values.len() * percent / 100).min(values.len().saturating_sub(1));
    if values.is_empty() { 0.0 } else { f32::from(*values.select_nth_unstable(at).1) }
}

/// One value a tile.
struct Grid {
    columns: usize,
    rows: usize,
    values: Vec<f32>,
}

impl Grid {
    fn of(columns: usize, rows: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        let values = (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))).map(|(x, y)| value(x, y)).collect();
        Self { columns, rows, values }
    }

    /// The value at a pixel, linear between the middles of tiles.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "tiles")]
    fn at(&self, x: usize, y: usize) -> f32 {
        let place = |pixel: usize, count: usize| {
            let place = (pixel as f32 / TILE as f32 - 0.5).clamp(0.0, (count - 1) as f32);
            (place as usize, (place as usize + 1).min(count - 1), place.fract())
        };
        let (left, right, across) = place(x, self.columns);
        let (top, bottom, along) = place(y, self.rows);
        let value = |x: usize, y: usize| self.values[y * self.columns + x];
        let upper = value(left, top) + (value(right, top) - value(left, top)) * across;
        let lower = value(left, bottom) + (value(right, bottom) - value(left, bottom)) * across;
        upper + (lower - upper) * along
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
