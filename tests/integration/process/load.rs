//! More callers than there is room for.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::scripted;
use crate::harness::app::send;
use crate::harness::fixture;
use crate::harness::process::Process;

/// Uploads of each of the ten callers.
const UPLOADS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn ten_callers_at_once_are_answered_or_told_to_come_back() {
    let data = TempDir::new().unwrap();
    let mut settings = scripted("vegan");
    settings.extend([("ANALYSES_AT_ONCE", "2"), ("ANALYSES_QUEUED", "2"), ("VEGAN_SECOND_READING", "off")]);
    let process = Process::start(&data, &settings);
    let mut callers = JoinSet::new();
    for _caller in 0..10 {
        let photo = process.post_file("image/jpeg", fixture("photo.jpg"));
        callers.spawn(async move {
            let mut statuses = Vec::new();
            for _upload in 0..UPLOADS {
                statuses.push(status(photo.try_clone().unwrap().send().await.unwrap()).await);
            }
            statuses
        });
    }
    let limit = Duration::from_secs(60);
    let statuses = tokio::time::timeout(limit, callers.join_all()).await.expect("somebody waits for ever").concat();
    assert_eq!(statuses.len(), 10 * UPLOADS);
    assert!(statuses.contains(&200) && statuses.contains(&503), "{statuses:?}");

    send(process.post_file("image/jpeg", fixture("photo.jpg")), 200).await;
    process.signal(Signal::TERM);
    let (status, log) = process.wait(Duration::from_secs(30));
    assert!(status.success());
    assert!(!log.iter().any(|line| line.contains("panic")), "{log:?}");
}

/// 200, or 503 with all that goes with it.
async fn status(response: reqwest::Response) -> u16 {
    let status = response.status().as_u16();
    let waits = response.headers().contains_key("retry-after");
    let body: Value = response.json().await.unwrap();
    if status == 503 {
        assert!(waits && body["error"] == "OVERLOADED", "{body}");
    } else {
        assert_eq!((status, &body["success"]), (200, &Value::Bool(true)), "{body}");
    }
    status
}
