//! A clip or a photo to its flat label: where it cannot be had, to sharp frames, or to the photo as it is.

use std::collections::HashSet;
use std::time::Instant;

use image::RgbImage;

use super::ffmpeg;
use super::flatten::{Coded, Flattener, Label, Plane};
use super::frames::{Clip, Seen, Sink, luma};
use super::photo::{self, Look, Straightened};
use super::quality::{Measured, issues, measure};
use super::sharpness::sharpness;
use super::sniff::Container;
use super::still;
use super::wire::{Failure, FailureKind, Limits};
use crate::domain::{Blob, QualityIssue};

/// Looks through a clip and gives the flat label to `sink`, most useful picture first. Work stops at `until`, with what
/// there is.
///
/// # Errors
/// Too long, too large, no frames, unsupported codec, unreadable.
pub fn flatten(
    blob: &Blob,
    container: Container,
    limits: &Limits,
    until: Instant,
    sink: &mut impl Sink,
) -> Result<Seen, Failure> {
    let mut clip = Clip::open(blob, container, limits)?;
    sink.open(clip.opened);
    let samples = usize::try_from(clip.frame_pixels).unwrap_or(usize::MAX);
    let mut flattener = Flattener::new(clip.opened.window_ms, samples, clip.opened.orientation);
    clip.spare();
    let frames_decoded = clip.look_through(until, |frame| {
        if let Some(luma) = luma(&frame.planes).filter(|_| flattener.wants(frame.time_ms)) {
            let score = sharpness(luma);
            sink.see(&frame, score)?;
            let height = frame.planes.height() as usize;
            let coded = Coded { bytes: luma.bytes, stride: luma.stride, width: luma.width, height, depth: luma.depth };
            flattener.take(coded, frame.time_ms, score);
        }
        Ok(())
    })?;
    let duration_ms = clip.duration_ms;
    drop(clip);
    let label = flattener.finish();
    if label.pictures.is_empty() {
        return Err(FailureKind::NoFrames.because("not one frame without damage"));
    }
    let all: usize = label.pictures.iter().map(|picture| picture.samples.len()).sum();
    for picture in &label.pictures {
        // Each has its part of what is good for all.
        let part = |pixels: usize| (pixels * picture.samples.len() / all.max(1)) as u64;
        let reduced = ffmpeg::scale(grey(picture)?, limits.max_edge, part(MOST_PIXELS))?;
        sink.take(&reduced, part(label.ample_pixels))?;
    }
    if sink.traces() {
        trace(&flattener, &label, sink)?;
    }
    let measured: Vec<Measured> = flattener.samples().map(|frame| measure(frame, 1)).collect();
    let mut found = issues(&measured);
    // A flat label says itself what of its print is there.
    let judged = (!label.flattened).then(|| flattener.samples());
    let mut print = judged.into_iter().flatten().filter_map(photo::is_cut);
    let first = print.next();
    // What leaves one frame of several may stand in the next.
    let alone = label.pictures.len() == 1;
    if label.cut || (alone && first.into_iter().chain(print).any(|cut| cut)) {
        found.push(QualityIssue::Cropped);
    }
    if first.is_none() && !label.flattened && !is_hidden(&found) {
        found.push(QualityIssue::NoText);
    }
    Ok(Seen { duration_ms, frames_decoded, flattened: label.flattened, issues: Some(found) })
}

/// Longest edge of frames that are shown as the source of a label, pixels.
const SOURCE_EDGE: u32 = 640;

/// Shows which frames lent which columns, each frame once.
fn trace(flattener: &Flattener, label: &Label, sink: &mut impl Sink) -> Result<(), Failure> {
    let mut shown = HashSet::new();
    for piece in &label.pieces {
        let fresh = shown.insert(piece.frame);
        let Some(frame) = fresh.then(|| flattener.source(label, piece)).flatten() else { continue };
        let own = label.pieces.iter().filter(|other| other.frame == piece.frame);
        let lent: Vec<_> = own.map(|own| (own.columns.clone(), own.band.clone())).collect();
        sink.trace(&ffmpeg::scale(grey(&frame)?, SOURCE_EDGE, u64::MAX)?, &lent)?;
    }
    Ok(())
}

/// Print that is blurred away, or lies in the dark, may be there all the same.
fn is_hidden(found: &[QualityIssue]) -> bool {
    found.iter().any(|issue| matches!(issue, QualityIssue::Blur | QualityIssue::LowLight))
}

/// Longest edge at which a photo is looked at, pixels: small print on a whole pack needs all that phones give. Photos of 12
/// megapixels have it, those of 48 have twice as much.
const LOOKED_AT: u32 = 4032;
/// Most pixels of all pictures together, of photos as far as [`AMPLE_PIXELS`] for each allow: what is worth sending where a
/// picture's size costs nothing.
const MOST_PIXELS: usize = 6_000_000;
/// Height of a letter, pixels, below which readers begin to guess.
const LEGIBLE: usize = 8;
/// Pixels that are ample for a photo's label, and for the height of a letter of it.
const AMPLE_PIXELS: u64 = 1_250_000;
const LETTER: usize = 32;
/// Pixels of a photo with little print beside another's: enough for marks in large letters.
const FEW_PIXELS: u64 = 300_000;
/// Part of the fullest photo's print below which another has little.
const POOR: u32 = 5;

/// What became of a photo.
pub struct PhotoLabel {
    /// Its print, or the whole of it.
    pub picture: RgbImage,
    /// How much print was found.
    pub print: u32,
    /// Pixels in which its print can still be read with ease.
    pub ample_pixels: u64,
    letter: Option<usize>,
    cut: bool,
    measured: Measured,
}

impl PhotoLabel {
    /// Whether it has little print beside a photo that has so much.
    pub fn is_poor_beside(&self, fullest: u32) -> bool {
        self.print < fullest / POOR
    }

    /// Makes it small.
    ///
    /// # Errors
    /// Too large: no memory for it.
    pub fn reduce(&mut self) -> Result<(), Failure> {
        let picture = std::mem::take(&mut self.picture);
        self.picture = ffmpeg::scale(picture, u32::MAX, FEW_PIXELS)?;
        Ok(())
    }

    /// What makes photos hard to read.
    pub fn issues(labels: &[Self]) -> Vec<QualityIssue> {
        let measured: Vec<Measured> = labels.iter().map(|label| label.measured).collect();
        let mut found = issues(&measured);
        let fullest = labels.iter().max_by_key(|label| label.print);
        let is_small = fullest.and_then(|label| label.letter).is_some_and(|letter| letter < LEGIBLE);
        if is_small && !found.contains(&QualityIssue::LowResolution) {
            found.push(QualityIssue::LowResolution);
        }
        let print = fullest.map_or(0, |label| label.print);
        // What leaves one photo of several may stand in the next.
        let alone = labels.iter().filter(|label| !label.is_poor_beside(print)).count() == 1;
        if alone && fullest.is_some_and(|label| label.cut) {
            found.push(QualityIssue::Cropped);
        }
        if print == 0 && !is_hidden(&found) {
            found.push(QualityIssue::NoText);
        }
        found
    }
}

/// Straightens the print of a photo, one `among` so many, and cuts it out.
///
/// # Errors
/// Unreadable, or too large.
pub fn of_photo(blob: &Blob, container: Container, among: usize, limits: &Limits) -> Result<PhotoLabel, Failure> {
    let photo = still::decode(blob, container, &Limits { max_edge: LOOKED_AT, ..limits.clone() })?;
    let look = Look::at(&photo);
    let measured = measure(&look.plane, look.factor);
    let Straightened { picture, print, cut, letter } = photo::straighten(photo, look);
    let all = u64::from(picture.width()) * u64::from(picture.height());
    let enough = letter.map_or(u64::MAX, |letter| all * (LETTER * LETTER) as u64 / (letter * letter).max(1) as u64);
    let ample_pixels = enough.min(AMPLE_PIXELS);
    let picture = ffmpeg::scale(picture, limits.max_edge, ((MOST_PIXELS / among.max(1)) as u64).max(AMPLE_PIXELS))?;
    Ok(PhotoLabel { picture, print, ample_pixels, letter, cut, measured })
}

fn grey(plane: &Plane) -> Result<RgbImage, Failure> {
    let size = (u32::try_from(plane.width), u32::try_from(plane.height));
    let pixels = plane.samples.iter().flat_map(|&level| [level; 3]).collect();
    let (Ok(width), Ok(height)) = size else { return Err(FailureKind::Internal.because("a picture beyond all size")) };
    RgbImage::from_raw(width, height, pixels).ok_or_else(|| FailureKind::Internal.because("rows are missing"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::media::ffmpeg::Frame;
    use crate::media::frames::Opened;

    /// Sizes of the pictures, how many frames were seen, and what is ample.
    #[derive(Default)]
    struct Sizes(Vec<(u32, u32)>, usize, u64);

    impl Sink for Sizes {
        fn open(&mut self, _: Opened) {}

        fn see(&mut self, _: &Frame, _: f32) -> Result<(), Failure> {
            self.1 += 1;
            Ok(())
        }

        fn take(&mut self, picture: &RgbImage, ample_pixels: u64) -> Result<(), Failure> {
            self.0.push(picture.dimensions());
            self.2 += ample_pixels;
            Ok(())
        }
    }

    fn flattened(name: &str, max_edge: u32) -> (Seen, Sizes) {
        let bytes = std::fs::read(format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let (max_video_ms, analyze_ms, max_pixels) = (30_000, 12_000, 50_000_000);
        let (memory_bytes, cpu_seconds, soft_ms) = (1 << 30, 60, 60_000);
        let limits = Limits { max_video_ms, analyze_ms, max_pixels, max_edge, memory_bytes, cpu_seconds, soft_ms };
        let until = Instant::now() + Duration::from_secs(60);
        let mut sizes = Sizes::default();
        let seen = flatten(&Blob::copy_of(&bytes).unwrap(), Container::Mp4, &limits, until, &mut sizes).unwrap();
        (seen, sizes)
    }

    #[test]
    fn a_turning_can_becomes_few_pictures_of_its_print() {
        let (seen, sizes) = flattened("can-soup.mp4", 2576);
        // As `ffprobe -skip_frame noref` lists them.
        assert_eq!((seen.duration_ms, seen.frames_decoded), (4000, 91), "nine of a hundred are needed by no other");
        assert_eq!(sizes.1, 49, "of those, as many as lie 55 ms from the one before");
        let pixels: u32 = sizes.0.iter().map(|(width, height)| width * height).sum();
        assert!((100_000..=6_000_000).contains(&pixels), "{:?}", sizes.0);
        assert!((100_000..=1_250_000).contains(&sizes.2), "{}", sizes.2);
    }

    #[test]
    fn a_clip_of_one_frame_is_that_frame() {
        let (seen, sizes) = flattened("one-frame.mp4", 2576);
        assert!(!seen.flattened && sizes.0.len() == 1);
    }

    #[test]
    fn photos_are_told_to_be_cropped_or_small_by_the_one_with_the_print() {
        let page = Plane { width: 900, height: 900, samples: vec![200; 810_000] };
        let photo = |print: u32, letter: usize, cut: bool| PhotoLabel {
            picture: RgbImage::new(1, 1),
            print,
            ample_pixels: 1,
            letter: Some(letter),
            cut,
            measured: measure(&page, 1),
        };
        let (whole, cut, poor) = (photo(400, 20, false), || photo(390, 20, true), photo(20, 5, true));
        assert_eq!(PhotoLabel::issues(&[whole, poor]), []);
        assert_eq!(PhotoLabel::issues(&[cut()]), [QualityIssue::Cropped]);
        assert_eq!(PhotoLabel::issues(&[cut(), photo(30, 20, true)]), [QualityIssue::Cropped]);
        assert_eq!(PhotoLabel::issues(&[cut(), cut()]), [], "the one may go on where the other ends");
        assert_eq!(PhotoLabel::issues(&[photo(400, 6, false)]), [QualityIssue::LowResolution]);
    }

    #[test]
    fn no_picture_is_longer_than_asked() {
        let (_, sizes) = flattened("rotated-90.mp4", 300);
        assert!(
            !sizes.0.is_empty() && sizes.0.iter().all(|(width, height)| *width.max(height) <= 300),
            "{:?}",
            sizes.0
        );
    }
}
