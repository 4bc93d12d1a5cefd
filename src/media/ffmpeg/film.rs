//! Upright pictures to a short H.264 film in an MP4 file: no sound, no metadata.
//!
//! The encoder is libx264, through Debian's FFmpeg: both are under the GPL, which binds whoever hands out an image that
//! holds them.

use ffmpeg_next::format::Pixel;
use ffmpeg_next::format::context::{Output, StreamIo};
use ffmpeg_next::software::scaling::{Context, Flags};
use ffmpeg_next::util::color::{Range, Space};
use ffmpeg_next::{Dictionary, Error, Packet, Rational, codec, encoder, ffi, format, frame};
use image::RgbImage;

use super::stream::stream;
use crate::domain::Blob;
use crate::media::wire::{Failure, FailureKind, FilmLimits, Size};

/// Quality aimed at, on x264's scale. Of the words on six turning cans, local reading finds in one picture a second of such
/// films 0.94; in films of 480 columns at 30, as chats make them, 0.80; on the flat label 0.99.
const QUALITY: &str = "27";

/// Share of the allowed bytes that the pictures' data may take, in percent: the rest is the file's index.
const DATA_PERCENT: u64 = 90;

/// A film that is being made.
pub struct Film {
    encoder: encoder::video::Encoder,
    output: Output,
    scaler: Context,
    /// As coded: the picture's size, cut to even numbers.
    size: Size,
    limits: FilmLimits,
    last_tick: u32,
    bytes: u64,
}

impl Film {
    /// Begins a film of pictures of this size into `file`. `window_ms` is how long it will be at most.
    ///
    /// # Errors
    /// Internal: FFmpeg without its encoder, or out of memory.
    pub fn begin(file: &Blob, picture: Size, window_ms: u32, limits: FilmLimits) -> Result<Self, Failure> {
        let size = Size { width: (picture.width & !1).max(2), height: (picture.height & !1).max(2) };
        let make = || -> Result<Self, Error> {
            let io = StreamIo::from_write_seek(stream(file))?;
            let mut output = format::output_to_stream(io, None, Some("mp4"))?;
            leave_no_mark(&mut output);
            let encoder = open_encoder(size, window_ms, limits)?;
            output.add_stream_with(encoder.as_ref())?.set_time_base(Rational(1, ticks_a_second(limits)));
            output.write_header()?;
            let (from, to) = (Pixel::RGB24, Pixel::YUV420P);
            let mut scaler =
                Context::get(from, picture.width, picture.height, to, size.width, size.height, Flags::BICUBIC)?;
            set_bt709(&mut scaler);
            Ok(Self { encoder, output, scaler, size, limits, last_tick: 0, bytes: 0 })
        };
        make().map_err(|error| FailureKind::Internal.because(&error))
    }

    /// Whether its bytes are used up: what more is added is left out.
    pub fn is_full(&self) -> bool {
        self.bytes >= self.limits.max_bytes * DATA_PERCENT / 100
    }

    /// Adds a picture of the size that the film was begun with, at a tick later than those before.
    ///
    /// # Errors
    /// Internal.
    pub fn add(&mut self, picture: &RgbImage, tick: u32) -> Result<(), Failure> {
        if self.is_full() {
            return Ok(());
        }
        let internal = |error: Error| FailureKind::Internal.because(&error);
        let mut rgb = frame::Video::new(Pixel::RGB24, picture.width(), picture.height());
        let (stride, row_bytes) = (rgb.stride(0), 3 * picture.width() as usize);
        for (to, from) in rgb.data_mut(0).chunks_mut(stride).zip(picture.chunks(row_bytes)) {
            if let Some(to) = to.get_mut(..row_bytes) {
                to.copy_from_slice(from);
            }
        }
        let mut planes = frame::Video::empty();
        self.scaler.run(&rgb, &mut planes).map_err(internal)?;
        planes.set_pts(Some(tick.into()));
        self.last_tick = tick;
        self.encoder.send_frame(&planes).and_then(|()| self.store()).map_err(internal)
    }

    /// Ends the film; says how long it plays, in milliseconds.
    ///
    /// # Errors
    /// Internal.
    pub fn finish(mut self) -> Result<(Size, u32), Failure> {
        let end = |film: &mut Self| {
            film.encoder.send_eof()?;
            film.store()?;
            film.output.write_trailer()
        };
        end(&mut self).map_err(|error| FailureKind::Internal.because(&error))?;
        let ticks = u64::from(self.last_tick) + 1;
        let duration_ms = ticks * 1000 / u64::from(self.limits.frames_a_second.max(1));
        Ok((self.size, u32::try_from(duration_ms).unwrap_or(u32::MAX)))
    }

    fn store(&mut self) -> Result<(), Error> {
        let mut packet = Packet::empty();
        while self.encoder.receive_packet(&mut packet).is_ok() {
            self.bytes += packet.size() as u64;
            packet.set_stream(0);
            packet.set_duration(1);
            let to = self.output.stream(0).map_or(Rational(1, 1), |stream| stream.time_base());
            packet.rescale_ts(Rational(1, ticks_a_second(self.limits)), to);
            packet.write_interleaved(&mut self.output)?;
        }
        Ok(())
    }
}

fn ticks_a_second(limits: FilmLimits) -> i32 {
    i32::try_from(limits.frames_a_second).unwrap_or(1).max(1)
}

fn open_encoder(size: Size, window_ms: u32, limits: FilmLimits) -> Result<encoder::video::Encoder, Error> {
    let codec = encoder::find_by_name("libx264").ok_or(Error::EncoderNotFound)?;
    let mut context = codec::Context::new_with_codec(codec);
    context.set_flags(codec::Flags::GLOBAL_HEADER);
    let mut video = context.encoder().video()?;
    video.set_width(size.width);
    video.set_height(size.height);
    video.set_format(Pixel::YUV420P);
    video.set_colorspace(Space::BT709);
    video.set_color_range(Range::MPEG);
    video.set_time_base(Rational(1, ticks_a_second(limits)));
    video.set_frame_rate(Some(Rational(ticks_a_second(limits), 1)));
    // A buffer of one second, full at the start: the bound holds from the first picture on.
    let bits_a_second = limits.max_bytes * DATA_PERCENT / 100 * 8 * 1000 / (u64::from(window_ms) + 1000);
    let mut options = Dictionary::new();
    let rate = bits_a_second.min(i32::MAX.unsigned_abs().into()).to_string();
    // One thread, because workers run side by side; few pictures looked at ahead, because each is 10 MB at full size.
    for (key, value) in [
        ("preset", "veryfast"),
        ("crf", QUALITY),
        ("maxrate", &rate),
        ("bufsize", &rate),
        ("bf", "0"),
        ("threads", "1"),
        ("rc-lookahead", "3"),
    ] {
        options.set(key, value);
    }
    video.open_as_with(codec, options)
}

#[expect(unsafe_code, reason = "the safe wrapper cannot keep the muxer from signing its work")]
fn leave_no_mark(output: &mut Output) {
    // SAFETY: the context is live and ours alone; the field is a set of flags.
    unsafe { (*output.as_mut_ptr()).flags |= ffi::AVFMT_FLAG_BITEXACT };
}

#[expect(unsafe_code, reason = "the safe wrapper does not set the matrix")]
fn set_bt709(context: &mut Context) {
    const NEUTRAL: std::ffi::c_int = 1 << 16;
    // SAFETY: the context is live; the table is static data of the library.
    unsafe {
        let table = ffi::sws_getCoefficients(ffi::SWS_CS_ITU709);
        ffi::sws_setColorspaceDetails(context.as_mut_ptr(), table, 1, table, 0, 0, NEUTRAL, NEUTRAL);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Frames, Track};
    use super::*;
    use crate::media::sniff::Container;

    const LIMITS: FilmLimits = FilmLimits { max_bytes: 200_000, frames_a_second: 5 };

    /// Noise, which nothing can compress: `count` pictures.
    fn film(count: u32, limits: FilmLimits) -> (Blob, Size, u32) {
        let mut random = 1_u32;
        let mut noise = move || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random.to_be_bytes()[0]
        };
        let file = Blob::new().unwrap();
        let mut film = Film::begin(&file, Size { width: 321, height: 203 }, count * 200, limits).unwrap();
        for tick in 0..count {
            film.add(&RgbImage::from_fn(321, 203, |_, _| image::Rgb([noise(), noise(), noise()])), tick).unwrap();
        }
        let (size, duration_ms) = film.finish().unwrap();
        (file, size, duration_ms)
    }

    #[test]
    fn a_film_has_every_picture_that_was_added() {
        let (file, size, duration_ms) = film(10, LIMITS);
        assert_eq!((size, duration_ms), (Size { width: 320, height: 202 }, 2000));
        let open = || Track::open(&file, Container::Mp4, 1 << 20).unwrap();
        let survey = open().survey().unwrap();
        assert_eq!((survey.frames, survey.duration_ms), (10, 2000));
        assert_eq!(Frames::new(open(), survey, 9999).unwrap().count(), 10);
    }

    #[test]
    fn a_film_is_never_longer_than_allowed() {
        for max_bytes in [40_000, 200_000] {
            let (file, ..) = film(50, FilmLimits { max_bytes, ..LIMITS });
            let length = file.len().unwrap();
            assert!(length <= max_bytes && length > max_bytes / 3, "{length} of {max_bytes}");
        }
    }

    #[test]
    fn a_film_has_no_sound_and_no_signature() {
        let (file, ..) = film(10, LIMITS);
        let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
        file.read_exact_at(&mut bytes, 0).unwrap();
        for mark in [b"Lavf", b"soun", b"\xA9too", b"\xA9xyz"] {
            assert!(!bytes.windows(4).any(|word| word == mark), "{}", mark.escape_ascii());
        }
    }
}
