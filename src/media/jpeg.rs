//! Photos of many megapixels that are reduced while they are decoded: a 48-megapixel photo takes 56 MB so, and 151 MB when
//! it is decoded whole (progressive: 199 and 293).

use std::io::{BufRead, Seek, SeekFrom};

use image::RgbImage;
use image::metadata::Orientation;
use jpeg_decoder::{Decoder, PixelFormat};

/// Decodes a JPEG to half, a quarter or an eighth, whichever is the smallest with no edge under `edge`; and says how it is
/// turned upright. `None` for a photo that is no larger, and for what only the ordinary decoder takes: it says what is wrong.
pub fn reduced(mut file: impl BufRead + Seek, edge: u32, max_pixels: u64) -> Option<(RgbImage, Orientation)> {
    file.seek(SeekFrom::Start(0)).ok()?;
    let mut decoder = Decoder::new(file);
    decoder.read_info().ok()?;
    let info = decoder.info()?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let too_large = u64::from(width) * u64::from(height) > max_pixels;
    if too_large || width.max(height) < 2 * edge || info.pixel_format != PixelFormat::RGB24 {
        return None;
    }
    let at_least = |side: u32| u16::try_from(u64::from(side) * u64::from(edge) / u64::from(width.max(height))).ok();
    let (width, height) = decoder.scale(at_least(width)?.max(1), at_least(height)?.max(1)).ok()?;
    let pixels = decoder.decode().ok()?;
    let orientation = decoder.exif_data().and_then(Orientation::from_exif_chunk);
    let picture = RgbImage::from_raw(width.into(), height.into(), pixels)?;
    Some((picture, orientation.unwrap_or(Orientation::NoTransforms)))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::codecs::jpeg::JpegEncoder;
    use image::{ExtendedColorType, ImageEncoder};

    use super::*;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 92);
        // Little-endian TIFF with one entry: orientation (0x0112), SHORT, one value, 6: to be turned clockwise.
        encoder.set_exif_metadata(b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec()).unwrap();
        let shade = |x: u32| u8::try_from(x * 255 / width).unwrap();
        let photo = RgbImage::from_fn(width, height, |x, _| image::Rgb([shade(x), 90, 200]));
        encoder.write_image(&photo, width, height, ExtendedColorType::Rgb8).unwrap();
        bytes
    }

    #[test]
    fn a_large_photo_is_decoded_at_half_its_size() {
        let (picture, orientation) = reduced(Cursor::new(jpeg(1600, 1200)), 800, u64::MAX).unwrap();
        assert_eq!((picture.dimensions(), orientation), ((800, 600), Orientation::Rotate90));
        for x in [40, 400, 760] {
            let [red, green, blue] = picture.get_pixel(x, 300).0.map(i32::from);
            assert!((red - i32::try_from(x * 255 / 800).unwrap()).abs() < 6 && (green - 90).abs() < 6, "{x}: {red}");
            assert!((blue - 200).abs() < 6, "{x}: {blue}");
        }
        assert_eq!(reduced(Cursor::new(jpeg(1600, 1200)), 300, u64::MAX).unwrap().0.dimensions(), (400, 300));
    }

    #[test]
    fn what_is_small_too_large_or_broken_is_left_to_the_ordinary_decoder() {
        assert!(reduced(Cursor::new(jpeg(1599, 1200)), 800, u64::MAX).is_none());
        assert!(reduced(Cursor::new(jpeg(1600, 1200)), 800, 1600 * 1200 - 1).is_none());
        let mut broken = jpeg(1600, 1200);
        broken.truncate(300);
        assert!(reduced(Cursor::new(broken), 800, u64::MAX).is_none());
    }
}
