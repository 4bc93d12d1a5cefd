//! One function per event, so that its words, its fields, its counts and its part of the trace stand in one place.

mod admission;
mod ai;
mod analyses;
mod keeping;
mod money;
mod providers;
mod requests;
mod rollout;
mod service;
mod spans;

use std::error::Error;
use std::time::Duration;

pub use admission::*;
pub(super) use ai::log_ai;
pub use analyses::*;
pub use keeping::*;
pub use money::*;
pub use providers::*;
pub use requests::*;
pub use rollout::*;
pub use service::*;
pub(super) use spans::Ids;
pub use spans::{Inbound, attempt_ended, attempt_span, request_span, step, traceparent};

/// An error with its causes, outermost first.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Bytes, and whatever else is far below 2⁵³.
#[expect(clippy::cast_precision_loss, reason = "exact below 2⁵³")]
fn number(n: u64) -> f64 {
    n as f64
}
