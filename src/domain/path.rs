//! The steps of the path and what they pass, under the names that metrics and traces know them by.

/// A step of one analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PathStep {
    /// The body is read and decoded.
    Intake,
    /// It waits for a place to work.
    Admission,
    /// An arm is drawn.
    Assign,
    /// The upload becomes pictures.
    Media,
    /// The pictures are read.
    Read,
    /// What was read is judged.
    Verdict,
    /// The analysis is kept.
    Record,
    /// The answer is written.
    Answer,
}

impl PathStep {
    /// The name of its span.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Admission => "admission",
            Self::Assign => "assign",
            Self::Media => "media",
            Self::Read => "read",
            Self::Verdict => "verdict",
            Self::Record => "record",
            Self::Answer => "answer",
        }
    }
}

/// Where analyses wait for a place to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Photos and clips.
    Media,
    /// Typed text, which takes a millisecond.
    Text,
}

impl Queue {
    /// The spelling used as a metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Media => "media",
            Self::Text => "text",
        }
    }
}

/// A costly part of media work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaStage {
    /// Bytes to upright pictures.
    Prepare,
    /// Pictures to files as a reader takes them.
    Encode,
    /// Pictures to text, by the local reader.
    Read,
}

impl MediaStage {
    /// The spelling used as a metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Encode => "encode",
            Self::Read => "read",
        }
    }
}

/// Why a verdict took more than one reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Escalation {
    /// A remote model read "vegan": the local reader looked too.
    VeganCheck,
    /// It found something.
    VeganOverruled,
    /// It could not look.
    CheckFailed,
}

impl Escalation {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::VeganCheck, Self::VeganOverruled, Self::CheckFailed];

    /// The spelling used as a metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VeganCheck => "vegan_check",
            Self::VeganOverruled => "vegan_overruled",
            Self::CheckFailed => "check_failed",
        }
    }
}
