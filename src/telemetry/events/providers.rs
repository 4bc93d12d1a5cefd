//! Readers: set up, asked, failed, switched off.

use super::super::instruments;
use super::number;
use crate::domain::{AssignmentReason, CallOutcome, CircuitState, ProviderCall, ProviderName, Status};

/// A reader can be asked: its counts begin at 0, so that the first failure is an increase.
pub fn reader_set_up(provider: ProviderName, model: &str) {
    let (instruments, provider) = (instruments::get(), provider.as_str());
    instruments.models.learn(model);
    let labels = || [provider.into(), instruments.models.label(model)];
    instruments.provider_requests.add(0, labels());
    instruments.provider_cost.add(0.0, labels());
    instruments.budget_refusals.add(0, [provider.into()]);
    let stand_in = ProviderName::Local.as_str();
    if provider != stand_in {
        instruments.fallbacks.add(0, [provider.into(), stand_in.into()]);
    }
    for kind in CallOutcome::ALL.into_iter().filter(|outcome| outcome.is_failure()) {
        instruments.provider_failures.add(0, [provider.into(), kind.as_str().into()]);
    }
    for status in Status::ALL {
        instruments.verdicts.add(0, [status.as_str().into(), provider.into()]);
    }
    for reason in [AssignmentReason::AbTest, AssignmentReason::Rollout, AssignmentReason::Configured] {
        instruments.assignments.add(0, [provider.into(), reason.as_str().into()]);
    }
}

/// An attempt at a provider ended, or was not made.
pub fn provider_called(call: &ProviderCall) {
    count(call);
    tracing::info!(
        provider = call.serving.as_str(),
        model = call.requested_model,
        role = call.role.as_str(),
        outcome = call.outcome.as_str(),
        provider_ms = call.provider_ms,
        "{} answered {} as {}",
        call.serving.as_str(),
        call.outcome.as_str(),
        call.role.as_str()
    );
}

fn count(call: &ProviderCall) {
    let (instruments, provider) = (instruments::get(), call.serving.as_str());
    match call.outcome {
        // Counted where it was looked for: nobody was asked.
        CallOutcome::Cached => return,
        CallOutcome::Budget => return instruments.budget_refusals.add(1, [provider.into()]),
        // What was not tried took no time.
        CallOutcome::BreakerOpen => {}
        CallOutcome::Ok
        | CallOutcome::Timeout
        | CallOutcome::RateLimited
        | CallOutcome::Server
        | CallOutcome::Refused
        | CallOutcome::Invalid
        | CallOutcome::Network
        | CallOutcome::GivenUp => {
            instruments.provider_seconds.record(f64::from(call.provider_ms) / 1000.0, [provider.into()]);
        }
    }
    let model = || instruments.models.label(&call.requested_model);
    instruments.provider_requests.add(1, [provider.into(), model()]);
    if call.outcome.is_failure() {
        instruments.provider_failures.add(1, [provider.into(), call.outcome.as_str().into()]);
    }
    let tokens = call.tokens;
    let kinds =
        [("input", tokens.input), ("cached", tokens.cached), ("output", tokens.output), ("thinking", tokens.thinking)];
    for (kind, count) in kinds.into_iter().filter(|(_, count)| *count > 0) {
        instruments.provider_tokens.add(count.into(), [provider.into(), model(), kind.into()]);
    }
    instruments.provider_cost.add(call.cost.as_usd(), [provider.into(), model()]);
}

/// An attempt at a provider gave no reading; `cause` is in words of ours.
pub fn provider_failed(call: &ProviderCall, cause: &str) {
    tracing::warn!(
        provider = call.serving.as_str(),
        model = call.requested_model,
        outcome = call.outcome.as_str(),
        cause,
        "{} gave no reading: {cause}",
        call.serving.as_str()
    );
}

/// A provider's circuit breaker is in another state now.
pub fn circuit_changed(provider: ProviderName, state: CircuitState) {
    let (provider, circuit) = (provider.as_str(), state.as_str());
    instruments::get().circuit.set(number(state.as_gauge()), [provider.into()]);
    match state {
        CircuitState::Open => tracing::warn!(provider, circuit, "the circuit of {provider} is {circuit}"),
        CircuitState::Closed | CircuitState::HalfOpen => {
            tracing::info!(provider, circuit, "the circuit of {provider} is {circuit}");
        }
    }
}

/// A provider answered by a model that it was not asked for.
pub fn another_model_served(call: &ProviderCall) {
    let served_model = call.served_model.as_deref().unwrap_or_default();
    tracing::warn!(
        provider = call.serving.as_str(),
        model = call.requested_model,
        served_model,
        "{} was asked for {} and answered by {served_model}",
        call.serving.as_str(),
        call.requested_model
    );
}

/// A model that is asked for may be gone, or there is something else to know about it.
pub fn model_in_doubt(provider: ProviderName, model: &str, why: &str) {
    let provider = provider.as_str();
    tracing::warn!(provider, model, why, "the model {model} of {provider}: {why}");
}
