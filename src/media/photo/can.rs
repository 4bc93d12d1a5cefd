//! Whether a photo shows a can: between two straight sides, letters that become narrower towards them.

use super::ink::{Area, Ink};
use super::rows::Field;
use crate::media::flatten::{Plane, Surface};

/// Narrowest can, as a part of the photo's width, and the part of the print's width by which a side may stand within it:
/// print that runs round a can ends beside its silhouette.
const NARROWEST: f32 = 0.2;
const INSIDE: usize = 16;
/// Widest that it may become unrolled, in widths of the photo.
const WIDEST: f32 = 2.0;
/// Columns before and after a side, levels by which they differ, and sides that are tried.
const SPAN: usize = 4;
const MARKED: f32 = 6.0;
const CANDIDATES: usize = 4;
/// Part of the rows that may fail to show a side: one stands beside the whole print, the edge of a text only where it has ink.
const UNMARKED: usize = 4;
/// Strips in which letters are counted.
const STRIPS: usize = 16;
/// Steepest angle at which letters are still counted, and are still shown: its cosine.
const COUNTED: f32 = 0.35;
const SHOWN: f32 = 0.22;
/// How the letters' number grows with 1/cos of the angle: 1 on a can, 0 on a box.
const GROWS: std::ops::RangeInclusive<f32> = 0.4..=1.9;
/// Part of their spread that the growth explains.
const EXPLAINED: f32 = 0.5;
/// The same where rows sag between sides that were seen to run together: what is seen from above or below is known to be
/// round by that.
const SAGS: f32 = 0.06;
const SAGGING_GROWS: std::ops::RangeInclusive<f32> = 0.1..=1.9;
/// Text rows of a strip that are enough to count in it.
const FEWEST_ROWS: usize = 20;
/// How much of the can the print must cover for its letters to tell, in 1/cos.
const LEAST_SPREAD: f32 = 0.15;

/// Finds the can whose print stands in `area`, in a photo whose rows are about level.
#[expect(clippy::cast_precision_loss, reason = "columns and rows")]
pub fn find(photo: &Plane, ink: &Ink, area: &Area) -> Option<Surface> {
    let size = (photo.width as f32, photo.height as f32);
    let (lefts, rights) = sides(photo, area);
    let counts = letters(ink, area);
    let mut best: Option<(f32, Surface)> = None;
    for &left in &lefts {
        for &right in &rights {
            if right - left < NARROWEST * size.0 {
                continue;
            }
            let surface = Surface::cylinder(size, left, right, 0.0);
            let (from, to) = reach(&surface, area);
            if to - from > WIDEST * size.0 {
                continue;
            }
            let fit = fit(&counts, (left + right) / 2.0, (right - left) / 2.0);
            if let Some(fit) = fit.filter(|fit| best.is_none_or(|(best, _)| *fit > best)) {
                best = Some((fit, surface));
            }
        }
    }
    best.map(|(_, surface)| surface)
}

/// The can between two sides that ran together before they were made upright. `None` for a box.
#[expect(clippy::cast_precision_loss, reason = "columns and rows")]
pub fn between((left, right): (f32, f32), photo: &Plane, ink: &Ink, area: &Area) -> Option<Surface> {
    let field = Field::measure(ink, area)?;
    let (middle, level) = ((left + right) / 2.0, area.middle().1);
    let reach = (right - left) / 4.0;
    let within = |x: f32| x.clamp(area.columns.start as f32, area.columns.end as f32);
    let (from, to) = (within(middle - reach), within(middle + reach));
    let sag = (field.at(to, level) - field.at(from, level)) / ((to - from) / reach).max(1.0) * 2.0;
    let (grows, _) = growth(&letters(ink, area), middle, (right - left) / 2.0)?;
    let size = (photo.width as f32, photo.height as f32);
    (sag.abs() >= SAGS && SAGGING_GROWS.contains(&grows)).then(|| Surface::cylinder(size, left, right, 0.0))
}

/// The columns left and right of the print at which whole columns change their brightness most: print cancels out, a side
/// adds up.
#[expect(clippy::cast_precision_loss, reason = "columns and rows")]
fn sides(photo: &Plane, area: &Area) -> (Vec<f32>, Vec<f32>) {
    let mut means = vec![0.0_f32; photo.width];
    for y in area.rows.clone() {
        let row = &photo.samples[y * photo.width..(y + 1) * photo.width];
        means.iter_mut().zip(row).for_each(|(mean, &level)| *mean += f32::from(level) / area.rows.len() as f32);
    }
    let side = |columns: std::ops::Range<usize>| means[columns].iter().sum::<f32>() / SPAN as f32;
    let step = |x: usize| side(x..x + SPAN) - side(x - SPAN..x);
    let within = SPAN..photo.width.saturating_sub(SPAN).max(SPAN);
    let slack = area.columns.len() / INSIDE;
    let most_marked = |columns: std::ops::Range<usize>| {
        let mut steps: Vec<(f32, usize)> =
            columns.filter(|x| within.contains(x)).map(|x| (step(x), x)).filter(|it| it.0.abs() >= MARKED).collect();
        steps.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
        let mut chosen: Vec<f32> = Vec::new();
        for (step, x) in steps {
            let is_new = chosen.iter().all(|other| (other - x as f32).abs() > 3.0 * SPAN as f32);
            if chosen.len() < CANDIDATES && is_new && is_marked_throughout(photo, area, x, step.signum()) {
                chosen.push(x as f32);
            }
        }
        chosen
    };
    (most_marked(0..area.columns.start + slack), most_marked(area.columns.end.saturating_sub(slack)..photo.width))
}

/// Whether brightness steps the same way near column `x` in nearly every row of the print.
#[expect(clippy::cast_precision_loss, reason = "a few columns")]
fn is_marked_throughout(photo: &Plane, area: &Area, x: usize, sign: f32) -> bool {
    let near = x.saturating_sub(SPAN).max(SPAN)..(x + SPAN + 1).min(photo.width.saturating_sub(SPAN));
    let is_marked = |y: &usize| {
        let row = &photo.samples[y * photo.width..(y + 1) * photo.width];
        let side = |columns: &[u8]| columns.iter().map(|level| f32::from(*level)).sum::<f32>() / SPAN as f32;
        near.clone().any(|x| sign * (side(&row[x..x + SPAN]) - side(&row[x - SPAN..x])) >= MARKED)
    };
    area.rows.clone().filter(|y| !is_marked(y)).count() * UNMARKED <= area.rows.len()
}

/// Letters for each column of text, in a strip: the strip's middle, the logarithm of the number, and how much text it is.
type Count = (f32, f32, f32);

#[expect(clippy::cast_precision_loss, reason = "columns and rows")]
fn letters(ink: &Ink, area: &Area) -> Vec<Count> {
    let width = area.columns.len() / STRIPS;
    let strip = |place: usize| {
        let start = area.columns.start + place * width;
        let (mut runs, mut rows) = (0_usize, 0_usize);
        for y in area.rows.clone() {
            let row = &ink.inked[y * ink.width..][start..start + width];
            let begun = row.windows(2).filter(|pair| !pair[0] && pair[1]).count();
            // A row with hardly any strokes in it is no text.
            if begun >= 2 {
                (runs, rows) = (runs + begun, rows + 1);
            }
        }
        let number = runs as f32 / (rows * width).max(1) as f32;
        (rows >= FEWEST_ROWS && number > 0.0).then(|| (start as f32 + width as f32 / 2.0, number.ln(), rows as f32))
    };
    (0..STRIPS).filter_map(strip).collect()
}

/// How much of the letters' spread is explained by the angle at which they are seen; `None` where it is not that of a can.
fn fit(counts: &[Count], centre: f32, radius: f32) -> Option<f32> {
    let (grows, explained) = growth(counts, centre, radius)?;
    (GROWS.contains(&grows) && explained >= EXPLAINED).then_some(explained)
}

/// How letters grow in number with the angle, and how much of their spread that explains. `None` for too few.
fn growth(counts: &[Count], centre: f32, radius: f32) -> Option<(f32, f32)> {
    let seen = |&(x, number, weight): &Count| {
        let cosine = (1.0 - ((x - centre) / radius).powi(2)).max(0.0).sqrt();
        (cosine >= COUNTED).then(|| (-cosine.ln(), number, weight))
    };
    let seen: Vec<_> = counts.iter().filter_map(seen).collect();
    let total: f32 = seen.iter().map(|(_, _, weight)| weight).sum();
    let mean = |value: &dyn Fn(&(f32, f32, f32)) -> f32| seen.iter().map(|it| it.2 * value(it)).sum::<f32>() / total;
    let (x, y) = (mean(&|it| it.0), mean(&|it| it.1));
    let (xx, yy) = (mean(&|it| (it.0 - x).powi(2)), mean(&|it| (it.1 - y).powi(2)));
    let xy = mean(&|it| (it.0 - x) * (it.1 - y));
    let spread = seen.iter().map(|it| it.0).fold(0.0, f32::max);
    if seen.len() < STRIPS / 3 || spread < LEAST_SPREAD || xx <= 0.0 || yy <= 0.0 {
        return None;
    }
    Some((xy / xx, xy * xy / (xx * yy)))
}

/// Where an area is once the wider one around it was unrolled.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the wider one")]
pub fn unrolled(surface: &Surface, area: &Area, wide: &Area) -> Area {
    let ((from, to), (start, _)) = (reach(surface, area), reach(surface, wide));
    let columns = (from - start) as usize..((to - start) as usize).max((from - start) as usize + 1);
    Area { columns, ..area.within(wide) }
}

/// Columns of the unrolled can, counted from its middle, that are shown at all and lie within `area`.
#[expect(clippy::cast_precision_loss, reason = "columns")]
pub fn reach(surface: &Surface, area: &Area) -> (f32, f32) {
    let within = |u: f32| {
        let x = surface.column(u).x;
        surface.facing(u) >= SHOWN && x >= area.columns.start as f32 && x <= area.columns.end as f32
    };
    let far = |side: f32| {
        let mut u = 0.0;
        // The middle of the can need not be within the area.
        while surface.facing(u) >= SHOWN && !within(u) {
            u += side;
        }
        let from = u;
        while within(u + side) {
            u += side;
        }
        (from, u)
    };
    let ((near_left, left), (near_right, right)) = (far(-1.0), far(1.0));
    if within(0.0) {
        (left, right)
    } else if within(near_right) {
        (near_right, right)
    } else {
        (left, near_left)
    }
}
