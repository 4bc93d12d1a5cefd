//! Which of a clip's frames shows text best: measured on the luma plane, as it was coded.

use std::ops::Range;

/// Rows that are looked at: text is many rows high, so a hundred see every line of it.
const ROWS: usize = 100;

/// Share of the steepest steps that count as edges of text, in percent.
const EDGE_PERCENT: u64 = 2;

/// A plane of luma: 8 bits a sample, or up to 16 in two bytes of machine order.
#[derive(Clone, Copy)]
pub struct Luma<'a> {
    /// The samples, row after row.
    pub bytes: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
    /// Samples of a row that are picture.
    pub width: usize,
    /// Bits of a sample, 8 to 16.
    pub depth: u32,
}

impl Luma<'_> {
    fn rows(&self) -> impl Iterator<Item = Vec<u8>> {
        let bytes_per_sample = if self.depth > 8 { 2 } else { 1 };
        let row_bytes = self.width * bytes_per_sample;
        let count = self.bytes.len() / self.stride.max(1);
        let rows = sampled(count).map(|row| self.bytes.get(row * self.stride..).unwrap_or_default());
        let shift = self.depth.saturating_sub(8);
        rows.filter_map(move |row| row.get(..row_bytes)).map(move |row| {
            let middle = middle(self.width);
            let row = &row[middle.start * bytes_per_sample..middle.end * bytes_per_sample];
            if bytes_per_sample == 1 {
                return row.to_vec();
            }
            #[expect(clippy::cast_possible_truncation, reason = "cut to its eight highest bits on purpose")]
            row.chunks_exact(2).map(|pair| (u16::from_ne_bytes([pair[0], pair[1]]) >> shift) as u8).collect()
        })
    }
}

/// The middle of a row or column: its outer eighths are seldom the label.
pub fn middle(count: usize) -> Range<usize> {
    count / 8..count - count / 8
}

/// The rows of a picture that are looked at.
pub fn sampled(count: usize) -> impl Iterator<Item = usize> {
    let middle = middle(count);
    let step = (middle.len() / ROWS).max(1);
    middle.step_by(step)
}

/// Sharpness of text: the mean of the steepest 2 % of horizontal steps, 0–255. It compares frames of one clip; it says
/// nothing across clips, since contrast counts too.
pub fn sharpness(luma: Luma<'_>) -> f32 {
    let mut counts = [0_u64; 256];
    for row in luma.rows() {
        for pair in row.windows(2) {
            counts[usize::from(pair[0].abs_diff(pair[1]))] += 1;
        }
    }
    let wanted = (counts.iter().sum::<u64>() * EDGE_PERCENT / 100).max(1);
    let (mut taken, mut sum) = (0, 0);
    for (step, count) in counts.into_iter().enumerate().rev() {
        let part = count.min(wanted - taken);
        (taken, sum) = (taken + part, sum + part * step as u64);
    }
    #[expect(clippy::cast_precision_loss, reason = "a mean of steps below 256")]
    let mean = sum as f32 / taken.max(1) as f32;
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 900;

    /// Dark and light bars twelve pixels wide, through a box filter `blur` pixels wide.
    fn bars(blur: usize) -> Vec<u8> {
        let bar = |x: usize| if (x / 12).is_multiple_of(2) { 0 } else { 200 };
        let row = |x: usize| u8::try_from((x..x + blur).map(bar).sum::<usize>() / blur).unwrap();
        (0..400).flat_map(|_| (0..WIDTH).map(row)).collect()
    }

    fn of(bytes: &[u8]) -> f32 {
        sharpness(Luma { bytes, stride: WIDTH, width: WIDTH, depth: 8 })
    }

    #[test]
    fn a_sharper_frame_scores_higher() {
        assert!(of(&bars(1)) > of(&bars(2)));
        assert!(of(&bars(2)) > of(&bars(5)));
    }

    #[test]
    fn ten_bit_luma_scores_as_its_eight_bit_version() {
        let wide: Vec<u8> = bars(2).iter().flat_map(|&level| (u16::from(level) << 2).to_ne_bytes()).collect();
        let score = sharpness(Luma { bytes: &wide, stride: 2 * WIDTH, width: WIDTH, depth: 10 });
        assert!((score - of(&bars(2))).abs() < 0.01);
    }

    #[test]
    fn planes_that_lie_about_their_size_are_no_danger() {
        for (stride, width) in [(0, 900), (10, 900), (900, 0), (usize::MAX, 5)] {
            assert!(sharpness(Luma { bytes: &[9; 2000], stride, width, depth: 8 }) < f32::EPSILON);
        }
    }
}
