//! The sides of a cylinder: where whole columns of a frame change their brightness at once, in all frames.

use super::plane::View;

/// Columns on the left that may hold the left side, as shares of the width; the right side's are mirrored.
const MARGIN: (f32, f32) = (0.02, 0.45);

/// Columns by which candidates are apart, at least.
const APART: usize = 4;
/// Candidates for each side.
const CANDIDATES: usize = 3;

/// Adds up, over frames, how steeply the brightness of whole columns changes: text cancels out, sides add up.
#[derive(Debug, Default)]
pub struct Profile {
    steps: Vec<f32>,
    last: Vec<f32>,
}

impl Profile {
    /// Adds a frame.
    pub fn add(&mut self, view: View<'_>) {
        self.last = steps(view, view.height / 4..view.height * 3 / 4);
        self.steps.resize(self.last.len(), 0.0);
        self.steps.iter_mut().zip(&self.last).for_each(|(sum, step)| *sum += step.abs());
    }

    /// The most marked columns that may be the left side, and those that may be the right one; best first.
    #[expect(clippy::cast_precision_loss, reason = "columns of a frame")]
    pub fn candidates(&self) -> (Vec<f32>, Vec<f32>) {
        let share = |share: f32| share * self.steps.len() as f32;
        let left = peaks(&self.steps, share(MARGIN.0), share(MARGIN.1));
        let right = peaks(&self.steps, share(1.0 - MARGIN.1), share(1.0 - MARGIN.0));
        (left, right)
    }
}

/// Change of mean brightness from the columns before to the columns after each column.
#[expect(clippy::cast_precision_loss, reason = "rows of a frame")]
fn steps(view: View<'_>, rows: std::ops::Range<usize>) -> Vec<f32> {
    const SPAN: usize = 3;
    let count = rows.len().max(1) as f32;
    let mean = |x: usize| rows.clone().map(|y| u32::from(view.at(x, y))).sum::<u32>() as f32 / count;
    let means: Vec<f32> = (0..view.width).map(mean).collect();
    let side = |range: std::ops::Range<usize>| means[range].iter().sum::<f32>() / SPAN as f32;
    (0..view.width)
        .map(|x| if x < SPAN || x + SPAN > view.width { 0.0 } else { side(x..x + SPAN) - side(x - SPAN..x) })
        .collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "columns")]
fn peaks(steps: &[f32], from: f32, to: f32) -> Vec<f32> {
    let range = (from as usize).max(1)..(to as usize).min(steps.len().saturating_sub(1));
    let around = |x: usize| steps[x.saturating_sub(APART)..(x + APART + 1).min(steps.len())].iter().copied();
    let mut tops: Vec<usize> = range.filter(|&x| steps[x] >= around(x).fold(0.0, f32::max)).collect();
    tops.sort_by(|&a, &b| steps[b].total_cmp(&steps[a]));
    tops.truncate(CANDIDATES);
    tops.into_iter().map(|x| x as f32).collect()
}
