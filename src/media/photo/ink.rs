//! Which samples of a photo are ink, and where the small print is.

use std::ops::Range;

use super::strokes::{Letters, letters, without_bars};
use crate::media::flatten::{Plane, print};

/// Samples on each side whose mean and spread an ink sample is judged by, as a part of the longer side.
const AROUND: usize = 90;
/// Levels by which ink differs from what is around it, at least.
const LEAST_CONTRAST: f32 = 9.0;
/// The same in units of the spread around it.
const LEAST_SPREAD: f32 = 0.5;

/// Cells of the print map in a tile, in each direction, and samples in a cell.
const TILE: usize = 8;
const CELL: usize = 2;
/// Level from which a cell is print, and printed cells from which a tile is one of text.
const PRINTED: f32 = 6.0;
const LEAST: usize = 8;
/// Tiles between two that still belong together.
const GAP: usize = 1;
/// Part of the largest group's print from which a group is kept wherever it is, and from which it is kept nearby.
const KEPT: f32 = 0.25;
const KEPT_NEARBY: f32 = 0.004;
/// How near that is, as a part of the shorter side of what is kept, and in tiles at least.
const NEARBY: f32 = 0.3;
const NEARBY_TILES: usize = 4;
/// Tiles of text from which a photo has print at all.
const FEWEST_TILES: u32 = 6;
/// How much of a tile's edges may run one way, 1 for all: the side of a can seen from above is no text.
const ONE_WAY: f32 = 0.85;

/// A rectangle of samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Columns.
    pub columns: Range<usize>,
    /// Rows.
    pub rows: Range<usize>,
}

impl Area {
    /// With so many more samples on every side, within a plane.
    pub fn widened(&self, by: usize, plane: &Plane) -> Self {
        let wide = |range: &Range<usize>, end: usize| range.start.saturating_sub(by)..(range.end + by).min(end);
        Self { columns: wide(&self.columns, plane.width), rows: wide(&self.rows, plane.height) }
    }

    /// The same area on what was cut out of a plane.
    pub fn within(&self, cut: &Self) -> Self {
        let from = |range: &Range<usize>, start: usize| range.start - start..range.end - start;
        Self { columns: from(&self.columns, cut.columns.start), rows: from(&self.rows, cut.rows.start) }
    }
}

impl Area {
    /// Windows that cover the area, so many across and down, each half over the next.
    pub fn windows(&self, across: usize, down: usize) -> Vec<Self> {
        let part = |range: &Range<usize>, place: usize, count: usize| {
            let share = |place: usize| range.start + place * range.len() / (count + 1);
            share(place)..share(place + 2)
        };
        let places = (0..down).flat_map(|row| (0..across).map(move |column| (column, row)));
        places
            .map(|(column, row)| Self {
                columns: part(&self.columns, column, across),
                rows: part(&self.rows, row, down),
            })
            .collect()
    }

    /// Its middle.
    #[expect(clippy::cast_precision_loss, reason = "columns and rows")]
    pub fn middle(&self) -> (f32, f32) {
        let middle = |range: &Range<usize>| (range.start + range.end) as f32 / 2.0;
        (middle(&self.columns), middle(&self.rows))
    }
}

/// The print of a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Print {
    /// Where it is.
    pub area: Area,
    /// How much of it there is, tiles of text.
    pub tiles: u32,
    /// Whether rows of it run out of the photo.
    pub cut: bool,
}

/// Finds the print. `None` for a photo without any.
pub fn find(tiles: &Tiles) -> Option<Print> {
    let Tiles { width, height, text: ref tiles } = *tiles;
    let mut groups = groups(tiles, width, height);
    groups.sort_by_key(|group| std::cmp::Reverse(group.tiles));
    let most = groups.first()?.tiles;
    let mut whole = groups[0];
    if most < FEWEST_TILES {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand tiles")]
    let share = |group: &Group| group.tiles as f32 / most as f32;
    let mut rest = groups.split_off(1);
    rest.iter().filter(|group| share(group) >= KEPT).for_each(|group| whole = whole.with(*group));
    rest.retain(|group| (KEPT_NEARBY..KEPT).contains(&share(group)));
    // Once is enough: what is near to what is near is a pattern, not a label.
    let core = whole;
    rest.iter().filter(|group| core.is_near(group)).for_each(|group| whole = whole.with(*group));
    let px = TILE * CELL;
    let area = Area { columns: whole.left * px..(whole.right + 1) * px, rows: whole.top * px..(whole.bottom + 1) * px };
    let at_edge = |x: usize| (core.top..=core.bottom).filter(|y| tiles[y * width + x]).count();
    let cut = width > 0 && at_edge(0).max(at_edge(width - 1)) * CUT_ROWS > core.bottom + 1 - core.top;
    Some(Print { area, tiles: whole.tiles, cut })
}

/// One of so many rows of tiles at the photo's side are print when rows of text run out of it.
const CUT_ROWS: usize = 5;

/// Which tiles of a photo are text.
#[derive(Debug, Clone)]
pub struct Tiles {
    width: usize,
    height: usize,
    text: Vec<bool>,
}

impl Tiles {
    /// Judged by texture: text has edges in all directions, where a bar code, a rim or a shadow has them in one.
    pub fn of(photo: &Plane) -> Self {
        let cells = print(photo);
        let (width, height) = (cells.width / TILE, cells.height / TILE);
        let text = |x: usize, y: usize| {
            let rows = y * TILE..(y + 1) * TILE;
            let printed = |row: usize| {
                let row = &cells.levels[row * cells.width..][x * TILE..(x + 1) * TILE];
                row.iter().filter(|&&level| level >= PRINTED).count()
            };
            rows.map(printed).sum::<usize>() >= LEAST && one_way(photo, x, y) < ONE_WAY
        };
        Self { width, height, text: (0..width * height).map(|at| text(at % width, at / width)).collect() }
    }

    fn are_text(&self, x: usize, y: usize) -> bool {
        let (column, row) = (x / (TILE * CELL), y / (TILE * CELL));
        column < self.width && row < self.height && self.text[row * self.width + column]
    }
}

/// How much of the edges of a tile run one way: the coherence of its structure tensor (Bigun and Granlund, 1987).
#[expect(clippy::cast_precision_loss, reason = "sums over a tile")]
fn one_way(photo: &Plane, x: usize, y: usize) -> f32 {
    let px = TILE * CELL;
    let level = |x: usize, y: usize| i32::from(photo.samples[y * photo.width + x]);
    let (mut xx, mut xy, mut yy) = (0_i32, 0_i32, 0_i32);
    for y in (y * px).max(1)..((y + 1) * px).min(photo.height - 1) {
        for x in (x * px).max(1)..((x + 1) * px).min(photo.width - 1) {
            let (across, down) = (level(x + 1, y) - level(x - 1, y), level(x, y + 1) - level(x, y - 1));
            (xx, xy, yy) = (xx + across * across, xy + across * down, yy + down * down);
        }
    }
    let (xx, xy, yy) = (xx as f32, xy as f32, yy as f32);
    ((xx - yy).powi(2) + 4.0 * xy * xy).sqrt() / (xx + yy).max(1.0)
}

/// Tiles that belong together.
#[derive(Debug, Clone, Copy)]
struct Group {
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
    tiles: u32,
}

impl Group {
    fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            right: self.right.max(other.right),
            top: self.top.min(other.top),
            bottom: self.bottom.max(other.bottom),
            tiles: self.tiles + other.tiles,
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few hundred tiles"
    )]
    fn is_near(&self, other: &Self) -> bool {
        let shorter = (self.right - self.left).min(self.bottom - self.top) + 1;
        let reach = ((NEARBY * shorter as f32) as usize).max(NEARBY_TILES);
        let apart = |start: usize, end: usize, other: (usize, usize)| {
            other.0.saturating_sub(end).max(start.saturating_sub(other.1))
        };
        apart(self.left, self.right, (other.left, other.right)) <= reach
            && apart(self.top, self.bottom, (other.top, other.bottom)) <= reach
    }
}

fn groups(tiles: &[bool], width: usize, height: usize) -> Vec<Group> {
    let mut seen = vec![false; tiles.len()];
    let mut groups = Vec::new();
    for start in 0..tiles.len() {
        if !tiles[start] || seen[start] {
            continue;
        }
        seen[start] = true;
        let mut edge = vec![start];
        let mut group: Option<Group> = None;
        while let Some(at) = edge.pop() {
            let (x, y) = (at % width, at / width);
            let own = Group { left: x, right: x, top: y, bottom: y, tiles: 1 };
            group = Some(group.map_or(own, |group| group.with(own)));
            for near_y in y.saturating_sub(GAP + 1)..(y + GAP + 2).min(height) {
                for near_x in x.saturating_sub(GAP + 1)..(x + GAP + 2).min(width) {
                    let near = near_y * width + near_x;
                    if tiles[near] && !seen[near] {
                        seen[near] = true;
                        edge.push(near);
                    }
                }
            }
        }
        groups.extend(group);
    }
    groups
}

/// Which samples are ink.
#[derive(Debug, Clone, Default)]
pub struct Ink {
    /// Columns.
    pub width: usize,
    /// Row after row.
    pub inked: Vec<bool>,
}

impl Ink {
    /// The ink of the text in a photo: what is inked elsewhere does not count.
    pub fn of(photo: &Plane, tiles: &Tiles, area: &Area) -> Self {
        let mut ink = Self::judged(photo, tiles, area, |x, y| tiles.are_text(x, y));
        without_bars(&mut ink);
        ink
    }

    /// How large the letters of the text are, wherever their ink goes on. `None` without ink.
    pub fn letters(photo: &Plane, tiles: &Tiles, area: &Area) -> Option<Letters> {
        letters(&Self::judged(photo, tiles, area, |_, _| true), |x, y| tiles.are_text(x, y))
    }

    /// Judges each sample that `counts` by those around it; bright ink on a dark ground too, if that is the rule in `area`.
    fn judged(photo: &Plane, tiles: &Tiles, area: &Area, counts: impl Fn(usize, usize) -> bool) -> Self {
        let around = Around::of(photo);
        let mut lean = 0.0_f64;
        for y in area.rows.clone().step_by(3) {
            for x in area.columns.clone().step_by(3) {
                let (mean, spread) = around.at(x, y);
                let from_mean = f32::from(photo.samples[y * photo.width + x]) - mean;
                if spread > LEAST_CONTRAST && tiles.are_text(x, y) {
                    lean += f64::from((from_mean / spread).powi(3));
                }
            }
        }
        let side = if lean > 0.0 { 1.0 } else { -1.0 };
        let inked = |(at, &sample): (usize, &u8)| {
            let (x, y) = (at % photo.width, at / photo.width);
            counts(x, y) && {
                let (mean, spread) = around.at(x, y);
                side * (f32::from(sample) - mean) > LEAST_CONTRAST.max(LEAST_SPREAD * spread)
            }
        };
        Self { width: photo.width, inked: photo.samples.iter().enumerate().map(inked).collect() }
    }

    /// Columns and rows of the ink in an area.
    pub fn points(&self, area: &Area) -> Vec<(usize, usize)> {
        let row = |y: usize| {
            let row = &self.inked[y * self.width..][area.columns.clone()];
            row.iter().enumerate().filter(|(_, ink)| **ink).map(move |(x, _)| (area.columns.start + x, y))
        };
        area.rows.clone().flat_map(row).collect()
    }
}

/// Sums over rectangles, by tables of sums.
struct Around {
    width: usize,
    height: usize,
    reach: usize,
    sums: Vec<u32>,
    squares: Vec<u64>,
}

impl Around {
    fn of(photo: &Plane) -> Self {
        let Plane { width, height, ref samples } = *photo;
        let across = width + 1;
        let (mut sums, mut squares) = (vec![0; across * (height + 1)], vec![0; across * (height + 1)]);
        for y in 0..height {
            let (mut sum, mut square) = (0_u32, 0_u64);
            for x in 0..width {
                let level = u32::from(samples[y * width + x]);
                (sum, square) = (sum + level, square + u64::from(level * level));
                let at = (y + 1) * across + x + 1;
                (sums[at], squares[at]) = (sums[at - across] + sum, squares[at - across] + square);
            }
        }
        Self { width, height, reach: (width.max(height) / AROUND).max(4), sums, squares }
    }

    /// Mean and standard deviation around a sample.
    #[expect(clippy::cast_precision_loss, reason = "sums of bytes")]
    fn at(&self, x: usize, y: usize) -> (f32, f32) {
        let (left, right) = (x.saturating_sub(self.reach), (x + self.reach + 1).min(self.width));
        let (top, bottom) = (y.saturating_sub(self.reach), (y + self.reach + 1).min(self.height));
        let across = self.width + 1;
        let corners = [bottom * across + right, top * across + left, top * across + right, bottom * across + left];
        let [all, before, above, beside] = corners;
        let count = ((right - left) * (bottom - top)) as f32;
        let sum = self.sums[all] + self.sums[before] - self.sums[above] - self.sums[beside];
        let square = self.squares[all] + self.squares[before] - self.squares[above] - self.squares[beside];
        let mean = sum as f32 / count;
        (mean, (square as f32 / count - mean * mean).max(0.0).sqrt())
    }
}
