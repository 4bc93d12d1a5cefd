//! Rows of text that lean, sag or run together, made level: their slope is measured in many windows, a smooth field is
//! fitted to it, and each row of the straightened picture follows the field.

use super::ink::{Area, Ink};
use super::lean::{best, centred, distinct};

/// Windows across and down, overlapping by half, and points of ink looked at in each.
const ACROSS: usize = 9;
const DOWN: usize = 7;
const POINTS: usize = 8000;
/// Slopes that are tried: so many on each side, so far apart; then finer ones.
const STEPS: i16 = 36;
const STEP: f32 = 0.0125;
/// How distinct rows must be for their slope to count.
const DISTINCT: f32 = 1.5;
/// Windows that must agree.
const FEWEST: usize = 6;
/// Terms of the field, and how much a term has to be borne out.
const TERMS: usize = 7;
const RIDGE: f64 = 0.02;
/// How far a slope may lie from the field, and is still believed.
const ASTRAY: f64 = 0.05;
/// Strips whose rows are judged.
const STRIPS: usize = 5;
/// Samples between places at which the way of a row is written down.
pub const PITCH: usize = 16;

/// The slope of rows at every place of an area.
#[derive(Debug, Clone)]
pub struct Field {
    middle: (f32, f32),
    half: (f32, f32),
    terms: [f64; TERMS],
}

fn basis(x: f64, y: f64) -> [f64; TERMS] {
    [1.0, x, y, x * y, x * x, x * x * x, x * x * y]
}

impl Field {
    /// Measures the field. `None` if too few windows show rows.
    #[expect(clippy::cast_precision_loss, reason = "columns and rows")]
    pub fn measure(ink: &Ink, area: &Area) -> Option<Self> {
        let (middle, half) = (area.middle(), (area.columns.len() as f32 / 2.0, area.rows.len() as f32 / 2.0));
        let mut samples: Vec<([f64; TERMS], f64, f64)> = Vec::new();
        for window in area.windows(ACROSS, DOWN) {
            let points = centred(ink, &window, POINTS);
            let reach = (window.columns.len() + window.rows.len()) as f32;
            let coarse = best(&points, (-STEPS..=STEPS).map(|step| STEP * f32::from(step)), reach);
            let Some(coarse) = coarse.filter(|lean| lean.distinct >= DISTINCT) else { continue };
            let near = (-4..=4_i16).map(|step| coarse.slope + 0.25 * STEP * f32::from(step));
            let Some(lean) = best(&points, near, reach) else { continue };
            let (x, y) = window.middle();
            let (x, y) = ((x - middle.0) / half.0, (y - middle.1) / half.1);
            let weight = f64::from((coarse.distinct - 1.0).min(3.0)) * (points.len() as f64).sqrt();
            samples.push((basis(f64::from(x), f64::from(y)), f64::from(lean.slope), weight));
        }
        if samples.len() < FEWEST {
            return None;
        }
        let mut terms = fitted(&samples)?;
        for _ in 0..4 {
            let value = |basis: &[f64; TERMS]| basis.iter().zip(&terms).map(|(part, term)| part * term).sum::<f64>();
            let trusted: Vec<_> = samples
                .iter()
                .map(|(basis, slope, weight)| {
                    let astray = (value(basis) - slope) / ASTRAY;
                    (*basis, *slope, weight / (1.0 + astray.powi(4)))
                })
                .collect();
            terms = fitted(&trusted)?;
        }
        Some(Self { middle, half, terms })
    }

    /// The slope at a place.
    #[expect(clippy::cast_possible_truncation, reason = "a slope")]
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let place = |value: f32, middle: f32, half: f32| f64::from(((value - middle) / half).clamp(-1.1, 1.1));
        let basis = basis(place(x, self.middle.0, self.half.0), place(y, self.middle.1, self.half.1));
        basis.iter().zip(&self.terms).map(|(part, term)| part * term).sum::<f64>() as f32
    }

    /// The ways of the rows of an area, from its middle column to both sides.
    #[expect(clippy::cast_precision_loss, reason = "columns and rows")]
    pub fn ways(&self, area: &Area) -> Ways {
        let (columns, rows) = (area.columns.len() / PITCH + 2, area.rows.len() / PITCH + 2);
        let mut places = vec![(0.0, 0.0); columns * rows];
        let middle = columns / 2;
        for row in 0..rows {
            let start = ((area.columns.start + middle * PITCH) as f32, area.rows.start as f32 + (row * PITCH) as f32);
            places[row * columns + middle] = start;
            let follow = |from: (f32, f32), step: f32| {
                let half = self.at(from.0, from.1) * step / 2.0;
                (from.0 + step, from.1 + self.at(from.0 + step / 2.0, from.1 + half) * step)
            };
            let step = PITCH as f32;
            for column in middle + 1..columns {
                places[row * columns + column] = follow(places[row * columns + column - 1], step);
            }
            for column in (0..middle).rev() {
                places[row * columns + column] = follow(places[row * columns + column + 1], -step);
            }
        }
        Ways { columns, places }
    }
}

/// Where each place of a straightened picture lies, every [`PITCH`] samples.
#[derive(Debug, Clone)]
pub struct Ways {
    columns: usize,
    places: Vec<(f32, f32)>,
}

impl Ways {
    /// Linear between the places that are written down.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the grid first"
    )]
    pub fn at(&self, x: f32, y: f32) -> (f32, f32) {
        let rows = self.places.len() / self.columns;
        let (x, y) = (x / PITCH as f32, y / PITCH as f32);
        let (column, row) = ((x.max(0.0) as usize).min(self.columns - 2), (y.max(0.0) as usize).min(rows - 2));
        let (across, down) = (x - column as f32, y - row as f32);
        let at = |column: usize, row: usize| self.places[row * self.columns + column];
        let between = |a: (f32, f32), b: (f32, f32), share: f32| (a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share);
        let upper = between(at(column, row), at(column + 1, row), across);
        let lower = between(at(column, row + 1), at(column + 1, row + 1), across);
        between(upper, lower, down)
    }
}

/// How level the rows of an area are: how distinct they are without any slope, in strips one beside the other.
#[expect(clippy::cast_precision_loss, reason = "rows")]
pub fn level(ink: &Ink, area: &Area) -> f32 {
    let strip = |place: usize| {
        let share = |place: usize| area.columns.start + place * area.columns.len() / STRIPS;
        let strip = Area { columns: share(place)..share(place + 1), rows: area.rows.clone() };
        let points = centred(ink, &strip, usize::MAX);
        distinct(&points, 0.0, area.rows.len() as f32, &mut Vec::new())
    };
    (0..STRIPS).map(strip).sum::<f32>()
}

/// Weighted least squares, terms pulled towards zero.
fn fitted(samples: &[([f64; TERMS], f64, f64)]) -> Option<[f64; TERMS]> {
    let mut rows = [[0.0; TERMS + 1]; TERMS];
    let total: f64 = samples.iter().map(|(_, _, weight)| weight).sum();
    for (basis, slope, weight) in samples {
        for i in 0..TERMS {
            for j in 0..TERMS {
                rows[i][j] += weight * basis[i] * basis[j];
            }
            rows[i][TERMS] += weight * basis[i] * slope;
        }
    }
    (1..TERMS).for_each(|i| rows[i][i] += RIDGE * total);
    for pivot in 0..TERMS {
        let best = (pivot..TERMS).max_by(|&a, &b| rows[a][pivot].abs().total_cmp(&rows[b][pivot].abs()))?;
        rows.swap(pivot, best);
        let lead = rows[pivot][pivot];
        if lead.abs() < f64::EPSILON {
            return None;
        }
        let whole = rows[pivot];
        for (_, row) in rows.iter_mut().enumerate().filter(|(place, _)| *place != pivot) {
            let factor = row[pivot] / lead;
            row.iter_mut().zip(whole).for_each(|(value, other)| *value -= factor * other);
        }
    }
    let mut terms = [0.0; TERMS];
    terms.iter_mut().enumerate().for_each(|(i, term)| *term = rows[i][TERMS] / rows[i][i]);
    Some(terms)
}
