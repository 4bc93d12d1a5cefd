//! A photo to upright pixels.

use std::io::BufReader;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits as DecodeLimits, RgbImage};

use super::ffmpeg;
use super::heif;
use super::jpeg;
use super::sniff::Container;
use super::wire::{Failure, FailureKind, Limits};
use crate::domain::Blob;

/// Share of a worker's memory that a decoder may use; the rest holds the copy in RGB and the program.
const DECODER_SHARE: u64 = 2;

/// Decodes a still, reduces it to the edge of `limits` and turns it upright. Its metadata are left behind.
///
/// # Errors
/// Unreadable, or too large.
pub fn decode(blob: &Blob, container: Container, limits: &Limits) -> Result<RgbImage, Failure> {
    let format = match container {
        Container::Jpeg => ImageFormat::Jpeg,
        Container::Png => ImageFormat::Png,
        Container::Webp => ImageFormat::WebP,
        Container::Heif => return heif::decode(blob, limits),
        Container::Mp4 | Container::Matroska => {
            return Err(FailureKind::Internal.because("a clip was taken for a still"));
        }
    };
    if container == Container::Jpeg
        && let Some((picture, orientation)) =
            jpeg::reduced(BufReader::new(ffmpeg::stream(blob)), limits.max_edge, limits.max_pixels)
    {
        return upright(picture, orientation, limits);
    }
    let mut bounds = DecodeLimits::default();
    bounds.max_alloc = Some(limits.memory_bytes / DECODER_SHARE);
    let mut reader = ImageReader::with_format(BufReader::new(ffmpeg::stream(blob)), format);
    reader.limits(bounds);
    let mut decoder = reader.into_decoder().map_err(failure)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(FailureKind::TooLarge.because(&format!("{width} × {height}")));
    }
    // Broken EXIF data are no reason to refuse a picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    upright(on_white(DynamicImage::from_decoder(decoder).map_err(failure)?), orientation, limits)
}

fn upright(picture: RgbImage, orientation: Orientation, limits: &Limits) -> Result<RgbImage, Failure> {
    let mut picture = DynamicImage::from(ffmpeg::scale(picture, limits.max_edge, u64::MAX)?);
    picture.apply_orientation(orientation);
    Ok(picture.into_rgb8())
}

fn failure(error: ImageError) -> Failure {
    match error {
        ImageError::Limits(limits) => FailureKind::TooLarge.because(&limits),
        other @ (ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_)
        | ImageError::Unsupported(_)
        | ImageError::IoError(_)) => FailureKind::Unreadable.because(&other),
    }
}

/// Print on a transparent ground is most often dark: white is put behind it.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0.map(u32::from);
        #[expect(clippy::cast_possible_truncation, reason = "a weighted mean of two bytes")]
        let over = |level: u32| ((level * alpha + 255 * (255 - alpha)) / 255) as u8;
        image::Rgb([over(red), over(green), over(blue)])
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageEncoder, Rgba, RgbaImage};

    use super::*;

    fn limits(max_pixels: u64, max_edge: u32) -> Limits {
        let (max_video_ms, analyze_ms, memory_bytes, cpu_seconds, soft_ms) = (1, 1, 1 << 30, 1, 1);
        Limits { max_video_ms, analyze_ms, max_pixels, max_edge, memory_bytes, cpu_seconds, soft_ms }
    }

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Blob {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        Blob::copy_of(bytes.get_ref()).unwrap()
    }

    fn photo() -> DynamicImage {
        let mut photo = RgbImage::from_pixel(64, 32, image::Rgb([20, 20, 20]));
        (32..64).for_each(|x| (0..32).for_each(|y| photo.put_pixel(x, y, image::Rgb([230, 20, 20]))));
        photo.into()
    }

    #[test]
    fn all_three_formats_are_decoded() {
        let formats = [
            (ImageFormat::Jpeg, Container::Jpeg),
            (ImageFormat::Png, Container::Png),
            (ImageFormat::WebP, Container::Webp),
        ];
        for (format, container) in formats {
            let picture = decode(&encoded(&photo(), format), container, &limits(9999, 32)).unwrap();
            assert_eq!(picture.dimensions(), (32, 16), "{format:?}");
            assert!(picture.get_pixel(2, 2).0[0] < 60 && picture.get_pixel(29, 2).0[0] > 200, "{format:?}");
        }
    }

    #[test]
    fn exif_orientation_turns_the_picture() {
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
        // Little-endian TIFF with one entry: orientation (0x0112), SHORT, one value, 6: to be turned clockwise.
        encoder.set_exif_metadata(b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec()).unwrap();
        let photo = photo().into_rgb8();
        encoder.write_image(&photo, 64, 32, image::ExtendedColorType::Rgb8).unwrap();
        let picture = decode(&Blob::copy_of(&bytes).unwrap(), Container::Jpeg, &limits(9999, 64)).unwrap();
        assert_eq!(picture.dimensions(), (32, 64));
        assert!(picture.get_pixel(5, 5).0[0] < 60 && picture.get_pixel(5, 60).0[0] > 200);
    }

    #[test]
    fn too_many_pixels_are_refused_before_decoding() {
        let png = encoded(&photo(), ImageFormat::Png);
        assert_eq!(decode(&png, Container::Png, &limits(64 * 32 - 1, 64)).unwrap_err().kind, FailureKind::TooLarge);
    }

    #[test]
    fn a_broken_photo_is_unreadable() {
        let jpeg = Blob::copy_of(b"\xFF\xD8\xFF\xE0 and nothing else").unwrap();
        assert_eq!(decode(&jpeg, Container::Jpeg, &limits(9999, 64)).unwrap_err().kind, FailureKind::Unreadable);
    }

    #[test]
    fn transparency_is_shown_on_white() {
        let glass = RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 0]));
        let picture = decode(&encoded(&glass.into(), ImageFormat::Png), Container::Png, &limits(999, 64)).unwrap();
        assert_eq!(picture.get_pixel(3, 3).0, [255; 3]);
    }
}
