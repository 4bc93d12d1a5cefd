//! Planes to RGB: colours, range and size in one step.

use ffmpeg_next::format::Pixel;
use ffmpeg_next::software::scaling::{Context, Flags};
use ffmpeg_next::util::color::{Range, Space, TransferCharacteristic};
use ffmpeg_next::{ffi, frame};
use image::RgbImage;

use super::tone;
use crate::media::wire::{Failure, FailureKind, Size};

/// Lines from which video without a stated matrix is taken for BT.709, as players do.
const HD_LINES: u32 = 720;

/// Formats that say by their name that they use the full range.
const FULL_RANGE: [Pixel; 5] = [Pixel::YUVJ420P, Pixel::YUVJ422P, Pixel::YUVJ444P, Pixel::YUVJ440P, Pixel::YUVJ411P];

/// No chroma is thrown away and no rounding is saved on: few frames come this far, and print is thin.
const EXACT: Flags = Flags::ACCURATE_RND.union(Flags::FULL_CHR_H_INT).union(Flags::FULL_CHR_H_INP);

/// What a conversion depends on.
#[derive(Clone, Copy, PartialEq)]
struct Source {
    format: Pixel,
    size: Size,
    matrix: std::ffi::c_int,
    full_range: bool,
}

/// Converts frames, and makes itself anew when their size or colours change in the middle of a clip.
#[derive(Default)]
pub struct Scaler {
    made_for: Option<(Source, Context)>,
}

impl Scaler {
    /// Converts a frame to full-range RGB, reduced so that its longest edge is at most `max_edge`.
    ///
    /// # Errors
    /// Unreadable: a frame of a form that cannot be converted. Too large: no memory for it.
    pub fn convert(&mut self, planes: &frame::Video, max_edge: u32) -> Result<RgbImage, Failure> {
        let source = Source::of(planes);
        let context = match self.made_for.take() {
            Some((same, context)) if same == source => context,
            _ => source.context(fit(source.size, max_edge, u64::MAX))?,
        };
        let (_, context) = self.made_for.insert((source, context));
        let mut picture = run(context, planes)?;
        if planes.color_transfer_characteristic() == TransferCharacteristic::SMPTE2084 {
            tone::from_pq(&mut picture);
        }
        Ok(picture)
    }
}

impl Source {
    fn of(planes: &frame::Video) -> Self {
        Self {
            format: planes.format(),
            size: Size { width: planes.width(), height: planes.height() },
            matrix: matrix(planes.color_space(), planes.height()),
            full_range: planes.color_range() == Range::JPEG || FULL_RANGE.contains(&planes.format()),
        }
    }

    fn context(self, to: Size) -> Result<Context, Failure> {
        let from = self.size;
        // Area averaging reads every pixel of the source, so that thin strokes of small print stay.
        let flags = if to == from { Flags::BICUBIC } else { Flags::AREA } | EXACT;
        let mut context = Context::get(self.format, from.width, from.height, Pixel::RGB24, to.width, to.height, flags)
            .map_err(|error| FailureKind::Unreadable.because(&error))?;
        set_colours(&mut context, self);
        Ok(context)
    }
}

/// Rows that are handed over at a time: a photo is not copied whole, it may be the largest thing a worker holds.
const STRIP_ROWS: u32 = 256;

/// Reduces a picture so that it fits an edge and a number of pixels; one that fits is given back as it is.
///
/// # Errors
/// Too large: no memory for it.
pub fn scale(picture: RgbImage, max_edge: u32, max_pixels: u64) -> Result<RgbImage, Failure> {
    let size = Size { width: picture.width(), height: picture.height() };
    let to = fit(size, max_edge, max_pixels);
    if to == size {
        return Ok(picture);
    }
    let bytes = picture.as_raw();
    reduce(bytes, 3 * size.width as usize, size, to)
}

/// Packed RGB rows, `stride` bytes apart, as a picture that fits an edge.
///
/// # Errors
/// Too large: no memory for it.
pub fn scale_rows(bytes: &[u8], stride: usize, size: Size, max_edge: u32) -> Result<RgbImage, Failure> {
    reduce(bytes, stride, size, fit(size, max_edge, u64::MAX))
}

fn reduce(bytes: &[u8], stride: usize, size: Size, to: Size) -> Result<RgbImage, Failure> {
    let mut strip = allocate(Size { height: STRIP_ROWS.min(size.height), ..size })?;
    let mut context = Source { size, ..Source::of(&strip) }.context(to)?;
    let mut rgb = allocate(to)?;
    let (strip_stride, row_bytes) = (strip.stride(0), 3 * size.width as usize);
    let mut from_row = 0;
    for rows in bytes.chunks(stride * STRIP_ROWS as usize) {
        let mut count = 0;
        for (to, from) in strip.data_mut(0).chunks_mut(strip_stride).zip(rows.chunks(stride)) {
            if let (Some(to), Some(from)) = (to.get_mut(..row_bytes), from.get(..row_bytes)) {
                to.copy_from_slice(from);
                count += 1;
            }
        }
        run_strip(&mut context, &strip, from_row..from_row + count, &mut rgb)?;
        from_row += count;
    }
    packed(&rgb)
}

#[expect(unsafe_code, reason = "the safe wrapper scales whole frames only")]
fn run_strip(
    context: &mut Context,
    strip: &frame::Video,
    rows: std::ops::Range<u32>,
    to: &mut frame::Video,
) -> Result<(), Failure> {
    let number = |row: u32| std::ffi::c_int::try_from(row).unwrap_or(0);
    // SAFETY: both frames are live and of the format and width that the context was made for; the strip holds at least
    // as many rows as are named; the arrays of pointers and strides are the frames' own.
    let done = unsafe {
        let (from, to) = (strip.as_ptr(), to.as_mut_ptr());
        ffi::sws_scale(
            context.as_mut_ptr(),
            (*from).data.as_ptr().cast(),
            (*from).linesize.as_ptr(),
            number(rows.start),
            number(rows.end - rows.start),
            (*to).data.as_ptr(),
            (*to).linesize.as_ptr(),
        )
    };
    if done < 0 { Err(FailureKind::Internal.because(&ffmpeg_next::Error::from(done))) } else { Ok(()) }
}

/// The largest size of the same form that has no edge above `max_edge` and no more than `max_pixels`; never enlarged.
pub fn fit(size: Size, max_edge: u32, max_pixels: u64) -> Size {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let by_edge = f64::from(max_edge) / width.max(height);
    #[expect(clippy::cast_precision_loss, reason = "pixel counts are far below 2^53, and larger ones bind nothing")]
    let by_pixels = (max_pixels as f64 / (width * height)).sqrt();
    let factor = by_edge.min(by_pixels).min(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not larger than the size it comes from"
    )]
    let reduce = |edge: f64| ((edge * factor) as u32).max(1);
    if factor < 1.0 { Size { width: reduce(width), height: reduce(height) } } else { size }
}

fn run(context: &mut Context, planes: &frame::Video) -> Result<RgbImage, Failure> {
    let to = Size { width: context.output().width, height: context.output().height };
    let mut rgb = allocate(to)?;
    context.run(planes, &mut rgb).map_err(|error| FailureKind::Internal.because(&error))?;
    packed(&rgb)
}

/// The rows of an RGB frame without what pads them.
fn packed(rgb: &frame::Video) -> Result<RgbImage, Failure> {
    let row_bytes = 3 * rgb.width() as usize;
    let rows = rgb.data(0).chunks(rgb.stride(0)).filter_map(|row| row.get(..row_bytes));
    let pixels = rows.take(rgb.height() as usize).collect::<Vec<_>>().concat();
    RgbImage::from_raw(rgb.width(), rgb.height(), pixels)
        .ok_or_else(|| FailureKind::Internal.because("rows are missing"))
}

#[expect(unsafe_code, reason = "the safe wrapper does not say that there was no memory")]
fn allocate(size: Size) -> Result<frame::Video, Failure> {
    let frame = frame::Video::new(Pixel::RGB24, size.width, size.height);
    // SAFETY: reads one pointer of a live frame.
    let missing = unsafe { frame.is_empty() };
    if missing { Err(FailureKind::TooLarge.because("it needs more memory than a job may use")) } else { Ok(frame) }
}

fn matrix(space: Space, lines: u32) -> std::ffi::c_int {
    match space {
        Space::BT709 => ffi::SWS_CS_ITU709,
        Space::BT2020NCL | Space::BT2020CL => ffi::SWS_CS_BT2020,
        Space::FCC => ffi::SWS_CS_FCC,
        Space::SMPTE240M => ffi::SWS_CS_SMPTE240M,
        Space::BT470BG | Space::SMPTE170M => ffi::SWS_CS_ITU601,
        Space::Unspecified
        | Space::Reserved
        | Space::RGB
        | Space::YCGCO
        | Space::SMPTE2085
        | Space::ChromaDerivedNCL
        | Space::ChromaDerivedCL
        | Space::ICTCP => {
            if lines >= HD_LINES {
                ffi::SWS_CS_ITU709
            } else {
                ffi::SWS_CS_ITU601
            }
        }
    }
}

#[expect(unsafe_code, reason = "the safe wrapper does not set the matrix and the range")]
fn set_colours(context: &mut Context, source: Source) {
    const NEUTRAL: std::ffi::c_int = 1 << 16;
    let full = std::ffi::c_int::from(source.full_range);
    // SAFETY: the context is live; the tables are static data of the library, valid for every number. The answer says
    // only that a conversion between equal forms (RGB to RGB) has no use for them.
    unsafe {
        let table = ffi::sws_getCoefficients(source.matrix);
        ffi::sws_setColorspaceDetails(context.as_mut_ptr(), table, full, table, 1, 0, NEUTRAL, NEUTRAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_reduced_to_fit_and_never_enlarged() {
        let size = |width, height| Size { width, height };
        assert_eq!(fit(size(4000, 2000), 1000, u64::MAX), size(1000, 500));
        assert_eq!(fit(size(1000, 1000), 2000, 250_000), size(500, 500));
        assert_eq!(fit(size(100, 50), 2000, u64::MAX), size(100, 50));
        assert_eq!(fit(size(60_000, 1), 2000, u64::MAX), size(2000, 1));
    }

    #[test]
    fn reducing_keeps_colours() {
        let picture = RgbImage::from_pixel(301, 203, image::Rgb([200, 30, 90]));
        let reduced = scale(picture, 100, u64::MAX).unwrap();
        assert_eq!(reduced.dimensions(), (100, 67));
        assert!(reduced.pixels().all(|p| p.0.iter().zip([200, 30, 90]).all(|(a, b): (_, u8)| a.abs_diff(b) <= 2)));
    }

    #[test]
    fn a_tall_picture_is_reduced_without_seams() {
        let shade = |y: u32| u8::try_from(y / 4).unwrap();
        let picture = RgbImage::from_fn(40, 1000, |_, y| image::Rgb([shade(y); 3]));
        let reduced = scale(picture, 250, u64::MAX).unwrap();
        for (y, row) in (0..).zip(reduced.rows()) {
            assert!(row.into_iter().all(|pixel| pixel.0[0].abs_diff(u8::try_from(y).unwrap()) <= 1), "row {y}");
        }
    }

    fn grey(luma: u8, range: Range) -> frame::Video {
        let mut planes = frame::Video::new(Pixel::YUV420P, 64, 64);
        planes.set_color_range(range);
        planes.data_mut(0).fill(luma);
        planes.data_mut(1).fill(128);
        planes.data_mut(2).fill(128);
        planes
    }

    #[test]
    fn limited_range_is_stretched_and_full_range_is_not() {
        let mut scaler = Scaler::default();
        let mut level = |luma, range| scaler.convert(&grey(luma, range), 64).unwrap().get_pixel(9, 9).0[1];
        assert_eq!((level(16, Range::MPEG), level(235, Range::MPEG)), (0, 255));
        assert_eq!((level(16, Range::JPEG), level(235, Range::JPEG)), (16, 235));
    }

    #[test]
    fn a_scaler_follows_a_change_of_size() {
        let mut scaler = Scaler::default();
        assert_eq!(scaler.convert(&grey(99, Range::MPEG), 32).unwrap().dimensions(), (32, 32));
        let wide = frame::Video::new(Pixel::YUV422P10LE, 320, 64);
        assert_eq!(scaler.convert(&wide, 32).unwrap().dimensions(), (32, 6));
    }
}
