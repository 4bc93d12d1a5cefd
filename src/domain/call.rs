//! One attempt at a provider, as it is kept for comparison.

use serde::{Deserialize, Serialize};

use super::ProviderName;

/// Money in billionths of a US dollar: integer, so that sums are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NanoUsd(pub i64);

impl NanoUsd {
    /// In dollars, for display.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "display only; exact below nine million dollars")]
    pub fn as_usd(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

/// Token counts of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tokens {
    /// Input, cached part excluded.
    pub input: u32,
    /// Input read from the vendor's cache.
    pub cached: u32,
    /// Output, thinking excluded.
    pub output: u32,
    /// Thinking.
    pub thinking: u32,
}

impl Tokens {
    /// All of them.
    #[must_use]
    pub fn total(self) -> u64 {
        [self.input, self.cached, self.output, self.thinking].map(u64::from).iter().sum()
    }
}

/// Why an attempt was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallRole {
    /// The first try at the assigned arm.
    Primary,
    /// A further try at the same arm.
    Retry,
    /// A second one in parallel.
    Hedge,
    /// Another arm after the assigned one failed.
    Fallback,
    /// After the answer, for comparison only.
    Shadow,
}

impl CallRole {
    /// The spelling used in the store and as a metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Retry => "retry",
            Self::Hedge => "hedge",
            Self::Fallback => "fallback",
            Self::Shadow => "shadow",
        }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// A usable reading.
    Ok,
    /// No answer within the time it was given.
    Timeout,
    /// Told to slow down.
    RateLimited,
    /// The provider failed.
    Server,
    /// The provider declined to answer.
    Refused,
    /// An answer that cannot be used.
    Invalid,
    /// No connection.
    Network,
    /// Given up: another attempt beside it answered first.
    GivenUp,
    /// Not tried: the circuit was open.
    BreakerOpen,
    /// Not tried: no money left.
    Budget,
    /// Not tried: answered from the cache.
    Cached,
}

impl CallOutcome {
    /// Every way.
    pub const ALL: [Self; 11] = [
        Self::Ok,
        Self::Timeout,
        Self::RateLimited,
        Self::Server,
        Self::Refused,
        Self::Invalid,
        Self::Network,
        Self::GivenUp,
        Self::BreakerOpen,
        Self::Budget,
        Self::Cached,
    ];

    /// Whether it is counted as the reader's failure: neither what was not asked of it nor what came second is.
    #[must_use]
    pub fn is_failure(self) -> bool {
        !matches!(self, Self::Ok | Self::GivenUp | Self::Budget | Self::Cached)
    }

    /// The spelling used in the store and as a metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Timeout => "timeout",
            Self::RateLimited => "rate_limited",
            Self::Server => "server",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
            Self::Network => "network",
            Self::GivenUp => "given_up",
            Self::BreakerOpen => "breaker_open",
            Self::Budget => "budget",
            Self::Cached => "cached",
        }
    }
}

/// One row of `provider_calls`: one **attempt**, whatever came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderCall {
    /// When it began, UTC milliseconds.
    pub started_at_ms: i64,
    /// The rollout step in force, if an experiment runs.
    pub step: Option<i32>,
    /// The arm that answered (or did not).
    pub serving: ProviderName,
    /// Why the attempt was made.
    pub role: CallRole,
    /// How it ended.
    pub outcome: CallOutcome,
    /// The model asked for.
    pub requested_model: String,
    /// The model that says it answered.
    pub served_model: Option<String>,
    /// Hash of the prompt, where there is one.
    pub prompt_hash: Option<String>,
    /// Time spent in the attempt, milliseconds.
    pub provider_ms: u32,
    /// Token counts.
    pub tokens: Tokens,
    /// What it cost.
    pub cost: NanoUsd,
}

/// Whether an arm is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircuitState {
    /// It is.
    Closed,
    /// One call finds out whether it answers again.
    HalfOpen,
    /// It is not, for a while.
    Open,
}

impl CircuitState {
    /// The value of the gauge: 0, 1, 2.
    #[must_use]
    pub fn as_gauge(self) -> u64 {
        match self {
            Self::Closed => 0,
            Self::HalfOpen => 1,
            Self::Open => 2,
        }
    }

    /// The spelling used in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half-open",
            Self::Open => "open",
        }
    }
}
