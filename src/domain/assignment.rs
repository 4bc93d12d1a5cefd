//! Which arm answers, and why.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Strategy;

/// A reader of labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema, Deserialize)]
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
    /// The new arm is switched off or rolled back.
    GeminiDisabled,
    /// The request named a provider.
    Override,
    /// The test of the staging environment.
    AbTest,
    /// The rollout's share.
    Rollout,
    /// `AI_PROVIDER`, or the first arm that can be assigned.
    Configured,
}

impl AssignmentReason {
    /// The spelling used on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GeminiDisabled => "gemini-disabled",
            Self::Override => "override",
            Self::AbTest => "ab-test",
            Self::Rollout => "rollout",
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
    /// The declared arm and what is counted of it; `None` outside an experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<Exposure>,
}

/// What is counted together in an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnitKind {
    /// A user, who keeps the arm; a request without one is a unit of its own.
    User,
    /// Each request.
    Request,
}

/// How an analysis counts in an experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exposure {
    /// The arm's declared name.
    pub arm: String,
    /// The step it falls into; `None` while the rollout's state is not known: then it counts in no step.
    pub step: Option<i32>,
    /// What is counted once.
    pub unit: UnitKind,
    /// What counts as slow, milliseconds.
    pub slow_after_ms: u32,
    /// How the arm wants its pictures; `None` = as everyone else.
    pub strategy: Option<Strategy>,
}

impl Assignment {
    /// Whether another reader may answer when this one fails: a forced provider never falls back.
    #[must_use]
    pub fn may_fall_back(&self) -> bool {
        self.reason != AssignmentReason::Override
    }

    /// How the arm wants its pictures; `None` = as everyone else.
    #[must_use]
    pub fn strategy(&self) -> Option<Strategy> {
        self.exposure.as_ref().and_then(|exposure| exposure.strategy)
    }

    /// The name under which the arm is counted.
    #[must_use]
    pub fn arm_name(&self) -> &str {
        self.exposure.as_ref().map_or(self.arm.as_str(), |exposure| &exposure.arm)
    }
}
