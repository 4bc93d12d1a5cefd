//! Metrics of a running service, against the table.

use std::collections::BTreeSet;
use std::time::Duration;

use koalens_backend::domain::ProviderName;
use koalens_backend::telemetry::{Kind, TABLE};
use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;

use super::{borrowed, with};
use crate::harness::app::send;
use crate::harness::collector::Collector;
use crate::harness::process::Process;
use crate::harness::vendors::Vendors;
use crate::harness::{fixture, until};

const PATIENCE: Duration = Duration::from_secs(15);

/// The value of a series, written as Prometheus text writes it, labels in alphabetical order.
fn value(text: &str, series: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
    Some(line.parse().unwrap())
}

/// Name and names of labels of every series.
fn series(text: &str) -> BTreeSet<(String, String)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let parts = lines.map(|line| {
        let (series, _) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let labels = labels.split(',').filter_map(|pair| Some(pair.split_once('=')?.0)).filter(|name| *name != "le");
        (name.to_owned(), labels.collect::<Vec<_>>().join(","))
    });
    parts.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_series_of_a_service_in_use_is_in_the_table_with_its_labels() {
    let (vendors, data) = (Vendors::start(), TempDir::new().unwrap());
    let budget = [
        ("BUDGET_USD_PER_DAY", "5"),
        ("BUDGET_USD_PER_HOUR", "1"),
        ("ENABLE_GEMINI", "true"),
        ("GEMINI_MEDIA", "frames"),
    ];
    let process = Process::start(&data, &borrowed(&with(&vendors, ProviderName::Gemini, "stub-ok", &budget)));
    let clip = process.post_file("video/mp4", fixture("rotated-90.mp4"));
    send(clip, 200).await;
    send(process.post_file("image/jpeg", fixture("photo.jpg")), 200).await;
    send(process.post("/analyze-text").json(&json!({"text": "Ingredienser: salt."})), 200).await;
    send(process.post("/analyze").json(&json!({"image": "***"})), 400).await;
    send(process.get("/users/../../secret"), 404).await;
    let text = process.metrics().await;
    for (name, labels) in series(&text) {
        let row = TABLE.iter().find(|row| {
            let rest = name.strip_prefix(row.name);
            match row.kind {
                Kind::Histogram => rest.is_some_and(|rest| ["_bucket", "_sum", "_count"].contains(&rest)),
                Kind::Counter | Kind::Gauge => rest == Some(""),
            }
        });
        let row = row.unwrap_or_else(|| panic!("{name} is not in the table"));
        let mut wanted = row.labels.to_vec();
        wanted.sort_unstable();
        assert_eq!(labels, wanted.join(","), "{name}");
    }
    assert!(!text.contains("secret"), "a path that leads nowhere is no label's value");
    // What fails in the background has no names beforehand.
    let silent: Vec<_> = TABLE
        .iter()
        .filter(|row| row.name != "background_failures_total" && !text.contains(&format!("# TYPE {} ", row.name)))
        .map(|row| row.name)
        .collect();
    assert_eq!(silent, Vec::<&str>::new(), "what is never seen cannot be watched");
    process.signal(Signal::TERM);
    assert!(process.wait(Duration::from_secs(30)).0.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_alerts_compare_is_there_at_0_before_anything_happens_and_counts_what_does() {
    let (vendors, data) = (Vendors::start(), TempDir::new().unwrap());
    let process = Process::start(&data, &borrowed(&with(&vendors, ProviderName::Claude, "stub-refusal", &[])));
    let text = process.metrics().await;
    for series in [
        r#"api_requests_total{route="/analyze",status="500"}"#,
        r#"api_errors_total{code="INTERNAL"}"#,
        r#"api_errors_total{code="OVERLOADED"}"#,
        r#"ai_provider_requests_total{model="stub-refusal",provider="claude"}"#,
        r#"ai_provider_failures_total{kind="timeout",provider="claude"}"#,
        r#"ai_provider_failures_total{kind="refused",provider="claude"}"#,
        r#"ai_provider_cost_usd_total{model="stub-refusal",provider="claude"}"#,
        r#"circuit_breaker_state{provider="claude"}"#,
        r#"admission_running{queue="media"}"#,
        r#"admission_refused_total{queue="media"}"#,
        r#"analysis_verdicts_total{provider="claude",status="vegan"}"#,
        r#"analysis_escalations_total{reason="vegan_check"}"#,
        r#"telemetry_lost_total{reason="queue",signal="spans"}"#,
        r#"rollout_phase{phase="rolled-back"}"#,
        "video_analysis_requests_total",
        "analysis_records_lost_total",
        "answer_cache_hits_total",
        "spool_records",
        "rollout_percentage",
        "api_panics_total",
    ] {
        assert_eq!(value(&text, series), Some(0.0), "{series}\n{text}");
    }
    send(process.post_file("image/jpeg", fixture("photo.jpg")), 200).await;
    let text = process.metrics().await;
    for (series, least) in [
        (r#"api_requests_total{route="/analyze",status="200"}"#, 1.0),
        (r#"api_request_duration_seconds_count{route="/analyze"}"#, 1.0),
        (r#"ai_provider_requests_total{model="stub-refusal",provider="claude"}"#, 1.0),
        (r#"ai_provider_failures_total{kind="refused",provider="claude"}"#, 1.0),
        (r#"ai_provider_requests_total{model="tesseract",provider="local"}"#, 1.0),
        (r#"ai_provider_fallbacks_total{provider="claude",serving="local"}"#, 1.0),
        (r#"ai_provider_tokens_total{kind="input",model="stub-refusal",provider="claude"}"#, 1.0),
        (r#"media_seconds_count{stage="prepare"}"#, 1.0),
        (r#"media_seconds_count{stage="encode"}"#, 1.0),
        (r#"media_seconds_count{stage="read"}"#, 1.0),
        (r#"worker_pool_ready{role="prepare"}"#, 1.0),
        ("answer_cache_misses_total", 1.0),
        ("analysis_confidence_count", 1.0),
        ("upload_memory_limit_bytes", 1e6),
    ] {
        assert!(value(&text, series) >= Some(least), "{series}: {:?}\n{text}", value(&text, series));
    }
    for series in ["upload_memory_bytes", r#"admission_running{queue="media"}"#, r#"worker_pool_busy{role="read"}"#] {
        assert_eq!(value(&text, series), Some(0.0), "{series} is given back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_reach_a_collector_under_the_same_names() {
    let (collector, data) = (Collector::start(), TempDir::new().unwrap());
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer hemlig".to_owned()),
        ("OTEL_METRIC_EXPORT_INTERVAL", "200".to_owned()),
    ];
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let process = Process::start(&data, &settings);
    send(process.post("/analyze-text").json(&json!({"text": "Ingredienser: salt."})), 200).await;
    let counted = async || collector.metrics().iter().any(|name| name == "api_request_duration_seconds");
    until("the request's metrics", PATIENCE, counted).await;
    let known: BTreeSet<&str> = TABLE.iter().map(|row| row.name).collect();
    assert!(collector.metrics().iter().all(|name| known.contains(name.as_str())));
    assert_eq!(collector.got("/v1/metrics")[0].headers["authorization"], "Bearer hemlig");
    drop(process);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_collector_does_not_take_is_counted() {
    let data = TempDir::new().unwrap();
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"), ("OTEL_METRIC_EXPORT_INTERVAL", "200")];
    let process = Process::start(&data, &settings);
    send(process.post("/analyze-text").json(&json!({"text": "Ingredienser: salt."})), 200).await;
    let lost = async |signal: &str| {
        let series = format!(r#"telemetry_lost_total{{reason="refused",signal="{signal}"}}"#);
        value(&process.metrics().await, &series) > Some(0.0)
    };
    until("spans are counted as lost", PATIENCE, async || lost("spans").await).await;
    until("metrics are counted as lost", PATIENCE, async || lost("metrics").await).await;
    let said = process.log().iter().filter(|line| line.contains("is not taken")).count();
    assert_eq!(said, 2, "once for each, not once for each time");
}
