//! Pictures to the bytes that a model is sent, within its limits. Nothing is decoded again for another model.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};

use super::Error;
use super::ffmpeg;
use super::pool::Traced;
use super::sheet::Sheet;
use crate::domain::{EncodedPicture, Picture, PictureFormat, PicturePrice, Pictures, Tier};

/// Encodes pictures for a model, in their order, several as one where that is cheaper. It is work for the processor: not to be
/// run on a reactor thread.
///
/// # Errors
/// [`Error::System`] when pixels cannot be read back, [`Error::Encoding`] when the encoder gives up.
pub fn encode(pictures: &Pictures, tier: &Tier) -> Result<Vec<EncodedPicture>, Error> {
    // One picture alone keeps its detail where that costs nothing; of several more are one without it.
    let (sheet_pixels, ample) = match tier.price {
        PicturePrice::BySize => (0, true),
        PicturePrice::Flat { sheet_pixels } => (sheet_pixels, sheet_pixels > 0 && pictures.pictures.len() > 1),
    };
    let most = |picture: &Picture| if ample { picture.ample_pixels } else { u64::MAX };
    let mut encoded = Vec::new();
    let mut sheet = Sheet::default();
    let mut close = |sheet: Sheet| -> Result<(), Error> {
        encoded.extend(sheet.laid().map(|picture| write(&picture, tier)).transpose()?);
        Ok(())
    };
    for picture in &pictures.pictures {
        let next = fit(load(picture)?, tier.max_edge, tier.max_pixels.min(most(picture)))?;
        if !sheet.has_room(&next, sheet_pixels, tier.max_edge) {
            close(std::mem::take(&mut sheet))?;
        }
        sheet.add(next);
    }
    close(sheet)?;
    Ok(encoded)
}

/// One picture to be looked at by a person: thumbnails of `plain`, or else of the frames that a flat label comes from, above
/// those of the label. A bar in a frame's colour marks the columns that it lent, below both.
///
/// # Errors
/// As [`encode`].
pub fn contact_sheet(plain: Option<&Pictures>, traced: &Traced, tier: &Tier) -> Result<EncodedPicture, Error> {
    let small = |picture: &Picture| fit(load(picture)?, THUMBNAIL_EDGE, u64::MAX);
    let coloured = || traced.sources.iter().zip(COLOURS.iter().cycle());
    let lenders = coloured().map(|((frame, lent), &colour)| {
        let bands = lent.iter().map(|lent| (lent.band, colour)).collect::<Vec<_>>();
        Ok(barred(&small(frame)?, &bands))
    });
    let above = match plain {
        Some(plain) => plain.pictures.iter().map(small).collect::<Result<Vec<_>, Error>>()?,
        None => lenders.collect::<Result<Vec<_>, Error>>()?,
    };
    let mut label = traced.label.pictures.iter().map(small).collect::<Result<Vec<_>, Error>>()?;
    let lent = coloured().flat_map(|((_, lent), &colour)| lent.iter().map(move |lent| (lent.columns, colour)));
    let lent: Vec<_> = lent.collect();
    if let Some(flat) = label.first_mut().filter(|_| !lent.is_empty()) {
        *flat = barred(flat, &lent);
    }
    write(&laid_out(&[above, label]), tier)
}

/// Rows of pictures, one above the other.
fn laid_out(rows: &[Vec<RgbImage>]) -> RgbImage {
    let width = rows.iter().map(|row| row.iter().map(|picture| picture.width() + GAP).sum::<u32>()).max();
    let heights = rows.iter().map(|row| row.iter().map(|picture| picture.height() + GAP).max().unwrap_or(GAP));
    let mut sheet = RgbImage::from_pixel(width.unwrap_or(0) + GAP, heights.clone().sum::<u32>() + GAP, GROUND);
    let mut top = GAP;
    for (row, height) in rows.iter().zip(heights) {
        let mut left = GAP;
        for picture in row {
            image::imageops::replace(&mut sheet, picture, left.into(), top.into());
            left += picture.width() + GAP;
        }
        top += height;
    }
    sheet
}

/// A picture with bars below it, each from and to so many thousandths of its width.
fn barred(picture: &RgbImage, bars: &[((u16, u16), Rgb<u8>)]) -> RgbImage {
    let (width, height) = picture.dimensions();
    let mut marked = RgbImage::from_pixel(width, height + BAR, GROUND);
    image::imageops::replace(&mut marked, picture, 0, 0);
    for &((from, to), colour) in bars {
        let column = |thousandths: u16| (u32::from(thousandths) * width / 1000).min(width);
        for x in column(from)..column(to) {
            (height..height + BAR).for_each(|y| marked.put_pixel(x, y, colour));
        }
    }
    marked
}

/// Longest edge of a thumbnail, what is left between two, pixels, and the colour of it.
const THUMBNAIL_EDGE: u32 = 640;
const GAP: u32 = 12;
const GROUND: Rgb<u8> = Rgb([96, 96, 96]);
/// Rows of a bar.
const BAR: u32 = 10;
/// Of bars, in turn.
const COLOURS: [Rgb<u8>; 8] = [
    Rgb([230, 25, 75]),
    Rgb([60, 180, 75]),
    Rgb([255, 225, 25]),
    Rgb([0, 130, 200]),
    Rgb([245, 130, 48]),
    Rgb([145, 30, 180]),
    Rgb([70, 240, 240]),
    Rgb([240, 50, 230]),
];

/// Reads the pixels of a picture into memory.
pub(super) fn load(picture: &Picture) -> Result<RgbImage, Error> {
    let mut pixels = vec![0; 3 * picture.width as usize * picture.height as usize];
    picture.pixels.read_exact_at(&mut pixels, 0).map_err(Error::System)?;
    RgbImage::from_raw(picture.width, picture.height, pixels).ok_or(Error::Protocol("pixels and size disagree"))
}

fn fit(picture: RgbImage, max_edge: u32, max_pixels: u64) -> Result<RgbImage, Error> {
    ffmpeg::scale(picture, max_edge, max_pixels).map_err(|error| Error::Encoding(error.into()))
}

fn write(picture: &RgbImage, tier: &Tier) -> Result<EncodedPicture, Error> {
    let (width, height) = picture.dimensions();
    let bytes = match tier.format {
        PictureFormat::Jpeg => jpeg(picture, tier.quality)?,
        PictureFormat::Webp => webp(picture, tier.quality)?,
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

/// How hard libwebp tries, 0–6. On a label of 1.25 megapixels, 2 takes 45 ms and 7 % more bytes than 4, which takes 100; 0
/// takes 30 ms and 50 % more.
const METHOD: i32 = 2;

/// `image` writes WebP without loss only, which is larger than JPEG: this is libwebp.
fn webp(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Error> {
    let failed = |why: &dyn std::fmt::Debug| Error::Encoding(format!("libwebp: {why:?}").into());
    let mut config = webp::WebPConfig::new().map_err(|()| failed(&"no configuration"))?;
    config.quality = quality.into();
    config.method = METHOD;
    let encoder = webp::Encoder::from_rgb(picture, picture.width(), picture.height());
    Ok(encoder.encode_advanced(&config).map_err(|error| failed(&error))?.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Blob, MediaFacts, MediaKind};
    use crate::media::wire::Lent;

    const EACH: PicturePrice = PicturePrice::Flat { sheet_pixels: 0 };

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
        Pictures {
            pictures: vec![Picture { width: 400, height: 200, pixels, ample_pixels: 45_000 }],
            facts,
            issues: Vec::new(),
            clip: None,
        }
    }

    #[test]
    fn a_contact_sheet_shows_what_was_filmed_above_what_was_made_of_it() {
        let (one, mut two) = (pictures(), pictures());
        two.pictures.push(two.pictures[0].clone());
        let tier = Tier { max_edge: 8000, max_pixels: u64::MAX, price: EACH, format: PictureFormat::Jpeg, quality: 90 };
        let sheet = contact_sheet(Some(&one), &Traced { label: two, sources: Vec::new() }, &tier).unwrap();
        assert_eq!((sheet.width, sheet.height), (2 * 400 + 3 * GAP, 2 * 200 + 3 * GAP));
        let back = image::load_from_memory(&sheet.bytes).unwrap().into_rgb8();
        let level = |x: u32, y: u32| back.get_pixel(x, y).0;
        assert!(level(GAP + 390, GAP + 190)[0] > 200, "the first row's picture");
        assert!(level(2 * GAP + 790, 2 * GAP + 390)[0] > 200, "the second row's second");
        assert!(level(2 * GAP + 790, GAP + 100)[0].abs_diff(96) < 30, "nothing beside the first");
    }

    #[test]
    fn a_contact_sheet_marks_what_each_frame_lent() {
        let label = pictures();
        let lent = |columns, band| vec![Lent { columns, band }];
        let frame = || label.pictures[0].clone();
        let sources = vec![(frame(), lent((0, 500), (250, 750))), (frame(), lent((500, 1000), (0, 500)))];
        let tier = Tier { max_edge: 8000, max_pixels: u64::MAX, price: EACH, format: PictureFormat::Jpeg, quality: 95 };
        let sheet = contact_sheet(None, &Traced { label: pictures(), sources }, &tier).unwrap();
        let back = image::load_from_memory(&sheet.bytes).unwrap().into_rgb8();
        let is = |x: u32, y: u32, colour: Rgb<u8>| {
            back.get_pixel(x, y).0.iter().zip(colour.0).all(|(level, wanted)| level.abs_diff(wanted) < 40)
        };
        let (upper, lower) = (GAP + 200 + BAR / 2, 2 * GAP + 2 * 200 + BAR + BAR / 2);
        assert!(is(GAP + 50, upper, GROUND) && is(GAP + 200, upper, COLOURS[0]), "the first frame");
        assert!(is(2 * GAP + 500, upper, COLOURS[1]) && is(2 * GAP + 700, upper, GROUND), "the second");
        assert!(is(GAP + 100, lower, COLOURS[0]) && is(GAP + 300, lower, COLOURS[1]), "the label");
    }

    #[test]
    fn pictures_are_encoded_within_the_tier() {
        for (max_edge, max_pixels, price, size) in [
            (800, u64::MAX, EACH, (400, 200)),
            (100, u64::MAX, EACH, (100, 50)),
            (800, 20_000, EACH, (200, 100)),
            (800, u64::MAX, PicturePrice::BySize, (300, 150)),
            (800, 20_000, PicturePrice::BySize, (200, 100)),
        ] {
            for format in [PictureFormat::Jpeg, PictureFormat::Webp] {
                let sent = &encode(&pictures(), &Tier { max_edge, max_pixels, price, format, quality: 80 }).unwrap()[0];
                assert_eq!((sent.width, sent.height, sent.media_type), (size.0, size.1, format.media_type()));
                let back = image::load_from_memory(&sent.bytes).unwrap().into_rgb8();
                assert_eq!(back.dimensions(), size);
                let [red, green, _] = back.get_pixel(size.0 - 3, 3).0;
                assert!(red > 200 && green < 60, "{format:?}");
            }
        }
    }

    #[test]
    fn small_pictures_are_one_where_each_costs_alike() {
        let mut three = pictures();
        three.pictures.resize(3, three.pictures[0].clone());
        let sizes = |shown: &Pictures, sheet_pixels, max_edge| {
            let price = PicturePrice::Flat { sheet_pixels };
            let tier = Tier { max_edge, max_pixels: u64::MAX, price, format: PictureFormat::Webp, quality: 50 };
            let sent = encode(shown, &tier).unwrap();
            sent.iter().map(|picture| (picture.width, picture.height)).collect::<Vec<_>>()
        };
        assert_eq!(sizes(&three, 0, 3000), [(400, 200); 3]);
        assert_eq!(sizes(&three, 200_000, 3000), [(300, 474)]);
        assert_eq!(sizes(&three, 100_000, 3000), [(300, 312), (300, 150)]);
        assert_eq!(sizes(&three, 200_000, 400), [(300, 312), (300, 150)]);
        assert_eq!(sizes(&pictures(), 200_000, 3000), [(400, 200)], "one alone keeps its detail");
    }

    #[test]
    fn webp_says_the_same_in_a_third_of_the_bytes() {
        let photo = format!("{}/fixtures/photo.jpg", env!("CARGO_MANIFEST_DIR"));
        let photo = image::open(photo).unwrap().into_rgb8();
        let mut sent = pictures();
        let pixels = Blob::copy_of(&photo).unwrap();
        sent.pictures = vec![Picture { width: photo.width(), height: photo.height(), pixels, ample_pixels: u64::MAX }];
        let length = |format, quality| {
            encode(&sent, &Tier { max_edge: 8000, max_pixels: u64::MAX, price: EACH, format, quality }).unwrap()[0]
                .bytes
                .len()
        };
        let (jpeg, webp) = (length(PictureFormat::Jpeg, 80), length(PictureFormat::Webp, 40));
        assert!(webp * 5 < jpeg * 2, "{webp} of {jpeg} bytes");
    }

    #[test]
    fn pixels_that_are_missing_are_not_invented() {
        let mut pictures = pictures();
        pictures.pictures[0].height = 201;
        assert!(
            encode(
                &pictures,
                &Tier { max_edge: 800, max_pixels: 1 << 30, price: EACH, format: PictureFormat::Jpeg, quality: 80 }
            )
            .is_err()
        );
    }
}
