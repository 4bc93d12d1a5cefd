//! Every instrument: its name, its help, its unit and its labels. Label values are route templates, codes and domain
//! enums, so that their number is bounded; the one free text, a model's name, comes from settings.

use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter, MeterProvider};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Encoder, Registry, TextEncoder};

use crate::domain::{Analysis, CallOutcome, CircuitState, MediaKind, ProviderCall, ProviderName};

/// Upper bounds of durations, seconds: from a lookup to the request deadline.
const SECONDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 45.0];

static INSTALLED: OnceLock<Installed> = OnceLock::new();
static SILENT: OnceLock<Instruments> = OnceLock::new();

struct Installed {
    registry: Registry,
    instruments: Instruments,
    /// Collects for as long as it lives.
    _provider: SdkMeterProvider,
}

/// The instruments.
pub(super) struct Instruments {
    requests: Counter<u64>,
    errors: Counter<u64>,
    request_seconds: Histogram<f64>,
    provider_requests: Counter<u64>,
    provider_failures: Counter<u64>,
    provider_seconds: Histogram<f64>,
    circuit: Gauge<u64>,
    verdicts: Counter<u64>,
    videos: Counter<u64>,
    media_seconds: Histogram<f64>,
}

/// Begins to count. Only the first call has an effect.
pub(super) fn install() {
    let registry = Registry::new();
    let exporter = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .without_target_info()
        .scope_info_enabled(false)
        .build();
    let exporter = match exporter {
        Ok(exporter) => exporter,
        Err(error) => return tracing::error!(cause = %error, "nothing will be counted"),
    };
    let provider = SdkMeterProvider::builder().with_reader(exporter).build();
    let instruments = Instruments::new(&provider.meter("koalens"));
    let _already = INSTALLED.set(Installed { registry, instruments, _provider: provider });
}

/// The instruments in force; silent ones before [`install`].
pub(super) fn get() -> &'static Instruments {
    match INSTALLED.get() {
        Some(installed) => &installed.instruments,
        None => SILENT.get_or_init(|| Instruments::new(&opentelemetry::global::meter("koalens"))),
    }
}

/// Everything counted so far, as Prometheus text; empty before counting began.
#[must_use]
pub fn exposition() -> Vec<u8> {
    let mut text = Vec::new();
    if let Some(installed) = INSTALLED.get()
        && let Err(error) = TextEncoder::new().encode(&installed.registry.gather(), &mut text)
    {
        tracing::error!(cause = %error, "metrics cannot be written");
    }
    text
}

impl Instruments {
    fn new(meter: &Meter) -> Self {
        let count = |name, help| meter.u64_counter(name).with_description(help).build();
        let seconds = |name, help| {
            meter.f64_histogram(name).with_description(help).with_unit("s").with_boundaries(SECONDS.to_vec()).build()
        };
        Self {
            requests: count("api_requests", "Requests answered, by route and status"),
            errors: count("api_errors", "Requests answered with an error code"),
            request_seconds: seconds("api_request_duration", "Time to answer a request, by route"),
            provider_requests: count("ai_provider_requests", "Attempts at a reader, by provider and model"),
            provider_failures: count("ai_provider_failures", "Attempts at a reader that gave no reading, by kind"),
            provider_seconds: seconds("ai_provider_response_time", "Time of an attempt at a reader"),
            circuit: meter
                .u64_gauge("circuit_breaker_state")
                .with_description("Circuit of a provider: 0 closed, 1 half-open, 2 open")
                .build(),
            verdicts: count("analysis_verdicts", "Analyses decided, by status and serving provider"),
            videos: count("video_analysis_requests", "Clips analysed"),
            media_seconds: seconds("media", "Time of a media stage"),
        }
    }

    pub(super) fn request(&self, route: &str, status: u16, code: Option<&'static str>, took: Duration) {
        let route = KeyValue::new("route", route.to_owned());
        self.requests.add(1, &[route.clone(), KeyValue::new("status", i64::from(status))]);
        self.request_seconds.record(took.as_secs_f64(), &[route]);
        if let Some(code) = code {
            self.errors.add(1, &[KeyValue::new("code", code)]);
        }
    }

    /// An attempt, or why there was none. What was not tried has no time.
    pub(super) fn provider_call(&self, call: &ProviderCall) {
        let provider = KeyValue::new("provider", call.serving.as_str());
        self.provider_requests.add(1, &[provider.clone(), KeyValue::new("model", call.requested_model.clone())]);
        if !matches!(call.outcome, CallOutcome::BreakerOpen | CallOutcome::Budget | CallOutcome::Cached) {
            self.provider_seconds.record(f64::from(call.provider_ms) / 1000.0, std::slice::from_ref(&provider));
        }
        if !matches!(call.outcome, CallOutcome::Ok | CallOutcome::Cached | CallOutcome::GivenUp) {
            self.provider_failures.add(1, &[provider, KeyValue::new("kind", call.outcome.as_str())]);
        }
    }

    pub(super) fn circuit(&self, provider: ProviderName, state: CircuitState) {
        self.circuit.record(state.as_gauge(), &[KeyValue::new("provider", provider.as_str())]);
    }

    pub(super) fn analysis(&self, analysis: &Analysis) {
        let status = KeyValue::new("status", analysis.verdict.status.as_str());
        self.verdicts.add(1, &[status, KeyValue::new("provider", analysis.serving.as_str())]);
        if let Some(media) = analysis.media {
            let stage = [KeyValue::new("stage", "prepare")];
            self.media_seconds.record(f64::from(analysis.timings.media_ms) / 1000.0, &stage);
            if media.kind == MediaKind::Video {
                self.videos.add(1, &[]);
            }
        }
    }
}
