//! A clip to its flat label, or to sharp frames where the label cannot be laid together.

use std::time::Instant;

use image::RgbImage;

use super::flatten::{Coded, Flattener, Plane};
use super::frames::{Opened, Seen, Sink, look_through, luma, open};
use super::sharpness::sharpness;
use super::sniff::Container;
use super::wire::{Failure, FailureKind, Limits};
use crate::domain::Blob;

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
    let Opened { mut frames, duration_ms, window_ms, frame_pixels, orientation } = open(blob, container, limits)?;
    let samples = usize::try_from(frame_pixels).unwrap_or(usize::MAX);
    let mut flattener = Flattener::new(window_ms, samples, orientation);
    let frames_decoded = look_through(&mut frames, until, |frame| {
        if let Some(luma) = luma(&frame.planes).filter(|_| flattener.wants(frame.time_ms)) {
            let height = frame.planes.height() as usize;
            let coded = Coded { bytes: luma.bytes, stride: luma.stride, width: luma.width, height, depth: luma.depth };
            flattener.take(coded, frame.time_ms, sharpness(luma));
        }
        Ok(())
    })?;
    drop(frames);
    let label = flattener.finish();
    if label.pictures.is_empty() {
        return Err(FailureKind::NoFrames.because("not one frame without damage"));
    }
    label.pictures.iter().try_for_each(|picture| sink.take(&grey(picture)?))?;
    Ok(Seen { duration_ms, frames_decoded, flattened: label.flattened })
}

fn grey(plane: &Plane) -> Result<RgbImage, Failure> {
    let size = (u32::try_from(plane.width), u32::try_from(plane.height));
    let pixels = plane.samples.iter().flat_map(|&level| [level; 3]).collect();
    let (Ok(width), Ok(height)) = size else { return Err(FailureKind::Internal.because("a picture beyond all size")) };
    RgbImage::from_raw(width, height, pixels).ok_or_else(|| FailureKind::Internal.because("rows are missing"))
}
