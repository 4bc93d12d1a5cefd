//! A photo's light, made fit to read by.

use image::RgbImage;

use crate::media::flatten::{Plane, even};
use crate::media::quality::luma_plane;

/// Pixels of a tile whose ground is measured.
const TILE: usize = 32;
/// Level below which a ground is dark, and how many times as bright its bright parts are when its light is uneven.
const DARK: u8 = 110;
const UNEVEN: u16 = 17;
const EVEN: u16 = 10;

/// Evens out the light of a picture that is dark or lies in a shadow; any other keeps its colours.
pub fn evened(picture: RgbImage) -> RgbImage {
    let plane = luma_plane(&picture, 1);
    if !needs_it(&plane) {
        return picture;
    }
    let (width, height) = picture.dimensions();
    let grey = even(&plane).samples.iter().flat_map(|&level| [level; 3]).collect();
    RgbImage::from_raw(width, height, grey).unwrap_or(picture)
}

fn needs_it(plane: &Plane) -> bool {
    let (columns, rows) = (plane.width / TILE, plane.height / TILE);
    let ground = |x: usize, y: usize| {
        let row = |row: usize| &plane.samples[row * plane.width..][x * TILE..(x + 1) * TILE];
        let mut levels: Vec<u8> = (y * TILE..(y + 1) * TILE).step_by(4).flat_map(row).copied().collect();
        let at = levels.len() * 4 / 5;
        *levels.select_nth_unstable(at).1
    };
    let mut grounds: Vec<u8> =
        (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))).map(|(x, y)| ground(x, y)).collect();
    if grounds.is_empty() {
        return false;
    }
    grounds.sort_unstable();
    let (low, high) = (grounds[grounds.len() / 10], grounds[grounds.len() * 9 / 10]);
    high < DARK || EVEN * u16::from(high) > UNEVEN * u16::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(level: impl Fn(u32) -> u8) -> RgbImage {
        let ink = |x: u32, y: u32| if x % 12 < 3 && y % 14 < 8 { 4 } else { 1 };
        RgbImage::from_fn(300, 200, |x, y| image::Rgb([level(x) / ink(x, y), level(x) / ink(x, y), 9]))
    }

    #[test]
    fn dark_and_shaded_pictures_are_evened_and_others_keep_their_colours() {
        let bright = page(|_| 220);
        assert_eq!(evened(bright.clone()), bright);
        for picture in [page(|_| 60), page(|x| if x < 150 { 220 } else { 70 })] {
            let even = evened(picture);
            for x in [20, 270] {
                assert!(even.get_pixel(x - x % 12 + 7, 60).0[0] > 200 && even.get_pixel(x - x % 12 + 1, 58).0[0] < 110);
            }
        }
    }
}
