//! Pictures that cost little to look at, each unlike any other.

use std::io::Cursor;
use std::sync::atomic::{AtomicU32, Ordering};

use image::{ImageFormat, Rgb, RgbImage};

/// A small grey picture that nobody has sent before.
pub fn shot() -> Vec<u8> {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let number = TAKEN.fetch_add(1, Ordering::Relaxed);
    let mut picture = RgbImage::from_pixel(320, 240, Rgb([200, 200, 200]));
    for bit in 0..32 {
        let shade = if number >> bit & 1 == 1 { 30 } else { 220 };
        (0..8).for_each(|x| (0..8).for_each(|y| picture.put_pixel(bit * 9 + x, 100 + y, Rgb([shade; 3]))));
    }
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).unwrap();
    png.into_inner()
}
