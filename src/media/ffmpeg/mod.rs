//! Clips to frames and frames to pixels: the only place that talks to FFmpeg.
//!
//! Bytes come from a memory file through callbacks, never from a name; the demuxer is the one that our own sniffing
//! chose; nothing else can be opened from inside a file. Everything here but [`scale`] runs in a worker process.

mod decoder;
mod film;
mod input;
mod orientation;
mod scaler;
mod stream;
mod tone;
mod track;

pub use decoder::{Frame, Frames};
pub use film::Film;
pub use scaler::{Scaler, scale, scale_rows};
pub use stream::stream;
pub use track::Track;

/// Silences FFmpeg, for the whole process: its messages quote the file.
pub fn quiet() {
    ffmpeg_next::log::set_level(ffmpeg_next::log::Level::Quiet);
}
