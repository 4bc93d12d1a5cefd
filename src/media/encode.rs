//! Pictures to the bytes that a model is sent, within its limits. Nothing is decoded again for another model.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage};

use super::Error;
use super::ffmpeg;
use crate::domain::{EncodedPicture, Picture, PictureFormat, Pictures, Tier};

/// Encodes pictures for a model, in their order. It is work for the processor: not to be run on a reactor thread.
///
/// # Errors
/// [`Error::System`] when pixels cannot be read back, [`Error::Encoding`] when the encoder gives up.
pub fn encode(pictures: &Pictures, tier: &Tier) -> Result<Vec<EncodedPicture>, Error> {
    pictures.pictures.iter().map(|picture| encode_one(load(picture)?, tier)).collect()
}

/// Reads the pixels of a picture into memory.
pub(super) fn load(picture: &Picture) -> Result<RgbImage, Error> {
    let mut pixels = vec![0; 3 * picture.width as usize * picture.height as usize];
    picture.pixels.read_exact_at(&mut pixels, 0).map_err(Error::System)?;
    RgbImage::from_raw(picture.width, picture.height, pixels).ok_or(Error::Protocol("pixels and size disagree"))
}

fn encode_one(picture: RgbImage, tier: &Tier) -> Result<EncodedPicture, Error> {
    let picture =
        ffmpeg::scale(picture, tier.max_edge, tier.max_pixels).map_err(|error| Error::Encoding(error.into()))?;
    let (width, height) = picture.dimensions();
    let bytes = match tier.format {
        PictureFormat::Jpeg => jpeg(&picture, tier.quality)?,
        PictureFormat::Webp => webp(&picture, tier.quality)?,
    };
    Ok(EncodedPicture { width, height, media_type: tier.format.media_type(), bytes })
}

fn jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgb8)
        .map_err(|error| Error::Encoding(error.into()))?;
    Ok(bytes)
}

/// `image` writes WebP without loss only, which is larger than JPEG: this is libwebp.
fn webp(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Error> {
    let encoded = webp::Encoder::from_rgb(picture, picture.width(), picture.height())
        .encode_simple(false, f32::from(quality))
        .map_err(|error| Error::Encoding(format!("libwebp: {error:?}").into()))?;
    Ok(encoded.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Blob, MediaFacts, MediaKind};

    fn pictures() -> Pictures {
        let picture =
            RgbImage::from_fn(400, 200, |x, y| image::Rgb([u8::from(x > 200) * 255, u8::from(y > 100) * 255, 9]));
        let facts = MediaFacts {
            kind: MediaKind::Image,
            duration_ms: None,
            frames_decoded: 1,
            images_sent: 1,
            bytes_sent: 0,
            image_tokens: 0,
            flattened: false,
        };
        let pixels = Blob::copy_of(&picture).unwrap();
        Pictures { pictures: vec![Picture { width: 400, height: 200, pixels }], facts, issues: Vec::new(), clip: None }
    }

    #[test]
    fn pictures_are_encoded_within_the_tier() {
        for (max_edge, max_pixels, size) in
            [(800, u64::MAX, (400, 200)), (100, u64::MAX, (100, 50)), (800, 20_000, (200, 100))]
        {
            for format in [PictureFormat::Jpeg, PictureFormat::Webp] {
                let sent = &encode(&pictures(), &Tier { max_edge, max_pixels, format, quality: 80 }).unwrap()[0];
                assert_eq!((sent.width, sent.height, sent.media_type), (size.0, size.1, format.media_type()));
                let back = image::load_from_memory(&sent.bytes).unwrap().into_rgb8();
                assert_eq!(back.dimensions(), size);
                let [red, green, _] = back.get_pixel(size.0 - 3, 3).0;
                assert!(red > 200 && green < 60, "{format:?}");
            }
        }
    }

    #[test]
    fn webp_says_the_same_in_a_third_of_the_bytes() {
        let photo = format!("{}/fixtures/photo.jpg", env!("CARGO_MANIFEST_DIR"));
        let photo = image::open(photo).unwrap().into_rgb8();
        let mut sent = pictures();
        let pixels = Blob::copy_of(&photo).unwrap();
        sent.pictures = vec![Picture { width: photo.width(), height: photo.height(), pixels }];
        let length = |format, quality| {
            encode(&sent, &Tier { max_edge: 8000, max_pixels: u64::MAX, format, quality }).unwrap()[0].bytes.len()
        };
        let (jpeg, webp) = (length(PictureFormat::Jpeg, 80), length(PictureFormat::Webp, 40));
        assert!(webp * 5 < jpeg * 2, "{webp} of {jpeg} bytes");
    }

    #[test]
    fn pixels_that_are_missing_are_not_invented() {
        let mut pictures = pictures();
        pictures.pictures[0].height = 201;
        assert!(
            encode(&pictures, &Tier { max_edge: 800, max_pixels: 1 << 30, format: PictureFormat::Jpeg, quality: 80 })
                .is_err()
        );
    }
}
