//! One attempt and the row that is kept of it.

use std::time::Duration;

use tokio::time::timeout_at;
use tracing::Instrument;

use super::call::{Answered, CallFailure, FailureKind, Usage};
use super::remote::Remote;
use super::resilience::Errand;
use crate::domain::{CallOutcome, CallRole, NanoUsd, ProviderCall, Tokens};
use crate::telemetry::events;

/// An attempt that was cut off sooner says nothing of the vendor.
const FAIR: Duration = Duration::from_secs(5);

/// How an attempt went.
pub(super) struct Attempt {
    pub result: Result<Answered, CallFailure>,
    /// What is kept of it.
    pub row: ProviderCall,
    /// What the purse pays: what it cost, or the most that it can have cost where nobody said.
    pub charge: NanoUsd,
}

/// Attempts the call at `remote` once, ending at the deadline at the latest.
pub(super) async fn attempt(remote: &Remote, errand: Errand<'_>) -> Attempt {
    let span = events::attempt_span(remote.name(), remote.model(), errand.role, errand.call.image_tokens);
    once(remote, errand).instrument(span).await
}

async fn once(remote: &Remote, errand: Errand<'_>) -> Attempt {
    let began = tokio::time::Instant::now();
    let now_ms = errand.now_ms.saturating_add(i64::from(millis(began - errand.began)));
    let result = match timeout_at(errand.deadline, remote.call(errand.call, now_ms)).await {
        Ok(result) => result,
        Err(_elapsed) => {
            let failure = CallFailure::new(FailureKind::TimedOut, "the time for the whole analysis ran out");
            Err(CallFailure { hurried: began.elapsed() < FAIR, ..failure.maybe_billed() })
        }
    };
    let errand = Errand { now_ms, ..errand };
    let (usage, charge) = match stated(remote, &result) {
        Some(usage) => (usage.clone(), usage.cost),
        None => {
            let served_model = result.as_ref().ok().and_then(|answered| answered.usage.served_model.clone());
            (Usage { served_model, ..estimate(remote, errand) }, remote.cost_at_most(errand.call, now_ms))
        }
    };
    let outcome = result.as_ref().map_or_else(|failure| failure.kind.outcome(), |_| CallOutcome::Ok);
    let row = row(remote, errand, outcome, &usage, began.elapsed());
    say(&result, &row);
    Attempt { result, row, charge }
}

/// What the vendor said that it used; `None` where it may bill the attempt and did not say. A model that wrote something
/// used something: nothing at all is no count.
fn stated<'a>(remote: &Remote, result: &'a Result<Answered, CallFailure>) -> Option<&'a Usage> {
    let (usage, wrote) = match result {
        Ok(answered) => (&answered.usage, true),
        Err(failure) if failure.may_be_billed => return None,
        Err(failure) => (&failure.usage, matches!(failure.kind, FailureKind::Refused | FailureKind::Invalid)),
    };
    let is_silent = wrote && remote.entry().is_some() && usage.tokens == Tokens::default();
    (!is_silent).then_some(usage)
}

/// The row of an attempt that was not made.
pub(super) fn not_tried(remote: &Remote, role: CallRole, now_ms: i64, outcome: CallOutcome) -> ProviderCall {
    ProviderCall {
        started_at_ms: now_ms,
        step: None,
        serving: remote.name(),
        role,
        outcome,
        requested_model: remote.model().to_owned(),
        served_model: None,
        prompt_hash: remote.prompt_hash().map(str::to_owned),
        provider_ms: 0,
        tokens: Tokens::default(),
        cost: NanoUsd(0),
    }
}

/// The row of an attempt that was dropped after `took` because another answered first. The vendor bills what it was
/// sent, so that is booked by our own estimate; what it had written by then is not known.
///
/// Also returns what the purse pays: the most that it can have cost.
pub(super) fn given_up(remote: &Remote, errand: Errand<'_>, took: Duration) -> (ProviderCall, NanoUsd) {
    let charge = remote.cost_at_most(errand.call, errand.now_ms);
    (row(remote, errand, CallOutcome::GivenUp, &estimate(remote, errand), took), charge)
}

/// What an attempt cost of which the vendor said nothing: what it was sent, at least.
fn estimate(remote: &Remote, errand: Errand<'_>) -> Usage {
    let tokens = Tokens { input: remote.input_at_most(errand.call), ..Tokens::default() };
    Usage { tokens, cost: remote.price(tokens, errand.now_ms), served_model: None }
}

fn row(remote: &Remote, errand: Errand<'_>, outcome: CallOutcome, usage: &Usage, took: Duration) -> ProviderCall {
    ProviderCall {
        served_model: usage.served_model.clone(),
        provider_ms: millis(took),
        tokens: usage.tokens,
        cost: usage.cost,
        ..not_tried(remote, errand.role, errand.now_ms, outcome)
    }
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

fn say(result: &Result<Answered, CallFailure>, row: &ProviderCall) {
    events::attempt_ended(row);
    if let Err(failure) = result {
        events::provider_failed(row, &failure.cause);
    }
    if row.served_model.as_deref().is_some_and(|served| !is_same_model(&row.requested_model, served)) {
        events::another_model_served(row);
    }
}

/// `gemini-x-001` is what `gemini-x` is called in full; `gemini-x-lite` is another.
pub(super) fn is_same_model(requested: &str, served: &str) -> bool {
    let is_version = |rest: &str| rest.chars().all(|character| character.is_ascii_digit() || "-@.".contains(character));
    served.strip_prefix(requested).is_some_and(is_version)
}
