//! The trace of a request: one span for it, one for each step of its path, one for each attempt at a provider, named
//! and described as OpenTelemetry's conventions for HTTP and for generative models say. No span holds a path, a body, a
//! user or a word of a label.

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan;

use super::super::SPANS;
use super::ai;
use crate::domain::{CallOutcome, CallRole, PathStep, ProviderCall, ProviderName};

/// The methods that have a name of their own in a trace; any word could be sent as one.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];

/// What a request came with.
#[derive(Debug, Clone, Copy)]
pub struct Inbound<'a> {
    /// Its id.
    pub request_id: &'a str,
    /// Its method.
    pub method: &'a str,
    /// The template of its route.
    pub route: &'a str,
    /// The trace that it belongs to (W3C Trace Context).
    pub traceparent: Option<&'a str>,
    /// What others say of that trace.
    pub tracestate: Option<&'a str>,
}

/// What every log line of a request carries.
pub(in crate::telemetry) struct Ids {
    pub request: String,
    pub trace: Option<String>,
}

/// The span of a request: its log lines carry its ids, and its trace goes on from the caller's.
#[must_use]
pub fn request_span(inbound: &Inbound<'_>) -> Span {
    let Inbound { request_id, route, .. } = *inbound;
    let method = METHODS.into_iter().find(|known| *known == inbound.method).unwrap_or("_OTHER");
    let name = format!("{} {route}", if method == "_OTHER" { "HTTP" } else { method });
    // At the severest level: a span below the level that is kept would be left out, and its id with it.
    let span = tracing::error_span!(target: SPANS, "request", request_id, otel.name = name, otel.kind = "server");
    // Where no trace is kept there is no parent to set.
    let _untraced = span.set_parent(TraceContextPropagator::new().extract_with_context(&Context::new(), inbound));
    span.set_attribute("http.request.method", method);
    span.set_attribute("http.route", route.to_owned());
    let trace = span.context().span().span_context().trace_id();
    let trace = (trace != opentelemetry::TraceId::INVALID).then(|| trace.to_string());
    span.with_subscriber(|(id, dispatch)| {
        let kept = dispatch.downcast_ref::<Registry>().and_then(|registry| registry.span(id));
        if let Some(kept) = kept {
            kept.extensions_mut().insert(Ids { request: request_id.to_owned(), trace });
        }
    });
    span
}

impl Extractor for Inbound<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => self.traceparent,
            "tracestate" => self.tracestate,
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}

/// How the request of the current span was answered. Only our own faults make a server's span a failed one.
pub(super) fn answered(status: u16, code: Option<&'static str>) {
    let span = Span::current();
    span.set_attribute("http.response.status_code", i64::from(status));
    if let Some(code) = code.filter(|_| status >= 500) {
        span.set_attribute("error.type", code);
        span.set_status(Status::error(code));
    }
}

/// The span of a step of the path.
#[must_use]
pub fn step(step: PathStep) -> Span {
    tracing::info_span!(target: SPANS, "step", otel.name = step.as_str())
}

/// A model is asked: the span of the attempt.
#[must_use]
pub fn attempt_span(provider: ProviderName, model: &str, role: CallRole, image_tokens: u32) -> Span {
    ai::asked(provider, model, role, image_tokens);
    let (operation, system) = match provider {
        ProviderName::Gemini => ("generate_content", "gcp.gemini"),
        ProviderName::Claude => ("chat", "anthropic"),
        ProviderName::Openai => ("chat", "openai"),
        ProviderName::Local | ProviderName::Scripted => ("generate_content", provider.as_str()),
    };
    let name = format!("{operation} {model}");
    let span = tracing::info_span!(target: SPANS, "attempt", otel.name = name, otel.kind = "client");
    span.set_attribute("gen_ai.operation.name", operation);
    span.set_attribute("gen_ai.provider.name", system);
    span.set_attribute("gen_ai.request.model", model.to_owned());
    span.set_attribute("gen_ai.output.type", "json");
    span.set_attribute("koalens.role", role.as_str());
    span
}

/// How the attempt of the current span ended.
pub fn attempt_ended(call: &ProviderCall) {
    let span = Span::current();
    ai::failed(call);
    if let Some(model) = &call.served_model {
        span.set_attribute("gen_ai.response.model", model.clone());
    }
    let tokens = call.tokens;
    // The convention counts cached tokens as input and thinking as output.
    span.set_attribute("gen_ai.usage.input_tokens", i64::from(tokens.input) + i64::from(tokens.cached));
    span.set_attribute("gen_ai.usage.cache_read.input_tokens", i64::from(tokens.cached));
    span.set_attribute("gen_ai.usage.output_tokens", i64::from(tokens.output) + i64::from(tokens.thinking));
    span.set_attribute("koalens.cost_usd", call.cost.as_usd());
    if call.outcome != CallOutcome::Ok {
        let kind = call.outcome.as_str();
        span.set_attribute("error.type", kind);
        span.set_status(Status::error(kind));
    }
}

/// The `traceparent` header that lets whoever is called now add to this trace; `None` where it is not kept. What others
/// put into `tracestate` is not passed on to third parties.
#[must_use]
pub fn traceparent() -> Option<String> {
    struct Header(Option<String>);
    impl Injector for Header {
        fn set(&mut self, key: &str, value: String) {
            if key == "traceparent" {
                self.0 = Some(value);
            }
        }
    }
    let (context, mut header) = (Span::current().context(), Header(None));
    if context.span().span_context().is_sampled() {
        TraceContextPropagator::new().inject_context(&context, &mut header);
    }
    header.0
}
