//! From a place of the finished picture to the place of the photo that it shows, step by step.

use image::RgbImage;

use super::can;
use super::ink::Area;
use super::lean::Turn;
use super::rows::Ways;
use super::tilt::Tilt;
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
    Tilt {
        before: Homography,
        after: Homography,
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
    /// So many rows become one.
    Squeeze {
        rows: f32,
    },
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

    /// Looks straight at a pack.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative")]
    pub fn tilt(tilt: &Tilt) -> Self {
        let kind = Kind::Tilt { before: tilt.before, after: tilt.after };
        Self { kind, width: (tilt.size.0 as usize).max(1), height: (tilt.size.1 as usize).max(1) }
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

    /// Brings so many rows of a plane together in one.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative")]
    pub fn squeeze(rows: f32, plane: &Plane) -> Self {
        let height = (plane.height as f32 / rows) as usize;
        Self { kind: Kind::Squeeze { rows }, width: plane.width, height: height.max(1) }
    }

    /// Where a place after the step was before it.
    fn before(&self, (x, y): (f32, f32)) -> (f32, f32) {
        match &self.kind {
            Kind::Turn { quarter, height, middle, sine, cosine, after } => {
                let (dx, dy) = (x - after.0, y - after.1);
                let (x, y) = (middle.0 + dx * cosine - dy * sine, middle.1 + dx * sine + dy * cosine);
                if *quarter { (y, height - 1.0 - x) } else { (x, y) }
            }
            Kind::Tilt { before, .. } => before.at((x, y)),
            Kind::Unroll { surface, from, top } => {
                let column = surface.column(x + from);
                (column.x, column.row(y + top))
            }
            Kind::Rows { ways } => ways.at(x, y),
            Kind::Cut { left, top } => (x + left, y + top),
            Kind::Over => ((self.width - 1) as f32 - x, (self.height - 1) as f32 - y),
            Kind::Squeeze { rows } => (x, (y + 0.5) * rows - 0.5),
        }
    }

    /// An area of the plane before, after a turn or a tilt.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the plane")]
    pub fn area_after(&self, area: &Area) -> Area {
        let corner = |x: usize, y: usize| {
            let (x, y) = (x as f32, y as f32);
            match &self.kind {
                Kind::Turn { quarter, height, middle, sine, cosine, after } => {
                    let (x, y) = if *quarter { (height - 1.0 - y, x) } else { (x, y) };
                    let (dx, dy) = (x - middle.0, y - middle.1);
                    (after.0 + dx * cosine + dy * sine, after.1 - dx * sine + dy * cosine)
                }
                Kind::Tilt { after, .. } => after.at((x, y)),
                Kind::Unroll { .. } | Kind::Rows { .. } | Kind::Cut { .. } | Kind::Over | Kind::Squeeze { .. } => {
                    (x, y)
                }
            }
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

/// A change of places that keeps straight lines straight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Homography([[f32; 3]; 3]);

impl Homography {
    /// From directions, at a distance of 1 before the camera, to a photo's places.
    pub fn camera(focal: f32, (x, y): (f32, f32)) -> Self {
        Self([[focal, 0.0, x], [0.0, focal, y], [0.0, 0.0, 1.0]])
    }

    /// By so many columns and rows.
    pub fn moved(x: f32, y: f32) -> Self {
        Self([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])
    }

    /// Turns the camera, by as little as it takes, until what was seen in a direction lies straight above or below it (the
    /// formula of Rodrigues).
    pub fn looking_across((x, y): (f32, f32)) -> Self {
        let length = (x * x + y * y + 1.0).sqrt();
        let from = [x / length, y / length, 1.0 / length];
        let up = if y < 0.0 { -1.0 } else { 1.0 };
        let cosine = from[1] * up;
        // The axis, times the sine: from × (0, up, 0).
        let axis = [-from[2] * up, 0.0, from[0] * up];
        let share = 1.0 / (1.0 + cosine);
        let cross = [[0.0, -axis[2], axis[1]], [axis[2], 0.0, -axis[0]], [-axis[1], axis[0], 0.0]];
        let mut turn = [[0.0; 3]; 3];
        for i in 0..3 {
            for j in 0..3 {
                let square: f32 = (0..3).map(|k| cross[i][k] * cross[k][j]).sum();
                turn[i][j] = f32::from(u8::from(i == j)) + cross[i][j] + share * square;
            }
        }
        Self(turn)
    }

    /// What comes of doing `first`, then this.
    pub fn after(&self, first: &Self) -> Self {
        let cell = |i: usize, j: usize| (0..3).map(|k| self.0[i][k] * first.0[k][j]).sum();
        Self(std::array::from_fn(|i| std::array::from_fn(|j| cell(i, j))))
    }

    /// The way back. `None` where there is none.
    pub fn inverse(&self) -> Option<Self> {
        let m = &self.0;
        let minor = |i: usize, j: usize| {
            let (a, b, c, d) = ((i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3);
            m[a][c] * m[b][d] - m[a][d] * m[b][c]
        };
        let whole: f32 = (0..3).map(|j| m[0][j] * minor(0, j)).sum();
        (whole.abs() > f32::EPSILON)
            .then(|| Self(std::array::from_fn(|i| std::array::from_fn(|j| minor(j, i) / whole))))
    }

    /// Where a place goes.
    pub fn at(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let [a, b, c] = self.0.map(|row| row[0] * x + row[1] * y + row[2]);
        (a / c, b / c)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(a: (f32, f32), b: (f32, f32)) -> bool {
        (a.0 - b.0).abs() < 0.05 && (a.1 - b.1).abs() < 0.05
    }

    #[test]
    fn a_homography_leads_back() {
        let camera = Homography::camera(900.0, (400.0, 300.0));
        let turned = camera.after(&Homography::looking_across((0.1, -2.5))).after(&camera.inverse().unwrap());
        let back = turned.inverse().unwrap();
        for place in [(0.0, 0.0), (400.0, 300.0), (799.0, 20.0)] {
            assert!(is_near(back.at(turned.at(place)), place), "{:?}", back.at(turned.at(place)));
        }
        assert_eq!(Homography([[0.0; 3]; 3]).inverse(), None);
    }

    #[test]
    fn what_meets_at_a_place_is_parallel_after_looking_across() {
        for meet in [(0.2, 3.0), (-0.1, -2.0)] {
            let turn = Homography::looking_across(meet);
            let towards = |x: f32, share: f32| turn.at((x + (meet.0 - x) * share, meet.1 * share));
            for x in [-0.3, 0.0, 0.3] {
                assert!((towards(x, 0.0).0 - towards(x, 0.2).0).abs() < 1e-4);
            }
        }
    }
}
