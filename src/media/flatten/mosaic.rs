//! Segments of frames, laid side by side into one picture.

use std::ops::Range;

use super::choose::Segment;
use super::level::Fall;
use super::plane::{Plane, View};
use super::seams::Fit;
use super::surface::Surface;

/// Pixels over which neighbouring segments pass into each other, to each side of the seam.
const FEATHER: f32 = 5.0;

/// Rows over which a column is taken to be straight.
const STRAIGHT: usize = 16;

/// Where a place of the label lies on one frame's unrolled picture. Rows are counted from the middle row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    across: f32,
    lean: f32,
    along: f32,
    growth: f32,
    slope: f32,
}

impl Placement {
    /// The first frame: its middle stands at `place` on the label.
    pub fn at(place: f32) -> Self {
        Self { across: -place, lean: 0.0, along: 0.0, growth: 1.0, slope: 0.0 }
    }

    /// The unrolled place on the frame of `(column, row)` of the label.
    pub fn locate(&self, column: f32, row: f32) -> (f32, f32) {
        (column + self.across + self.lean * row, self.along + self.growth * row + self.slope * column)
    }

    /// The placement of the frame that lies to the right of this one's: at `seam` this frame's column `left` is that one's
    /// column `right`, before `fit` is applied.
    pub fn followed_by(&self, fit: &Fit, seam: f32, guess: (f32, f32)) -> Self {
        // Row as this frame sees it, and the column right of the seam.
        let lean = self.lean + fit.lean * self.growth;
        let slope = self.slope * (1.0 + fit.growth) + fit.slope;
        Self {
            across: self.across + guess.0 + fit.across + fit.lean * (self.along + self.slope * seam),
            lean,
            along: self.along * (1.0 + fit.growth) + guess.1 + fit.along - fit.slope * seam,
            growth: self.growth * (1.0 + fit.growth),
            slope,
        }
    }
}

/// A segment, its frame and its place.
#[derive(Clone, Copy)]
pub struct Strip<'a> {
    /// Columns of the label.
    pub segment: Segment,
    /// The frame.
    pub view: View<'a>,
    /// Where it lies.
    pub placement: Placement,
}

/// The part of a label that is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Columns, from the first strip's first.
    pub columns: Range<usize>,
    /// Rows of the frames, at the window's left end.
    pub rows: Range<usize>,
    /// How far rows fall from the window's left end on.
    pub fall: Fall,
    /// Every how many columns and rows are drawn.
    pub step: usize,
}

/// Columns that strips cover.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
pub fn width(strips: &[Strip<'_>]) -> usize {
    match (strips.first(), strips.last()) {
        (Some(first), Some(last)) => (last.segment.to - first.segment.from).max(0.0) as usize,
        _ => 0,
    }
}

/// Draws a part of the strips.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
pub fn draw(strips: &[Strip<'_>], surface: &Surface, window: &Window) -> Plane {
    let start = strips.first().map_or(0.0, |strip| strip.segment.from);
    let count = |range: &Range<usize>| range.len().div_ceil(window.step);
    let (width, height) = (count(&window.columns), count(&window.rows));
    let mut levels = vec![0.0_f32; width * height];
    // Rows follow a curve that is straight over a few of them.
    for (chunk, lines) in levels.chunks_mut((STRAIGHT * width).max(1)).enumerate() {
        for x in 0..width {
            let at = window.columns.start + x * window.step;
            let column = start + at as f32;
            let fall = window.fall.at((at - window.columns.start) as f32);
            let first = (window.rows.start + chunk * STRAIGHT * window.step) as f32 + fall;
            let beyond = first + (STRAIGHT * window.step) as f32;
            for (strip, share) in strips.iter().enumerate().filter_map(|it| shared(strips, it.0, it.1, column)) {
                let (from, to) = (strip.seen(surface, column, first), strip.seen(surface, column, beyond));
                let step = ((to.0 - from.0) / STRAIGHT as f32, (to.1 - from.1) / STRAIGHT as f32);
                let samples = strip.view.line(from, step);
                samples
                    .zip(lines[x..].iter_mut().step_by(width))
                    .for_each(|(it, level)| *level += share * f32::from(it));
            }
        }
    }
    Plane { width, height, samples: levels.into_iter().map(|level| (level + 0.5) as u8).collect() }
}

impl Strip<'_> {
    /// Where a column of the label, at a row of the frames, lies on this one.
    #[expect(clippy::cast_precision_loss, reason = "rows of a frame")]
    fn seen(&self, surface: &Surface, column: f32, row: f32) -> (f32, f32) {
        let middle = self.view.height as f32 / 2.0;
        let here = self.placement.locate(column, 0.0).0;
        let (seen, next) = (surface.column(here), surface.column(here + 1.0));
        let from_middle = row - middle;
        let (_, v) = self.placement.locate(column, from_middle);
        (seen.x + (next.x - seen.x) * self.placement.lean * from_middle, seen.row(v + middle))
    }
}

/// How much a strip adds to a column: all of it inside, less towards a neighbour.
fn shared<'s, 'a>(
    strips: &[Strip<'_>],
    index: usize,
    strip: &'s Strip<'a>,
    column: f32,
) -> Option<(&'s Strip<'a>, f32)> {
    let rise = if index == 0 { 1.0 } else { (column - strip.segment.from + FEATHER) / (2.0 * FEATHER) };
    let fall = if index + 1 == strips.len() { 1.0 } else { (strip.segment.to + FEATHER - column) / (2.0 * FEATHER) };
    let share = rise.min(fall).min(1.0);
    (share > 0.0).then_some((strip, share))
}
