//! Callers who leave in the middle: before a provider was asked their work ends, after it the result is kept.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{BEGUN, all_gone, at_work, scripted};
use crate::harness::app::send;
use crate::harness::process::Process;
use crate::harness::wire::Wire;
use crate::harness::{fixture, proc, until};

const ADMIN: &str = "an-admin-token-for-tests";

/// One place to work, none to wait: who still holds it is found out.
fn start(data: &TempDir) -> Process {
    let mut settings = scripted("slow");
    settings.extend([("ADMIN_TOKEN", ADMIN), ("MEDIA_WORKERS", "1"), ("RATE_LIMIT_PER_MINUTE", "100000")]);
    settings.extend([("ANALYSES_AT_ONCE", "1"), ("ANALYSES_QUEUED", "0")]);
    Process::start(data, &settings)
}

/// Uploads a photo of anna's; `headers` as they stand on the wire.
async fn upload(process: &Process, headers: &str) -> Wire {
    let (mut wire, photo) = (Wire::connect(&process.url).await, fixture("photo.jpg"));
    wire.post_head("image/jpeg", photo.len(), &format!("User-ID: anna\r\n{headers}")).await;
    wire.send(&photo).await.unwrap();
    process.wait_for_log(1, BEGUN).await;
    wire
}

async fn recorded(process: &Process) -> Vec<Value> {
    let history = send(process.get("/users/anna/analyses").bearer_auth(ADMIN), 200).await;
    history["analyses"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_while_pictures_are_prepared_ends_the_work() {
    let data = TempDir::new().unwrap();
    let process = start(&data);
    let worker = process.workers("prepare");
    assert_eq!(worker.len(), 1);
    // A worker that stands still prepares for as long as the test needs.
    proc::signal(worker[0], Signal::STOP);
    let wire = upload(&process, "").await;
    at_work(&process, &worker).await;
    drop(wire);

    all_gone(&worker, Duration::from_secs(5)).await;
    process.wait_for_log(1, "the caller of POST /analyze left").await;
    let free = async || process.post_file("image/jpeg", fixture("photo.jpg")).send().await.unwrap().status() == 200;
    until("the place is free again", Duration::from_secs(5), free).await;
    assert_eq!(recorded(&process).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_was_asked_is_recorded_although_the_caller_left() {
    let data = TempDir::new().unwrap();
    let process = start(&data);
    let worker = process.workers("prepare");
    let wire = upload(&process, "").await;
    // The pictures are prepared once their worker is gone; then the reader is asked, which takes two seconds.
    all_gone(&worker, Duration::from_secs(10)).await;
    let asked_only_now = recorded(&process).await;
    drop(wire);

    assert_eq!(asked_only_now, Vec::<Value>::new());
    until("it is recorded", Duration::from_secs(10), async || recorded(&process).await.len() == 1).await;
    assert_eq!(recorded(&process).await[0]["assignment"]["arm"], json!("scripted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_with_a_key_is_worked_for_and_answered_on_retry() {
    let data = TempDir::new().unwrap();
    let process = start(&data);
    let worker = process.workers("prepare");
    proc::signal(worker[0], Signal::STOP);
    drop(upload(&process, "Idempotency-Key: r1\r\n").await);
    process.wait_for_log(1, "the caller of POST /analyze left").await;
    // Nothing was spent when the caller left: without a key the work would have ended here.
    proc::signal(worker[0], Signal::CONT);

    until("it is recorded", Duration::from_secs(20), async || recorded(&process).await.len() == 1).await;
    let id = recorded(&process).await[0]["analysisId"].clone();
    let retry = || {
        let upload = process.post_file("image/jpeg", fixture("photo.jpg"));
        upload.header("User-ID", "anna").header("Idempotency-Key", "r1").send()
    };
    let mut answer = Value::Null;
    until("its answer is kept", Duration::from_secs(5), async || {
        let response = retry().await.unwrap();
        let is_kept = response.status() == 200;
        answer = response.json().await.unwrap();
        is_kept
    })
    .await;
    assert_eq!(answer["analysisId"], id);
    assert_eq!(recorded(&process).await.len(), 1);
}
