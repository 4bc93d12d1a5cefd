//! Where two neighbouring segments meet, their frames are laid onto each other exactly: shift, roll and size.

use std::ops::Range;

use super::motion::Levels;
use super::plane::View;
use super::search::{FAR, Searched, together};
use super::surface::Surface;

/// Pixels between samples of a patch.
const STEP: usize = 2;
/// Samples of a patch to each side of the seam.
const HALF_WIDTH: usize = 20;
/// Samples around a place whose mean is taken off.
const LOCAL: usize = 5;
/// Rows of samples in a block.
const BLOCK: usize = 48;
/// Samples of the other side's patch beyond those of the first, on each side: all that is searched is there.
const BESIDE: usize = 2 * FAR.0.unsigned_abs() as usize;
/// Rows of samples over which a column is taken to be straight.
const STRAIGHT: usize = 16;
/// Samples searched for a block, around the place of the whole patch.
const NEAR: (i32, i32) = (4, 4);
/// Rows of samples of the other side above and below a block that it is compared with.
const MARGIN: usize = 32;
/// Root mean square of differences from which a block has something to hold on to.
const LEAST_TEXTURE: f32 = 3.0;

/// Takes places on one frame's unrolled picture to those of another that show the same: `across` and `along` are added,
/// each growing with the distance from the middle row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// Right, pixels at the middle row.
    pub across: f32,
    /// Right, more for each pixel further down (roll).
    pub lean: f32,
    /// Down, pixels at the middle row.
    pub along: f32,
    /// Down, more for each pixel further down (size).
    pub growth: f32,
    /// Down, more for each pixel right of the seam (roll).
    pub slope: f32,
    /// Mean normalised correlation of the blocks with text; `None` without any: then nothing is borne out.
    pub agreement: Option<f32>,
}

impl Default for Fit {
    fn default() -> Self {
        Self { across: 0.0, lean: 0.0, along: 0.0, growth: 0.0, slope: 0.0, agreement: None }
    }
}

/// A block's place and what it says.
struct Vote {
    row: f32,
    across: f32,
    along: f32,
    weight: f32,
    texture: f32,
    agreement: f32,
}

/// One side of a seam: a frame and the column of its unrolled picture that lies at the seam.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// The frame.
    pub view: View<'a>,
    /// Unrolled column at the seam.
    pub column: f32,
    /// Row offset: what unrolled row 0 of the patch is on this frame.
    pub lift: f32,
}

/// Lays `right` onto `left`.
pub fn fit(surface: &Surface, rows: Range<usize>, left: Side<'_>, right: Side<'_>) -> Fit {
    let a = patch(surface, rows.clone(), left, HALF_WIDTH);
    let b = patch(surface, rows.clone(), right, HALF_WIDTH + BESIDE);
    let sides = [(a.halved(), b.halved()), (a, b)];
    let blocks: Vec<Block> = (0..sides[1].0.height / BLOCK).filter_map(|at| Block::new(&sides, at * BLOCK)).collect();
    if blocks.is_empty() {
        return Fit::default();
    }
    // Rows count from the middle of the frames.
    #[expect(clippy::cast_precision_loss, reason = "rows of a frame")]
    let first = rows.start as f32 - left.view.height as f32 / 2.0;
    let searched: Vec<Searched> = blocks.iter().map(|block| block.search(first)).collect();
    let rough = together(&searched);
    let votes: Vec<Vote> =
        blocks.iter().zip(&searched).map(|(block, searched)| block.vote(searched, rough.at(searched.row))).collect();
    solve(&votes)
}

/// Some rows of the left side, and the rows of the right one among which they are: at half the size, and whole.
struct Block {
    here: [Levels; 2],
    there: [Levels; 2],
    from: usize,
    /// Rows of the right side above the block.
    above: i32,
}

impl Block {
    /// `None` without print.
    fn new(sides: &[(Levels, Levels); 2], from: usize) -> Option<Self> {
        let (top, bottom) = (from.saturating_sub(MARGIN), (from + BLOCK + MARGIN).min(sides[1].1.height));
        let here = sides[1].0.rows(from..from + BLOCK);
        if here.texture() < LEAST_TEXTURE {
            return None;
        }
        let here = [sides[0].0.rows(from / 2..(from + BLOCK) / 2), here];
        let there = [sides[0].1.rows(top / 2..bottom / 2), sides[1].1.rows(top..bottom)];
        Some(Self { here, there, from, above: i32::try_from(from - top).unwrap_or(0) })
    }

    #[expect(clippy::cast_precision_loss, reason = "rows of a frame")]
    fn row(&self, first: f32) -> f32 {
        first + ((self.from + BLOCK / 2) * STEP) as f32
    }

    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    fn search(&self, first: f32) -> Searched {
        let row = self.row(first) / (2 * STEP) as f32;
        Searched::new(&self.here[0], &self.there[0], (beside() / 2, self.above / 2), row)
    }

    #[expect(clippy::cast_precision_loss, reason = "samples")]
    fn vote(&self, searched: &Searched, (across, along): (i32, i32)) -> Vote {
        let around = (beside() + 2 * across, self.above + 2 * along);
        let step = self.here[1].best(&self.there[1], around, NEAR);
        let (across, along) = (step.across - beside() as f32, step.along - self.above as f32);
        let texture = self.here[1].texture();
        Vote {
            row: searched.row * (2 * STEP) as f32,
            across: across * STEP as f32,
            along: along * STEP as f32,
            weight: texture * step.response.max(0.0).powi(2),
            texture,
            // Of two frames one is often the sharper: whether they agree is asked of what both can show.
            agreement: step.response.max(searched.agreement(whole(across / 2.0), whole(along / 2.0))),
        }
    }
}

fn beside() -> i32 {
    i32::try_from(BESIDE).unwrap_or(0)
}

#[expect(clippy::cast_possible_truncation, reason = "a few samples")]
fn whole(samples: f32) -> i32 {
    samples.round() as i32
}

/// Samples of an unrolled picture around a column.
#[expect(clippy::cast_precision_loss, reason = "samples of a frame")]
fn patch(surface: &Surface, rows: Range<usize>, side: Side<'_>, half_width: usize) -> Levels {
    let width = 2 * half_width;
    let columns: Vec<_> =
        (0..width).map(|x| surface.column(side.column + (x as f32 - half_width as f32) * STEP as f32)).collect();
    let height = rows.len() / STEP;
    let mut levels = vec![0; width * height];
    // Rows follow a curve that is straight over a few of them.
    for (chunk, lines) in levels.chunks_mut(STRAIGHT * width).enumerate() {
        let first = (rows.start + chunk * STRAIGHT * STEP) as f32 + side.lift;
        for (x, column) in columns.iter().enumerate() {
            let (top, bottom) = (column.row(first), column.row(first + (STRAIGHT * STEP) as f32));
            let down = (bottom - top) / STRAIGHT as f32;
            side.view
                .line((column.x, top), (0.0, down))
                .zip(lines[x..].iter_mut().step_by(width))
                .for_each(|(level, to)| *to = level);
        }
    }
    Levels::of(&levels, width, height, LOCAL)
}

/// Weighted least squares over the blocks, twice: the second time without those far from the first answer.
fn solve(votes: &[Vote]) -> Fit {
    let first = lines(votes.iter().map(|vote| (vote, vote.weight)));
    let far = |vote: &Vote| {
        let across = vote.across - first.across - first.lean * vote.row;
        let along = vote.along - first.along - first.growth * vote.row;
        across.hypot(along)
    };
    let (sum, all) = votes.iter().fold((0.0, 0.0), |(sum, all), vote| {
        (sum + vote.texture * vote.agreement / (1.0 + (far(vote) / 8.0).powi(2)), all + vote.texture)
    });
    let fit = lines(votes.iter().map(|vote| (vote, vote.weight / (1.0 + (far(vote) / 2.0).powi(2)))));
    Fit { agreement: Some(sum / all), ..fit }
}

/// Both straight lines through the votes.
fn lines<'a>(votes: impl Iterator<Item = (&'a Vote, f32)>) -> Fit {
    /// As if a few votes had said that neither roll nor size changed: far votes must not be bent by one neighbour.
    const STIFFNESS: f32 = 150.0;
    let (mut all, mut row, mut rows, mut across, mut along) = (1e-6, 0.0, 0.0, 0.0, 0.0);
    let (mut row_across, mut row_along) = (0.0, 0.0);
    for (vote, weight) in votes {
        all += weight;
        row += weight * vote.row;
        rows += weight * vote.row * vote.row;
        across += weight * vote.across;
        along += weight * vote.along;
        row_across += weight * vote.row * vote.across;
        row_along += weight * vote.row * vote.along;
    }
    let spread = rows - row * row / all + all * 0.02 * STIFFNESS * STIFFNESS;
    let lean = (row_across - row * across / all) / spread;
    let growth = (row_along - row * along / all) / spread;
    Fit {
        across: (across - lean * row) / all,
        lean,
        along: (along - growth * row) / all,
        growth,
        slope: -lean,
        ..Fit::default()
    }
}
