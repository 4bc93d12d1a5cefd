//! SIGTERM and SIGINT finish what was admitted; SIGKILL loses nothing that was answered.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::{BEGUN, all_gone};
use crate::harness::app::send;
use crate::harness::process::Process;
use crate::harness::wire::Wire;
use crate::harness::{fixture, until};

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_lets_an_analysis_finish_and_leaves_nothing_behind() {
    let data = TempDir::new().unwrap();
    stopping_lets_an_analysis_finish(Process::start(&data, &[]), |process| process.signal(Signal::TERM)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_lets_an_analysis_finish_and_leaves_nothing_behind() {
    let data = TempDir::new().unwrap();
    stopping_lets_an_analysis_finish(Process::start_at_terminal(&data), Process::ctrl_c).await;
}

async fn stopping_lets_an_analysis_finish(process: Process, stop: impl FnOnce(&Process)) {
    let (mut uploading, photo) = (Wire::connect(&process.url).await, fixture("photo.jpg"));
    uploading.post_head("image/jpeg", photo.len(), "").await;
    let clip = tokio::spawn(send(process.post_file("video/mp4", fixture("can-soup.mp4")), 200));
    process.wait_for_log(1, BEGUN).await;
    let workers = process.workers("");
    assert!(!workers.is_empty());

    stop(&process);
    process.wait_for_log(1, "stopping: finishing what was admitted").await;
    let mut ready = send(process.get("/ready"), 503).await;
    ready.as_object_mut().unwrap().remove("sandbox");
    assert_eq!(
        ready,
        json!({"status": "unavailable", "degraded": ["draining"]}),
        "who asks is told before it is refused"
    );
    let refused = async || TcpStream::connect(process.url.trim_start_matches("http://")).await.is_err();
    until("new connections are refused", Duration::from_secs(5), refused).await;
    uploading.send(&photo).await.unwrap();
    assert_eq!(uploading.answer().await.status, 200, "an upload that had begun is admitted work too");
    let answer = clip.await.unwrap();
    assert_eq!(answer["media"]["kind"], "video", "{answer}");

    let (status, log) = process.wait(Duration::from_secs(30));
    assert_eq!(status.code(), Some(0), "{log:?}");
    let last: serde_json::Value = serde_json::from_str(log.last().unwrap()).unwrap();
    assert_eq!((&last["message"], &last["unfinished"]), (&json!("stopped"), &json!(0)));
    all_gone(&workers, Duration::from_secs(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_service_has_kept_what_it_answered_and_leaves_no_worker() {
    let data = TempDir::new().unwrap();
    let process = Process::start(&data, &[]);
    let before = send(process.post_file("image/jpeg", fixture("photo.jpg")), 200).await;
    let path = format!("/analyses/{}", before["analysisId"].as_str().unwrap());
    for name in ["can-soup.mp4", "can-stew.mp4"] {
        let _cut_off = tokio::spawn(process.post_file("video/mp4", fixture(name)).send());
    }
    process.wait_for_log(3, BEGUN).await;
    let workers = process.workers("");
    process.signal(Signal::KILL);
    process.wait(Duration::from_secs(5));
    all_gone(&workers, Duration::from_secs(30)).await;

    let again = Process::start(&data, &[]);
    let ready = send(again.get("/ready"), 200).await;
    assert_eq!((&ready["status"], &ready["degraded"]), (&json!("ready"), &json!([])));
    let after = send(again.get(&path), 200).await;
    assert_eq!((&after["status"], &after["labelText"]), (&before["status"], &before["labelText"]));
    send(again.post_file("image/jpeg", fixture("photo.jpg")), 200).await;
}
