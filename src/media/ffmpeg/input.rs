//! Opening a container from memory, locked to one demuxer.

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::OnceLock;

use ffmpeg_next::format::context::{Input, StreamIo};
use ffmpeg_next::util::error::{EIO, EPERM};
use ffmpeg_next::{Dictionary, ffi};

use super::stream::stream;
use crate::domain::Blob;
use crate::media::sniff::Container;
use crate::media::wire::{Failure, FailureKind};

/// What locks the demuxer. No protocol, no other format, no codec beyond those we decode, few streams, little probing.
const OPTIONS: [(&str, &str); 6] = [
    ("protocol_whitelist", "none"),
    ("format_whitelist", "mov,matroska"),
    ("codec_whitelist", "h264,hevc,vp8,vp9,libdav1d"),
    ("max_streams", "8"),
    ("probesize", "1048576"),
    ("analyzeduration", "1000000"),
];

/// QuickTime alone: no sample data from other files.
const QUICKTIME_OPTIONS: [(&str, &str); 2] = [("enable_drefs", "0"), ("use_absolute_path", "0")];

/// Most bytes that are read at once.
const PIECE: c_int = 1 << 20;

/// Opens the container that `blob` was found to be.
///
/// # Errors
/// Unreadable when the demuxer refuses it; internal when FFmpeg does not know one of our options, which it would
/// otherwise pass over in silence.
pub fn open(blob: &Blob, container: Container) -> Result<Input, Failure> {
    let (demuxer, extra) = match container {
        Container::Mp4 => (c"mov", &QUICKTIME_OPTIONS[..]),
        Container::Matroska => (c"matroska", &[][..]),
        Container::Jpeg | Container::Png | Container::Webp | Container::Heif => {
            return Err(FailureKind::Internal.because("a still was taken for a clip"));
        }
    };
    let mut options = Dictionary::new();
    for (key, value) in OPTIONS.iter().chain(extra) {
        options.set(key, value);
    }
    open_with(blob, demuxer, options)
}

#[expect(unsafe_code, reason = "the safe wrapper neither forces a demuxer nor says which options were not understood")]
fn open_with(blob: &Blob, demuxer: &std::ffi::CStr, options: Dictionary) -> Result<Input, Failure> {
    let mut io = StreamIo::from_read_seek(stream(blob)).map_err(|error| FailureKind::Internal.because(&error))?;
    // SAFETY: the name is a C string; the answer is a static description or null, which is checked below.
    let format = unsafe { ffi::av_find_input_format(demuxer.as_ptr()) };
    if format.is_null() {
        return Err(FailureKind::Internal.because("FFmpeg was built without a demuxer that is needed"));
    }
    // SAFETY: takes nothing, gives a context or null.
    let mut context = unsafe { ffi::avformat_alloc_context() };
    if context.is_null() {
        return Err(FailureKind::Internal.because("out of memory"));
    }
    // SAFETY: `context` is live and ours alone; `io` outlives it, because it is dropped after the context in every path
    // below; CUSTOM_IO keeps FFmpeg from freeing `pb`. What reads in its place reads the same stream by the same means.
    unsafe {
        (*context).pb = io.as_mut_ptr();
        if let Some(whole) = (*(*context).pb).read_packet {
            WHOLE.get_or_init(|| whole);
            (*(*context).pb).read_packet = Some(read_piece);
        }
        (*context).flags |= ffi::AVFMT_FLAG_CUSTOM_IO;
        (*context).io_open = Some(open_nothing);
    }
    // SAFETY: the dictionary is handed over and taken back below, whatever became of it.
    let mut rest = unsafe { options.disown() };
    // SAFETY: all pointers are live; on failure FFmpeg frees `context` and sets it to null; no name is given.
    let status = unsafe { ffi::avformat_open_input(&raw mut context, ptr::null(), format, &raw mut rest) };
    // SAFETY: `rest` is what FFmpeg left of the dictionary, and nobody else holds it.
    let rest = unsafe { Dictionary::own(rest) };
    if status < 0 {
        return Err(FailureKind::Unreadable.because(&ffmpeg_next::Error::from(status)));
    }
    // SAFETY: `context` was opened with `io` as its custom I/O; the pair is handed over whole.
    let input = unsafe { Input::wrap_with_custom_io(context, io) };
    match rest.iter().next() {
        None => Ok(input),
        Some((key, _)) => Err(FailureKind::Internal.because(&format!("FFmpeg does not know the option {key}"))),
    }
}

/// How FFmpeg has bytes read: from what, where to, how many.
type ReadPacket = unsafe extern "C" fn(*mut c_void, *mut u8, c_int) -> c_int;

/// How a blob's stream is read: one function for all of them, as they are of one type.
static WHOLE: OnceLock<ReadPacket> = OnceLock::new();

/// Reads as much as it is asked for, up to [`PIECE`]; FFmpeg asks again for the rest. A damaged file has FFmpeg ask for all
/// that it claims to hold, and the wrapper takes as much memory before it looks how much there is.
#[expect(unsafe_code, reason = "the signature is FFmpeg's")]
unsafe extern "C" fn read_piece(stream: *mut c_void, buffer: *mut u8, count: c_int) -> c_int {
    match WHOLE.get() {
        // SAFETY: they are FFmpeg's own, handed on; `buffer` holds `count` bytes or more than are now asked for.
        Some(whole) => unsafe { whole(stream, buffer, count.min(PIECE)) },
        None => ffi::AVERROR(EIO),
    }
}

/// Stands where a demuxer would open a further file or address: nothing is ever opened.
#[expect(unsafe_code, reason = "the signature is FFmpeg's")]
unsafe extern "C" fn open_nothing(
    _context: *mut ffi::AVFormatContext,
    _opened: *mut *mut ffi::AVIOContext,
    _url: *const std::ffi::c_char,
    _flags: std::ffi::c_int,
    _options: *mut *mut ffi::AVDictionary,
) -> std::ffi::c_int {
    ffi::AVERROR(EPERM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_that_ffmpeg_does_not_know_is_our_fault() {
        let blob = Blob::copy_of(&crate::media::ffmpeg::track::tests::fixture("one-frame.mp4")).unwrap();
        let mut options = Dictionary::new();
        options.set("protocol_witelist", "none");
        let failure = open_with(&blob, c"mov", options).err().unwrap();
        assert_eq!(failure.kind, FailureKind::Internal);
        assert!(failure.detail.contains("protocol_witelist"), "{}", failure.detail);
        assert!(open(&blob, Container::Mp4).is_ok());
    }

    #[test]
    fn text_posing_as_a_clip_is_refused() {
        let playlist = Blob::copy_of(b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n").unwrap();
        for container in [Container::Mp4, Container::Matroska] {
            assert_eq!(open(&playlist, container).err().unwrap().kind, FailureKind::Unreadable);
        }
    }
}
