//! What makes a finished picture hard to read, as far as its pixels tell.

use image::RgbImage;

use super::flatten::{Plane, byte};
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
const FEW_PIXELS: usize = 700;

/// Samples of a tile that is looked at for a reflection.
const TILE: usize = 24;
/// Levels of a tile that is blown out: its median, and nearly all of it.
const BLOWN: u8 = 249;
const NEARLY_BLOWN: u8 = 236;
/// Contrast of a tile with print, and how much darker than a reflection the paper around it is.
const PRINTED: u8 = 45;
const DARKER: u8 = 18;
/// Tiles within which print on two sides says that a reflection lies over print.
const ACROSS: usize = 10;
/// Tiles that a reflection covers at least, and one of so many.
const LEAST_TILES: usize = 4;
const ONE_OF: usize = 250;

/// What makes most of these pictures hard to read, as far as it can be measured.
pub fn issues(pictures: &[Measured]) -> Vec<QualityIssue> {
    let most = |has: fn(&Measured) -> bool| 2 * pictures.iter().filter(|picture| has(picture)).count() > pictures.len();
    [
        (QualityIssue::Blur, most(|picture| picture.blurred)),
        (QualityIssue::Glare, most(|picture| picture.glaring)),
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
    glaring: bool,
    dark: bool,
    small: bool,
}

/// Measures a picture as it was taken: its luma, and how much larger it was before it was reduced to this.
pub fn measure(picture: &Plane, factor: usize) -> Measured {
    let rows = luma_rows(picture);
    Measured {
        blurred: edge_width_px(&rows).is_some_and(|px| px > BLURRED_EDGE_PX),
        glaring: has_glare(picture),
        dark: percentile_95(&rows) < DARK_LUMA,
        small: factor * picture.width.max(picture.height) < FEW_PIXELS,
    }
}

/// Luma of an RGB pixel (BT.601 weights, as Tesseract and JPEG use them).
pub fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
    #[expect(clippy::cast_possible_truncation, reason = "the weights add up to 256")]
    let luma = (sum >> 8) as u8;
    luma
}

/// Luma of a picture, reduced by a whole factor: each sample the mean of `factor × factor` pixels.
pub fn luma_plane(picture: &RgbImage, factor: usize) -> Plane {
    let factor = factor.max(1);
    let (width, height) = (picture.width() as usize / factor, picture.height() as usize / factor);
    let row_bytes = 3 * picture.width() as usize;
    let area = u32::try_from(factor * factor).unwrap_or(u32::MAX);
    let mut samples = Vec::with_capacity(width * height);
    let mut sums = vec![0_u32; width];
    for rows in picture.as_raw().chunks_exact(row_bytes * factor) {
        sums.fill(0);
        for row in rows.chunks_exact(row_bytes) {
            let pixels: &[[u8; 3]] = row.as_chunks().0;
            for (sum, pixels) in sums.iter_mut().zip(pixels.chunks_exact(factor)) {
                *sum += pixels.iter().map(|&pixel| u32::from(luma(pixel))).sum::<u32>();
            }
        }
        samples.extend(sums.iter().map(|sum| byte(sum / area)));
    }
    Plane { width, height, samples }
}

/// Luma of the rows and columns that are looked at.
fn luma_rows(picture: &Plane) -> Vec<Vec<u8>> {
    let columns = middle(picture.width);
    let row = |row: usize| picture.samples[row * picture.width..][columns.clone()].to_vec();
    sampled(picture.height).map(row).collect()
}

/// What a tile looks like.
#[derive(Clone, Copy, PartialEq)]
enum Tile {
    Blown,
    Printed,
    Bare,
}

/// Whether a reflection lies over print: places without any contrast, far brighter than the paper, between print on two
/// sides.
fn has_glare(picture: &Plane) -> bool {
    let (columns, rows) = (picture.width / TILE, picture.height / TILE);
    let mut papers = Vec::new();
    let mut tiles = Vec::with_capacity(columns * rows);
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        let line = |y: usize| &picture.samples[y * picture.width + column * TILE..][..TILE];
        let mut levels: Vec<u8> = (row * TILE..(row + 1) * TILE).step_by(3).flat_map(line).copied().collect();
        levels.sort_unstable();
        let at = |percent: usize| levels[levels.len() * percent / 100];
        tiles.push(match (at(50) >= BLOWN && at(8) >= NEARLY_BLOWN, at(95) - at(5) >= PRINTED) {
            (true, _) => Tile::Blown,
            (false, true) => {
                papers.push(at(80));
                Tile::Printed
            }
            (false, false) => Tile::Bare,
        });
    }
    papers.sort_unstable();
    let dim = papers.get(papers.len() / 2).is_some_and(|paper| *paper < BLOWN - DARKER);
    let printed = |row: usize, column: usize| tiles[row * columns + column] == Tile::Printed;
    let between = |row: usize, column: usize| {
        let left = (column.saturating_sub(ACROSS)..column).any(|column| printed(row, column));
        let right = (column..(column + ACROSS).min(columns)).any(|column| printed(row, column));
        let above = (row.saturating_sub(ACROSS)..row).any(|row| printed(row, column));
        let below = (row..(row + ACROSS).min(rows)).any(|row| printed(row, column));
        (left && right) || (above && below)
    };
    let blown = (0..tiles.len()).filter(|&at| tiles[at] == Tile::Blown);
    let covered = blown.filter(|at| between(at / columns, at % columns)).count();
    dim && covered >= LEAST_TILES.max(tiles.len() / ONE_OF)
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

    const SIZE: (usize, usize) = (900, 400);

    fn plane(level: impl Fn(usize, usize) -> usize) -> Plane {
        let (width, height) = SIZE;
        let samples = (0..width * height).map(|at| u8::try_from(level(at % width, at / width)).unwrap()).collect();
        Plane { width, height, samples }
    }

    /// Bars `period` samples wide, dark and light, through a box filter `blur` samples wide.
    fn bars(period: usize, blur: usize, light: usize) -> Plane {
        let bar = |x: usize| if (x / period).is_multiple_of(2) { 0 } else { light };
        plane(|x, _| (x..x + blur).map(bar).sum::<usize>() / blur)
    }

    fn told(picture: &Plane) -> Vec<QualityIssue> {
        issues(&[measure(picture, 1)])
    }

    #[test]
    fn issues_are_told_apart() {
        assert_eq!(told(&bars(12, 1, 200)), []);
        assert_eq!(told(&bars(12, 8, 200)), [QualityIssue::Blur]);
        assert_eq!(told(&bars(12, 1, 40)), [QualityIssue::LowLight]);
        let small = bars(12, 1, 200).halved();
        assert_eq!(told(&small), [QualityIssue::LowResolution]);
        assert_eq!(issues(&[measure(&small, 2)]), [], "it was reduced to be looked at");
    }

    /// Rows of strokes on paper, but where a lamp is reflected.
    fn page(paper: usize, reflected: impl Fn(usize, usize) -> bool) -> Plane {
        plane(move |x, y| match (reflected(x, y), y % 20 < 9 && x % 9 < 3) {
            (true, _) => 255,
            (false, true) => 40,
            (false, false) => paper,
        })
    }

    #[test]
    fn a_reflection_is_told_where_it_covers_print() {
        let spot = |x: usize, y: usize| x.abs_diff(400).pow(2) + y.abs_diff(200).pow(2) < 80 * 80;
        assert_eq!(told(&page(190, spot)), [QualityIssue::Glare]);
        assert_eq!(told(&page(190, |_, _| false)), []);
        assert_eq!(told(&page(190, |x, _| x > 500)), [], "a window beside the pack covers nothing");
        assert_eq!(told(&page(250, spot)), [], "white paper is no reflection");
    }

    #[test]
    fn one_bad_picture_of_three_is_no_issue() {
        let (good, bad) = (measure(&bars(12, 1, 200), 1), measure(&bars(12, 8, 200), 1));
        assert_eq!(issues(&[good, bad, good]), []);
        assert_eq!(issues(&[bad, bad, good]), [QualityIssue::Blur]);
    }

    #[test]
    fn luma_is_reduced_by_means() {
        let picture = RgbImage::from_fn(5, 2, |x, _| image::Rgb([u8::try_from(10 * x).unwrap(); 3]));
        assert_eq!(luma_plane(&picture, 1).samples[..5], [0, 10, 20, 30, 40]);
        let half = luma_plane(&picture, 2);
        assert_eq!((half.width, half.height, half.samples), (2, 1, vec![5, 25]));
    }
}
