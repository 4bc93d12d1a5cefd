//! One attempt and the row that is kept of it.

use std::time::Duration;

use tokio::time::timeout_at;

use super::call::{Answered, CallFailure, FailureKind, Usage};
use super::remote::Remote;
use super::resilience::Errand;
use crate::domain::{CallOutcome, ProviderCall, Tokens};
use crate::telemetry::events;

/// Attempts the call at `remote` once, ending at the deadline at the latest.
pub(super) async fn attempt(remote: &Remote, errand: Errand<'_>) -> (Result<Answered, CallFailure>, ProviderCall) {
    let began = tokio::time::Instant::now();
    let now_ms = errand.now_ms.saturating_add(i64::from(millis(began - errand.began)));
    let result = match timeout_at(errand.deadline, remote.call(errand.call, now_ms)).await {
        Ok(result) => result,
        Err(_elapsed) => Err(CallFailure::new(FailureKind::TimedOut, "the time for the whole analysis ran out")),
    };
    let usage = match &result {
        Ok(answered) => &answered.usage,
        Err(failure) => &failure.usage,
    };
    let outcome = result.as_ref().map_or_else(|failure| failure.kind.outcome(), |_| CallOutcome::Ok);
    let row = ProviderCall { started_at_ms: now_ms, ..row(remote, errand, outcome, usage, began.elapsed()) };
    say(&result, &row);
    (result, row)
}

/// The row of an attempt that was not made.
pub(super) fn not_tried(remote: &Remote, errand: Errand<'_>, outcome: CallOutcome) -> ProviderCall {
    row(remote, errand, outcome, &Usage::default(), Duration::ZERO)
}

/// The row of an attempt that was dropped after `took` because another answered first. The vendor bills what it was
/// sent, so that is booked by our own estimate; what it had written by then is not known.
pub(super) fn given_up(remote: &Remote, errand: Errand<'_>, took: Duration) -> ProviderCall {
    let tokens = Tokens { input: remote.input_at_most(errand.call), ..Tokens::default() };
    let usage = Usage { tokens, cost: remote.price(tokens, errand.now_ms), served_model: None };
    row(remote, errand, CallOutcome::GivenUp, &usage, took)
}

fn row(remote: &Remote, errand: Errand<'_>, outcome: CallOutcome, usage: &Usage, took: Duration) -> ProviderCall {
    ProviderCall {
        started_at_ms: errand.now_ms,
        step: None,
        serving: remote.name(),
        role: errand.role,
        outcome,
        requested_model: remote.model().to_owned(),
        served_model: usage.served_model.clone(),
        prompt_hash: remote.prompt_hash().map(str::to_owned),
        provider_ms: millis(took),
        tokens: usage.tokens,
        cost: usage.cost,
    }
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

fn say(result: &Result<Answered, CallFailure>, row: &ProviderCall) {
    if let Err(failure) = result {
        events::provider_failed(row, &failure.cause);
    }
    // `gemini-x-001` is what `gemini-x` is called in full.
    if row.served_model.as_deref().is_some_and(|served| !served.starts_with(&row.requested_model)) {
        events::another_model_served(row);
    }
}
