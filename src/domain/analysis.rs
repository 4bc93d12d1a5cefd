//! What is kept and answered.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AnalysisId, Assignment, Language, MediaKind, ProviderCall, ProviderName, Quality, QualityIssue, Verdict};

/// Where the pictures came from and what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaFacts {
    /// Still, clip or neither.
    pub kind: MediaKind,
    /// Length of the clip in milliseconds; `None` for stills.
    pub duration_ms: Option<u32>,
    /// Frames (or stills) that were decoded.
    pub frames_decoded: u32,
    /// Pictures shown to the reader.
    pub images_sent: u32,
    /// Their encoded size; 0 for the local reader, which is given pixels.
    pub bytes_sent: u64,
    /// What they cost in tokens; 0 for the local reader.
    pub image_tokens: u32,
    /// Whether the label was flattened into one picture.
    pub flattened: bool,
}

/// How long each step took, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timings {
    /// From the whole body to the work slot.
    pub intake_ms: u32,
    /// Decoding and choosing.
    pub media_ms: u32,
    /// Reading, fallbacks included.
    pub provider_ms: u32,
    /// Deciding.
    pub verdict_ms: u32,
    /// All of it.
    pub total_ms: u32,
}

/// One finished analysis: all that is kept of it. It never holds a picture or a raw user id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Its id.
    pub id: AnalysisId,
    /// When it was asked for, UTC milliseconds.
    pub created_at_ms: i64,
    /// The language its texts are written in.
    pub language: Language,
    /// Which arm was drawn.
    pub assignment: Assignment,
    /// Which arm answered.
    pub serving: ProviderName,
    /// The model that answered, as it names itself.
    pub model: String,
    /// Whether something other than the assigned arm answered.
    pub degraded: bool,
    /// What the label says, as far as it was read.
    pub label_text: String,
    /// What made the pictures hard to read.
    pub image_quality_issues: Vec<QualityIssue>,
    /// What it means.
    pub verdict: Verdict,
    /// The media; `None` for typed text.
    pub media: Option<MediaFacts>,
    /// Every attempt at a provider, in order.
    pub calls: Vec<ProviderCall>,
    /// What the reader's answer was worth; `None` where no reader was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// How long it took.
    pub timings: Timings,
}
