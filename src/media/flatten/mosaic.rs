//! Segments of frames, laid side by side into one picture.

use super::choose::Segment;
use super::plane::{Plane, View};
use super::seams::Fit;
use super::surface::Surface;

/// Pixels over which neighbouring segments pass into each other, to each side of the seam.
const FEATHER: f32 = 5.0;

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

/// Draws the strips, `rows` of the frames high. Columns start at the first strip's first.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
pub fn draw(strips: &[Strip<'_>], surface: &Surface, rows: std::ops::Range<usize>) -> Plane {
    let (Some(first), Some(last)) = (strips.first(), strips.last()) else { return Plane::default() };
    let (start, end) = (first.segment.from, last.segment.to);
    let (width, height) = ((end - start) as usize, rows.len());
    let middle = (rows.start + rows.end) as f32 / 2.0;
    let mut levels = vec![0.0_f32; width * height];
    for (index, strip) in strips.iter().enumerate() {
        let opens = if index == 0 { strip.segment.from } else { strip.segment.from - FEATHER };
        let closes = if index + 1 == strips.len() { strip.segment.to } else { strip.segment.to + FEATHER };
        for x in (opens - start).max(0.0) as usize..((closes - start) as usize).min(width) {
            let column = start + x as f32;
            let rise = if index == 0 { 1.0 } else { (column - opens) / (2.0 * FEATHER) };
            let fall = if index + 1 == strips.len() { 1.0 } else { (closes - column) / (2.0 * FEATHER) };
            let share = rise.min(fall).clamp(0.0, 1.0);
            let seen = surface.column(strip.placement.locate(column, 0.0).0);
            let next = surface.column(strip.placement.locate(column, 0.0).0 + 1.0);
            for y in 0..height {
                let row = (y as f32) - middle + rows.start as f32;
                let (_, v) = strip.placement.locate(column, row);
                let x_on_frame = seen.x + (next.x - seen.x) * strip.placement.lean * row;
                levels[y * width + x] += share * strip.view.level(x_on_frame, seen.row(v + middle));
            }
        }
    }
    Plane { width, height, samples: levels.into_iter().map(|level| level.round() as u8).collect() }
}
