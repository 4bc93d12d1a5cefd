//! Reports of errors, as Sentry gets them.

use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::collector::Collector;
use crate::harness::process::Process;
use crate::harness::{fixture, until};

const PATIENCE: Duration = Duration::from_secs(15);

/// The events of the envelopes it was sent.
fn events(collector: &Collector) -> Vec<Value> {
    let envelopes = collector.got("/api/42/envelope/");
    let lines = envelopes.iter().flat_map(|got| {
        let text = String::from_utf8(got.body.to_vec()).unwrap();
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>()
    });
    lines.filter(|line| line["message"].is_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_reported_with_its_ids_and_without_who_sent_what() {
    let (collector, data) = (Collector::start(), TempDir::new().unwrap());
    let dsn = collector.dsn();
    let settings = [("SENTRY_DSN", dsn.as_str()), ("APP_ENV", "development"), ("SCRIPTED_MODEL", "refuses")];
    let process = Process::start(&data, &settings);
    let photo =
        process.post("/analyze?provider=scripted").header("Content-Type", "image/jpeg").body(fixture("photo.jpg"));
    let refused = photo.header("User-ID", "SECRETUSER").header("X-Request-Id", "one").header("Cookie", "SECRETCOOKIE");
    assert_eq!(refused.send().await.unwrap().status(), 502);
    let good = process.post_file("image/jpeg", fixture("photo.jpg"));
    assert_eq!(good.send().await.unwrap().status(), 200);
    until("a report", PATIENCE, async || !events(&collector).is_empty()).await;
    let reported = events(&collector);
    assert_eq!(reported.len(), 1, "errors alone: {reported:?}");
    let report = &reported[0];
    assert_eq!(report["message"], "request failed");
    assert!(report["level"].is_null(), "an error, which goes without saying: {report}");
    assert_eq!(report["tags"]["request_id"], "one");
    assert!(report["tags"]["trace_id"].is_string());
    assert_eq!(report["environment"], "development");
    for absent in ["request", "user", "breadcrumbs", "contexts", "server_name"] {
        assert!(report[absent].is_null(), "{absent}: {report}");
    }
    let all: String = collector.got("/api/42/envelope/").iter().map(|got| format!("{got:?}")).collect();
    for secret in ["SECRETUSER", "SECRETCOOKIE"] {
        assert!(!all.contains(secret), "{secret}");
    }
}
