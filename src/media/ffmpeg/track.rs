//! The video track of a clip: what it claims, and what its packets say.

use ffmpeg_next::codec::packet::side_data;
use ffmpeg_next::codec::{self, Id};
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Packet, Rational, Stream, ffi, media};
use image::metadata::Orientation;

use super::{input, orientation};
use crate::domain::Blob;
use crate::media::sniff::Container;
use crate::media::wire::{Failure, FailureKind};

/// Most pixels of a frame: DCI 4K with room for 16:9 sensors. Beyond it the decoder's reference frames alone would not
/// fit a worker's memory.
const MAX_FRAME_PIXELS: u64 = 4096 * 2304;

/// Most packets of all tracks that are looked at; ten minutes of 4K video with sound have a tenth of it.
const MAX_PACKETS: u32 = 500_000;

/// The video track of an opened clip.
pub struct Track {
    pub(super) input: Input,
    pub(super) index: usize,
    pub(super) time_base: Rational,
    pub(super) parameters: codec::Parameters,
    pub(super) max_pixels: u64,
    /// Pixels of a frame, as the header claims.
    pub frame_pixels: u64,
    /// How its frames are turned upright.
    pub orientation: Orientation,
}

/// What the packets of a track say, which headers may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Survey {
    /// First time shown, in the track's own units.
    pub(super) start: i64,
    /// How long the track is, milliseconds.
    pub duration_ms: u32,
    /// How many frames it has.
    pub frames: u64,
    /// How many of them stand on their own.
    pub keyframes: u64,
}

impl Track {
    /// Opens a clip and picks its video track. Nothing is decoded.
    ///
    /// # Errors
    /// Unreadable, unsupported (a codec we do not decode), no frames (no video track), too large.
    pub fn open(blob: &Blob, container: Container, max_pixels: u64) -> Result<Self, Failure> {
        let mut input = input::open(blob, container)?;
        let index = video_track(&input).ok_or_else(|| FailureKind::NoFrames.because("no video track"))?;
        discard_all_but(&mut input, index);
        let stream = input.stream(index).ok_or_else(|| FailureKind::Internal.because("a track went missing"))?;
        let (parameters, time_base, orientation) = (stream.parameters(), stream.time_base(), turn(&stream));
        if time_base.numerator() <= 0 || time_base.denominator() <= 0 {
            return Err(FailureKind::Unreadable.because("a track without a clock"));
        }
        let max_pixels = max_pixels.min(MAX_FRAME_PIXELS);
        let (width, height) = claimed_size(&parameters);
        let frame_pixels = width.saturating_mul(height);
        if frame_pixels > max_pixels {
            return Err(FailureKind::TooLarge.because(&format!("{width} × {height}")));
        }
        Ok(Self { input, index, time_base, parameters, max_pixels, frame_pixels, orientation })
    }

    /// Reads all packets once, undecoded, to learn the track's true length. Uses the track up.
    ///
    /// # Errors
    /// No frames: a track without packets.
    pub fn survey(mut self) -> Result<Survey, Failure> {
        let (mut first, mut last, mut frames, mut keyframes) = (i64::MAX, i64::MIN, 0_u64, 0);
        for _ in 0..MAX_PACKETS {
            let mut packet = Packet::empty();
            // Whatever ends a damaged file, its good part stays.
            if packet.read(&mut self.input).is_err() {
                break;
            }
            let Some(time) = packet.pts().or(packet.dts()).filter(|_| packet.stream() == self.index) else { continue };
            (first, last, frames) = (first.min(time), last.max(time), frames + 1);
            keyframes += u64::from(packet.is_key());
        }
        if frames == 0 {
            return Err(FailureKind::NoFrames.because("no packets"));
        }
        // The last frame lasts as long as the others do on average.
        let span = i128::from(last) - i128::from(first);
        let whole = span + span / i128::from((frames - 1).max(1));
        Ok(Survey { start: first, duration_ms: milliseconds(whole, self.time_base), frames, keyframes })
    }
}

/// Converts a length in units of `time_base` to milliseconds; lengths beyond 49 days are cut to that.
pub(super) fn milliseconds(units: i128, time_base: Rational) -> u32 {
    let (numerator, denominator) = (i128::from(time_base.numerator()), i128::from(time_base.denominator().max(1)));
    u32::try_from((units.max(0) * numerator * 1000) / denominator).unwrap_or(u32::MAX)
}

/// The decoder of each codec we take, by name: others that FFmpeg may know for it are never asked.
pub(super) fn decoder_name(id: Id) -> Option<&'static str> {
    const DECODERS: [(Id, &str); 5] =
        [(Id::H264, "h264"), (Id::HEVC, "hevc"), (Id::VP8, "vp8"), (Id::VP9, "vp9"), (Id::AV1, "libdav1d")];
    DECODERS.iter().find(|(known, _)| *known == id).map(|(_, name)| *name)
}

fn video_track(input: &Input) -> Option<usize> {
    let videos = || input.streams().filter(|stream| stream.parameters().medium() == media::Type::Video);
    let decodable = videos().find(|stream| decoder_name(stream.parameters().id()).is_some());
    decodable.or_else(|| videos().next()).map(|stream| stream.index())
}

fn turn(stream: &Stream<'_>) -> Orientation {
    let matrix = stream.side_data().find(|data| data.kind() == side_data::Type::DisplayMatrix);
    matrix.map_or(Orientation::NoTransforms, |data| orientation::from_display_matrix(data.data()))
}

#[expect(unsafe_code, reason = "the safe wrapper does not show the size of a track that is not being decoded")]
fn claimed_size(parameters: &codec::Parameters) -> (u64, u64) {
    // SAFETY: the pointer lives as long as `parameters`; both fields are plain numbers.
    let (width, height) = unsafe { ((*parameters.as_ptr()).width, (*parameters.as_ptr()).height) };
    (u64::try_from(width).unwrap_or(0), u64::try_from(height).unwrap_or(0))
}

#[expect(unsafe_code, reason = "the safe wrapper cannot discard a track")]
fn discard_all_but(input: &mut Input, index: usize) {
    for mut stream in input.streams_mut() {
        if stream.index() != index {
            // SAFETY: the pointer is that of a live stream of `input`, which is borrowed for this long.
            unsafe { (*stream.as_mut_ptr()).discard = ffi::AVDiscard::AVDISCARD_ALL };
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A file of `fixtures/`.
    pub fn fixture(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    /// Opens the track of a clip, with a limit of 50 megapixels.
    pub fn track(bytes: &[u8], container: Container) -> Result<Track, Failure> {
        Track::open(&Blob::copy_of(bytes).unwrap(), container, 50_000_000)
    }

    #[test]
    fn the_length_is_that_of_the_packets() {
        let survey = |name, container| track(&fixture(name), container).unwrap().survey().unwrap();
        let soup = survey("can-soup.mp4", Container::Mp4);
        assert_eq!((soup.duration_ms, soup.frames), (4000, 100));
        let webm = survey("vp8.webm", Container::Matroska);
        assert!((1995..=2005).contains(&webm.duration_ms) && webm.frames == 12, "{webm:?}");
        assert!(survey("truncated-tail.mp4", Container::Mp4).duration_ms < 4000);
    }

    #[test]
    fn a_clip_without_a_video_track_has_no_frames() {
        let failure = track(&fixture("no-video-track.mp4"), Container::Mp4).err().unwrap();
        assert_eq!(failure.kind, FailureKind::NoFrames);
    }

    #[test]
    fn frames_of_more_pixels_than_allowed_are_refused_before_decoding() {
        let clip = Blob::copy_of(&fixture("one-frame.mp4")).unwrap();
        assert!(Track::open(&clip, Container::Mp4, 720 * 1280).is_ok());
        assert_eq!(Track::open(&clip, Container::Mp4, 720 * 1280 - 1).err().unwrap().kind, FailureKind::TooLarge);
    }

    #[test]
    fn a_turned_clip_says_how_it_is_turned() {
        assert_eq!(track(&fixture("rotated-90.mp4"), Container::Mp4).unwrap().orientation, Orientation::Rotate90);
        assert_eq!(track(&fixture("can-soup.mp4"), Container::Mp4).unwrap().orientation, Orientation::NoTransforms);
    }

    #[test]
    fn lengths_beyond_all_measure_do_not_overflow() {
        assert_eq!(milliseconds(i128::from(i64::MAX) - i128::from(i64::MIN), Rational(i32::MAX, 1)), u32::MAX);
        assert_eq!(milliseconds(-5, Rational(1, 25)), 0);
        assert_eq!(milliseconds(25, Rational(1, 25)), 1000);
    }
}
