//! A clip to its sharpest frames, spread over its length.

use std::ops::Range;
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
/// (H.264 on one core) that is 7.5 s of processor time. A clip that has more is rationed before anything is decoded: see
/// [`Frames::ration`]. Should its headers have lied, only keyframes are decoded once the budget is spent, up to as much
/// again.
const PIXEL_BUDGET: u64 = 1_500_000_000;

/// Time between frames up to which frames that no other needs may be left out: the others are coded better, and in most
/// clips as many. (On three clips of turning cans with such frames: 33 to 54 % less decoding, and as many words.)
const SPARED_GAP_MS: u32 = 110;

/// Mean time between frames up to which a clip has frames to spare: 24 a second. (By the time a gap is seen, a decoder has
/// left out what came next, so clips of few frames are not tried.)
const DENSE_GAP_MS: u64 = 42;

/// The finished pictures go here one by one, so that no more than one of full size is held at a time.
pub trait Sink {
    /// Is told what will be looked at, before the first frame.
    fn open(&mut self, opened: Opened);

    /// Sees every frame that is looked at, as it was coded, and how sharp its text is.
    ///
    /// # Errors
    /// The frame cannot be put to use.
    fn see(&mut self, frame: &Frame, sharpness: f32) -> Result<(), Failure>;

    /// Takes the next picture.
    ///
    /// # Errors
    /// The picture cannot be stored.
    fn take(&mut self, picture: &RgbImage, ample_pixels: u64) -> Result<(), Failure>;

    /// Whether it is to be shown where the flat label comes from.
    fn traces(&self) -> bool {
        false
    }

    /// Takes a frame and the columns that it lent to the first picture, and where it showed them: parts of their widths.
    ///
    /// # Errors
    /// The frame cannot be stored.
    fn trace(&mut self, _frame: &RgbImage, _lent: &[(Range<f32>, Range<f32>)]) -> Result<(), Failure> {
        Ok(())
    }
}

/// What is known about a clip before its first frame.
#[derive(Debug, Clone, Copy)]
pub struct Opened {
    /// How much of it is looked at, milliseconds.
    pub window_ms: u32,
    /// How its frames are turned upright.
    pub orientation: Orientation,
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
pub struct Clip<'a> {
    blob: &'a Blob,
    container: Container,
    max_pixels: u64,
    frames: Frames,
    /// Whether it has more frames than are wanted.
    dense: bool,
    /// Where frames that no other needs are left out: the time of the last frame that was not, milliseconds.
    sparing: Option<u32>,
    /// Length of the whole clip, milliseconds.
    pub duration_ms: u32,
    /// Pixels of a frame, as the header claims.
    pub frame_pixels: u64,
    /// What is looked at.
    pub opened: Opened,
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
    let mut clip = Clip::open(blob, container, limits)?;
    sink.open(clip.opened);
    let orientation = clip.opened.orientation;
    let mut studio = Studio { sink, scaler: Scaler::default(), max_edge: limits.max_edge, orientation };
    let frames_decoded = best_of_each_slot(&mut clip, until, &mut studio)?;
    Ok(Seen { duration_ms: clip.duration_ms, frames_decoded, flattened: false, issues: None })
}

impl<'a> Clip<'a> {
    /// Opens a clip that is not longer than allowed.
    ///
    /// # Errors
    /// Too long, unsupported codec, unreadable.
    pub fn open(blob: &'a Blob, container: Container, limits: &Limits) -> Result<Self, Failure> {
        let max_pixels = limits.max_pixels;
        let open = || Track::open(blob, container, max_pixels);
        let survey = open()?.survey()?;
        if survey.duration_ms > limits.max_video_ms {
            return Err(FailureKind::TooLong.because(&format!("{} ms", survey.duration_ms)));
        }
        let track = open()?;
        let (duration_ms, frame_pixels) = (survey.duration_ms, track.frame_pixels);
        let opened = Opened { window_ms: duration_ms.min(limits.analyze_ms), orientation: track.orientation };
        let expected =
            frame_pixels.saturating_mul(survey.frames) / u64::from(duration_ms.max(1)) * u64::from(opened.window_ms);
        let mut frames = Frames::new(track, survey, opened.window_ms)?;
        let rationed = expected > PIXEL_BUDGET;
        if rationed {
            frames.ration(PIXEL_BUDGET);
        }
        let dense = !rationed && u64::from(duration_ms) <= DENSE_GAP_MS * survey.frames;
        Ok(Self { blob, container, max_pixels, frames, dense, sparing: None, duration_ms, frame_pixels, opened })
    }

    /// Leaves frames out that no other needs, as long as those that stay are not too far apart: for whoever wants many
    /// frames, but not all.
    pub fn spare(&mut self) {
        if self.dense {
            self.sparing = Some(0);
            self.frames.leave_out_needless(true);
        }
    }

    fn watch_gap(&mut self, time_ms: u32) {
        let Some(last_ms) = self.sparing else { return };
        self.sparing = Some(time_ms);
        if time_ms.saturating_sub(last_ms) > SPARED_GAP_MS {
            self.sparing = None;
            self.frames.leave_out_needless(false);
        }
    }

    /// Shows every frame to `look`, in order, until it is late or the pixels are spent; says how many there were.
    ///
    /// # Errors
    /// No frames: not one that could be decoded. Too large: more than could be held. What `look` fails with.
    pub fn look_through(
        &mut self,
        until: Instant,
        mut look: impl FnMut(Frame) -> Result<(), Failure>,
    ) -> Result<u32, Failure> {
        let (mut count, mut pixels) = (0, 0);
        // However late it is, a clip is not called empty before it was looked at.
        while count == 0 || (Instant::now() < until && pixels < 2 * PIXEL_BUDGET) {
            let Some(frame) = self.frames.next() else { break };
            count += 1;
            self.watch_gap(frame.time_ms);
            pixels += u64::from(frame.planes.width()) * u64::from(frame.planes.height());
            if pixels > PIXEL_BUDGET {
                self.sparing = None;
                self.frames.keyframes_only();
            }
            look(frame)?;
        }
        match self.frames.refusal() {
            Some(refusal) => Err(refusal),
            None if count == 0 => Err(self.why_empty()?),
            None => Ok(count),
        }
    }

    fn why_empty(&self) -> Result<Failure, Failure> {
        let anew = Track::open(self.blob, self.container, self.max_pixels)?;
        Ok(if Frames::outgrow_their_header(anew)? {
            FailureKind::TooLarge.because("the frames are larger than the header says")
        } else {
            FailureKind::NoFrames.because("not one frame could be decoded")
        })
    }
}

/// Is shown the frames of a clip.
trait Viewer {
    /// Every one of them, and how sharp its text is.
    fn see(&mut self, frame: &Frame, sharpness: f32) -> Result<(), Failure>;
    /// Those that are chosen.
    fn keep(&mut self, planes: &frame::Video) -> Result<(), Failure>;
}

/// Makes upright pictures of frames, for the sink.
struct Studio<'a, S> {
    sink: &'a mut S,
    scaler: Scaler,
    max_edge: u32,
    orientation: Orientation,
}

impl<S: Sink> Viewer for Studio<'_, S> {
    fn see(&mut self, frame: &Frame, sharpness: f32) -> Result<(), Failure> {
        self.sink.see(frame, sharpness)
    }

    fn keep(&mut self, planes: &frame::Video) -> Result<(), Failure> {
        let mut picture = DynamicImage::from(self.scaler.convert(planes, self.max_edge)?);
        picture.apply_orientation(self.orientation);
        self.sink.take(&picture.into_rgb8(), u64::MAX)
    }
}

/// The best frame of a slot so far.
struct Best {
    slot: usize,
    score: f32,
    planes: frame::Video,
}

/// Frames come in the order of their times, so a slot is complete when the first frame of a later one arrives.
fn best_of_each_slot(clip: &mut Clip<'_>, until: Instant, viewer: &mut impl Viewer) -> Result<u32, Failure> {
    let mut best: Option<Best> = None;
    let window_ms = clip.opened.window_ms;
    let count = clip.look_through(until, |frame| {
        let sharpness = score(&frame.planes);
        viewer.see(&frame, sharpness)?;
        let Frame { planes, time_ms } = frame;
        let (slot, centred) = place(time_ms, window_ms);
        let score = centred * sharpness;
        match &best {
            Some(held) if slot <= held.slot && score <= held.score => {}
            Some(held) => {
                if slot > held.slot {
                    viewer.keep(&held.planes)?;
                }
                best = Some(Best { slot: slot.max(held.slot), score, planes });
            }
            None => best = Some(Best { slot, score, planes }),
        }
        Ok(())
    })?;
    if let Some(held) = best {
        viewer.keep(&held.planes)?;
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

    fn soup() -> Blob {
        let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/can-soup.mp4")).unwrap();
        Blob::copy_of(&bytes).unwrap()
    }

    fn clip(blob: &Blob) -> Clip<'_> {
        let (max_video_ms, analyze_ms, max_pixels, max_edge) = (30_000, 12_000, 50_000_000, 2576);
        let (memory_bytes, cpu_seconds, soft_ms) = (1 << 30, 60, 60_000);
        let limits = Limits { max_video_ms, analyze_ms, max_pixels, max_edge, memory_bytes, cpu_seconds, soft_ms };
        Clip::open(blob, Container::Mp4, &limits).unwrap()
    }

    /// How many frames were seen, and the times of those that were kept.
    #[derive(Default)]
    struct Notes(u32, Vec<i64>);

    impl Viewer for Notes {
        fn see(&mut self, _: &Frame, _: f32) -> Result<(), Failure> {
            self.0 += 1;
            Ok(())
        }

        fn keep(&mut self, planes: &frame::Video) -> Result<(), Failure> {
            self.1.push(planes.timestamp().unwrap());
            Ok(())
        }
    }

    fn chosen(until: Instant) -> (u32, Vec<i64>) {
        let mut notes = Notes::default();
        let count = best_of_each_slot(&mut clip(&soup()), until, &mut notes).unwrap();
        assert_eq!(notes.0, count, "all are seen");
        (count, notes.1)
    }

    #[test]
    fn the_best_frame_of_each_slot_is_chosen() {
        let mut best = [(0.0, 0); MAX_FRAMES];
        for Frame { planes, time_ms } in clip(&soup()).frames {
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
    fn frames_that_no_other_needs_are_spared_until_the_rest_are_too_far_apart() {
        let blob = soup();
        let mut clip = clip(&blob);
        clip.spare();
        clip.watch_gap(SPARED_GAP_MS);
        assert_eq!(clip.sparing, Some(SPARED_GAP_MS));
        clip.watch_gap(2 * SPARED_GAP_MS + 1);
        assert_eq!(clip.sparing, None);
        clip.watch_gap(9999);
        assert_eq!(clip.sparing, None);
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
