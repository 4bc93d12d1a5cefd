//! What is asked of remote models and what they answer, line by line, where that is wanted: numbers and the verdict, no
//! picture and no word of a label.

use std::sync::atomic::{AtomicU8, Ordering};

use opentelemetry::trace::TraceContextExt;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::domain::{Analysis, CallOutcome, CallRole, ProviderCall, ProviderName};

/// Of how many percent of the analyses it is logged.
static PERCENT: AtomicU8 = AtomicU8::new(0);

/// From now on it is logged of so many percent of the analyses.
pub(in crate::telemetry) fn log_ai(percent: u8) {
    PERCENT.store(percent, Ordering::Relaxed);
}

/// Whether it is logged of the current analysis: of all its calls or of none, drawn by the id of its trace.
fn is_drawn() -> bool {
    let trace = Span::current().context().span().span_context().trace_id();
    u128::from_be_bytes(trace.to_bytes()) % 100 < PERCENT.load(Ordering::Relaxed).into()
}

/// A model is asked.
pub(super) fn asked(provider: ProviderName, model: &str, role: CallRole, image_tokens: u32) {
    if is_drawn() {
        tracing::info!(provider = provider.as_str(), model, role = role.as_str(), image_tokens, "AI Request");
    }
}

/// A model gave no reading.
pub(super) fn failed(call: &ProviderCall) {
    if call.outcome != CallOutcome::Ok && is_drawn() {
        let ProviderCall { provider_ms: ms, tokens, .. } = call;
        tracing::info!(
            provider = call.serving.as_str(),
            model = call.requested_model,
            role = call.role.as_str(),
            outcome = call.outcome.as_str(),
            ms,
            tokens = tokens.total(),
            "AI Response"
        );
    }
}

/// What models answered led to a verdict.
pub(super) fn answered(analysis: &Analysis) {
    let remote = |call: &&ProviderCall| call.outcome == CallOutcome::Ok && call.serving != ProviderName::Local;
    for call in analysis.calls.iter().filter(remote).filter(|_| is_drawn()) {
        let (verdict, tokens) = (&analysis.verdict, call.tokens);
        tracing::info!(
            analysis_id = %analysis.id,
            provider = call.serving.as_str(),
            model = call.served_model.as_deref().unwrap_or(&call.requested_model),
            role = call.role.as_str(),
            outcome = call.outcome.as_str(),
            ms = call.provider_ms,
            tokens = tokens.total(),
            input_tokens = tokens.input,
            cached_tokens = tokens.cached,
            output_tokens = tokens.output,
            thinking_tokens = tokens.thinking,
            cost_usd = call.cost.as_usd(),
            verdict = verdict.status.as_str(),
            legibility = verdict.legibility.as_str(),
            ingredients = verdict.ingredients.len(),
            label_chars = analysis.label_text.chars().count(),
            "AI Response"
        );
    }
}
