//! One function per event, so that its words and fields stand in one place.

use std::error::Error;
use std::time::Duration;

use tracing::Span;

use super::instruments;
use crate::domain::{Analysis, AnalysisId, Assignment, CircuitState, Confinement, ProviderCall, ProviderName, Rollout};

/// The span that a request's events carry the id of.
#[must_use]
pub fn request_span(request_id: &str) -> Span {
    // At the severest level: a span below the level that is kept would be left out, and its id with it.
    tracing::error_span!("request", request_id)
}

/// A request was answered. `route` is the template, never the path with a user in it.
pub fn request_served(method: &str, route: &str, status: u16, code: Option<&'static str>, took: Duration) {
    instruments::get().request(route, status, code, took);
    let duration_ms = millis(took);
    if status >= 500 {
        tracing::warn!(method, route, status, code, duration_ms, "{method} {route} answered {status}");
    } else {
        tracing::info!(method, route, status, code, duration_ms, "{method} {route} answered {status}");
    }
}

/// A request's caller left before the answer.
pub fn caller_left(method: &str, route: &str, after: Duration) {
    tracing::info!(method, route, duration_ms = millis(after), "the caller of {method} {route} left");
}

/// A request failed through a fault of ours; `cause` is written with its whole chain.
pub fn request_failed(cause: &dyn Error) {
    tracing::error!(cause = chain(cause), "request failed");
}

/// Code of ours panicked while it served a request.
pub fn request_panicked() {
    tracing::error!("a request panicked");
}

/// The lexicon's overlay was read anew.
pub fn lexicon_loaded(rows: usize) {
    tracing::info!(rows, "the lexicon overlay was read: {rows} rows");
}

/// A new version of the lexicon's overlay is not used; what was in force stays so.
pub fn lexicon_refused(cause: &dyn Error) {
    tracing::error!(cause = chain(cause), "a new version of the lexicon overlay is refused");
}

/// An arm was drawn.
pub fn arm_assigned(assignment: &Assignment) {
    let provider = assignment.arm.as_str();
    tracing::info!(
        provider,
        reason = assignment.reason.as_str(),
        experiment = assignment.experiment.as_deref(),
        bucket = assignment.bucket,
        "Using AI provider: {provider}"
    );
}

/// An attempt at a provider ended.
pub fn provider_called(call: &ProviderCall) {
    instruments::get().provider_call(call);
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
    instruments::get().circuit(provider, state);
    let (provider, circuit) = (provider.as_str(), state.as_str());
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

/// An analysis was decided.
pub fn analysis_finished(analysis: &Analysis) {
    instruments::get().analysis(analysis);
    tracing::info!(
        analysis_id = %analysis.id,
        provider = analysis.serving.as_str(),
        status = analysis.verdict.status.as_str(),
        legibility = analysis.verdict.legibility.as_str(),
        degraded = analysis.degraded,
        media_ms = analysis.timings.media_ms,
        provider_ms = analysis.timings.provider_ms,
        total_ms = analysis.timings.total_ms,
        "analysis {} is {}",
        analysis.id,
        analysis.verdict.status.as_str()
    );
}

/// The second reading could not be made; the answer is as careful as if it had found something.
pub fn second_reading_failed(cause: &dyn Error) {
    tracing::warn!(cause = chain(cause), "second reading failed");
}

/// A finished analysis could not be kept anywhere.
pub fn record_lost(id: AnalysisId, cause: &dyn Error) {
    tracing::error!(analysis_id = %id, cause = chain(cause), "analysis {id} could not be recorded");
}

/// The service listens.
pub fn listening(address: &str, metrics_address: &str, environment: &str) {
    tracing::info!(
        address,
        metrics_address,
        environment,
        version = env!("CARGO_PKG_VERSION"),
        "listening on {address}"
    );
}

/// The service was told to stop.
pub fn draining(signal: &str) {
    tracing::info!(signal, "stopping: finishing what was admitted");
}

/// The service stopped; `unfinished` counts the analyses that the grace time was too short for.
pub fn stopped(unfinished: usize) {
    tracing::info!(unfinished, "stopped");
}

/// What the processes that see uploads are held by.
pub fn workers_confined(confinement: Confinement) {
    let Confinement { seccomp, landlock } = confinement;
    let landlock = landlock.as_str();
    if seccomp {
        tracing::info!(seccomp, landlock, "media workers are confined: seccomp, landlock {landlock}");
    } else {
        tracing::warn!(seccomp, landlock, "MEDIA_SANDBOX=off: nothing but limits holds a media worker");
    }
}

/// Something an operator should know at start.
pub fn start_warning(text: &str) {
    tracing::warn!("{text}");
}

/// A background task failed and will be tried again.
pub fn background_failed(task: &str, cause: &dyn Error) {
    tracing::warn!(task, cause = chain(cause), "{task} failed; it will be tried again");
}

/// Spooled records reached the database.
pub fn spool_drained(records: usize) {
    tracing::info!(records, "{records} spooled records stored");
}

/// The cache that machines share did not answer.
pub fn shared_cache_failed(cause: &dyn Error) {
    tracing::warn!(cause = chain(cause), "the shared cache of readings failed; this machine's own is used");
}

/// Most of a budget is taken.
pub fn budget_nearly_spent(periods: &str, taken_percent: u8) {
    tracing::warn!(periods, taken_percent, "{taken_percent} % of the budget for providers is taken ({periods})");
}

/// The database is down: a record waits on disk.
pub fn record_spooled(id: AnalysisId, cause: &dyn Error) {
    tracing::warn!(analysis_id = %id, cause = chain(cause), "record spooled, the database is down");
}

/// A spooled record that the database will never take was put aside.
pub fn spool_file_set_aside(file: &str, cause: &dyn Error) {
    tracing::error!(file, cause = chain(cause), "spooled record set aside");
}

/// The service starts although its database cannot be reached.
pub fn starting_without_database(cause: &dyn Error) {
    tracing::warn!(cause = chain(cause), "starting without the database");
}

/// The database was not idle in time.
pub fn database_left_busy() {
    tracing::warn!("database connections were still busy when the store closed");
}

/// A media worker could not be started; it will be tried again.
pub fn worker_not_started(role: &str, cause: &dyn Error) {
    tracing::error!(role, cause = chain(cause), "no media worker could be started");
}

/// The rollout was changed, by a person, the environment or its leader.
pub fn rollout_changed(who: &str, why: &str, action: &str, after: &Rollout) {
    let (percentage, phase) = (after.share().percent(), after.phase.as_str());
    tracing::info!(
        who,
        why,
        action,
        experiment = after.experiment,
        version = after.version,
        percentage,
        phase,
        "rollout {phase} at {percentage} %: {action} by {who}"
    );
}

/// Pictures were shown to the other arm of an experiment too.
pub fn shadow_recorded(id: AnalysisId, assigned: &str, other: &str) {
    tracing::info!(analysis_id = %id, assigned, other, "{other} read the pictures of {assigned} for comparison");
}

/// Pictures that were drawn for a comparison were not shown to the other arm.
pub fn shadow_dropped(why: &'static str) {
    tracing::debug!(why, "a reading for comparison was dropped: {why}");
}

/// A guardrail is lost under a share that was set by hand, and settings leave it alone.
pub fn rollout_unguarded(experiment: &str, percentage: f64, guardrail: &'static str) {
    tracing::warn!(
        experiment,
        percentage,
        guardrail,
        "{guardrail} is lost at {percentage} %, and ROLLOUT_GUARD_MANUAL=false"
    );
}

/// This instance leads the rollout from now on.
pub fn rollout_led(holder: &str) {
    tracing::info!(holder, "this instance leads the rollout");
}

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
