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
        let codec = decoder_name(id).ok_or_else(|| FailureKind::Unsupported.because(format!("codec {id:?}")))?;
        let codec = decoder::find_by_name(codec)
            .ok_or_else(|| FailureKind::Internal.because(format!("FFmpeg was built without the decoder {codec}")))?;
        let unreadable = |error: Error| FailureKind::Unreadable.because(error);
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
    use super::super::track::tests::clip;
    use super::*;
    use crate::domain::Blob;
    use crate::media::sniff::Container;

    fn frames(clip: &[u8], container: Container) -> Frames {
        let blob = Blob::copy_of(clip).unwrap();
        let open = || Track::open(&blob, container, 50_000_000).unwrap();
        let survey = open().survey().unwrap();
        Frames::new(open(), survey, 12_000).unwrap()
    }

    #[test]
    fn every_codec_we_take_is_decoded() {
        let clips = [
            ("-c:v libx264", "mp4", Container::Mp4),
            ("-c:v libx265 -x265-params log-level=none -tag:v hvc1 -pix_fmt yuv420p10le", "mov", Container::Mp4),
            ("-c:v libvpx -deadline realtime", "webm", Container::Matroska),
            ("-c:v libvpx-vp9 -deadline realtime -cpu-used 8", "webm", Container::Matroska),
            ("-c:v libaom-av1 -usage realtime -cpu-used 10", "webm", Container::Matroska),
        ];
        for (arguments, format, container) in clips {
            let times: Vec<_> = frames(&clip(arguments, format), container).map(|frame| frame.time_ms).collect();
            assert_eq!(times.len(), 25, "{arguments}");
            assert!(times.is_sorted() && times[0] == 0 && times[24] == 960, "{arguments}: {times:?}");
        }
    }

    #[test]
    fn a_codec_we_do_not_take_is_unsupported() {
        let blob = Blob::copy_of(&clip("-c:v mpeg4", "mp4")).unwrap();
        let open = || Track::open(&blob, Container::Mp4, 50_000_000).unwrap();
        let survey = open().survey().unwrap();
        let failure = Frames::new(open(), survey, 12_000).err().unwrap();
        assert_eq!(failure.kind, FailureKind::Unsupported);
    }

    #[test]
    fn a_truncated_clip_still_gives_its_good_frames() {
        let mut bytes = clip("-c:v libx264 -movflags +faststart", "mp4");
        bytes.truncate(bytes.len() * 2 / 3);
        let count = frames(&bytes, Container::Mp4).count();
        assert!((5..25).contains(&count), "{count}");
    }

    #[test]
    fn nothing_beyond_the_window_is_decoded() {
        let blob = Blob::copy_of(&clip("-c:v libx264 -bf 0", "mp4")).unwrap();
        let open = || Track::open(&blob, Container::Mp4, 50_000_000).unwrap();
        let survey = open().survey().unwrap();
        assert_eq!(Frames::new(open(), survey, 400).unwrap().count(), 11);
    }

    #[test]
    fn keyframes_alone_are_fewer() {
        let mut frames = frames(&clip("-c:v libx264 -g 5", "mp4"), Container::Mp4);
        frames.keyframes_only();
        assert_eq!(frames.count(), 5);
    }
}
