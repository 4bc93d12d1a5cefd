//! One attempt at a vendor: what goes in, what comes out, and why it came to nothing.
//!
//! A [`Call`] is composed once and may be attempted several times, also at the same time: its body is shared. An
//! attempt never retries, never waits before it starts, and ends by itself within the vendor's own time limit; an
//! earlier deadline is its caller's to impose, by dropping the future.

use std::time::Duration;

use bytes::Bytes;

use crate::domain::{CallOutcome, NanoUsd, Reading, Tokens};

/// A composed request, ready to be attempted. Cloning shares it.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The JSON body, pictures in it; or what stands around the address of an uploaded file.
    pub body: Body,
    /// Tokens that the pictures cost by the vendor's rule: an estimate, for what is known before the answer.
    pub image_tokens: u32,
}

/// The body of a request.
#[derive(Debug, Clone)]
pub(super) enum Body {
    /// Whole.
    Whole(Bytes),
    /// A file is uploaded first, and its address put into what stands around it.
    AroundUpload {
        /// JSON with a place for the address.
        around: Bytes,
        /// The file.
        file: Bytes,
        /// Its type.
        media_type: &'static str,
    },
}

/// A usable answer to one attempt.
#[derive(Debug)]
pub(super) struct Answered {
    /// What the label says, by the model's word.
    pub reading: Reading,
    /// What was used.
    pub usage: Usage,
}

/// What an attempt used, as the vendor counts it; nothing where it did not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Token counts.
    pub tokens: Tokens,
    /// By the price table.
    pub cost: NanoUsd,
    /// The model that says it answered.
    pub served_model: Option<String>,
}

/// An attempt that gave no reading.
#[derive(Debug)]
pub(super) struct CallFailure {
    /// What went wrong.
    pub kind: FailureKind,
    /// How long the vendor asks to wait.
    pub retry_after: Option<Duration>,
    /// The vendor says that trying again is no use.
    pub is_final: bool,
    /// What it cost all the same: refusals and useless answers are billed.
    pub usage: Usage,
    /// The vendor may have done the work and not said what it costs. Such an attempt is not made again.
    pub may_be_billed: bool,
    /// It had too little time to say anything of the vendor.
    pub hurried: bool,
    /// For the log: words of ours or a vendor's code. Never a message of theirs, which may quote what it was sent.
    pub cause: String,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// No whole answer in time, or it stalled.
    TimedOut,
    /// No connection, or it broke.
    Network,
    /// Told to slow down.
    RateLimited,
    /// No more money or calls for long: waiting does not help.
    Exhausted,
    /// It failed on its side.
    Server,
    /// It does not take us: a wrong key, an unknown model.
    Rejected,
    /// It does not take this request: these pictures, or a body it does not know.
    Unfit,
    /// The model declined to answer.
    Refused,
    /// What the model wrote cannot be used.
    Invalid,
    /// The answer is not in the vendor's form: something else answers in its place.
    Foreign,
}

impl Body {
    /// The body of a vendor that takes no uploads.
    ///
    /// # Errors
    /// For one with an upload, which such a vendor's composer never makes.
    pub(super) fn whole(&self) -> Result<Bytes, CallFailure> {
        match self {
            Self::Whole(body) => Ok(body.clone()),
            Self::AroundUpload { .. } => Err(CallFailure::new(FailureKind::Rejected, "uploads are not taken")),
        }
    }
}

impl CallFailure {
    pub(super) fn new(kind: FailureKind, cause: impl Into<String>) -> Self {
        let usage = Usage::default();
        let cause = cause.into();
        Self { kind, retry_after: None, is_final: false, usage, may_be_billed: false, hurried: false, cause }
    }

    /// The same, after the request went out and no usage came back.
    pub(super) fn maybe_billed(self) -> Self {
        Self { may_be_billed: true, ..self }
    }

    pub(super) fn with_usage(self, usage: Usage) -> Self {
        Self { usage, ..self }
    }
}

impl FailureKind {
    /// How the attempt is recorded.
    pub(super) fn outcome(self) -> CallOutcome {
        match self {
            Self::TimedOut => CallOutcome::Timeout,
            Self::Network => CallOutcome::Network,
            Self::RateLimited | Self::Exhausted => CallOutcome::RateLimited,
            Self::Server | Self::Rejected | Self::Unfit => CallOutcome::Server,
            Self::Refused => CallOutcome::Refused,
            Self::Invalid | Self::Foreign => CallOutcome::Invalid,
        }
    }

    /// Whether the same call may succeed soon.
    pub(super) fn is_passing(self) -> bool {
        match self {
            Self::TimedOut | Self::Network | Self::RateLimited | Self::Server => true,
            Self::Exhausted | Self::Rejected | Self::Unfit | Self::Refused | Self::Invalid | Self::Foreign => false,
        }
    }
}
