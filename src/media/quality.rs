//! How well text can be read in a picture: what is measured on luma alone.

use image::RgbImage;

use crate::domain::QualityIssue;

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
        // The outer eighth on each side is seldom the label.
        let (first, step) = (count / 8, (count * 3 / 4 / ROWS).max(1));
        let rows = self.bytes.chunks(self.stride.max(1)).take(count - first).skip(first).step_by(step);
        let shift = self.depth.saturating_sub(8);
        rows.filter_map(move |row| row.get(..row_bytes)).map(move |row| {
            let middle = row_bytes / 8 / bytes_per_sample * bytes_per_sample..row_bytes - row_bytes / 8;
            let row = &row[middle];
            if bytes_per_sample == 1 {
                return row.to_vec();
            }
            #[expect(clippy::cast_possible_truncation, reason = "cut to its eight highest bits on purpose")]
            row.chunks_exact(2).map(|pair| (u16::from_ne_bytes([pair[0], pair[1]]) >> shift) as u8).collect()
        })
    }
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

/// Pixels over which the contrast of an edge is taken: wide enough for an edge that is far out of focus.
const EDGE_WINDOW: usize = 33;

/// Contrast from which an edge is one of print and not of noise.
const EDGE_CONTRAST: u8 = 40;

/// Edges that a picture must have for its sharpness to be judged.
const MIN_EDGES: usize = 30;

/// Width of an edge, in pixels, from which letters run into each other. Readable frames of hand-held clips measure 1.1 to
/// 3.8, unreadable ones from 5.1 on.
const BLURRED_EDGE_PX: f32 = 4.5;

/// Luma below which 95 % of a dark picture lie.
const DARK_LUMA: u8 = 64;

/// Longest edge, in pixels, below which a label cannot hold print of legible size: 7 pixels a millimetre over 100 mm.
const FEW_PIXELS: u32 = 700;

/// What makes most of these pictures hard to read, as far as it can be measured.
pub fn issues(pictures: &[Measured]) -> Vec<QualityIssue> {
    let most = |has: fn(&Measured) -> bool| 2 * pictures.iter().filter(|picture| has(picture)).count() > pictures.len();
    [
        (QualityIssue::Blur, most(|picture| picture.blurred)),
        (QualityIssue::LowLight, most(|picture| picture.dark)),
        (QualityIssue::LowResolution, most(|picture| picture.small)),
    ]
    .into_iter()
    .filter_map(|(issue, found)| found.then_some(issue))
    .collect()
}

/// What was measured on one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    blurred: bool,
    dark: bool,
    small: bool,
}

/// Measures a finished picture.
pub fn measure(picture: &RgbImage) -> Measured {
    let luma: Vec<u8> = picture.pixels().map(|pixel| luma(pixel.0)).collect();
    let width = picture.width() as usize;
    let luma = Luma { bytes: &luma, stride: width, width, depth: 8 };
    Measured {
        blurred: edge_width_px(luma).is_some_and(|px| px > BLURRED_EDGE_PX),
        dark: percentile_95(luma) < DARK_LUMA,
        small: picture.width().max(picture.height()) < FEW_PIXELS,
    }
}

/// Luma of an RGB pixel (BT.601 weights, as Tesseract and JPEG use them).
pub fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
    #[expect(clippy::cast_possible_truncation, reason = "the weights add up to 256")]
    let luma = (sum >> 8) as u8;
    luma
}

/// Typical width of the sharper edges: contrast over steepest step, best quarter. `None` without enough edges.
fn edge_width_px(luma: Luma<'_>) -> Option<f32> {
    let mut widths = Vec::new();
    for row in luma.rows() {
        for window in row.chunks_exact(EDGE_WINDOW) {
            let (low, high) = window.iter().fold((u8::MAX, 0), |(low, high), &v| (v.min(low), v.max(high)));
            let steepest = window.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap_or(0);
            if high.saturating_sub(low) >= EDGE_CONTRAST {
                widths.push(f32::from(high - low) / f32::from(steepest));
            }
        }
    }
    if widths.len() < MIN_EDGES {
        return None;
    }
    let quarter = widths.len() / 4;
    Some(*widths.select_nth_unstable_by(quarter, f32::total_cmp).1)
}

fn percentile_95(luma: Luma<'_>) -> u8 {
    let mut values: Vec<u8> = luma.rows().flatten().collect();
    let at = values.len() * 95 / 100;
    if at < values.len() { *values.select_nth_unstable(at).1 } else { u8::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bars `period` pixels wide, dark and light, through a box filter `blur` pixels wide.
    fn bars(period: u32, blur: u32, light: u8) -> RgbImage {
        let bar = |x: u32| if (x / period).is_multiple_of(2) { 0 } else { u32::from(light) };
        RgbImage::from_fn(900, 400, |x, _| {
            let sum: u32 = (x..x + blur).map(bar).sum();
            image::Rgb([u8::try_from(sum / blur).unwrap(); 3])
        })
    }

    fn of(picture: &RgbImage) -> f32 {
        let bytes: Vec<u8> = picture.pixels().map(|pixel| luma(pixel.0)).collect();
        sharpness(Luma { bytes: &bytes, stride: 900, width: 900, depth: 8 })
    }

    #[test]
    fn a_sharper_frame_scores_higher() {
        assert!(of(&bars(12, 1, 200)) > of(&bars(12, 2, 200)));
        assert!(of(&bars(12, 2, 200)) > of(&bars(12, 5, 200)));
    }

    #[test]
    fn ten_bit_luma_scores_as_its_eight_bit_version() {
        let picture = bars(12, 2, 200);
        let wide: Vec<u8> = picture.pixels().flat_map(|pixel| (u16::from(luma(pixel.0)) << 2).to_ne_bytes()).collect();
        let score = sharpness(Luma { bytes: &wide, stride: 1800, width: 900, depth: 10 });
        assert!((score - of(&picture)).abs() < 0.01);
    }

    #[test]
    fn planes_that_lie_about_their_size_are_no_danger() {
        for (stride, width) in [(0, 900), (10, 900), (900, 0), (usize::MAX, 5)] {
            assert!(sharpness(Luma { bytes: &[9; 2000], stride, width, depth: 8 }) < f32::EPSILON);
        }
    }

    #[test]
    fn issues_are_told_apart() {
        let told = |picture: RgbImage| issues(&[measure(&picture)]);
        assert_eq!(told(bars(12, 1, 200)), []);
        assert_eq!(told(bars(12, 8, 200)), [QualityIssue::Blur]);
        assert_eq!(told(bars(12, 1, 40)), [QualityIssue::LowLight]);
        assert_eq!(
            told(image::imageops::crop_imm(&bars(12, 1, 200), 0, 0, 600, 400).to_image()),
            [QualityIssue::LowResolution]
        );
    }

    #[test]
    fn one_bad_picture_of_three_is_no_issue() {
        let (good, bad) = (measure(&bars(12, 1, 200)), measure(&bars(12, 8, 200)));
        assert_eq!(issues(&[good, bad, good]), []);
        assert_eq!(issues(&[bad, bad, good]), [QualityIssue::Blur]);
    }
}
