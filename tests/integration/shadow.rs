//! Pictures shown to the other arm too: after the answer, counted apart, and at nobody's cost but the shadow's own.

use std::time::{Duration, Instant};

use koalens_backend::domain::ProviderName;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::Row;

use crate::harness::app::{TestApp, database, send};
use crate::harness::shots::shot;
use crate::harness::until;
use crate::harness::vendors::Vendors;

const TOKEN: &str = "an-admin-token-for-tests";

fn admin(request: RequestBuilder) -> RequestBuilder {
    request.bearer_auth(TOKEN)
}

/// Gemini (new) against Claude (old), half the users each, all of it shown to the other arm too.
async fn start(vendors: &Vendors, gemini: &str, more: &[&str]) -> TestApp {
    let mut flags = vendors.flags(ProviderName::Gemini, gemini);
    flags.extend(vendors.flags(ProviderName::Claude, "stub-ok"));
    let own = [
        "--app-env=staging",
        &format!("--admin-token={TOKEN}"),
        "--shadow-percentage=100",
        "--vegan-second-reading=off",
        "--answer-cache-seconds=0",
        "--max-retries=0",
        "--circuit-breaker-failure-threshold=100",
    ];
    let all = flags.iter().map(String::as_str).chain(own).chain(more.iter().copied());
    let app = TestApp::start(&all.collect::<Vec<_>>()).await;
    send(admin(app.request(Method::PUT, "/rollout")).json(&json!({"percentage": 50})), 200).await;
    app
}

async fn ask(app: &TestApp, user: &str) -> Value {
    send(app.post_file("image/png", shot(), "").header("User-ID", user), 200).await
}

/// Role, serving arm, outcome and step of every attempt, in order.
async fn attempts(app: &TestApp) -> Vec<(String, String, String, Option<i64>)> {
    let rows = sqlx::query("SELECT role, serving_arm, outcome, step FROM provider_calls ORDER BY analysis_id, attempt")
        .fetch_all(&mut database(&app.data).await)
        .await
        .unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect()
}

async fn shadows(app: &TestApp) -> usize {
    attempts(app).await.iter().filter(|attempt| attempt.0 == "shadow").count()
}

async fn comparison(app: &TestApp) -> Value {
    send(admin(app.get("/ab/comparison")), 200).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_arm_reads_the_same_pictures_after_the_answer_and_is_no_exposure() {
    let vendors = Vendors::start();
    let app = start(&vendors, "stub-broken", &[]).await;
    let mut assigned = Vec::new();
    for user in ["anna", "bert", "cleo", "dora", "emil", "fred"] {
        assigned.push(ask(&app, user).await["assignment"]["arm"].as_str().unwrap().to_owned());
    }
    until("six pairs", Duration::from_secs(30), async || shadows(&app).await == 6).await;
    let gemini = assigned.iter().filter(|arm| *arm == "gemini").count();
    assert!(gemini > 0 && gemini < 6, "both arms are drawn: {assigned:?}");
    let told = comparison(&app).await;
    let paired = &told["paired"];
    assert_eq!((&paired["pairs"], &paired["failed"]["onlyNew"]), (&json!(6), &json!(6)), "{told}");
    assert_eq!(paired["failed"]["onlyOld"], 0);
    assert!(paired["failed"]["e"].as_f64().unwrap() > 20.0, "{paired}");
    assert_eq!(told["units"], json!({"new": gemini, "old": 6 - gemini}), "a shadow exposes nobody");
    let summary = send(admin(app.get("/ab/summary?lastMinutes=5")), 200).await;
    let requests: i64 =
        summary["providers"].as_array().unwrap().iter().map(|it| it["totalRequests"].as_i64().unwrap()).sum();
    assert_eq!(requests, 6, "and is nobody's request: {summary}");
    let all = attempts(&app).await;
    assert!(all.iter().filter(|it| it.0 == "shadow").all(|it| it.3.is_some()), "{all:?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_the_other_arm_or_fails_with_it_and_stopping_drops_it() {
    let vendors = Vendors::start();
    let app = start(&vendors, "stub-hangs", &["--rollout-guard-manual=false"]).await;
    // At 0 % everyone has Claude, and Gemini hangs in the shadow.
    send(admin(app.request(Method::PUT, "/rollout")).json(&json!({"percentage": 0})), 200).await;
    ask(&app, "warm").await;
    until("the shadow hangs", Duration::from_secs(20), async || {
        vendors.seen().iter().any(|seen| seen.path.contains("stub-hangs:"))
    })
    .await;
    for user in ["anna", "bert", "cleo"] {
        let began = Instant::now();
        assert_eq!(ask(&app, user).await["provider"], "claude");
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    }
    assert_eq!(shadows(&app).await, 0, "nothing is recorded of what is not finished");
    let began = Instant::now();
    app.stop().await;
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_spent_ends_it_and_so_does_a_roll_back() {
    let vendors = Vendors::start();
    let app = start(&vendors, "stub-ok", &["--shadow-usd-per-day=0"]).await;
    ask(&app, "anna").await;
    send(admin(app.post("/rollout/rollback")), 200).await;
    ask(&app, "bert").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(shadows(&app).await, 0);
    let after: Vec<_> = attempts(&app).await;
    assert_eq!(after.iter().filter(|it| it.1 == "gemini").count(), usize::from(after[0].1 == "gemini"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_switched_off_answers_in_nobodys_place() {
    let vendors = Vendors::start();
    let mut flags = vendors.flags(ProviderName::Gemini, "stub-ok");
    flags.extend(vendors.flags(ProviderName::Claude, "stub-broken"));
    let own = ["--app-env=staging", "--enable-gemini=false", "--max-retries=0"];
    let app = TestApp::start(&flags.iter().map(String::as_str).chain(own).collect::<Vec<_>>()).await;
    let answer = send(app.post_file("image/png", shot(), ""), 200).await;
    assert_eq!((&answer["assignment"]["arm"], &answer["provider"]), (&json!("claude"), &json!("local")));
    assert!(!vendors.seen().iter().any(|seen| seen.path.contains(":generateContent")));
    app.stop().await;
}
