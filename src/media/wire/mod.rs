//! What a pool and its workers say to each other: one JSON message with descriptors to the worker, JSON events back.
//!
//! A worker has met hostile bytes: what it says is bounded here and judged in `pool`.

mod channel;

pub use channel::{check_length, pack, receive_job, send_with, tell};
use serde::{Deserialize, Serialize};

use crate::domain::{Confinement, MediaKind, QualityIssue, Reading, Strategy};

/// Most files of one upload: bounds the descriptors of a message.
pub const MAX_FILES: usize = 16;

/// Pictures made of one clip.
pub const MAX_FRAMES: usize = 8;

/// Longest message either side accepts. A page of dense text is below 20 kB.
pub const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// Descriptors of one message: the files, one output for each picture, and one for a film.
pub const MAX_DESCRIPTORS: usize = 2 * MAX_FILES + 1;

/// What a job may use. Set by the pool, kept by the worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Longest clip, milliseconds.
    pub max_video_ms: u32,
    /// Part of a clip that is looked at, milliseconds.
    pub analyze_ms: u32,
    /// Most pixels of a still.
    pub max_pixels: u64,
    /// Longest edge of a finished picture, pixels.
    pub max_edge: u32,
    /// Address space, bytes.
    pub memory_bytes: u64,
    /// Processor time, seconds.
    pub cpu_seconds: u64,
    /// After this time no new frame is begun and what there is, is answered; milliseconds.
    pub soft_ms: u64,
}

/// One job; its descriptors travel beside it, in the order of their counts.
#[derive(Debug, Serialize, Deserialize)]
pub enum Job {
    /// Make pictures of `files` files into the outputs that follow them.
    Prepare {
        /// What the caller says they are.
        claimed: Option<MediaKind>,
        /// How many descriptors are files; the rest are outputs.
        files: usize,
        /// What is made of a clip.
        strategy: Strategy,
        /// Whether a film is wanted beside the pictures: then the last output is for it.
        film: Option<FilmLimits>,
        /// What it may use.
        limits: Limits,
    },
    /// Read the text of pictures, one descriptor each.
    Read {
        /// They themselves.
        pictures: Vec<Hung>,
        /// What it may use.
        limits: Limits,
    },
}

impl Job {
    /// What the job may use.
    pub fn limits(&self) -> &Limits {
        match self {
            Self::Prepare { limits, .. } | Self::Read { limits, .. } => limits,
        }
    }
}

/// What a film may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilmLimits {
    /// Length of the file.
    pub max_bytes: u64,
    /// Pictures a second.
    pub frames_a_second: u32,
}

impl FilmLimits {
    /// The place of a time among the film's pictures.
    pub fn tick(self, time_ms: u32) -> u32 {
        u32::try_from(u64::from(time_ms) * u64::from(self.frames_a_second) / 1000).unwrap_or(u32::MAX)
    }
}

/// A film that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilmFacts {
    /// Of each of its pictures.
    pub size: Size,
    /// How long it plays.
    pub duration_ms: u32,
}

/// Columns and rows of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

impl Size {
    /// Bytes of such a picture in RGB.
    pub fn rgb_bytes(self) -> u64 {
        3 * u64::from(self.width) * u64::from(self.height)
    }
}

/// A picture, beside its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hung {
    /// Its size.
    pub size: Size,
    /// Pixels in which its print can still be read.
    pub ample_pixels: u64,
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub enum Event {
    /// Everything is loaded and, if so started, locked down: a job may come.
    Ready(Confinement),
    /// So much of the pictures is done; each time more than before.
    Progress {
        /// 0–100.
        percent: u8,
    },
    /// The pictures stand in the first outputs.
    Prepared(Prepared),
    /// The text is this.
    Read(LocalReading),
    /// The job cannot be done.
    Failed(Failure),
}

/// The pictures of a job, beside their pixels.
#[derive(Debug, Serialize, Deserialize)]
pub struct Prepared {
    /// One for each output that was filled, in order.
    pub pictures: Vec<Hung>,
    /// Still or clip.
    pub kind: MediaKind,
    /// Length of the clip.
    pub duration_ms: Option<u32>,
    /// Frames or stills that were decoded.
    pub frames_decoded: u32,
    /// What makes the pictures hard to read.
    pub issues: Vec<QualityIssue>,
    /// Whether the first picture is the flat label.
    pub flattened: bool,
    /// The film in the last output, if one was wanted and the upload is a clip.
    pub film: Option<FilmFacts>,
}

/// What the local reader made of the pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalReading {
    /// The joined text; it has no `ingredients`, the local reader only transcribes.
    pub reading: Reading,
    /// Only what was read with high confidence: the words that may overrule another reader.
    pub confident_text: String,
}

/// Why a job cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{kind:?}: {detail}")]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// For the log.
    pub detail: String,
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
    /// Nothing can be made of the bytes.
    Unreadable,
    /// No type we take.
    Unsupported,
    /// Longer than allowed.
    TooLong,
    /// More pixels than allowed.
    TooLarge,
    /// Not one frame.
    NoFrames,
    /// Not the file's fault.
    Internal,
}

impl FailureKind {
    /// A failure of this kind, in the words of `detail`.
    pub fn because(self, detail: &(impl ToString + ?Sized)) -> Failure {
        Failure { kind: self, detail: detail.to_string() }
    }
}
