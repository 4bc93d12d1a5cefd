//! Requests with a key of their own: the same key and body get the same answer, once worked for.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::multipart::{Form, Part};
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::app::{TestApp, database, json as json_of, send};
use crate::harness::fixture;
use crate::harness::postgres;
use crate::harness::process::{Process, koalens};

const ADMIN: &str = "an-admin-token-for-tests";
fn photo() -> Value {
    json!({"image": STANDARD.encode(fixture("photo.jpg")), "userId": "anna", "requestId": "r1"})
}

async fn analyses(app: &TestApp) -> usize {
    let history = send(app.get("/users/anna/analyses").bearer_auth(ADMIN), 200).await;
    history["analyses"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_gets_the_first_answer_also_after_a_restart_and_is_counted_once() {
    let app = TestApp::start(&["--admin-token", ADMIN]).await;
    let first = send(app.post_json("/analyze", &photo()), 200).await;
    assert_eq!(send(app.post_json("/analyze", &photo()), 200).await, first);
    let data = app.stop().await;
    let app = TestApp::start_in(data, &["--admin-token", ADMIN]).await;
    assert_eq!(send(app.post_json("/analyze", &photo()), 200).await, first);
    assert_eq!(analyses(&app).await, 1);
    assert_eq!(send(app.get("/usage/anna"), 200).await["analysesUsed"], 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_counts_for_its_caller_and_route_and_wherever_it_stands() {
    let app = TestApp::start(&[]).await;
    let id = |answer: &Value| answer["analysisId"].as_str().unwrap().to_owned();
    let typed = |path: &str, user: &str| {
        app.post_json(path, &json!({"ingredients": ["salt"], "userId": user})).header("Idempotency-Key", "r1")
    };
    let annas = id(&send(typed("/analyze-text", "anna"), 200).await);
    assert_eq!(id(&send(typed("/analyze-text", "anna"), 200).await), annas);
    assert_ne!(id(&send(typed("/analyze-text", "bo"), 200).await), annas);
    assert_ne!(id(&send(typed("/analyze-text", ""), 200).await), annas);
    assert_ne!(id(&send(typed("/api/ingredients/analyze", "anna"), 200).await), annas);
    let in_the_body = json!({"ingredients": ["salt"], "userId": "anna", "requestId": "r1"});
    assert_eq!(id(&send(app.post_json("/analyze-text", &in_the_body), 200).await), annas);
    let other_body = json!({"ingredients": ["salt", "vatten"], "userId": "anna", "requestId": "r1"});
    assert_eq!(send(app.post_json("/analyze-text", &other_body), 409).await["error"], "IDEMPOTENCY_CONFLICT");
    let unkeyed = || app.post_json("/analyze-text", &json!({"ingredients": ["salt"], "userId": "anna"}));
    assert_ne!(id(&send(unkeyed(), 200).await), id(&send(unkeyed(), 200).await));
    let long = unkeyed().header("Idempotency-Key", "x".repeat(129));
    assert_eq!(send(long, 400).await["error"], "INVALID_CONTENT_FORMAT");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_form_sent_again_with_another_boundary_is_the_same_request() {
    let app = TestApp::start(&[]).await;
    let form = || {
        let file = Part::bytes(fixture("photo.jpg")).file_name("pack.jpg");
        app.post("/analyze").multipart(Form::new().text("requestId", "r1").part("image", file))
    };
    let first = send(form(), 200).await;
    assert_eq!(send(form(), 200).await, first);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_answer_holds_no_picture() {
    let app = TestApp::start(&[]).await;
    let body = json!({"image": STANDARD.encode(fixture("photo.jpg")), "includeLabelImage": true, "requestId": "r1"});
    let mut first = send(app.post_json("/analyze", &body), 200).await;
    assert!(first.as_object_mut().unwrap().remove("labelImage").is_some());
    assert_eq!(send(app.post_json("/analyze", &body), 200).await, first);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_frees_its_key() {
    let app = TestApp::start(&[]).await;
    let body = |name: &str| json!({"image": STANDARD.encode(fixture(name)), "requestId": "r1"});
    assert_eq!(send(app.post_json("/analyze", &body("truncated.jpg")), 422).await["error"], "MEDIA_UNREADABLE");
    assert_eq!(send(app.post_json("/analyze", &body("truncated.jpg")), 422).await["error"], "MEDIA_UNREADABLE");
    send(app.post_json("/analyze", &body("photo.jpg")), 200).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_down_this_instance_remembers() {
    let nowhere = ["--database-url", "postgres://nobody@127.0.0.1:1/none", "--database-timeout-seconds", "1"];
    let app = TestApp::start(&nowhere).await;
    let first = send(app.post_json("/analyze", &photo()), 200).await;
    assert_eq!(send(app.post_json("/analyze", &photo()), 200).await, first);
    let other = json!({"image": STANDARD.encode(fixture("photo.png")), "userId": "anna", "requestId": "r1"});
    assert_eq!(send(app.post_json("/analyze", &other), 409).await["error"], "IDEMPOTENCY_CONFLICT");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_machines_on_one_database_work_once_for_a_key() {
    let (url, data) = (postgres::shared().new_database(), TempDir::new().unwrap());
    let mut migrate = koalens();
    let migrated = migrate.arg("migrate").env("DATABASE_URL", &url).env("DATA_DIR", data.path()).output().unwrap();
    assert!(migrated.status.success(), "{migrated:?}");
    let scripted = ["--app-env", "development", "--scripted-model", "slow", "--ai-provider", "scripted"];
    let flags = [&scripted[..], &["--database-url", &url]].concat();
    let (here, there) = tokio::join!(TestApp::start(&flags), TestApp::start(&flags));
    let ask = |app: &TestApp| app.post_json("/analyze", &photo()).send();
    let (one, other) = tokio::join!(ask(&here), ask(&there));
    let (one, other) = (one.unwrap(), other.unwrap());
    let (answered, refused) = if one.status() == 200 { (one, other) } else { (other, one) };
    assert_eq!(refused.headers()["retry-after"], "2");
    assert_eq!(json_of(refused, 409).await["error"], "DUPLICATE_REQUEST");
    let answered = json_of(answered, 200).await;
    for app in [here, there] {
        assert_eq!(json_of(ask(&app).await.unwrap(), 200).await, answered);
        app.stop().await;
    }
}

/// Killed at moments spread over an analysis, restarted on the same data, asked again: in flight until the lease is over,
/// then interrupted and begun anew, or answered with what was recorded. Never stuck, and never counted twice.
#[tokio::test(flavor = "multi_thread")]
async fn thirty_kills_leave_no_key_stuck_and_count_nothing_twice() {
    let mut outcomes = Vec::new();
    for batch in 0..6 {
        let lives = (0..5).map(|life| killed_after(Duration::from_millis((batch * 5 + life) * 110)));
        outcomes.extend(futures_util::future::join_all(lives).await);
    }
    assert!(outcomes.contains(&"INTERRUPTED") && outcomes.contains(&"answered"), "{outcomes:?}");
}

/// What a retry is told first once the lease of a killed service is over.
async fn killed_after(moment: Duration) -> &'static str {
    let data = TempDir::new().unwrap();
    let settings = [
        ("ADMIN_TOKEN", ADMIN),
        ("MEDIA_WORKERS", "1"),
        ("APP_ENV", "development"),
        ("SCRIPTED_MODEL", "slow"),
        ("AI_PROVIDER", "scripted"),
    ];
    let process = Process::start(&data, &settings);
    let asking = tokio::spawn(process.post("/analyze").json(&photo()).send());
    tokio::time::sleep(moment).await;
    process.signal(Signal::KILL);
    drop(process);
    let _cut_off = asking.await;

    let process = Process::start(&data, &settings);
    let mut database = database(&data).await;
    let in_flight: Option<String> = sqlx::query_scalar("SELECT analysis_id FROM request_keys WHERE answer IS NULL")
        .fetch_optional(&mut database)
        .await
        .unwrap();
    let ask = async || process.post("/analyze").json(&photo()).send().await.unwrap();
    if in_flight.is_some() {
        let refused = json_of(ask().await, 409).await;
        assert_eq!(refused["error"], "DUPLICATE_REQUEST");
        // Its lease outlasts a deadline: the test does not wait for that.
        sqlx::raw_sql("UPDATE request_keys SET lease_until = 0").execute(&mut database).await.unwrap();
    }
    let first = ask().await;
    let outcome = if first.status() == 200 { "answered" } else { "INTERRUPTED" };
    if first.status() != 200 {
        assert_eq!(json_of(first, 503).await["error"], "INTERRUPTED");
        json_of(ask().await, 200).await;
    }
    let history = send(process.get("/users/anna/analyses").bearer_auth(ADMIN), 200).await;
    assert_eq!(history["analyses"].as_array().unwrap().len(), 1, "{history}");
    outcome
}
