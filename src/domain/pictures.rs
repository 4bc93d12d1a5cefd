//! What a reader is shown: upright pixels, and what is known about how they were made.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Blob, MediaFacts, QualityIssue};

/// How an upload is turned into pictures; part of an arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// The label, unrolled into one flat picture; sharp frames of it where that cannot be verified. A still is its own
    /// only frame.
    #[default]
    Flat,
    /// Sharp frames spread over the clip (a still is its own only frame).
    Frames,
    /// Sharp frames, and a short film of the clip beside them; of stills, the stills alone.
    Clip,
}

impl Strategy {
    /// Reads a name as settings spell it, ignoring case; `None` for an unknown one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let named = [("flat", Self::Flat), ("frames", Self::Frames), ("clip", Self::Clip)];
        named.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim())).map(|(_, strategy)| strategy)
    }
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
    /// Pixels in which its print can still be read: more of them tell little more, and cost where pixels are paid for.
    pub ample_pixels: u64,
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
    /// The same as a short film, for models that take video; only when the strategy asked for it and the upload was one.
    pub clip: Option<EncodedClip>,
}

/// A film as it is sent: upright, short, without sound and without metadata. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedClip {
    /// Columns, pixels.
    pub width: u32,
    /// Rows, pixels.
    pub height: u32,
    /// How long it plays, milliseconds.
    pub duration_ms: u32,
    /// Its type, such as `video/mp4`.
    pub media_type: &'static str,
    /// The file, at most `VIDEO_CLIP_MAX_BYTES` long.
    pub bytes: Arc<[u8]>,
}

/// What a model takes, and what is worth its money: pictures are encoded to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    /// Longest useful edge, pixels.
    pub max_edge: u32,
    /// Most useful pixels in one picture.
    pub max_pixels: u64,
    /// What the size of a picture costs.
    pub price: PicturePrice,
    /// How they are coded.
    pub format: PictureFormat,
    /// Quality, 1–100, on the format's own scale.
    pub quality: u8,
}

/// What the size of a picture costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PicturePrice {
    /// The larger the dearer: none is sent larger than is ample for its print.
    BySize,
    /// Nothing, but each picture costs alike: small ones are laid below each other into one of up to so many pixels.
    Flat {
        /// 0 = each is sent by itself.
        sheet_pixels: u64,
    },
}

/// A format that pictures are coded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PictureFormat {
    /// Every model and every viewer takes it.
    Jpeg,
    /// The same legibility in a third of the bytes: at quality 40 what JPEG needs 80 for.
    Webp,
}

impl PictureFormat {
    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }
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
