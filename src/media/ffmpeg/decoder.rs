//! Frames of a track, one after the other.

use ffmpeg_next::codec::{self, threading};
use ffmpeg_next::util::error::EAGAIN;
use ffmpeg_next::{Discard, Error, Packet, decoder, frame};

use super::track::{Survey, Track, decoder_name, milliseconds};
use crate::media::wire::{Failure, FailureKind};

/// Two frame threads halve the wait when a core is idle and cost nothing when none is.
const THREADS: usize = 2;

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
}

impl Frames {
    /// Starts to decode a freshly opened track that was surveyed before.
    ///
    /// # Errors
    /// Unsupported: a codec we do not decode. Unreadable: its set-up data are broken.
    pub fn new(track: Track, survey: Survey, window_ms: u32) -> Result<Self, Failure> {
        let id = track.parameters.id();
        let codec = decoder_name(id).ok_or_else(|| FailureKind::Unsupported.because(&format!("codec {id:?}")))?;
        let codec = decoder::find_by_name(codec)
            .ok_or_else(|| FailureKind::Internal.because(&format!("FFmpeg was built without the decoder {codec}")))?;
        let unreadable = |error: Error| FailureKind::Unreadable.because(&error);
        let mut context = codec::Context::from_parameters(track.parameters.clone()).map_err(unreadable)?;
        context.set_threading(threading::Config { count: THREADS, ..threading::Config::kind(threading::Type::Frame) });
        limit_pixels(&mut context, track.max_pixels);
        let mut decoder = context.decoder();
        decoder.set_packet_time_base(track.time_base);
        let decoder = decoder.open_as(codec).and_then(decoder::Opened::video).map_err(unreadable)?;
        Ok(Self { track, decoder, start: survey.start, window_ms, drained: false, faults: 0 })
    }

    /// From now on decodes no frame that no other one needs: a quarter to a third less work where there are B-frames.
    pub fn skip_unneeded(&mut self) {
        self.decoder.skip_frame(Discard::NonReference);
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
            return self.decoder.send_packet(&packet);
        }
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
        while self.faults < MAX_FAULTS {
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
    fn fewer_frames_can_be_decoded() {
        let count = |lighten: fn(&mut Frames)| {
            let mut frames = frames(&fixture("can-soup.mp4"), Container::Mp4, 12_000).unwrap();
            lighten(&mut frames);
            frames.count()
        };
        let (needed, key) = (count(Frames::skip_unneeded), count(Frames::keyframes_only));
        assert!(key >= 1 && key < needed && needed < 100, "{key} {needed}");
    }

    #[test]
    fn a_frame_larger_than_its_header_said_is_never_decoded() {
        assert_eq!(frames(&fixture("understating-header.mp4"), Container::Mp4, 12_000).unwrap().count(), 0);
    }
}
