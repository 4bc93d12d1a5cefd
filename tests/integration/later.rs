//! Results that are fetched later: where they will be, how far they have come, what they failed with, and what a killed
//! service leaves of them.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Response;
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::app::{TestApp, database, json as json_of, send};
use crate::harness::process::Process;
use crate::harness::{fixture, until};

const OFTEN: [&str; 2] = ["--rate-limit-per-minute", "100000"];
const SLOW: [&str; 8] =
    ["--app-env", "development", "--scripted-model", "slow", "--ai-provider", "scripted", OFTEN[0], OFTEN[1]];

async fn begin(app: &TestApp, body: &Value) -> Response {
    app.post_json("/analyze", body).header("Prefer", "respond-async").send().await.unwrap()
}

fn photo(name: &str) -> Value {
    json!({"image": STANDARD.encode(fixture(name)), "userId": "anna"})
}

fn location(response: &Response) -> String {
    response.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_fetched_where_the_202_says_and_its_stages_are_told_meanwhile() {
    let app = TestApp::start(&SLOW).await;
    let begun = begin(&app, &photo("photo.jpg")).await;
    assert_eq!(begun.headers()["preference-applied"], "respond-async");
    assert_eq!(begun.headers()["retry-after"], "1");
    let place = location(&begun);
    let told = json_of(begun, 202).await;
    assert_eq!((&told["stage"], &told["percent"]), (&json!("intake"), &json!(0)));
    assert_eq!(place, format!("/analyses/{}", told["analysisId"].as_str().unwrap()));

    let mut stages = Vec::new();
    let mut result = Value::Null;
    until("the result is there", Duration::from_secs(30), async || {
        let response = app.get(&place).send().await.unwrap();
        let status = response.status();
        let answer: Value = response.json().await.unwrap();
        if status == 202 {
            stages.push((answer["stage"].as_str().unwrap().to_owned(), answer["percent"].as_u64().unwrap()));
            return false;
        }
        assert_eq!(status, 200, "{answer}");
        result = answer;
        true
    })
    .await;
    assert_eq!(result["analysisId"], told["analysisId"]);
    assert!(stages.iter().any(|(stage, _)| stage == "provider"), "{stages:?}");
    assert!(stages.is_sorted_by_key(|(_, percent)| *percent), "{stages:?}");
    assert_eq!(send(app.get("/usage/anna"), 200).await["analysesUsed"], 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_told_where_the_result_would_be() {
    let app = TestApp::start(&OFTEN).await;
    let place = location(&begin(&app, &photo("truncated.jpg")).await);
    let ended = async || app.get(&place).send().await.unwrap().status() != 202;
    until("it has failed", Duration::from_secs(30), ended).await;
    let problem = send(app.get(&place).header("Accept-Language", "en"), 422).await;
    assert_eq!((&problem["error"], &problem["status"]), (&json!("MEDIA_UNREADABLE"), &json!(422)));
    // What is wrong with the request itself is said at once.
    assert_eq!(json_of(begin(&app, &json!({})).await, 400).await["error"], "MISSING_CONTENT");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_counts_also_for_results_that_are_fetched_later() {
    let app = TestApp::start(&SLOW).await;
    let keyed = json!({"image": photo("photo.jpg")["image"], "requestId": "r1"});
    let place = location(&begin(&app, &keyed).await);
    assert_eq!(json_of(begin(&app, &keyed).await, 409).await["error"], "DUPLICATE_REQUEST");
    let there = async || app.get(&place).send().await.unwrap().status() == 200;
    until("the result is there", Duration::from_secs(30), there).await;
    // The key is answered a moment after the analysis is recorded.
    let mut again = Value::Null;
    until("the key is answered", Duration::from_secs(5), async || {
        let response = begin(&app, &keyed).await;
        let answered = response.status() == 200;
        again = response.json().await.unwrap();
        answered
    })
    .await;
    assert_eq!(again["analysisId"], place.trim_start_matches("/analyses/"));
    assert_eq!(send(app.post_json("/analyze", &keyed), 200).await, again);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_service_leaves_a_result_that_is_told_interrupted() {
    let data = TempDir::new().unwrap();
    let settings = [("APP_ENV", "development"), ("SCRIPTED_MODEL", "slow"), ("AI_PROVIDER", "scripted")];
    let process = Process::start(&data, &settings);
    let begun = process.post("/analyze").header("Prefer", "respond-async").json(&photo("photo.jpg"));
    let place = location(&begun.send().await.unwrap());
    process.signal(Signal::KILL);
    drop(process);

    let process = Process::start(&data, &settings);
    // Its lease outlasts a deadline: until then another machine might be at it.
    assert_eq!(process.get(&place).send().await.unwrap().status(), 202);
    let mut database = database(&data).await;
    sqlx::raw_sql("UPDATE request_keys SET lease_until = 1").execute(&mut database).await.unwrap();
    assert_eq!(send(process.get(&place), 503).await["error"], "INTERRUPTED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_nobody_was_given_is_not_found() {
    let app = TestApp::start(&[]).await;
    assert_eq!(send(app.get("/analyses/0199aaaa-0000-7000-8000-000000000000"), 404).await["error"], "NOT_FOUND");
    app.stop().await;
}
