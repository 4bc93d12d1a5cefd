//! Which frame shows which columns of the label best: one choice along the whole label, by dynamic programming.

use std::collections::HashSet;

use super::plane::View;
use super::surface::Surface;

/// Unrolled pixels of a bin, the unit in which columns are chosen.
pub const BIN: usize = 32;
/// Price of a column that is as blurred as can be, against the sharpest look at it.
const BLUR: f32 = 16.0;
/// Price of a column that is seen from the side.
const TURNED: f32 = 6.0;
/// Price of going over to another frame.
const SWITCH: f32 = 2.0;
/// Distance of two looks, in reaches, at which going over costs twice as much: the further apart they are, the more
/// obliquely they see what both show.
const FAR: f32 = 0.25;
/// Price of a column that a frame does not show: only a gap that no frame covers has it.
const UNSEEN: f32 = 1000.0;
/// Sharpness below which a column has no print to speak of, so that it does not matter which frame lends it.
const PRINTED: f32 = 12.0;
/// Rows that are skipped when sharpness is measured.
const ROW_STEP: usize = 4;
/// Bins to each side over which sharpness is evened out: letters are not all equally steep.
const EVEN: usize = 1;

/// A frame that may lend columns: where the middle of its unrolled picture lies on the label, and how sharp its bins are.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Unrolled pixels from the first frame's middle to this one's.
    pub place: f32,
    /// Sharpness of the bins over its reach, from the left.
    pub sharpness: Vec<f32>,
}

/// Columns of the label that one frame lends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Index of the look.
    pub look: usize,
    /// First column, unrolled pixels on the label.
    pub from: f32,
    /// Column after the last.
    pub to: f32,
}

/// Sharpness of text over the reach of a surface, bin by bin: a high mean of the steps along rows.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "columns")]
pub fn sharpness(view: View<'_>, surface: &Surface, rows: std::ops::Range<usize>) -> Vec<f32> {
    let reach = surface.reach();
    let bins = (2.0 * reach) as usize / BIN;
    let raw: Vec<f32> = (0..bins)
        .map(|bin| {
            let place = |part: f32| surface.column((bin as f32 + part) * BIN as f32 - reach).x as usize;
            let columns = [0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95].map(place).map(|x| x.max(1));
            let cubes = rows.clone().step_by(ROW_STEP).flat_map(|y| columns.map(|x| step(view, x, y).pow(3)));
            let (sum, count) = cubes.fold((0_u64, 0_u32), |(sum, count), cube| (sum + u64::from(cube), count + 1));
            // Letters seen from the side are narrow, and their edges look steep: it is steps on the label that count.
            let seen = |part: f32| surface.column((bin as f32 + part) * BIN as f32 - reach).x;
            (sum as f32 / count.max(1) as f32).cbrt() * (seen(1.0) - seen(0.0)) / BIN as f32
        })
        .collect();
    (0..bins)
        .map(|bin| {
            let around = &raw[bin.saturating_sub(EVEN)..(bin + EVEN + 1).min(bins)];
            around.iter().sum::<f32>() / around.len() as f32
        })
        .collect()
}

fn step(view: View<'_>, x: usize, y: usize) -> u32 {
    u32::from(view.at(x + 1, y).abs_diff(view.at(x - 1, y)))
}

/// Chooses, for every bin that some look shows, the look to take it from. Neighbouring segments come from looks that both
/// show the place where they meet, as long as the looks cover the label without a gap; pairs in `apart` do not follow
/// each other.
#[expect(clippy::cast_precision_loss, reason = "bins of a label")]
pub fn choose(looks: &[Look], surface: &Surface, apart: &HashSet<(usize, usize)>) -> Vec<Segment> {
    let reach = surface.reach();
    let start = looks.iter().map(|look| look.place - reach).fold(f32::MAX, f32::min);
    let end = looks.iter().map(|look| look.place + reach).fold(f32::MIN, f32::max);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the length of a label")]
    let bins = ((end - start) / BIN as f32).max(0.0) as usize;
    let middle = |bin: usize| start + (bin as f32 + 0.5) * BIN as f32;
    let costs: Vec<Vec<f32>> = (0..bins).map(|bin| prices(looks, surface, middle(bin))).collect();
    let far = |a: usize, b: usize| (looks[a].place - looks[b].place) / (FAR * reach);
    let change = |a: usize, b: usize| match a == b {
        true => 0.0,
        false if apart.contains(&(a, b)) => UNSEEN,
        false => SWITCH * (1.0 + far(a, b).powi(2)),
    };
    let changes: Vec<Vec<f32>> = (0..looks.len()).map(|a| (0..looks.len()).map(|b| change(a, b)).collect()).collect();
    let path = cheapest(&costs, &changes);
    let mut segments: Vec<Segment> = Vec::new();
    for (bin, look) in path.into_iter().enumerate() {
        if costs[bin][look] >= UNSEEN {
            continue;
        }
        let (from, to) = (start + (bin * BIN) as f32, start + ((bin + 1) * BIN) as f32);
        match segments.last_mut() {
            Some(last) if last.look == look && (last.to - from).abs() < 1.0 => last.to = to,
            _ => segments.push(Segment { look, from, to }),
        }
    }
    segments
}

/// What column `at` of the label costs, taken from each look.
fn prices(looks: &[Look], surface: &Surface, at: f32) -> Vec<f32> {
    let seen: Vec<Option<f32>> = looks.iter().map(|look| look.at(at, surface)).collect();
    let best = seen.iter().flatten().copied().fold(0.0, f32::max);
    let scale = best.max(PRINTED);
    seen.iter()
        .zip(looks)
        .map(|(sharpness, look)| match sharpness {
            Some(sharpness) => BLUR * (best - sharpness) / scale + TURNED * (1.0 - surface.facing(at - look.place)),
            None => UNSEEN,
        })
        .collect()
}

impl Look {
    /// Sharpness at column `at` of the label, if it is seen.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bins")]
    pub fn at(&self, at: f32, surface: &Surface) -> Option<f32> {
        let bin = (at - self.place + surface.reach()) / BIN as f32;
        if bin < 0.0 { None } else { self.sharpness.get(bin as usize).copied() }
    }
}

/// The path of least cost through `costs`, one choice a bin, where going from one look to another costs `changes`.
fn cheapest(costs: &[Vec<f32>], changes: &[Vec<f32>]) -> Vec<usize> {
    let mut from: Vec<Vec<usize>> = Vec::with_capacity(costs.len());
    let mut total = vec![0.0; changes.len()];
    for prices in costs {
        let cheapest = |to: usize| {
            let sums = total.iter().zip(changes).map(|(total, change)| total + change[to]);
            sums.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((to, 0.0))
        };
        let came: Vec<(usize, f32)> = (0..changes.len()).map(cheapest).collect();
        total = came.iter().zip(prices).map(|((_, sum), price)| sum + price).collect();
        from.push(came.into_iter().map(|(look, _)| look).collect());
    }
    let mut look = least(&total);
    let mut path: Vec<usize> = Vec::with_capacity(costs.len());
    for came in from.iter().rev() {
        path.push(look);
        look = came[look];
    }
    path.reverse();
    path
}

fn least(totals: &[f32]) -> usize {
    (0..totals.len()).min_by(|&a, &b| totals[a].total_cmp(&totals[b])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(sharpness: &[f32]) -> (Vec<Look>, Surface) {
        let surface = Surface::plane((640.0, 640.0));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few bins")]
        let bins = (2.0 * surface.reach()) as usize / BIN;
        let look = |(number, sharpness): (usize, &f32)| Look {
            place: 100.0 * f32::from(u8::try_from(number).unwrap()),
            sharpness: vec![*sharpness; bins],
        };
        (sharpness.iter().enumerate().map(look).collect(), surface)
    }

    #[test]
    fn a_blurred_frame_lends_nothing_that_a_sharp_one_shows() {
        let (looks, surface) = looks(&[60.0, 20.0, 60.0]);
        let segments = choose(&looks, &surface, &HashSet::new());
        assert_eq!(segments.iter().map(|segment| segment.look).collect::<Vec<_>>(), [0, 2]);
        assert!((segments[0].to - segments[1].from).abs() < f32::EPSILON);
    }

    #[test]
    fn frames_that_do_not_agree_do_not_meet() {
        let (looks, surface) = looks(&[60.0, 20.0, 60.0]);
        let segments = choose(&looks, &surface, &HashSet::from([(0, 2)]));
        assert!(segments.windows(2).all(|pair| (pair[0].look, pair[1].look) != (0, 2)), "{segments:?}");
    }

    #[test]
    fn no_frames_lend_no_columns() {
        assert_eq!(choose(&[], &Surface::plane((640.0, 640.0)), &HashSet::new()), []);
    }
}
