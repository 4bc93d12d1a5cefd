//! How much rows of text lean: the slope at which ink falls into rows.

use super::ink::{Area, Ink};
use super::strokes::Neighbours;

/// Windows along and across the rows that are looked for, and points of ink looked at in each.
const MANY: usize = 9;
const FEW: usize = 2;
const POINTS: usize = 12_000;
/// Distinctness that nothing but chance can have.
const LEAST: f32 = 0.01;
/// Samples of a row in which points are counted.
const ROW: f32 = 2.0;
/// Points from which a slope can be told.
const FEWEST_POINTS: usize = 150;
/// Steepest angle that is tried, and degrees between two.
const MOST: i16 = 44;
const STEP: i16 = 2;
/// How distinct rows must be for a window to have a say, and the most that it then has.
const DISTINCT: f32 = 1.5;
const MOST_SAY: f32 = 3.0;
/// Degrees around an angle that speak for it.
const NEAR: f32 = 10.0;
/// Degrees up to which a lean is left to the straightening of rows.
const LEFT: f32 = 5.0;

/// How well points fall into rows that fall by `slope` for each column: how much their number changes from row to row
/// (Postl, 1986) beyond what chance would have it, for each pair of points.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows")]
pub fn distinct(points: &[(f32, f32)], slope: f32, height: f32, rows: &mut Vec<f32>) -> f32 {
    let shear = 1.0 / (1.0 + slope * slope).sqrt() / ROW;
    rows.clear();
    rows.resize((2.0 * height / ROW) as usize + 2, 0.0);
    for &(x, y) in points {
        let row = (y - slope * x) * shear + height / ROW;
        if let Some(row) = rows.get_mut(row.max(0.0) as usize) {
            *row += 1.0;
        }
    }
    let beyond = |pair: &[f32]| (pair[1] - pair[0]).powi(2) - pair[0] - pair[1];
    let steps = rows.windows(2).map(beyond).sum::<f32>();
    steps.max(0.0) / (points.len().max(1) as f32).powi(2) * height
}

/// A slope, and how much more distinct rows are at it than at most others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lean {
    /// Rows that a row of text falls for each column.
    pub slope: f32,
    /// At least 1.
    pub distinct: f32,
}

/// The ink of an area around its middle; every so many points when there are many. Each is moved by a part of a sample:
/// on a grid, points would fall into rows at 45° whatever they show.
#[expect(clippy::cast_precision_loss, reason = "columns and rows")]
pub fn centred(ink: &Ink, area: &Area, most: usize) -> Vec<(f32, f32)> {
    let (x0, y0) = area.middle();
    let points = ink.points(area);
    let step = points.len() / most.max(1) + 1;
    let moved = |(place, &(x, y)): (usize, &(usize, usize))| {
        // Multiples of the golden section are spread evenly over the unit square (its plastic kin, in two dimensions).
        let (across, down) = ((place as f32 * 0.754_877_7).fract(), (place as f32 * 0.569_840_3).fract());
        (x as f32 - x0 + across - 0.5, y as f32 - y0 + down - 0.5)
    };
    points.iter().step_by(step).enumerate().map(moved).collect()
}

/// The slope among `slopes` at which rows are most distinct. `None` for too little ink.
pub fn best(points: &[(f32, f32)], slopes: impl Iterator<Item = f32>, height: f32) -> Option<Lean> {
    if points.len() < FEWEST_POINTS {
        return None;
    }
    let mut rows = Vec::new();
    let mut scored: Vec<(f32, f32)> = slopes.map(|slope| (distinct(points, slope, height, &mut rows), slope)).collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (most, slope) = *scored.last()?;
    let usual = scored[scored.len() / 2].0.max(LEAST);
    Some(Lean { slope, distinct: most / usual })
}

/// How a photo has to be turned for its rows to be level.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Turn {
    /// By a quarter, clockwise, first.
    pub quarter: bool,
    /// Then by this angle, counter-clockwise, radians.
    pub radians: f32,
}

/// What a window says: the slope at which its rows fall, degrees, and how loudly.
type Say = (f32, f32);

/// Finds the turn for the text of an area: windows vote, so that a rim or a picture is outvoted. A window reaches far across
/// the rows it looks for and little along them: many rows tell their slope where the stems of few letters tell another.
pub fn turn(ink: &Ink, area: &Area) -> Turn {
    let quarter = Neighbours::of(ink).are_sideways();
    let (across, down) = if quarter { (FEW, MANY) } else { (MANY, FEW) };
    let says: Vec<Say> = area.windows(across, down).iter().filter_map(|window| say(ink, window, quarter)).collect();
    let degrees = loudest(&says);
    Turn { quarter, radians: if degrees.abs() > LEFT { degrees.to_radians() } else { 0.0 } }
}

/// The angle for which most is said.
fn loudest(says: &[Say]) -> f32 {
    let votes = |angle: f32| {
        let near = |(said, loud): &Say| loud * (1.0 - (said - angle).abs() / NEAR).max(0.0);
        says.iter().map(near).sum::<f32>()
    };
    let angles = (-MOST..=MOST).map(f32::from).map(|angle| (angle, votes(angle)));
    angles.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0.0, |most| most.0)
}

/// A window's say on its rows, or on those it would have were it turned by a quarter.
fn say(ink: &Ink, window: &Area, sideways: bool) -> Option<Say> {
    let mut points = centred(ink, window, POINTS);
    if sideways {
        points.iter_mut().for_each(|point| *point = (-point.1, point.0));
    }
    #[expect(clippy::cast_precision_loss, reason = "columns and rows")]
    let reach = (window.columns.len() + window.rows.len()) as f32;
    let degrees = (-MOST / STEP..=MOST / STEP).map(|step| f32::from(step * STEP));
    let lean = best(&points, degrees.map(|degrees| degrees.to_radians().tan()), reach)?;
    let loud = (lean.distinct - 1.0).min(MOST_SAY);
    (lean.distinct >= DISTINCT).then_some((lean.slope.atan().to_degrees(), loud))
}
