//! Pictures laid below each other into one, for vendors whose price is by the picture.

use image::{Rgb, RgbImage};

/// Rows between two pictures, and what is beside a narrow one: no line of text goes on from one to the next.
const GAP: u32 = 12;
const GROUND: Rgb<u8> = Rgb([96, 96, 96]);

/// Pictures that are to be one.
#[derive(Default)]
pub struct Sheet(Vec<RgbImage>);

impl Sheet {
    /// Whether it would have no more than `max_pixels` and no edge above `max_edge` with `next` below; an empty one has room
    /// for anything.
    pub fn has_room(&self, next: &RgbImage, max_pixels: u64, max_edge: u32) -> bool {
        let (width, height) = self.size();
        let (width, height) = (width.max(next.width()), height + GAP + next.height());
        let fits = u64::from(width) * u64::from(height) <= max_pixels && width.max(height) <= max_edge;
        self.0.is_empty() || fits
    }

    /// Lays a picture below the others.
    pub fn add(&mut self, next: RgbImage) {
        self.0.push(next);
    }

    /// All of it as one picture; one alone as it is. `None` of an empty one.
    pub fn laid(mut self) -> Option<RgbImage> {
        if self.0.len() <= 1 {
            return self.0.pop();
        }
        let (width, height) = self.size();
        let mut sheet = RgbImage::from_pixel(width, height, GROUND);
        let mut top = 0;
        for picture in &self.0 {
            image::imageops::replace(&mut sheet, picture, 0, top.into());
            top += picture.height() + GAP;
        }
        Some(sheet)
    }

    fn size(&self) -> (u32, u32) {
        let width = self.0.iter().map(RgbImage::width).max().unwrap_or_default();
        let height = self.0.iter().map(|picture| picture.height() + GAP).sum::<u32>();
        (width, height.saturating_sub(GAP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, level: u8) -> RgbImage {
        RgbImage::from_pixel(width, height, Rgb([level; 3]))
    }

    #[test]
    fn pictures_lie_below_each_other_with_a_gap() {
        let mut sheet = Sheet::default();
        sheet.add(picture(40, 10, 255));
        sheet.add(picture(20, 30, 200));
        let laid = sheet.laid().unwrap();
        assert_eq!(laid.dimensions(), (40, 10 + GAP + 30));
        let level = |x, y| laid.get_pixel(x, y).0[0];
        assert_eq!((level(39, 9), level(0, 10), level(19, 10 + GAP), level(20, 10 + GAP)), (255, 96, 200, 96));
    }

    #[test]
    fn there_is_room_as_far_as_pixels_and_edges_go() {
        let mut sheet = Sheet::default();
        assert!(sheet.has_room(&picture(50, 50, 0), 1, 1), "the first always");
        sheet.add(picture(50, 50, 0));
        let (next, all) = (picture(50, 20, 0), 50 * (50 + u64::from(GAP) + 20));
        assert!(
            sheet.has_room(&next, all, 82) && !sheet.has_room(&next, all - 1, 82) && !sheet.has_room(&next, all, 81)
        );
        assert_eq!(sheet.laid().unwrap(), picture(50, 50, 0), "one alone is as it is");
        assert!(Sheet::default().laid().is_none());
    }
}
