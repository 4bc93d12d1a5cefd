//! Planes of luma, and views of them that are already turned upright: no pixel is copied to turn a frame.

use image::metadata::Orientation;

/// Samples of one plane, as a decoder holds them: 8 bits a sample, or up to 16 in two bytes of machine order.
#[derive(Clone, Copy)]
pub struct Coded<'a> {
    /// The samples, row after row.
    pub bytes: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
    /// Samples of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Bits of a sample, 8 to 16.
    pub depth: u32,
}

/// A plane of 8-bit luma, rows packed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plane {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width × height` samples.
    pub samples: Vec<u8>,
}

impl Plane {
    /// Reduces a plane by a whole factor, each sample the mean of `factor × factor`; what is left over at the right and
    /// lower edge is dropped. `None` for a plane that is not as large as it says.
    pub fn reduced(coded: Coded<'_>, factor: usize) -> Option<Self> {
        let factor = factor.max(1);
        let bytes_per_sample = if coded.depth > 8 { 2 } else { 1 };
        let (width, height) = (coded.width / factor, coded.height / factor);
        let row_bytes = coded.width * bytes_per_sample;
        let mut samples = Vec::with_capacity(width * height);
        if factor == 1 && coded.depth == 8 {
            for row in 0..height {
                samples.extend_from_slice(coded.bytes.get(row * coded.stride..)?.get(..row_bytes)?);
            }
            return (width > 0 && height > 0).then_some(Self { width, height, samples });
        }
        let mut narrow = vec![0_u16; width * factor];
        let mut sums = vec![0_u32; width * factor];
        // Sums of samples of more than eight bits are brought to bytes in the same step.
        #[expect(clippy::cast_precision_loss, reason = "sums of some hundred samples")]
        let area = ((factor * factor) << coded.depth.saturating_sub(8)) as f32;
        for y in 0..height {
            sums.fill(0);
            for rows in (y * factor..(y + 1) * factor).step_by(MOST_ROWS) {
                let rows = rows..(rows + MOST_ROWS).min((y + 1) * factor);
                if coded.depth > 8 {
                    for row in rows {
                        add_wide(&mut sums, coded.bytes.get(row * coded.stride..)?.get(..row_bytes)?);
                    }
                    continue;
                }
                narrow.fill(0);
                for row in rows {
                    let row = coded.bytes.get(row * coded.stride..)?.get(..row_bytes)?;
                    narrow.iter_mut().zip(row).for_each(|(sum, &sample)| *sum += u16::from(sample));
                }
                sums.iter_mut().zip(&narrow).for_each(|(sum, &part)| *sum += u32::from(part));
            }
            let sum = |group: &[u32]| group.iter().sum::<u32>();
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the mean of bytes"
            )]
            samples.extend(sums.chunks_exact(factor).map(|group| (sum(group) as f32 / area) as u8));
        }
        (width > 0 && height > 0).then_some(Self { width, height, samples })
    }

    /// The plane at half its size.
    pub fn halved(&self) -> Self {
        let Self { width, height, samples } = self;
        let coded = Coded { bytes: samples, stride: *width, width: *width, height: *height, depth: 8 };
        Self::reduced(coded, 2).unwrap_or_default()
    }

    /// The plane, turned upright.
    pub fn upright(&self, orientation: Orientation) -> View<'_> {
        let (width, height) = (self.width.cast_signed(), self.height.cast_signed());
        let (last_column, last_row) = (width - 1, (height - 1) * width);
        let (origin, right, down) = match orientation {
            Orientation::NoTransforms => (0, 1, width),
            Orientation::FlipHorizontal => (last_column, -1, width),
            Orientation::Rotate180 => (last_row + last_column, -1, -width),
            Orientation::FlipVertical => (last_row, 1, -width),
            Orientation::Rotate90 => (last_row, -width, 1),
            Orientation::Rotate270 => (last_column, width, -1),
            Orientation::Rotate90FlipH => (0, width, 1),
            Orientation::Rotate270FlipH => (last_row + last_column, -width, -1),
        };
        let (width, height) = if right.abs() == 1 { (self.width, self.height) } else { (self.height, self.width) };
        View { samples: &self.samples, origin, right, down, width, height }
    }
}

/// Rows of bytes whose sums surely fit 16 bits.
const MOST_ROWS: usize = 256;

fn add_wide(sums: &mut [u32], row: &[u8]) {
    let samples = row.chunks_exact(2).map(|pair| u32::from(u16::from_ne_bytes([pair[0], pair[1]])));
    sums.iter_mut().zip(samples).for_each(|(sum, sample)| *sum += sample);
}

/// The nearest byte.
pub fn byte(level: u32) -> u8 {
    u8::try_from(level).unwrap_or(u8::MAX)
}

/// A plane seen upright.
#[derive(Clone, Copy)]
pub struct View<'a> {
    samples: &'a [u8],
    origin: isize,
    right: isize,
    down: isize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// A place between samples.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spot {
    first: i32,
    across: u8,
    below: u8,
}

/// How planes are seen upright: as their file says, and a quarter turn more where the pack lies on its side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stand {
    /// What the file says.
    pub orientation: Orientation,
    /// Whether the pack lies on its side.
    pub quarter: bool,
}

impl Stand {
    /// A plane, seen upright.
    pub fn view(self, plane: &Plane) -> View<'_> {
        let upright = plane.upright(self.orientation);
        if self.quarter { upright.turned() } else { upright }
    }
}

impl View<'_> {
    /// The view turned a quarter clockwise.
    fn turned(self) -> Self {
        let origin = self.origin + (self.height.cast_signed() - 1) * self.down;
        Self { origin, right: -self.down, down: self.right, width: self.height, height: self.width, ..self }
    }

    /// Some of its rows.
    pub fn rows(self, rows: std::ops::Range<usize>) -> Self {
        Self { origin: self.origin + rows.start.cast_signed() * self.down, height: rows.len(), ..self }
    }

    /// The pixels of the view.
    pub fn to_plane(self) -> Plane {
        let mut samples = Vec::with_capacity(self.width * self.height);
        for y in 0..self.height.cast_signed() {
            let first = self.origin + y * self.down;
            if self.right == 1 {
                let row = self.samples.get(first.cast_unsigned()..).and_then(|from| from.get(..self.width));
                samples.extend_from_slice(row.unwrap_or_default());
            } else {
                let at = |x: isize| self.samples.get((first + x * self.right).cast_unsigned()).copied();
                samples.extend((0..self.width.cast_signed()).map(|x| at(x).unwrap_or_default()));
            }
        }
        Plane { width: self.width, height: self.height, samples }
    }

    /// A sample; places outside count as the nearest edge.
    pub fn at(&self, x: usize, y: usize) -> u8 {
        let (x, y) = (x.min(self.width - 1).cast_signed(), y.min(self.height - 1).cast_signed());
        let index = self.origin + x * self.right + y * self.down;
        self.samples.get(index.cast_unsigned()).copied().unwrap_or_default()
    }

    /// Where a place between samples lies in all views of this form.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "clamped to the plane first"
    )]
    pub fn spot(&self, x: f32, y: f32) -> Spot {
        let x = x.clamp(0.0, ((self.width - 1) as f32 - 0.01).max(0.0));
        let y = y.clamp(0.0, ((self.height - 1) as f32 - 0.01).max(0.0));
        let first = self.origin + (x as isize) * self.right + (y as isize) * self.down;
        let part = |place: f32| (place.fract() * 256.0) as u8;
        Spot { first: first as i32, across: part(x), below: part(y) }
    }

    /// The level at a spot.
    pub fn at_spot(&self, spot: Spot) -> i32 {
        let first = spot.first as isize;
        let sample = |index: isize| self.samples.get(index.cast_unsigned()).copied().map_or(0, i32::from);
        let (a, b) = (sample(first), sample(first + self.right));
        let (c, d) = (sample(first + self.down), sample(first + self.right + self.down));
        let (across, below) = (i32::from(spot.across), i32::from(spot.below));
        let (upper, lower) = (256 * a + (b - a) * across, 256 * c + (d - c) * across);
        (256 * upper + (lower - upper) * below + 32_768) >> 16
    }

    /// Levels along a straight line from a place on, step by step, without end; places outside count as the nearest edge.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "places in a frame, in 65536ths")]
    pub fn line(&self, from: (f32, f32), step: (f32, f32)) -> impl Iterator<Item = u8> {
        const ONE: f32 = 65_536.0;
        let fixed = |place: f32| (place * ONE) as i64;
        let last = |length: usize| ((length.max(2) - 1) as f32 * ONE) as i64 - 1;
        let (right, bottom) = (last(self.width), last(self.height));
        let (mut x, mut y) = (fixed(from.0), fixed(from.1));
        let (across, along) = (fixed(step.0), fixed(step.1));
        std::iter::from_fn(move || {
            let (inside_x, inside_y) = (x.clamp(0, right), y.clamp(0, bottom));
            (x, y) = (x + across, y + along);
            let first = self.origin + (inside_x >> 16) as isize * self.right + (inside_y >> 16) as isize * self.down;
            let sample = |index: isize| i32::from(self.samples.get(index.cast_unsigned()).copied().unwrap_or_default());
            let (a, b) = (sample(first), sample(first + self.right));
            let (c, d) = (sample(first + self.down), sample(first + self.right + self.down));
            let (part_x, part_y) = (((inside_x & 0xffff) >> 8) as i32, ((inside_y & 0xffff) >> 8) as i32);
            let (upper, lower) = (256 * a + (b - a) * part_x, 256 * c + (d - c) * part_x);
            Some(byte(((256 * upper + (lower - upper) * part_y + 32_768) >> 16).cast_unsigned()))
        })
    }

    /// The level at a place between samples, linear in both directions; places outside count as the nearest edge.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "clamped to the plane first"
    )]
    pub fn level(&self, x: f32, y: f32) -> f32 {
        let x = x.clamp(0.0, ((self.width - 1) as f32 - 0.001).max(0.0));
        let y = y.clamp(0.0, ((self.height - 1) as f32 - 0.001).max(0.0));
        let (column, row) = (x as usize, y as usize);
        let (across, below) = (x - column as f32, y - row as f32);
        let first = self.origin + column.cast_signed() * self.right + row.cast_signed() * self.down;
        let sample = |index: isize| f32::from(self.samples.get(index.cast_unsigned()).copied().unwrap_or_default());
        let (a, b) = (sample(first), sample(first + self.right));
        let (c, d) = (sample(first + self.down), sample(first + self.right + self.down));
        let upper = a + (b - a) * across;
        let lower = c + (d - c) * across;
        upper + (lower - upper) * below
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, GrayImage};

    use super::*;

    #[test]
    fn every_way_of_turning_is_that_of_the_picture_library() {
        let samples: Vec<u8> = (0..6).collect();
        let plane = Plane { width: 3, height: 2, samples: samples.clone() };
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            let mut picture = DynamicImage::from(GrayImage::from_raw(3, 2, samples.clone()).unwrap());
            picture.apply_orientation(orientation);
            let upright = Stand { orientation, quarter: false }.view(&plane).to_plane();
            assert_eq!(upright.samples, picture.to_luma8().into_raw(), "{orientation:?}");
            let quarter = Stand { orientation, quarter: true }.view(&plane).to_plane();
            assert_eq!(quarter.samples, picture.rotate90().to_luma8().into_raw(), "{orientation:?} and a quarter");
        }
    }

    #[test]
    fn planes_are_reduced_by_means_whatever_their_depth() {
        let bytes: Vec<u8> = vec![10, 20, 30, 40, 99, 20, 30, 40, 50, 99];
        let reduced = Plane::reduced(Coded { bytes: &bytes, stride: 5, width: 4, height: 2, depth: 8 }, 2).unwrap();
        assert_eq!((reduced.width, reduced.height, reduced.samples), (2, 1, vec![20, 40]));
        let wide: Vec<u8> = [40_u16, 80, 80, 120].iter().flat_map(|level| level.to_ne_bytes()).collect();
        let reduced = Plane::reduced(Coded { bytes: &wide, stride: 4, width: 2, height: 2, depth: 10 }, 2).unwrap();
        assert_eq!(reduced.samples, [20]);
    }

    #[test]
    fn planes_that_lie_about_their_size_are_refused() {
        for depth in [8, 10] {
            let coded = Coded { bytes: &[9; 100], stride: 20, width: 20, height: 6, depth };
            assert_eq!(Plane::reduced(coded, 1), None);
            assert_eq!(Plane::reduced(coded, 7), None);
        }
    }
}
