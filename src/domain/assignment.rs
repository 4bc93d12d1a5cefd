//! Which arm answers, and why.

use serde::{Deserialize, Serialize};

/// A reader of labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderName {
    /// Google Gemini.
    Gemini,
    /// Anthropic Claude.
    Claude,
    /// Any OpenAI-compatible endpoint.
    Openai,
    /// The local reader (OCR in a worker process).
    Local,
    /// A reader whose model name selects its behaviour; refused in production.
    Scripted,
}

impl ProviderName {
    /// Every name, in the order in which they are documented.
    pub const ALL: [Self; 5] = [Self::Gemini, Self::Claude, Self::Openai, Self::Local, Self::Scripted];

    /// The spelling used in settings, on the wire, in the store and as a metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gemini => "gemini",
            Self::Claude => "claude",
            Self::Openai => "openai",
            Self::Local => "local",
            Self::Scripted => "scripted",
        }
    }

    /// Reads a name, ignoring case; `None` for an unknown one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

/// The rule that chose the arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssignmentReason {
    /// The request named a provider.
    Override,
    /// `AI_PROVIDER`, or the first arm that can be assigned.
    Configured,
}

impl AssignmentReason {
    /// The spelling used on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::Configured => "configured",
        }
    }
}

/// The arm drawn for one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The experiment that drew it, if one runs.
    pub experiment: Option<String>,
    /// The arm.
    pub arm: ProviderName,
    /// The rule that chose it.
    pub reason: AssignmentReason,
    /// The user's bucket, 0–9999, where one was computed.
    pub bucket: Option<u16>,
}

impl Assignment {
    /// Whether another reader may answer when this one fails: a forced provider never falls back.
    #[must_use]
    pub fn may_fall_back(&self) -> bool {
        self.reason != AssignmentReason::Override
    }
}
