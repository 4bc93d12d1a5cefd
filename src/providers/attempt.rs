//! One attempt and the row that is kept of it.

use tokio::time::{Instant, timeout_at};

use super::call::{Answered, Call, CallFailure, FailureKind};
use super::remote::Remote;
use crate::domain::{CallOutcome, CallRole, ProviderCall};
use crate::telemetry::events;

/// Attempts `call` at `remote` once, ending at `deadline` at the latest; `now_ms` is the wall clock, UTC milliseconds.
pub(super) async fn attempt(
    remote: &Remote,
    role: CallRole,
    call: &Call,
    now_ms: i64,
    deadline: Instant,
) -> (Result<Answered, CallFailure>, ProviderCall) {
    let began = Instant::now();
    let result = match timeout_at(deadline, remote.call(call, now_ms)).await {
        Ok(result) => result,
        Err(_elapsed) => Err(CallFailure::new(FailureKind::TimedOut, "the time for the whole analysis ran out")),
    };
    let usage = match &result {
        Ok(answered) => &answered.usage,
        Err(failure) => &failure.usage,
    };
    let row = ProviderCall {
        started_at_ms: now_ms,
        step: None,
        serving: remote.name(),
        role,
        outcome: result.as_ref().map_or_else(|failure| failure.kind.outcome(), |_| CallOutcome::Ok),
        requested_model: remote.model().to_owned(),
        served_model: usage.served_model.clone(),
        prompt_hash: remote.prompt_hash().map(str::to_owned),
        provider_ms: u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX),
        tokens: usage.tokens,
        cost: usage.cost,
    };
    say(&result, &row);
    (result, row)
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
