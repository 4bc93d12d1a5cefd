//! The trace of a request, as a collector gets it.

use std::time::{Duration, Instant};

use koalens_backend::domain::ProviderName;
use reqwest::Response;
use rustix::process::Signal;
use tempfile::TempDir;

use super::{borrowed, with};
use crate::harness::collector::{Collector, Seen};
use crate::harness::process::Process;
use crate::harness::vendors::Vendors;
use crate::harness::{fixture, until};

const PATIENCE: Duration = Duration::from_secs(15);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

async fn photo(process: &Process) -> Response {
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    let sent = process.post_file("image/jpeg", fixture("photo.jpg")).header("User-ID", "SECRETUSER");
    sent.header("traceparent", traceparent).header("tracestate", "theirs=1").send().await.unwrap()
}

fn named<'a>(spans: &'a [Seen], name: &str) -> &'a Seen {
    let names: Vec<_> = spans.iter().map(|seen| &seen.span.name).collect();
    spans.iter().find(|seen| seen.span.name == name).unwrap_or_else(|| panic!("{name} is not in {names:?}"))
}

async fn trace_of_a_photo(model: &str, vendors: &Vendors) -> Vec<Seen> {
    let (collector, data) = (Collector::start(), TempDir::new().unwrap());
    let url = collector.url();
    let settings = with(vendors, ProviderName::Gemini, model, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)]);
    let process = Process::start(&data, &borrowed(&settings));
    assert_eq!(photo(&process).await.status(), 200);
    let whole = async || collector.spans().iter().any(|seen| seen.span.name == "POST /analyze");
    until("the request's span", PATIENCE, whole).await;
    process.signal(Signal::TERM);
    assert!(process.wait(PATIENCE).0.success());
    collector.spans().into_iter().filter(|seen| seen.trace() == TRACE).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_of_a_request_goes_on_from_its_caller_through_every_step_to_the_vendor() {
    let vendors = Vendors::start();
    let spans = trace_of_a_photo("stub-ok", &vendors).await;
    let request = named(&spans, "POST /analyze");
    assert_eq!(request.parent(), CALLER);
    assert_eq!(request.span.kind, 2, "a server's");
    for step in ["intake", "admission", "assign", "media", "read", "verdict", "record", "answer"] {
        assert_eq!(named(&spans, step).parent(), request.id(), "{step}");
    }
    let attempt = named(&spans, "generate_content stub-ok");
    assert_eq!(attempt.parent(), named(&spans, "read").id());
    assert_eq!(attempt.span.kind, 3, "a client's");
    let asked = vendors.asked();
    let passed_on = &asked[0].headers["traceparent"];
    assert_eq!(*passed_on, format!("00-{TRACE}-{}-01", attempt.id()));
    assert!(!asked[0].headers.contains_key("tracestate"), "what the caller said of it is not a third party's to read");
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_are_described_as_the_conventions_say_and_hold_nothing_else() {
    let vendors = Vendors::start();
    let spans = trace_of_a_photo("stub-ok", &vendors).await;
    let request = named(&spans, "POST /analyze");
    assert_eq!(request.attributes["http.request.method"], "POST");
    assert_eq!(request.attributes["http.route"], "/analyze");
    assert_eq!(request.attributes["http.response.status_code"], "200");
    assert_eq!(request.resource["service.name"], "koalens");
    assert_eq!(request.resource["deployment.environment.name"], "development");
    let attempt = named(&spans, "generate_content stub-ok");
    for (name, value) in [
        ("gen_ai.operation.name", "generate_content"),
        ("gen_ai.provider.name", "gcp.gemini"),
        ("gen_ai.request.model", "stub-ok"),
        ("gen_ai.response.model", "stub-ok"),
        ("gen_ai.output.type", "json"),
        ("koalens.role", "primary"),
    ] {
        assert_eq!(attempt.attributes[name], value, "{name}");
    }
    let input = attempt.attributes["gen_ai.usage.input_tokens"].parse::<u32>().unwrap();
    assert!(input >= attempt.attributes["gen_ai.usage.cache_read.input_tokens"].parse().unwrap());
    let all = format!("{spans:?}");
    for secret in ["SECRETUSER", "hemlig", "kokosmj"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_fails_makes_its_attempts_failed_spans_and_the_fallback_a_span_of_the_same_step() {
    let vendors = Vendors::start();
    let spans = trace_of_a_photo("stub-refusal", &vendors).await;
    let attempt = named(&spans, "generate_content stub-refusal");
    assert_eq!(attempt.attributes["error.type"], "refused");
    assert_eq!(attempt.span.status.as_ref().unwrap().code, 2, "an error");
    let request = named(&spans, "POST /analyze");
    assert_eq!(request.attributes["http.response.status_code"], "200");
    assert!(!request.attributes.contains_key("error.type"), "the caller got an answer");
}

/// How long a photo takes at a service with these settings, and how long the service takes to end.
async fn times(settings: &[(&str, &str)]) -> (Duration, Duration, Vec<String>) {
    let data = TempDir::new().unwrap();
    let all: Vec<_> =
        settings.iter().copied().chain([("APP_ENV", "development"), ("SCRIPTED_MODEL", "vegan")]).collect();
    let process = Process::start(&data, &all);
    for _ in 0..2 {
        assert_eq!(photo(&process).await.status(), 200);
    }
    let began = Instant::now();
    for _ in 0..5 {
        assert_eq!(photo(&process).await.status(), 200);
    }
    let took = began.elapsed();
    let began = Instant::now();
    process.signal(Signal::TERM);
    let (status, log) = process.wait(Duration::from_secs(30));
    assert!(status.success(), "{log:?}");
    (took, began.elapsed(), log)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_down_or_stalls_slows_neither_requests_nor_the_stop() {
    let (plain, _, _) = times(&[]).await;
    let stalling = Collector::that_thinks(Duration::from_secs(60));
    let (url, dsn) = (stalling.url(), stalling.dsn());
    // The discard port of this machine: nobody listens.
    for (url, dsn) in [(url.as_str(), dsn.as_str()), ("http://127.0.0.1:9", "http://publickey@127.0.0.1:9/1")] {
        let settings =
            [("OTEL_EXPORTER_OTLP_ENDPOINT", url), ("OTEL_METRIC_EXPORT_INTERVAL", "500"), ("SENTRY_DSN", dsn)];
        let (took, stopped, _) = times(&settings).await;
        assert!(took < plain * 2 + Duration::from_secs(1), "{url}: {took:?} instead of {plain:?}");
        assert!(stopped < Duration::from_secs(8), "{url}: {stopped:?} to end");
    }
}
