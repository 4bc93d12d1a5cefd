//! Frames of a track, one after the other.

use ffmpeg_next::codec::{self, threading};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::util::error::EAGAIN;
use ffmpeg_next::{Discard, Error, Packet, decoder, frame};

use super::track::{Survey, Track, decoder_name, milliseconds};
use crate::media::wire::{Failure, FailureKind};

/// Two frame threads halve the wait when a core is idle and cost nothing when none is.
const THREADS: usize = 2;

/// Frames that a decoder may hold at once: sixteen that others refer to, and one for each thread, its output and ours.
const HELD_FRAMES: u64 = 20;

/// Packets, of all tracks, among which a clip's first frame is.
const FIRST_PACKETS: u32 = 100;

/// Groups of frames from which a clip can be sampled by its groups.
const FEWEST_GROUPS: u64 = 6;

/// A decoder that gives this many faults in a row has nothing more to give.
const MAX_FAULTS: u32 = 1000;

/// A decoded frame and when it is shown, milliseconds from the first.
pub struct Frame {
    /// Its planes, as coded: neither turned nor converted.
    pub planes: frame::Video,
    /// When it is shown.
    pub time_ms: u32,
}

/// The frames of a track's first milliseconds, in the order in which they are shown.
pub struct Frames {
    track: Track,
    decoder: decoder::Video,
    start: i64,
    window_ms: u32,
    drained: bool,
    faults: u32,
    survey: Survey,
    ration: Option<Ration>,
    refusal: Option<Failure>,
}

impl Frames {
    /// Starts to decode a freshly opened track that was surveyed before.
    ///
    /// # Errors
    /// Unsupported: a codec we do not decode. Unreadable: its set-up data are broken.
    pub fn new(track: Track, survey: Survey, window_ms: u32) -> Result<Self, Failure> {
        let decoder = open(&track, THREADS)?;
        Ok(Self {
            track,
            decoder,
            start: survey.start,
            window_ms,
            drained: false,
            faults: 0,
            survey,
            ration: None,
            refusal: None,
        })
    }

    /// Whether a track's frames are larger than its limit, although its header said otherwise: why not one was decoded.
    ///
    /// # Errors
    /// As [`Frames::new`].
    pub fn outgrow_their_header(mut track: Track) -> Result<bool, Failure> {
        // One thread, whose context is the one that is seen. Meeting such a frame, decoders either take its size over
        // before they find no room for it, or forget the size they had.
        let mut decoder = open(&track, 1)?;
        for _ in 0..FIRST_PACKETS {
            let mut packet = Packet::empty();
            if packet.read(&mut track.input).is_err() {
                break;
            }
            if packet.stream() == track.index && decoder.send_packet(&packet).is_err() {
                let pixels = u64::from(decoder.width()) * u64::from(decoder.height());
                return Ok(pixels == 0 || pixels > track.max_pixels);
            }
        }
        Ok(false)
    }

    /// Decodes no more than about `pixels` of the window, spread over its length: the beginnings of as many groups of
    /// frames as that allows. A clip of few groups cannot be spread so; of it, frames that no other needs are left out.
    pub fn ration(&mut self, pixels: u64) {
        let length_ms = u64::from(self.survey.duration_ms.max(1));
        if self.survey.keyframes * u64::from(self.window_ms) / length_ms < FEWEST_GROUPS {
            self.decoder.skip_frame(Discard::NonReference);
        } else {
            self.ration = Some(Ration::new(pixels, self.track.frame_pixels, self.window_ms));
        }
    }

    /// Why nothing more was decoded, where that is more than the end of the clip.
    pub fn refusal(&self) -> Option<Failure> {
        self.refusal.clone()
    }

    /// From now on leaves frames out that no other needs, or none.
    pub fn leave_out_needless(&mut self, leave_out: bool) {
        self.decoder.skip_frame(if leave_out { Discard::NonReference } else { Discard::Default });
    }

    /// From now on decodes keyframes only, about one a second, which stand on their own.
    pub fn keyframes_only(&mut self) {
        self.decoder.skip_frame(Discard::NonKey);
    }

    fn feed(&mut self) -> Result<(), Error> {
        loop {
            let mut packet = Packet::empty();
            // Whatever ends a damaged file, its good part stays: a file in memory has no faults that pass.
            let ended = packet.read(&mut self.track.input).is_err();
            if !ended && packet.stream() != self.track.index {
                continue;
            }
            if ended || packet.dts().or(packet.pts()).is_some_and(|time| self.since_start(time) > self.window_ms) {
                self.drained = true;
                return self.decoder.send_eof();
            }
            let time = packet.dts().or(packet.pts()).map_or(0, |time| self.since_start(time));
            if self.ration.as_mut().is_some_and(|ration| !ration.admits(time, packet.is_key())) {
                continue;
            }
            let sent = self.decoder.send_packet(&packet);
            self.refusal = self.too_much();
            return sent;
        }
    }

    /// What the frames say against themselves, which headers do not: that a decoder could not hold enough of them.
    fn too_much(&self) -> Option<Failure> {
        let (width, height) = (self.decoder.width(), self.decoder.height());
        let (_, most) = rlimit::getrlimit(rlimit::Resource::AS).ok()?;
        let held = HELD_FRAMES.saturating_mul(frame_bytes(self.decoder.format(), width, height)?);
        (held > most).then(|| FailureKind::TooLarge.because(&format!("{width} × {height} needs up to {held} bytes")))
    }

    fn since_start(&self, time: i64) -> u32 {
        milliseconds(i128::from(time) - i128::from(self.start), self.track.time_base)
    }
}

impl Iterator for Frames {
    type Item = Frame;

    /// The next frame that decodes; broken ones are passed over.
    fn next(&mut self) -> Option<Frame> {
        let mut planes = frame::Video::empty();
        while self.faults < MAX_FAULTS && self.refusal.is_none() {
            match self.decoder.receive_frame(&mut planes) {
                Ok(()) => {
                    self.faults = 0;
                    let time_ms = planes.timestamp().map_or(0, |time| self.since_start(time));
                    if time_ms <= self.window_ms {
                        return Some(Frame { planes, time_ms });
                    }
                }
                Err(Error::Eof) => return None,
                Err(Error::Other { errno: EAGAIN }) if !self.drained => {
                    if self.feed().is_err() {
                        self.faults += 1;
                    }
                }
                Err(_) => self.faults += 1,
            }
        }
        None
    }
}

fn open(track: &Track, threads: usize) -> Result<decoder::Video, Failure> {
    let id = track.parameters.id();
    let codec = decoder_name(id).ok_or_else(|| FailureKind::Unsupported.because(&format!("codec {id:?}")))?;
    let codec = decoder::find_by_name(codec)
        .ok_or_else(|| FailureKind::Internal.because(&format!("FFmpeg was built without the decoder {codec}")))?;
    let unreadable = |error: Error| FailureKind::Unreadable.because(&error);
    let mut context = codec::Context::from_parameters(track.parameters.clone()).map_err(unreadable)?;
    context.set_threading(threading::Config { count: threads, ..threading::Config::kind(threading::Type::Frame) });
    limit_pixels(&mut context, track.max_pixels);
    let mut decoder = context.decoder();
    decoder.set_packet_time_base(track.time_base);
    decoder.open_as(codec).and_then(decoder::Opened::video).map_err(unreadable)
}

/// Pixels that may still be decoded, by the time in the clip.
struct Ration {
    pixels: u64,
    frame_pixels: u64,
    window_ms: u32,
    spent: u64,
    open: bool,
}

impl Ration {
    fn new(pixels: u64, frame_pixels: u64, window_ms: u32) -> Self {
        Self { pixels, frame_pixels, window_ms: window_ms.max(1), spent: 0, open: false }
    }

    /// Whether the next packet is decoded. Within a group, all after the first that is not are left out too: they could
    /// not be decoded without it.
    fn admits(&mut self, time_ms: u32, key: bool) -> bool {
        let due = u128::from(self.pixels) * u128::from(time_ms) / u128::from(self.window_ms);
        self.open = (key || self.open) && u128::from(self.spent) <= due;
        if self.open {
            self.spent += self.frame_pixels;
        }
        self.open
    }
}

fn frame_bytes(format: Pixel, width: u32, height: u32) -> Option<u64> {
    let pixels = u64::from(width) * u64::from(height);
    let name = format.descriptor()?.name();
    let samples_of_two_pixels = if name.contains("444") || name.contains("gbr") {
        6
    } else if name.contains("422") {
        4
    } else {
        3
    };
    let bytes_a_sample = if name.ends_with("le") || name.ends_with("be") { 2 } else { 1 };
    Some(pixels * samples_of_two_pixels * bytes_a_sample / 2)
}

#[expect(unsafe_code, reason = "the safe wrapper does not set this limit")]
fn limit_pixels(context: &mut codec::Context, max_pixels: u64) {
    // SAFETY: the context is live, ours alone and not opened yet; the field is a plain number.
    unsafe { (*context.as_mut_ptr()).max_pixels = i64::try_from(max_pixels).unwrap_or(i64::MAX) };
}

#[cfg(test)]
mod tests {
    use super::super::track::tests::{fixture, track};
    use super::*;
    use crate::media::sniff::Container;

    fn frames(bytes: &[u8], container: Container, window_ms: u32) -> Result<Frames, Failure> {
        let survey = track(bytes, container)?.survey()?;
        Frames::new(track(bytes, container)?, survey, window_ms)
    }

    #[test]
    fn every_codec_we_take_is_decoded() {
        let clips = [
            ("can-soup.mp4", Container::Mp4, 100),
            ("hevc-10bit.mov", Container::Mp4, 12),
            ("vp8.webm", Container::Matroska, 12),
            ("vp9.webm", Container::Matroska, 12),
            ("av1.webm", Container::Matroska, 12),
            ("one-frame.mp4", Container::Mp4, 1),
        ];
        for (name, container, count) in clips {
            let frames = frames(&fixture(name), container, 12_000).unwrap();
            let times: Vec<_> = frames.map(|frame| frame.time_ms).collect();
            assert_eq!(times.len(), count, "{name}");
            assert!(times.is_sorted() && times[0] == 0, "{name}: {times:?}");
        }
    }

    #[test]
    fn a_codec_we_do_not_take_is_unsupported() {
        let mut bytes = fixture("one-frame.mp4");
        let name = bytes.windows(4).position(|word| word == b"avc1").unwrap();
        let name = name + 4 + bytes[name + 4..].windows(4).position(|word| word == b"avc1").unwrap();
        bytes[name..name + 4].copy_from_slice(b"mp4v");
        let failure = frames(&bytes, Container::Mp4, 12_000).err().unwrap();
        assert_eq!(failure.kind, FailureKind::Unsupported, "{failure}");
    }

    #[test]
    fn a_truncated_clip_still_gives_its_good_frames() {
        let count = frames(&fixture("truncated-tail.mp4"), Container::Mp4, 12_000).unwrap().count();
        assert!((40..=52).contains(&count), "{count}");
    }

    #[test]
    fn nothing_beyond_the_window_is_decoded() {
        assert_eq!(frames(&fixture("can-soup.mp4"), Container::Mp4, 400).unwrap().count(), 11);
    }

    #[test]
    fn what_a_decoder_may_have_to_hold_is_known_by_the_format() {
        let held = |format| HELD_FRAMES * frame_bytes(format, 4096, 2304).unwrap();
        assert_eq!(frame_bytes(Pixel::YUV420P, 4, 2), Some(12));
        assert!(held(Pixel::YUV444P10LE) > 1 << 30, "more than a worker has");
        for format in [Pixel::YUV420P, Pixel::YUV420P10LE, Pixel::YUV422P10LE, Pixel::YUV444P] {
            assert!(held(format) < 800 << 20, "{format:?}");
        }
    }

    #[test]
    fn a_ration_is_spread_over_the_clip() {
        let mut ration = Ration::new(1000, 10, 10_000);
        // Ten seconds of 60 frames a second, a keyframe each second.
        let admitted: Vec<u32> =
            (0..600).map(|frame| frame * 1000 / 60).filter(|time| ration.admits(*time, time % 1000 == 0)).collect();
        assert!((85..=105).contains(&admitted.len()), "{}", admitted.len());
        for second in 0..10 {
            assert!(admitted.contains(&(second * 1000)), "{admitted:?}");
        }
    }

    #[test]
    fn fewer_frames_can_be_decoded() {
        let count = |lighten: fn(&mut Frames)| {
            let mut frames = frames(&fixture("can-soup.mp4"), Container::Mp4, 12_000).unwrap();
            lighten(&mut frames);
            frames.count()
        };
        let (needed, key) = (count(|frames| frames.ration(1)), count(Frames::keyframes_only));
        assert!(key >= 1 && key < needed && needed < 100, "{key} {needed}");
    }

    #[test]
    fn a_frame_larger_than_its_header_said_is_never_decoded() {
        let bytes = fixture("understating-header.mp4");
        assert_eq!(frames(&bytes, Container::Mp4, 12_000).unwrap().count(), 0);
        assert!(Frames::outgrow_their_header(track(&bytes, Container::Mp4).unwrap()).unwrap());
        let honest = track(&fixture("one-frame.mp4"), Container::Mp4).unwrap();
        assert!(!Frames::outgrow_their_header(honest).unwrap());
    }
}
