//! The lines of the log: which there are, and which fields each has at top level.

use std::collections::BTreeSet;
use std::time::Duration;

use koalens_backend::domain::ProviderName;
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use super::{borrowed, with};
use crate::harness::app::send;
use crate::harness::fixture;
use crate::harness::process::{Process, koalens};
use crate::harness::vendors::Vendors;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/log.txt");

async fn lines_of_a_photo(more: &[(&str, &str)]) -> Vec<Value> {
    let (vendors, data) = (Vendors::start(), TempDir::new().unwrap());
    let process = Process::start(&data, &borrowed(&with(&vendors, ProviderName::Gemini, "stub-ok", more)));
    let photo = process.post_file("image/jpeg", fixture("photo.jpg")).header("X-Request-Id", "the-photo");
    send(photo.header("User-ID", "SECRETUSER"), 200).await;
    process.signal(Signal::TERM);
    let log = process.wait(Duration::from_secs(30)).1;
    log.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_the_photo(lines: &[Value]) -> Vec<&Value> {
    lines.iter().filter(|line| line["request_id"] == "the-photo").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_an_analysis_in_staging_have_the_fields_of_the_golden_file_at_top_level() {
    let lines = lines_of_a_photo(&[
        ("APP_ENV", "staging"),
        ("ENABLE_AB_TEST", "true"),
        ("ENABLE_GEMINI", "true"),
        ("AB_TEST_PERCENTAGE", "100"),
    ])
    .await;
    let shown = of_the_photo(&lines).into_iter().map(|line| {
        let message = line["message"].as_str().unwrap();
        let id = line["analysis_id"].as_str().unwrap_or("-");
        let fields: BTreeSet<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
        format!("{}: {}\n", message.replace(id, "ID"), fields.into_iter().collect::<Vec<_>>().join(" "))
    });
    let shown: String = shown.collect();
    if std::env::var_os("WRITE_README").is_some() {
        std::fs::write(GOLDEN, &shown).unwrap();
    }
    assert_eq!(shown, std::fs::read_to_string(GOLDEN).unwrap(), "WRITE_README=1 writes it anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_and_answered_is_logged_with_numbers_and_the_verdict_and_no_word_of_the_label() {
    let lines = lines_of_a_photo(&[("LOG_AI_PERCENT", "100")]).await;
    let lines = of_the_photo(&lines);
    let one = |message: &str| {
        let found: Vec<_> = lines.iter().filter(|line| line["message"] == message).collect();
        assert_eq!(found.len(), 1, "{message}: {lines:?}");
        found[0]
    };
    let (asked, answered) = (one("AI Request"), one("AI Response"));
    assert_eq!((&asked["provider"], &asked["model"]), (&"gemini".into(), &"stub-ok".into()));
    assert_eq!((&answered["provider"], &answered["model"]), (&"gemini".into(), &"stub-ok".into()));
    assert_eq!(answered["verdict"], "vegan");
    assert!(answered["ms"].is_u64() && answered["tokens"].as_u64().unwrap() > 0, "{answered}");
    assert_eq!(one("Using AI provider: gemini")["provider"], "gemini");
    let trace = asked["trace_id"].as_str().unwrap();
    assert_eq!(trace.len(), 32);
    assert!(lines.iter().all(|line| line["trace_id"] == trace), "{lines:?}");
    let all = format!("{lines:?}");
    for secret in ["SECRETUSER", "hemlig", "kokosmj", "Ingredienser"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_staging_what_is_asked_and_answered_is_not_logged_unless_it_is_wanted() {
    let lines = lines_of_a_photo(&[]).await;
    assert!(lines.iter().all(|line| !line["message"].as_str().unwrap().starts_with("AI Re")), "{lines:?}");
    assert!(!of_the_photo(&lines).is_empty());
}

#[test]
fn warning_is_a_level_in_any_case_of_its_letters() {
    for level in ["WARNING", "warn", "Debug"] {
        let listed = koalens().arg("config").env("LOG_LEVEL", level).output().unwrap();
        assert!(listed.status.success(), "{level}");
    }
    assert!(!koalens().arg("config").env("LOG_LEVEL", "loud").output().unwrap().status.success());
}
