//! Where on a flat label the small print is: the block that holds the list, found by its texture alone.

use std::ops::Range;

use image::metadata::Orientation;

use super::level::{self, Fall};
use super::motion::{Cells, print};
use super::plane::{Plane, byte};

/// Pixels of a cell of the print map.
const CELL: usize = 2;
/// Cells of a tile, in each direction.
const TILE: usize = 4;
/// Level from which a cell is print.
const PRINTED: f32 = 6.0;
/// Printed cells from which a tile is one of text.
const LEAST: u32 = 3;
/// Tiles between two that still belong together.
const GAP: usize = 2;
/// Part of the largest block's print from which another block is kept with it.
const KEPT: f32 = 0.3;
/// Pixels kept above and below the block, and beside it: bare paper beside its rows shows that they are whole.
const MARGIN: usize = 14;
const BESIDE: usize = 48;
/// Columns whose rows are judged together.
const CHUNK: usize = 120;
/// Rows of a picture that are taken to be bare paper, and ink from which one is full of print, percent. (Of 31 clips, seven
/// were taken to stand on their heads at 50 percent and without bare paper, and none at 25 to 35.)
const BARE_PERCENT: usize = 25;
const FULL_PERCENT: u64 = 30;
/// How many times as uneven columns are as rows where lines run up or down.
const SIDEWAYS: f32 = 3.0;
/// Rows of the lowest letters.
const LEAST_LINE: usize = 6;
/// Steepest rows of text that are levelled.
const STEEPEST: f32 = 0.12;

/// A block of small print on a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Columns, pixels.
    pub columns: Range<usize>,
    /// Rows at the block's left end, pixels.
    pub rows: Range<usize>,
    /// How far its lines fall towards the right.
    pub fall: Fall,
    /// How much print it is.
    pub weight: f32,
    /// Whether print reaches the picture's left or right end.
    pub cut: bool,
}

impl Block {
    /// The same block on a picture so many times as large.
    pub fn enlarged(self, factor: usize) -> Self {
        let times = |range: Range<usize>| range.start * factor..range.end * factor;
        Self { columns: times(self.columns), rows: times(self.rows), fall: self.fall.enlarged(factor), ..self }
    }

    /// The same block on a picture with so many more rows above.
    pub fn below(self, rows: usize) -> Self {
        Self { rows: self.rows.start + rows..self.rows.end + rows, ..self }
    }
}

/// Finds the small print. `None` without any. The picture is taken to be half the size of what is to be read.
pub fn find(picture: &Plane) -> Option<Block> {
    let cells = print(picture);
    let tiles = Tiles::of(&cells);
    let groups = tiles.groups();
    let most = groups.iter().map(Group::weight).fold(0.0, f32::max);
    let kept: Vec<&Group> = groups.iter().filter(|group| most > 0.0 && group.weight() >= KEPT * most).collect();
    let whole = kept.iter().copied().copied().reduce(Group::with)?;
    let slope = slope(&cells, &whole);
    let px = TILE * CELL;
    let (left, right) =
        ((whole.left * px).saturating_sub(BESIDE), ((whole.right + 1) * px + BESIDE).min(picture.width));
    let (top, bottom) = level_rows(&cells, &whole, slope, left)?;
    let rows = top.saturating_sub(MARGIN)..(bottom + MARGIN).min(picture.height);
    let cut = whole.left == 0 || (whole.right + 1) * px >= picture.width;
    let in_cells = |range: &Range<usize>| range.start / CELL..range.end / CELL;
    let fall = level::follow(&cells, &in_cells(&(left..right)), &in_cells(&rows), slope).enlarged(CELL);
    Some(Block { columns: left..right, rows, fall, weight: whole.weight(), cut })
}

/// The block, its lines levelled.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
pub fn cut(picture: &Plane, block: &Block) -> Plane {
    let (width, height) = (block.columns.len(), block.rows.len());
    let mut samples = Vec::with_capacity(width * height);
    let view = picture.upright(Orientation::NoTransforms);
    for y in block.rows.clone() {
        for x in block.columns.clone() {
            let fall = block.fall.at((x - block.columns.start) as f32);
            samples.push(byte((view.level(x as f32, y as f32 + fall) + 0.5) as u32));
        }
    }
    Plane { width, height, samples }
}

/// Whether the lines of pictures run up or down: the print of strips across them differs less from row to row than from
/// column to column. It is print that is looked at, not ink: a reflection or the edge of a can is one long line, which says
/// nothing of how letters stand.
#[expect(clippy::cast_precision_loss, reason = "pixels")]
pub fn sideways(pictures: &[Plane]) -> bool {
    let (mut across, mut along) = (0.0, 0.0);
    for picture in pictures {
        let cells = print(picture);
        across += unevenness(&cells) * cells.levels.len() as f32;
        along += unevenness(&turned(&cells)) * cells.levels.len() as f32;
    }
    along > SIDEWAYS * across
}

/// Columns as rows.
fn turned(cells: &Cells) -> Cells {
    let column = |x: usize| cells.levels.iter().skip(x).step_by(cells.width).copied();
    Cells { width: cells.height, height: cells.width, levels: (0..cells.width).flat_map(column).collect() }
}

/// How much the print of rows differs, within strips of columns: the mean of the variance by the squared mean, where there
/// is any.
#[expect(clippy::cast_precision_loss, reason = "pixels")]
fn unevenness(cells: &Cells) -> f32 {
    let of_strip = |left: usize| {
        let columns = left..(left + CHUNK / CELL).min(cells.width);
        let rows: Vec<f32> =
            cells.levels.chunks_exact(cells.width).map(|row| row[columns.clone()].iter().sum()).collect();
        let full = 0.3 * rows.iter().copied().fold(0.0, f32::max);
        let printed = |row: &f32| *row > full;
        let (from, to) = (rows.iter().position(printed)?, rows.iter().rposition(printed)?);
        let rows = &rows[from..=to];
        let mean = rows.iter().sum::<f32>() / rows.len() as f32;
        let variance = rows.iter().map(|row| (row - mean).powi(2)).sum::<f32>() / rows.len() as f32;
        (mean > 0.0).then_some(variance / mean.powi(2))
    };
    let mut strips: Vec<f32> = (0..cells.width).step_by(CHUNK / CELL).filter_map(of_strip).collect();
    strips.sort_unstable_by(f32::total_cmp);
    strips.get(strips.len() / 2).copied().unwrap_or_default()
}

/// Whether the lines of evenly lit pictures stand on their heads: more letters reach above a line's middle than below it.
pub fn upside_down(pictures: &[Plane]) -> bool {
    let (mut above, mut below) = (0, 0);
    for picture in pictures {
        for left in (0..picture.width).step_by(CHUNK) {
            let columns = left..(left + CHUNK).min(picture.width);
            let ink = |row: &[u8]| row[columns.clone()].iter().map(|&level| u64::from(u8::MAX - level)).sum();
            let mut rows: Vec<u64> = picture.samples.chunks_exact(picture.width.max(1)).map(ink).collect();
            let bare = rows.len() * BARE_PERCENT / 100;
            let mut ranked = rows.clone();
            ranked.sort_unstable();
            let ground = ranked.get(bare).copied().unwrap_or_default();
            rows.iter_mut().for_each(|ink| *ink = ink.saturating_sub(ground));
            for line in lines(&rows).into_iter().filter(|line| line.len() >= LEAST_LINE) {
                let reach = line.len() / 2;
                above += rows[line.start.saturating_sub(reach)..line.start].iter().sum::<u64>();
                below += rows[line.end..(line.end + reach).min(rows.len())].iter().sum::<u64>();
            }
        }
    }
    below > above
}

/// The middles of lines of text: runs of rows with a good part of the fullest row's ink. (The rows in the middle of letters
/// have hardly half of it, those that only some letters reach have a fifth.)
fn lines(rows: &[u64]) -> Vec<Range<usize>> {
    let full = rows.iter().copied().max().unwrap_or_default() * FULL_PERCENT / 100;
    let mut lines = Vec::new();
    let mut start = None;
    for (row, &ink) in rows.iter().enumerate() {
        match (start, ink > full) {
            (None, true) => start = Some(row),
            (Some(from), false) => {
                lines.push(from..row);
                start = None;
            }
            _ => {}
        }
    }
    lines
}

/// Tiles of a print map.
struct Tiles {
    width: usize,
    height: usize,
    printed: Vec<u32>,
}

/// Tiles that belong together.
#[derive(Debug, Clone, Copy)]
struct Group {
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
    printed: u32,
}

impl Group {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand cells")]
    fn weight(&self) -> f32 {
        self.printed as f32
    }

    fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            right: self.right.max(other.right),
            top: self.top.min(other.top),
            bottom: self.bottom.max(other.bottom),
            printed: self.printed + other.printed,
        }
    }
}

impl Tiles {
    fn of(cells: &Cells) -> Self {
        let (width, height) = (cells.width / TILE, cells.height / TILE);
        let mut printed = vec![0; width * height];
        for y in 0..height * TILE {
            for x in 0..width * TILE {
                printed[y / TILE * width + x / TILE] += u32::from(cells.levels[y * cells.width + x] >= PRINTED);
            }
        }
        Self { width, height, printed }
    }

    fn groups(&self) -> Vec<Group> {
        let mut seen = vec![false; self.printed.len()];
        let mut groups = Vec::new();
        for start in 0..self.printed.len() {
            if self.printed[start] < LEAST || seen[start] {
                continue;
            }
            seen[start] = true;
            let mut edge = vec![start];
            let mut group: Option<Group> = None;
            while let Some(at) = edge.pop() {
                let (x, y) = (at % self.width, at / self.width);
                let own = Group { left: x, right: x, top: y, bottom: y, printed: self.printed[at] };
                group = Some(group.map_or(own, |group| group.with(own)));
                for near_y in y.saturating_sub(GAP)..(y + GAP + 1).min(self.height) {
                    for near_x in x.saturating_sub(GAP)..(x + GAP + 1).min(self.width) {
                        let near = near_y * self.width + near_x;
                        if self.printed[near] >= LEAST && !seen[near] {
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
}

/// Printed cells of a group, as column and row.
fn printed<'a>(cells: &'a Cells, group: &Group) -> impl Iterator<Item = (usize, usize)> + 'a {
    let (left, right) = (group.left * TILE, (group.right + 1) * TILE);
    (group.top * TILE..(group.bottom + 1) * TILE).flat_map(move |y| {
        (left..right).filter(move |x| cells.levels[y * cells.width + x] >= PRINTED).map(move |x| (x, y))
    })
}

/// The slope at which the rows of print are most distinct.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cells")]
fn slope(cells: &Cells, group: &Group) -> f32 {
    let points: Vec<(usize, usize)> = printed(cells, group).collect();
    let left = group.left * TILE;
    let distinct = |slope: f32| {
        let mut rows = vec![0.0_f32; 2 * cells.height + cells.width];
        for &(x, y) in &points {
            let row = y as f32 - slope * (x - left) as f32 + cells.height as f32 / 2.0;
            let (whole, part) = (row.max(0.0) as usize, row.fract());
            if whole + 1 < rows.len() {
                rows[whole] += 1.0 - part;
                rows[whole + 1] += part;
            }
        }
        rows.iter().map(|count| count * count).sum::<f32>()
    };
    let steps = 24;
    let at = |step: i32| STEEPEST * step as f32 / steps as f32;
    (-steps..=steps)
        .map(|step| (distinct(at(step)), at(step)))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(0.0, |best| best.1)
}

/// First and last row of a group once its lines are levelled, pixels.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cells")]
fn level_rows(cells: &Cells, group: &Group, slope: f32, from: usize) -> Option<(usize, usize)> {
    let rows =
        printed(cells, group).map(|(x, y)| ((y * CELL) as f32 - slope * ((x * CELL) as f32 - from as f32)).max(0.0));
    let (top, bottom) = rows.fold((f32::MAX, f32::MIN), |(top, bottom), row| (top.min(row), bottom.max(row)));
    (top <= bottom).then_some((top as usize, bottom as usize + CELL))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page with lines of letters that fall by `slope`, from column 60 to 240, row 80 to 140.
    fn page(slope: f32) -> Plane {
        let mut samples = vec![230; 300 * 220];
        for x in 60..240_usize {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a page"
            )]
            let fall = (slope * (x - 60) as f32) as usize;
            for y in (80..140).filter(|y| y % 12 < 6 && (x / 2 + y / 2 + x * y / 7) % 2 == 0) {
                samples[(y + fall) * 300 + x] = 20;
            }
        }
        Plane { width: 300, height: 220, samples }
    }

    #[test]
    fn the_block_of_print_is_found_and_levelled() {
        for slope in [0.0, 0.06] {
            let block = find(&page(slope)).unwrap();
            assert!((block.fall.slope - slope).abs() < 0.012, "{block:?}");
            assert!(block.columns.start.abs_diff(12) <= 10 && block.columns.end.abs_diff(288) <= 10, "{block:?}");
            assert!(block.rows.start.abs_diff(66) <= 10 && block.rows.end.abs_diff(154) <= 12, "{block:?}");
            assert!(!block.cut);
        }
    }

    #[test]
    fn a_bare_page_has_no_print() {
        assert_eq!(find(&Plane { width: 300, height: 200, samples: vec![128; 60_000] }), None);
        assert_eq!(find(&Plane::default()), None);
    }

    #[test]
    fn lines_with_more_above_than_below_stand_upright() {
        let row = |ink: u8| vec![u8::MAX - ink; 120];
        let mut page = Plane { width: 120, height: 26, samples: Vec::new() };
        for ink in [0, 0, 40, 40, 40, 200, 200, 200, 200, 200, 200, 10, 10] {
            page.samples.extend([row(ink), row(ink)].concat());
        }
        assert!(!upside_down(std::slice::from_ref(&page)));
        page.samples.reverse();
        assert!(upside_down(&[page]));
    }

    #[test]
    fn lines_that_run_up_the_picture_are_told_from_lines_across_it_whatever_their_ground() {
        // Letters stand where they like; between lines there is none.
        let inked = |x: usize, y: usize| y % 20 < 11 && (x / 3 * 7919 + y / 20 * 104_729) % 5 < 3;
        for (paper, print) in [(250, 20), (30, 240)] {
            let mut page = Plane { width: 600, height: 240, samples: Vec::new() };
            for y in 0..240 {
                page.samples.extend((0..600).map(|x| if inked(x, y) { print } else { paper }));
            }
            assert!(!sideways(std::slice::from_ref(&page)), "{paper}");
            let turned = page.upright(Orientation::Rotate270).to_plane();
            assert!(sideways(&[turned]), "{paper}");
            // Bars of a code below.
            let bar = |x: usize| (x / 5 * 7919).is_multiple_of(3);
            for _ in 0..240 {
                page.samples.extend((0..600).map(|x| if bar(x) { print } else { paper }));
            }
            page.height += 240;
            assert!(!sideways(&[page]), "{paper}");
        }
        assert!(!sideways(&[]) && !sideways(&[Plane { width: 9, height: 9, samples: vec![7; 81] }]));
    }
}
