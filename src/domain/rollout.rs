//! How far a rollout has come: the one state that every instance follows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Figures, Share};

/// What a rollout is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The share was set by hand; nothing moves by itself.
    Manual,
    /// A plan is followed.
    Running,
    /// A plan is followed no further until someone resumes it; it is still rolled back when a guardrail is lost.
    Paused,
    /// The new arm gets nothing, whatever the settings say.
    RolledBack,
    /// The plan came to its end: everyone has the new arm.
    Finished,
}

impl Phase {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Manual, Self::Running, Self::Paused, Self::RolledBack, Self::Finished];

    /// The spelling on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::RolledBack => "rolled-back",
            Self::Finished => "finished",
        }
    }
}

/// The plans that a rollout can follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlanName {
    /// Days a step.
    Standard,
    /// Minutes a step.
    Quick,
}

/// A time during which the share did not change; what units do is counted for each apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its number, unique within the experiment: `provider_calls.step`.
    pub number: i32,
    /// The part of the units that the new arm gets.
    pub share: Share,
    /// When it began, UTC milliseconds.
    pub began_at_ms: i64,
    /// What counts as slow, milliseconds; fixed before the step.
    pub slow_after_ms: u32,
}

/// What the old arm did while there was one, kept for when everyone has the new one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Yardstick {
    /// Mean response, milliseconds.
    pub mean_ms: f64,
    /// 95th percentile of the response, milliseconds.
    pub p95_ms: f64,
}

/// The state of one rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rollout {
    /// The experiment's key, which salts the buckets.
    pub experiment: String,
    /// How buckets are computed.
    pub algorithm: String,
    /// Counts the changes; a change that knows an older one is refused.
    pub version: i64,
    /// What it is doing.
    pub phase: Phase,
    /// The plan it follows, or followed last.
    pub plan: PlanName,
    /// The step in force.
    pub step: Step,
    /// The steps before it since the plan began, oldest first.
    pub earlier: Vec<Step>,
    /// When the plan began, UTC milliseconds.
    pub started_at_ms: Option<i64>,
    /// How long the step has baked, pauses left out, up to `baking_since_ms`.
    pub baked_ms: i64,
    /// Since when it bakes, UTC milliseconds; `None` while it does not.
    pub baking_since_ms: Option<i64>,
    /// Whether the step was approved.
    pub approved: bool,
    /// What the old arm did in the last step that it had units in.
    pub yardstick: Option<Yardstick>,
    /// The percentage that the environment gave when it was last followed.
    pub environment: Option<Share>,
}

impl Rollout {
    /// The part of the units that the new arm gets now.
    #[must_use]
    pub fn share(&self) -> Share {
        self.step.share
    }

    /// The steps since the plan began, the one in force last.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        self.earlier.iter().chain([&self.step]).cloned().collect()
    }

    /// How long the step has baked at `now_ms`, milliseconds.
    #[must_use]
    pub fn baked_ms(&self, now_ms: i64) -> i64 {
        self.baked_ms + self.baking_since_ms.map_or(0, |since| (now_ms - since).max(0))
    }
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Go to the next step.
    Advance,
    /// Stay.
    Hold,
    /// Give the new arm nothing.
    RollBack,
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// The new arm is switched off.
    KillSwitch,
    /// It was rolled back before.
    RolledBack,
    /// No plan is followed.
    NotRunning,
    /// The new arm fails more often than the old one.
    ErrorGate,
    /// Its answers cannot be used more often.
    QualityGate,
    /// It is slow more often.
    LatencyGate,
    /// It is past a critical limit.
    Critical,
    /// The arms do not get the units they should.
    SampleRatio,
    /// A unit was seen in two arms.
    TwoArms,
    /// The step has not baked long enough.
    Interval,
    /// Nothing was measured since the step's end.
    NoAnalysis,
    /// Nobody was in the step.
    NoData,
    /// Too few were.
    Sample,
    /// A warning limit is crossed.
    Warning,
    /// Someone has to approve.
    Approval,
    /// All is well.
    Healthy,
}

impl Ground {
    /// The spelling on the wire and in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KillSwitch => "kill-switch",
            Self::RolledBack => "rolled-back",
            Self::NotRunning => "not-running",
            Self::ErrorGate => "error-gate",
            Self::QualityGate => "quality-gate",
            Self::LatencyGate => "latency-gate",
            Self::Critical => "critical",
            Self::SampleRatio => "sample-ratio",
            Self::TwoArms => "two-arms",
            Self::Interval => "interval",
            Self::NoAnalysis => "no-analysis",
            Self::NoData => "no-data",
            Self::Sample => "sample",
            Self::Warning => "warning",
            Self::Approval => "approval",
            Self::Healthy => "healthy",
        }
    }

    /// Whether a guardrail is lost.
    #[must_use]
    pub fn is_guardrail(self) -> bool {
        matches!(self, Self::ErrorGate | Self::QualityGate | Self::LatencyGate | Self::Critical)
    }
}

/// A decision about a rollout, with what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema, Deserialize)]
pub struct Decision {
    /// What is to be done.
    pub action: Action,
    /// Why.
    pub reason: Ground,
    /// The figures it rests on.
    pub figures: BTreeMap<String, f64>,
}

/// What was measured of a rollout, steps of its plan alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// When, UTC milliseconds.
    pub at_ms: i64,
    /// Each step with what every arm did in it, by the arm's name; the last is the one in force.
    pub steps: Vec<(Step, BTreeMap<String, Figures>)>,
}
