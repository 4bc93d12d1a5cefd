//! Progress as it is told: soon, forwards, to slow readers too, and to its end or until the caller leaves.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use super::{all_gone, at_work, scripted};
use crate::harness::app::{TestApp, json, send};
use crate::harness::process::Process;
use crate::harness::wire::Wire;
use crate::harness::{fixture, proc, until};

/// The events of a whole stream.
fn events(stream: &str) -> Vec<(String, Value)> {
    let told = stream.split("\n\n").filter(|event| !event.is_empty() && !event.starts_with(':'));
    let event = |text: &str| {
        let (name, data) = text.strip_prefix("event: ").unwrap().split_once("\ndata: ").unwrap();
        (name.to_owned(), serde_json::from_str(data).unwrap())
    };
    told.map(event).collect()
}

fn one_worker(model: &'static str) -> Vec<(&'static str, &'static str)> {
    [scripted(model), vec![("MEDIA_WORKERS", "1"), ("RATE_LIMIT_PER_MINUTE", "100000")]].concat()
}

async fn upload(process: &Process, headers: &str) -> Wire {
    let (mut wire, photo) = (Wire::connect(&process.url).await, fixture("photo.jpg"));
    let headers = format!("Accept: text/event-stream\r\n{headers}");
    wire.post_head("image/jpeg", photo.len(), &headers).await;
    wire.send(&photo).await.unwrap();
    wire
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_is_told_of_in_stages_with_real_shares_and_answered_as_without_a_stream() {
    let scripted = ["--app-env", "development", "--scripted-model", "cream", "--ai-provider", "scripted"];
    let app = TestApp::start(&[&scripted[..], &["--media-deadline-seconds", "40"]].concat()).await;
    let begun = Instant::now();
    let clip = || app.post_file("video/mp4", fixture("can-soup.mp4"), "preferredLanguage=en");
    let response = clip().header("Accept", "text/event-stream").header("Accept-Encoding", "gzip").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["content-encoding"], "identity");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(response.headers().contains_key("x-request-id"));
    let (mut pieces, mut whole, mut first) = (response.bytes_stream(), Vec::new(), None);
    while let Some(piece) = pieces.next().await {
        first.get_or_insert(begun.elapsed());
        whole.extend_from_slice(&piece.unwrap());
    }
    let (took, first) = (begun.elapsed(), first.unwrap());
    assert!(first < took / 3, "the first event came after {first:?} of {took:?}");

    let mut events = events(std::str::from_utf8(&whole).unwrap());
    let (name, mut result) = events.pop().unwrap();
    assert_eq!(name, "result", "{result}");
    assert!(events.iter().all(|(name, _)| name == "progress"), "{events:?}");
    let percents: Vec<_> = events.iter().map(|(_, told)| told["percent"].as_u64().unwrap()).collect();
    assert!(percents.is_sorted() && percents[0] == 0 && percents.len() >= 5, "{percents:?}");
    let mut stages: Vec<_> = events.iter().map(|(_, told)| told["stage"].as_str().unwrap()).collect();
    stages.dedup();
    assert!(stages.starts_with(&["intake", "media", "provider"]), "{stages:?}");
    assert_eq!(events[0].1["message"], "Receiving …");

    let mut plain = send(clip(), 200).await;
    for answer in [&mut result, &mut plain] {
        for own in ["analysisId", "timings", "usage"] {
            assert!(answer.as_object_mut().unwrap().remove(own).is_some());
        }
    }
    assert_eq!(result, plain);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_on_the_way_ends_the_stream_as_an_error_and_one_before_it_has_its_status() {
    let data = TempDir::new().unwrap();
    let process = Process::start(&data, &one_worker("cream"));
    let broken = process.post_file("image/jpeg", fixture("truncated.jpg")).header("Accept", "text/event-stream");
    let response = broken.header("Accept-Language", "en").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let events = events(&response.text().await.unwrap());
    let (name, problem) = events.last().unwrap();
    assert_eq!((name.as_str(), &problem["error"]), ("error", &Value::from("MEDIA_UNREADABLE")));
    assert_eq!(problem["status"], 422);
    assert!(problem["message"].as_str().unwrap().contains("picture"), "{problem}");
    process.wait_for_log(1, "MEDIA_UNREADABLE").await;

    let nothing = process.post("/analyze").header("Accept", "text/event-stream").json(&serde_json::json!({}));
    assert_eq!(json(nothing.send().await.unwrap(), 400).await["error"], "MISSING_CONTENT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_stream_comments_and_who_reads_late_gets_the_newest_and_the_result() {
    let data = TempDir::new().unwrap();
    let settings = [one_worker("cream"), vec![("MEDIA_DEADLINE_SECONDS", "30")]].concat();
    let process = Process::start(&data, &settings);
    let worker = process.workers("prepare");
    proc::signal(worker[0], Signal::STOP);
    let mut wire = upload(&process, "").await;
    let told = wire.read_until("\n:\n\n").await;
    assert!(told.contains("event: progress"), "{told}");
    proc::signal(worker[0], Signal::CONT);
    all_gone(&worker, Duration::from_secs(10)).await;
    process.wait_for_log(1, "analysis").await;
    // All this time nothing was read.
    wire.read_until("event: result").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_a_stream_before_a_provider_is_asked_ends_the_work() {
    let data = TempDir::new().unwrap();
    let process = Process::start(&data, &one_worker("slow"));
    let worker = process.workers("prepare");
    proc::signal(worker[0], Signal::STOP);
    let mut wire = upload(&process, "").await;
    wire.read_until("event: progress").await;
    at_work(&process, &worker).await;
    drop(wire);

    all_gone(&worker, Duration::from_secs(5)).await;
    process.wait_for_log(1, "the caller of POST /analyze left").await;
    process.wait_for_log(1, "was given up: its caller left").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_a_stream_with_a_key_is_answered_on_retry() {
    let data = TempDir::new().unwrap();
    let process = Process::start(&data, &one_worker("slow"));
    let worker = process.workers("prepare");
    proc::signal(worker[0], Signal::STOP);
    let mut wire = upload(&process, "Idempotency-Key: r1\r\n").await;
    wire.read_until("event: progress").await;
    drop(wire);
    process.wait_for_log(1, "the caller of POST /analyze left").await;
    proc::signal(worker[0], Signal::CONT);

    let again = async || {
        let retry = process.post_file("image/jpeg", fixture("photo.jpg")).header("Idempotency-Key", "r1");
        let stream = retry.header("Accept", "text/event-stream").send().await.unwrap().text().await.unwrap();
        events(&stream).pop().unwrap().0
    };
    assert_eq!(again().await, "error");
    until("its answer is kept", Duration::from_secs(20), async || again().await == "result").await;
    let finished = process.log().iter().filter(|line| line.contains("\"analysis_id\"")).count();
    assert_eq!(finished, 1, "{:?}", process.log());
}
