//! A pack seen from above or from below: its sides, which run together, made upright and parallel.
//!
//! What turns them so is what would have been seen had the camera looked straight at the pack: a turn of the camera changes
//! a photo by a homography, whatever is in it (Hartley and Zisserman, Multiple View Geometry, 2004, 8.4).

use super::ink::Area;
use super::warp::Homography;
use crate::media::flatten::Plane;

/// Focal length of a phone's main camera, as a part of a photo's longer side: that of 28 mm on a film of 36 mm.
const FOCAL: f32 = 0.78;
/// Sides that lean are looked for: so many slopes on each way, so far apart, columns for each row.
const SLOPES: i16 = 30;
const SLOPE: f32 = 0.015;
/// Rows looked at: every so many, and beyond the print by so many of its heights.
const EVERY: usize = 3;
const BEYOND: usize = 2;
/// Columns before and after a side, and levels by which their means differ.
const SPAN: usize = 4;
const MARKED: f32 = 12.0;
/// One of so many rows may fail to show a side.
const UNMARKED: usize = 4;
/// Part of the print's width by which a side may stand within it.
const INSIDE: usize = 16;
/// Columns for each row by which sides run together from which it is worth it, and the most that is believed.
const LEAST: f32 = 0.03;
const MOST: f32 = 0.5;
/// Part of the distance between the sides that is kept outside them.
const OUTSIDE: f32 = 0.05;

/// Samples of a side itself.
const SIDE: f32 = 12.0;

/// How a photo is turned to be seen from straight before the pack.
#[derive(Debug)]
pub struct Tilt {
    /// From a place afterwards to the place before.
    pub before: Homography,
    /// From a place before to the place afterwards.
    pub after: Homography,
    /// Columns and rows afterwards.
    pub size: (f32, f32),
    /// Columns of the two sides afterwards.
    pub sides: (f32, f32),
}

impl Tilt {
    /// The part of an area that lies between the sides.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "columns")]
    pub fn within(&self, area: Area) -> Area {
        let (left, right) = (self.sides.0 + SIDE, self.sides.1 - SIDE);
        let columns = area.columns.start.max(left as usize)..area.columns.end.min(right as usize);
        if columns.is_empty() { area } else { Area { columns, ..area } }
    }
}

/// A side: its column at the middle row of what is looked at, and how many columns it moves for each row.
#[derive(Debug, Clone, Copy)]
struct Side {
    column: f32,
    slope: f32,
    step: f32,
}

/// Finds the sides around the print in `area`, and how to look at them straight. `None` where they are upright already, or
/// cannot be told.
#[expect(clippy::cast_precision_loss, reason = "columns and rows")]
pub fn find(photo: &Plane, area: &Area) -> Option<Tilt> {
    let beyond = area.rows.len() / BEYOND;
    let rows = area.rows.start.saturating_sub(beyond)..(area.rows.end + beyond).min(photo.height);
    let area = Area { columns: area.columns.clone(), rows };
    let slack = area.columns.len() / INSIDE;
    let left = side(photo, &area, 0..area.columns.start + slack)?;
    let right = side(photo, &area, area.columns.end.saturating_sub(slack)..photo.width)?;
    let together = (left.slope - right.slope).abs();
    if !(LEAST..=MOST).contains(&together) || right.column <= left.column {
        return None;
    }
    let (_, middle) = area.middle();
    let centre = (photo.width as f32 / 2.0, photo.height as f32 / 2.0);
    let focal = FOCAL * photo.width.max(photo.height) as f32;
    // Where the sides meet, seen from the middle of the photo.
    let down = (right.column - left.column) / (left.slope - right.slope);
    let meet = (left.column + left.slope * down - centre.0, middle + down - centre.1);
    let turned = Homography::looking_across((meet.0 / focal, meet.1 / focal));
    let camera = Homography::camera(focal, centre);
    let after = camera.after(&turned).after(&camera.inverse()?);
    let outside = OUTSIDE * (right.column - left.column);
    let corner = |side: &Side, out: f32, row: usize| {
        let row = row as f32;
        after.at((side.column + side.slope * (row - middle) + out, row))
    };
    let corners = [
        corner(&left, -outside, area.rows.start),
        corner(&left, -outside, area.rows.end),
        corner(&right, outside, area.rows.start),
        corner(&right, outside, area.rows.end),
    ];
    let low = corners.iter().fold((f32::MAX, f32::MAX), |low, it| (low.0.min(it.0), low.1.min(it.1)));
    let high = corners.iter().fold((f32::MIN, f32::MIN), |high, it| (high.0.max(it.0), high.1.max(it.1)));
    let size = (high.0 - low.0, high.1 - low.1);
    let fits = |after: f32, before: usize| (1.0..=2.0 * before as f32).contains(&after);
    if !fits(size.0, photo.width) || !fits(size.1, photo.height) {
        return None;
    }
    let after = Homography::moved(-low.0, -low.1).after(&after);
    let at = |side: &Side| after.at((side.column, middle)).0;
    Some(Tilt { before: after.inverse()?, after, size, sides: (at(&left), at(&right)) })
}

/// The side among `columns` that whole rows agree on: print cancels out, a side adds up.
#[expect(clippy::cast_precision_loss, reason = "columns and rows")]
fn side(photo: &Plane, area: &Area, columns: std::ops::Range<usize>) -> Option<Side> {
    let (_, middle) = area.middle();
    let mut best: Option<Side> = None;
    for slope in (-SLOPES..=SLOPES).map(|step| SLOPE * f32::from(step)) {
        let mut sums = vec![0_u32; photo.width];
        let mut counts = vec![0_u32; photo.width];
        for y in area.rows.clone().step_by(EVERY) {
            #[expect(clippy::cast_possible_truncation, reason = "a few hundred columns")]
            let moved = (slope * (y as f32 - middle)).round() as isize;
            let row = &photo.samples[y * photo.width..(y + 1) * photo.width];
            let from = columns.start.saturating_sub(2 * SPAN);
            for x in from..(columns.end + 2 * SPAN).min(photo.width) {
                if let Some(&level) = x.checked_add_signed(moved).and_then(|at| row.get(at)) {
                    sums[x] += u32::from(level);
                    counts[x] += 1;
                }
            }
        }
        let least = u32::try_from(area.rows.len() / EVERY / 2).unwrap_or(u32::MAX).max(1);
        let mean = |x: usize| (counts[x] >= least).then(|| sums[x] as f32 / counts[x] as f32);
        let part =
            |columns: std::ops::Range<usize>| columns.map(mean).sum::<Option<f32>>().map(|sum| sum / SPAN as f32);
        for x in columns.start.max(SPAN)..columns.end.min(photo.width.saturating_sub(SPAN)) {
            let (Some(before), Some(behind)) = (part(x - SPAN..x), part(x..x + SPAN)) else { continue };
            let step = behind - before;
            if step.abs() >= MARKED && best.is_none_or(|best| step.abs() > best.step.abs()) {
                best = Some(Side { column: x as f32, slope, step });
            }
        }
    }
    best.filter(|side| is_marked_throughout(photo, area, side))
}

/// Whether brightness steps the same way near a side in nearly every row.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "columns and rows")]
fn is_marked_throughout(photo: &Plane, area: &Area, side: &Side) -> bool {
    let (_, middle) = area.middle();
    let rows = || area.rows.clone().step_by(EVERY);
    let is_marked = |y: usize| {
        let row = &photo.samples[y * photo.width..(y + 1) * photo.width];
        let at = (side.column + side.slope * (y as f32 - middle)).round() as isize;
        let part = |from: isize| -> Option<f32> {
            let start = usize::try_from(from).ok()?;
            let part = row.get(start..start + SPAN)?;
            Some(part.iter().map(|level| f32::from(*level)).sum::<f32>() / SPAN as f32)
        };
        let span = SPAN.cast_signed();
        (at - span..=at + span).any(|x| {
            let (Some(before), Some(behind)) = (part(x - span), part(x)) else { return false };
            side.step.signum() * (behind - before) >= MARKED / 2.0
        })
    };
    rows().filter(|&y| !is_marked(y)).count() * UNMARKED <= rows().count()
}
