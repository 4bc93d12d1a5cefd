//! What can go wrong between an upload and its pictures or its text.

use std::io;

use thiserror::Error;

/// A failure of the media room.
#[derive(Debug, Error)]
pub enum Error {
    /// The type is one we take, but nothing can be made of the bytes.
    #[error("the file cannot be decoded: {detail}")]
    Unreadable {
        /// The decoder's words, for the log only.
        detail: String,
    },
    /// The bytes are of no type we take, or of another kind than the caller said.
    #[error("the file is of no supported type: {detail}")]
    UnsupportedType {
        /// What was seen, for the log only.
        detail: String,
    },
    /// The clip is longer than `MAX_VIDEO_SECONDS`.
    #[error("the clip is too long: {detail}")]
    TooLong {
        /// How long it is, for the log only.
        detail: String,
    },
    /// More pixels than `MAX_PIXELS` (photos) or 4K (clips).
    #[error("the picture has too many pixels: {detail}")]
    TooLargeDimensions {
        /// Its size, for the log only.
        detail: String,
    },
    /// A clip without a video track, or without a single frame that decodes.
    #[error("the clip has no frames: {detail}")]
    NoFrames {
        /// Why, for the log only.
        detail: String,
    },
    /// The time given ran out; the worker was killed.
    #[error("the time for the media step ran out")]
    Deadline,
    /// The worker died on this upload. The caller can only try another file, so they are told that it is unreadable; that
    /// a file can kill a worker is for us to look into.
    #[error("the media worker died: {how}")]
    Crashed {
        /// Exit status or signal, and what it last said.
        how: String,
    },
    /// No worker can be started now.
    #[error("no media worker can be started: {detail}")]
    Unavailable {
        /// Why not, for the log only.
        detail: String,
    },
    /// A worker reports a fault that no file explains.
    #[error("the media worker failed: {detail}")]
    Internal {
        /// Its words.
        detail: String,
    },
    /// A worker's answer breaks the protocol: it is not believed.
    #[error("the media worker's answer is not acceptable: {0}")]
    Protocol(&'static str),
    /// The system refuses memory files or sockets.
    #[error("the system refused what a media job needs")]
    System(#[source] io::Error),
    /// Pixels could not be encoded.
    #[error("the picture could not be encoded")]
    Encoding(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Whose fault a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The file's: another file may do better.
    Caller,
    /// The service's: to be logged and looked into.
    Ours,
}

impl Error {
    /// Whose fault it is. [`Error::Crashed`] is ours, although the caller is told to try another file.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Unreadable { .. }
            | Self::UnsupportedType { .. }
            | Self::TooLong { .. }
            | Self::TooLargeDimensions { .. }
            | Self::NoFrames { .. } => Fault::Caller,
            Self::Deadline
            | Self::Crashed { .. }
            | Self::Unavailable { .. }
            | Self::Internal { .. }
            | Self::Protocol(_)
            | Self::System(_)
            | Self::Encoding(_) => Fault::Ours,
        }
    }
}
