//! From a place of the finished picture to the place of the photo that it shows, step by step.

use image::RgbImage;

use super::can;
use super::ink::Area;
use super::lean::Turn;
use super::rows::Ways;
use crate::media::flatten::{Plane, Surface};

/// One change of shape. Places are samples of the photo as it was looked at, reduced.
pub struct Step {
    kind: Kind,
    width: usize,
    height: usize,
}

enum Kind {
    /// By a quarter clockwise of a plane of this height, or not, and around its middle.
    Turn {
        quarter: bool,
        height: f32,
        middle: (f32, f32),
        sine: f32,
        cosine: f32,
        after: (f32, f32),
    },
    Unroll {
        surface: Surface,
        from: f32,
        top: f32,
    },
    Rows {
        ways: Ways,
    },
    Cut {
        left: f32,
        top: f32,
    },
    /// By half a turn.
    Over,
}

#[expect(clippy::cast_precision_loss, reason = "columns and rows")]
impl Step {
    /// Turns a whole plane; none of it is lost.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative")]
    pub fn turn(turn: Turn, plane: &Plane) -> Self {
        let (width, height) = if turn.quarter { (plane.height, plane.width) } else { (plane.width, plane.height) };
        let (sine, cosine) = turn.radians.sin_cos();
        let (w, h) = (width as f32, height as f32);
        let after = (w * cosine + h * sine.abs(), w * sine.abs() + h * cosine);
        let kind = Kind::Turn {
            quarter: turn.quarter,
            height: plane.height as f32,
            middle: (w / 2.0, h / 2.0),
            sine,
            cosine,
            after: (after.0 / 2.0, after.1 / 2.0),
        };
        Self { kind, width: after.0 as usize, height: after.1 as usize }
    }

    /// Unrolls a can over an area.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative")]
    pub fn unroll(surface: Surface, area: &Area) -> Self {
        let (from, to) = can::reach(&surface, area);
        let kind = Kind::Unroll { surface, from, top: area.rows.start as f32 };
        Self { kind, width: ((to - from) as usize).max(1), height: area.rows.len() }
    }

    /// Follows rows over an area.
    pub fn rows(ways: Ways, area: &Area) -> Self {
        Self { kind: Kind::Rows { ways }, width: area.columns.len(), height: area.rows.len() }
    }

    /// Cuts an area out.
    pub fn cut(area: &Area) -> Self {
        let kind = Kind::Cut { left: area.columns.start as f32, top: area.rows.start as f32 };
        Self { kind, width: area.columns.len(), height: area.rows.len() }
    }

    /// Turns a plane on its head.
    pub fn over(plane: &Plane) -> Self {
        Self { kind: Kind::Over, width: plane.width, height: plane.height }
    }

    /// Where a place after the step was before it.
    fn before(&self, (x, y): (f32, f32)) -> (f32, f32) {
        match &self.kind {
            Kind::Turn { quarter, height, middle, sine, cosine, after } => {
                let (dx, dy) = (x - after.0, y - after.1);
                let (x, y) = (middle.0 + dx * cosine - dy * sine, middle.1 + dx * sine + dy * cosine);
                if *quarter { (y, height - 1.0 - x) } else { (x, y) }
            }
            Kind::Unroll { surface, from, top } => {
                let column = surface.column(x + from);
                (column.x, column.row(y + top))
            }
            Kind::Rows { ways } => ways.at(x, y),
            Kind::Cut { left, top } => (x + left, y + top),
            Kind::Over => ((self.width - 1) as f32 - x, (self.height - 1) as f32 - y),
        }
    }

    /// An area of the plane before, after a turn.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the plane")]
    pub fn area_after(&self, area: &Area) -> Area {
        let Kind::Turn { quarter, height, middle, sine, cosine, after } = &self.kind else { return area.clone() };
        let corner = |x: usize, y: usize| {
            let (x, y) = (x as f32, y as f32);
            let (x, y) = if *quarter { (height - 1.0 - y, x) } else { (x, y) };
            let (dx, dy) = (x - middle.0, y - middle.1);
            (after.0 + dx * cosine + dy * sine, after.1 - dx * sine + dy * cosine)
        };
        let (left, right) = (area.columns.start, area.columns.end);
        let (top, bottom) = (area.rows.start, area.rows.end);
        let corners = [corner(left, top), corner(right, top), corner(left, bottom), corner(right, bottom)];
        let range = |values: [f32; 4], end: usize| {
            let (low, high) = values.iter().fold((f32::MAX, 0.0_f32), |(low, high), &v| (low.min(v), high.max(v)));
            (low.max(0.0) as usize).min(end)..(high as usize).min(end)
        };
        Area { columns: range(corners.map(|c| c.0), self.width), rows: range(corners.map(|c| c.1), self.height) }
    }

    /// The plane after the step.
    pub fn taken(&self, plane: &Plane) -> Plane {
        let view = plane.upright(image::metadata::Orientation::NoTransforms);
        let mut samples = Vec::with_capacity(self.width * self.height);
        for y in 0..self.height {
            for x in 0..self.width {
                let (x, y) = self.before((x as f32, y as f32));
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
                samples.push(view.level(x, y) as u8);
            }
        }
        Plane { width: self.width, height: self.height, samples }
    }
}

/// The steps from a photo to its picture.
pub struct Way {
    factor: usize,
    steps: Vec<Step>,
}

impl Way {
    /// Without a step, of a photo looked at `factor` times smaller.
    pub fn new(factor: usize) -> Self {
        Self { factor, steps: Vec::new() }
    }

    /// Adds a step that was taken.
    pub fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// The picture of so many samples after the last step, at the photo's own size.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "columns and rows")]
    pub fn picture(&self, photo: &RgbImage, width: usize, height: usize) -> RgbImage {
        let factor = self.factor as f32;
        let (columns, rows) = (width * self.factor, height * self.factor);
        let place = |x: usize, y: usize| {
            let start = ((x as f32 + 0.5) / factor - 0.5, (y as f32 + 0.5) / factor - 0.5);
            let (x, y) = self.steps.iter().rev().fold(start, |place, step| step.before(place));
            ((x + 0.5) * factor - 0.5, (y + 0.5) * factor - 0.5)
        };
        let line = |y: usize| (0..=columns / NODE + 1).map(|node| place(node * NODE, y)).collect::<Vec<_>>();
        let mut picture = RgbImage::new(columns as u32, rows as u32);
        let (mut upper, mut lower) = (line(0), line(NODE));
        for (y, row) in picture.rows_mut().enumerate() {
            let down = (y % NODE) as f32 / NODE as f32;
            if y > 0 && y % NODE == 0 {
                upper = lower;
                lower = line(y + NODE);
            }
            for (x, pixel) in row.enumerate() {
                let (node, across) = (x / NODE, (x % NODE) as f32 / NODE as f32);
                let above = between(upper[node], upper[node + 1], across);
                let below = between(lower[node], lower[node + 1], across);
                let (x, y) = between(above, below, down);
                *pixel = sampled(photo, x, y);
            }
        }
        picture
    }
}

/// Pixels between places that are followed back to the photo; those in between lie between.
const NODE: usize = 16;

fn between(a: (f32, f32), b: (f32, f32), share: f32) -> (f32, f32) {
    (a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share)
}

/// Linear between pixels; outside, the nearest.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the photo first"
)]
fn sampled(photo: &RgbImage, x: f32, y: f32) -> image::Rgb<u8> {
    let x = x.clamp(0.0, (photo.width() - 1) as f32);
    let y = y.clamp(0.0, (photo.height() - 1) as f32);
    let (column, row) = (x as u32, y as u32);
    let (right, below) = ((column + 1).min(photo.width() - 1), (row + 1).min(photo.height() - 1));
    let (across, down) = (x.fract(), y.fract());
    let pixel = |x: u32, y: u32| photo.get_pixel(x, y).0;
    let corners = [pixel(column, row), pixel(right, row), pixel(column, below), pixel(right, below)];
    image::Rgb(std::array::from_fn(|channel| {
        let [a, b, c, d] = corners.map(|pixel| f32::from(pixel[channel]));
        let (upper, lower) = (a + (b - a) * across, c + (d - c) * across);
        (upper + (lower - upper) * down + 0.5) as u8
    }))
}
