//! A clip to its flat label, or to sharp frames where the label cannot be laid together.

use std::time::Instant;

use image::RgbImage;

use super::flatten::{Coded, Flattener, Plane};
use super::frames::{Clip, Seen, Sink, luma};
use super::quality::{issues, measure};
use super::sharpness::sharpness;
use super::sniff::Container;
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
    let label = flattener.finish(limits.max_edge as usize);
    if label.pictures.is_empty() {
        return Err(FailureKind::NoFrames.because("not one frame without damage"));
    }
    label.pictures.iter().try_for_each(|picture| sink.take(&grey(picture)?))?;
    let measured = flattener.samples().map(|frame| Ok(measure(&grey(frame)?))).collect::<Result<Vec<_>, Failure>>()?;
    let mut found = issues(&measured);
    if label.cut {
        found.push(QualityIssue::Cropped);
    }
    Ok(Seen { duration_ms, frames_decoded, flattened: label.flattened, issues: Some(found) })
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

    /// Sizes of the pictures, and how many frames were seen.
    #[derive(Default)]
    struct Sizes(Vec<(u32, u32)>, usize);

    impl Sink for Sizes {
        fn open(&mut self, _: Opened) {}

        fn see(&mut self, _: &Frame, _: f32) -> Result<(), Failure> {
            self.1 += 1;
            Ok(())
        }

        fn take(&mut self, picture: &RgbImage) -> Result<(), Failure> {
            self.0.push(picture.dimensions());
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
        assert_eq!((seen.duration_ms, seen.frames_decoded), (4000, 100));
        assert_eq!(sizes.1, 50, "every second of 25 a second lies 55 ms from the one before");
        let pixels: u32 = sizes.0.iter().map(|(width, height)| width * height).sum();
        assert!((100_000..=1_300_000).contains(&pixels), "{:?}", sizes.0);
    }

    #[test]
    fn a_clip_of_one_frame_is_that_frame() {
        let (seen, sizes) = flattened("one-frame.mp4", 2576);
        assert!(!seen.flattened && sizes.0.len() == 1);
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
