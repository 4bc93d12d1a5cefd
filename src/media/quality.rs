//! What makes a finished picture hard to read, as far as its pixels tell.

use image::RgbImage;

use super::sharpness::{middle, sampled};
use crate::domain::QualityIssue;

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
    let rows = luma_rows(picture);
    Measured {
        blurred: edge_width_px(&rows).is_some_and(|px| px > BLURRED_EDGE_PX),
        dark: percentile_95(&rows) < DARK_LUMA,
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

/// Luma of the rows and columns that are looked at.
fn luma_rows(picture: &RgbImage) -> Vec<Vec<u8>> {
    let columns = middle(picture.width() as usize);
    let row_bytes = 3 * picture.width() as usize;
    let row = |row: usize| {
        let pixels = &picture.as_raw()[row * row_bytes..][3 * columns.start..3 * columns.end];
        pixels.as_chunks().0.iter().copied().map(luma).collect()
    };
    sampled(picture.height() as usize).map(row).collect()
}

/// Typical width of the sharper edges: contrast over steepest step, best quarter. `None` without enough edges.
fn edge_width_px(rows: &[Vec<u8>]) -> Option<f32> {
    let mut widths = Vec::new();
    for row in rows {
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

fn percentile_95(rows: &[Vec<u8>]) -> u8 {
    let mut values: Vec<u8> = rows.iter().flatten().copied().collect();
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
