//! What a reader is shown: upright pixels, and what is known about how they were made.

use serde::{Deserialize, Serialize};

use super::{Blob, MediaFacts, QualityIssue};

/// How an upload is turned into pictures; part of an arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Strategy {
    /// The label, unrolled into one flat picture; sharp frames of it where that cannot be verified. A still is its own
    /// only frame.
    Flat,
    /// Sharp frames spread over the clip (a still is its own only frame).
    Frames,
}

/// One upright picture: `width × height` RGB pixels, 8 bits a channel, rows packed, full range.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Width in pixels, at least 1.
    pub width: u32,
    /// Height in pixels, at least 1.
    pub height: u32,
    /// `3 · width · height` bytes; checked against the dimensions when it came from a worker.
    pub pixels: Blob,
}

/// The pictures of one upload, in the order in which they should be read.
#[derive(Debug, Clone)]
pub struct Pictures {
    /// At least one.
    pub pictures: Vec<Picture>,
    /// Where they came from.
    pub facts: MediaFacts,
    /// What makes them hard to read.
    pub issues: Vec<QualityIssue>,
}

/// What a model takes, and what is worth its money: pictures are encoded to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    /// Longest useful edge, pixels.
    pub max_edge: u32,
    /// Most useful pixels in one picture.
    pub max_pixels: u64,
    /// JPEG quality, 1–100.
    pub quality: u8,
}

/// A picture as it is sent. It holds pixels alone: no metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedPicture {
    /// Columns after reduction, pixels.
    pub width: u32,
    /// Rows after reduction, pixels.
    pub height: u32,
    /// Its type, such as `image/jpeg`.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}
