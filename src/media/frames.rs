//! A clip to its sharpest frames, spread over its length.

use std::time::Instant;

use ffmpeg_next::frame;
use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use super::ffmpeg::{Frame, Frames, Scaler, Track};
use super::sharpness::{Luma, sharpness};
use super::sniff::Container;
use super::wire::{Failure, FailureKind, Limits, MAX_FRAMES};
use crate::domain::{Blob, QualityIssue};

/// Pixels that are decoded without a second thought: twelve seconds of 1080p at 60 frames a second. At 5 ns a pixel
/// (H.264 on one core) that is 7.5 s of processor time. Of a clip that has more, frames that no other needs are left out;
/// once it is spent, only keyframes are decoded, up to as much again.
const PIXEL_BUDGET: u64 = 1_500_000_000;

/// The finished pictures go here one by one, so that no more than one of full size is held at a time.
pub trait Sink {
    /// Takes the next picture.
    ///
    /// # Errors
    /// The picture cannot be stored.
    fn take(&mut self, picture: &RgbImage) -> Result<(), Failure>;
}

/// What is known about a clip after it was looked through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Length of the whole clip, milliseconds.
    pub duration_ms: u32,
    /// Frames that were decoded.
    pub frames_decoded: u32,
    /// Whether the first picture is the flat label.
    pub flattened: bool,
    /// What makes it hard to read, where the pictures themselves no longer tell.
    pub issues: Option<Vec<QualityIssue>>,
}

/// A clip, ready to be looked through.
pub struct Opened {
    /// Its frames, as far as they are looked at.
    pub frames: Frames,
    /// Length of the whole clip, milliseconds.
    pub duration_ms: u32,
    /// How much of it is looked at, milliseconds.
    pub window_ms: u32,
    /// Pixels of a frame, as the header claims.
    pub frame_pixels: u64,
    /// How its frames are turned upright.
    pub orientation: Orientation,
}

/// Divides the looked-at part of a clip into [`MAX_FRAMES`] equal times and gives the sharpest frame around the middle of
/// each to `sink`.
/// Times without a frame give none. Work stops at `until`, with what there is.
///
/// # Errors
/// Too long, too large, no frames, unsupported codec, unreadable.
pub fn choose(
    blob: &Blob,
    container: Container,
    limits: &Limits,
    until: Instant,
    sink: &mut impl Sink,
) -> Result<Seen, Failure> {
    let Opened { mut frames, duration_ms, window_ms, orientation, .. } = open(blob, container, limits)?;
    let mut scaler = Scaler::default();
    let frames_decoded = best_of_each_slot(&mut frames, window_ms, until, |planes| {
        let mut picture = DynamicImage::from(scaler.convert(planes, limits.max_edge)?);
        picture.apply_orientation(orientation);
        sink.take(&picture.into_rgb8())
    })?;
    Ok(Seen { duration_ms, frames_decoded, flattened: false, issues: None })
}

/// Opens a clip that is not longer than allowed.
///
/// # Errors
/// Too long, too large, no frames, unsupported codec, unreadable.
pub fn open(blob: &Blob, container: Container, limits: &Limits) -> Result<Opened, Failure> {
    let open = || Track::open(blob, container, limits.max_pixels);
    let survey = open()?.survey()?;
    if survey.duration_ms > limits.max_video_ms {
        return Err(FailureKind::TooLong.because(&format!("{} ms", survey.duration_ms)));
    }
    let track = open()?;
    let (orientation, frame_pixels) = (track.orientation, track.frame_pixels);
    let window_ms = survey.duration_ms.min(limits.analyze_ms);
    let expected =
        frame_pixels.saturating_mul(survey.frames) / u64::from(survey.duration_ms.max(1)) * u64::from(window_ms);
    let mut frames = Frames::new(track, survey, window_ms)?;
    if expected > PIXEL_BUDGET {
        frames.skip_unneeded();
    }
    Ok(Opened { frames, duration_ms: survey.duration_ms, window_ms, frame_pixels, orientation })
}

/// Shows every frame to `look`, in order, until it is late or the pixels are spent.
///
/// # Errors
/// No frames: not one that could be decoded. What `look` fails with.
pub fn look_through(
    frames: &mut Frames,
    until: Instant,
    mut look: impl FnMut(Frame) -> Result<(), Failure>,
) -> Result<u32, Failure> {
    let (mut count, mut pixels) = (0, 0);
    // However late it is, a clip is not called empty before it was looked at.
    while count == 0 || (Instant::now() < until && pixels < 2 * PIXEL_BUDGET) {
        let Some(frame) = frames.next() else { break };
        count += 1;
        pixels += u64::from(frame.planes.width()) * u64::from(frame.planes.height());
        if pixels > PIXEL_BUDGET {
            frames.keyframes_only();
        }
        look(frame)?;
    }
    if count == 0 {
        return Err(FailureKind::NoFrames.because("not one frame could be decoded"));
    }
    Ok(count)
}

/// The best frame of a slot so far.
struct Best {
    slot: usize,
    score: f32,
    planes: frame::Video,
}

/// Frames come in the order of their times, so a slot is complete when the first frame of a later one arrives.
fn best_of_each_slot(
    frames: &mut Frames,
    window_ms: u32,
    until: Instant,
    mut keep: impl FnMut(&frame::Video) -> Result<(), Failure>,
) -> Result<u32, Failure> {
    let mut best: Option<Best> = None;
    let count = look_through(frames, until, |Frame { planes, time_ms }| {
        let (slot, centred) = place(time_ms, window_ms);
        let score = centred * score(&planes);
        match &best {
            Some(held) if slot <= held.slot && score <= held.score => {}
            Some(held) => {
                if slot > held.slot {
                    keep(&held.planes)?;
                }
                best = Some(Best { slot: slot.max(held.slot), score, planes });
            }
            None => best = Some(Best { slot, score, planes }),
        }
        Ok(())
    })?;
    if let Some(held) = best {
        keep(&held.planes)?;
    }
    Ok(count)
}

/// The slot of a time, and how near it is to the slot's middle: 1 there, falling to 0 at its ends, so that neighbouring
/// choices do not meet at a border and leave a gap behind them. On five clips of turning cans (words that local reading
/// finds in the eight frames): 0.88 of the words without it, 0.94 with it, 0.90 for the middles themselves.
fn place(time_ms: u32, window_ms: u32) -> (usize, f32) {
    let (slots, window_ms) = (MAX_FRAMES as u64, u64::from(window_ms.max(1)));
    let scaled = u64::from(time_ms).min(window_ms - 1) * slots;
    let slot = usize::try_from(scaled / window_ms).unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "a fraction of a slot need not be exact")]
    let from_middle = 2.0 * (scaled % window_ms) as f32 / window_ms as f32 - 1.0;
    (slot, 1.0 - from_middle * from_middle)
}

/// The luma of a frame. `None` for formats without a plane of it, and for frames that the decoder itself calls damaged.
pub fn luma(planes: &frame::Video) -> Option<Luma<'_>> {
    let depth = planes.format().descriptor().map(|format| depth(format.name()))?;
    if planes.is_corrupt() || planes.has_decode_errors() {
        return None;
    }
    Some(Luma { bytes: planes.data(0), stride: planes.stride(0), width: planes.width() as usize, depth })
}

/// Sharpness of a frame's text. A frame that the decoder itself calls damaged is taken only when there is no other.
fn score(planes: &frame::Video) -> f32 {
    luma(planes).map_or(0.0, sharpness)
}

/// Bits of a sample, by the name of a planar format: `yuv420p10le` has 10, `yuv420p` 8.
fn depth(format: &str) -> u32 {
    let digits = format.trim_end_matches("le").trim_end_matches("be").rsplit(['p', 'y']).next().unwrap_or_default();
    digits.parse().unwrap_or(8).clamp(8, 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soup() -> Frames {
        let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/can-soup.mp4")).unwrap();
        let blob = Blob::copy_of(&bytes).unwrap();
        let open = || Track::open(&blob, Container::Mp4, 50_000_000).unwrap();
        Frames::new(open(), open().survey().unwrap(), 4000).unwrap()
    }

    fn chosen(until: Instant) -> (u32, Vec<i64>) {
        let mut times = Vec::new();
        let count = best_of_each_slot(&mut soup(), 4000, until, |planes| {
            times.push(planes.timestamp().unwrap());
            Ok(())
        });
        (count.unwrap(), times)
    }

    #[test]
    fn the_best_frame_of_each_slot_is_chosen() {
        let mut best = [(0.0, 0); MAX_FRAMES];
        for Frame { planes, time_ms } in soup() {
            let (slot, centred) = place(time_ms, 4000);
            let score = centred * score(&planes);
            if score > best[slot].0 {
                best[slot] = (score, planes.timestamp().unwrap());
            }
        }
        let (count, times) = chosen(Instant::now() + std::time::Duration::from_secs(60));
        assert_eq!((count, times), (100, best.map(|(_, time)| time).to_vec()));
    }

    #[test]
    fn one_frame_is_looked_at_however_late_it_is() {
        assert_eq!(chosen(Instant::now()).0, 1);
    }

    #[test]
    fn slots_divide_the_window_evenly() {
        let slots = [0, 499, 500, 3999, 4000, u32::MAX].map(|time| place(time, 4000).0);
        assert_eq!(slots, [0, 0, 1, 7, 7, 7]);
        assert_eq!(place(0, 0).0, 0);
    }

    #[test]
    fn the_middle_of_a_slot_counts_most() {
        let centred = |time| place(time, 4000).1;
        assert!((centred(250) - 1.0).abs() < 0.001 && centred(500) < 0.001);
        assert!(centred(250) > centred(350) && centred(350) > centred(450));
    }

    #[test]
    fn the_depth_is_read_off_the_name() {
        assert_eq!(["yuv420p", "yuvj420p", "yuv420p10le", "gray12le", "gbrp", "gray"].map(depth), [8, 8, 10, 12, 8, 8]);
    }
}
