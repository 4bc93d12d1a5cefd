//! Where two neighbouring segments meet, their frames are laid onto each other exactly: shift, roll and size.

use super::motion::Levels;
use super::plane::View;
use super::surface::Surface;

/// Pixels between samples of a patch.
const STEP: usize = 2;
/// Samples of a patch to each side of the seam.
const HALF_WIDTH: usize = 32;
/// Samples around a place whose mean is taken off.
const LOCAL: usize = 5;
/// Rows of samples in a block.
const BLOCK: usize = 48;
/// Twice as coarse samples searched for the whole patch, around the place that the motion between the frames foretells.
const FAR: (i32, i32) = (22, 10);
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
    /// Mean normalised correlation of the blocks with text, 1 without any: then there is nothing to disagree about.
    pub agreement: f32,
}

impl Default for Fit {
    fn default() -> Self {
        Self { across: 0.0, lean: 0.0, along: 0.0, growth: 0.0, slope: 0.0, agreement: 1.0 }
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
#[expect(clippy::cast_precision_loss, reason = "samples of a frame")]
pub fn fit(surface: &Surface, rows: std::ops::Range<usize>, left: Side<'_>, right: Side<'_>) -> Fit {
    let middle = (rows.start + rows.end) as f32 / 2.0;
    let a = patch(surface, rows.clone(), left);
    let b = patch(surface, rows.clone(), right);
    let printed = |block: &usize| a.rows(block * BLOCK..(block + 1) * BLOCK).texture() >= LEAST_TEXTURE;
    let blocks: Vec<usize> = (0..a.height / BLOCK).filter(printed).collect();
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return Fit::default() };
    let (top, bottom) = (first * BLOCK, (last + 1) * BLOCK);
    let (above, below) = (top.saturating_sub(MARGIN), (bottom + MARGIN).min(b.height));
    let offset = i32::try_from((top - above) / 2).unwrap_or(0);
    let mut rough = a.rows(top..bottom).halved().best(&b.rows(above..below).halved(), (0, offset), FAR);
    rough.along -= offset as f32;
    let around = (whole(2.0 * rough.across), whole(2.0 * rough.along));
    let votes: Vec<Vote> = blocks
        .into_iter()
        .map(|block| {
            let from = block * BLOCK;
            let here = a.rows(from..from + BLOCK);
            let texture = here.texture();
            // The block is compared with the whole patch of the other side, at its own height.
            let (top, bottom) = (from.saturating_sub(MARGIN), (from + BLOCK + MARGIN).min(b.height));
            let there = b.rows(top..bottom);
            let offset = i32::try_from(from - top).unwrap_or(0);
            let step = here.best(&there, (around.0, around.1 + offset), NEAR);
            // Of two frames one is often the sharper: whether they agree is asked of what both can show.
            let place = (whole(step.across / 2.0), whole(step.along / 2.0));
            let coarse = here.halved().best(&there.halved(), place, (1, 1));
            Vote {
                row: ((from + BLOCK / 2) * STEP) as f32 + rows.start as f32 - middle,
                across: step.across * STEP as f32,
                along: (step.along - offset as f32) * STEP as f32,
                weight: texture * step.response.max(0.0).powi(2),
                texture,
                agreement: coarse.response.max(step.response),
            }
        })
        .collect();
    solve(&votes)
}

#[expect(clippy::cast_possible_truncation, reason = "a few samples")]
fn whole(samples: f32) -> i32 {
    samples.round() as i32
}

/// Samples of an unrolled picture around a column.
#[expect(clippy::cast_precision_loss, reason = "samples of a frame")]
fn patch(surface: &Surface, rows: std::ops::Range<usize>, side: Side<'_>) -> Levels {
    let width = 2 * HALF_WIDTH;
    let columns: Vec<_> =
        (0..width).map(|x| surface.column(side.column + (x as f32 - HALF_WIDTH as f32) * STEP as f32)).collect();
    let height = rows.len() / STEP;
    let levels: Vec<f32> = rows
        .step_by(STEP)
        .take(height)
        .flat_map(|y| columns.iter().map(move |column| side.view.level(column.x, column.row(y as f32 + side.lift))))
        .collect();
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
    Fit { agreement: sum / all, ..fit }
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
