//! `/ab/summary` against a plain recomputation from the rows.

use std::collections::BTreeMap;
use std::time::Duration;

use koalens_backend::domain::ProviderName;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::Row;

use crate::harness::app::{TestApp, database, send};
use crate::harness::client;
use crate::harness::shots::shot;
use crate::harness::vendors::Vendors;

const TOKEN: &str = "an-admin-token-for-tests";

fn admin(request: RequestBuilder) -> RequestBuilder {
    request.bearer_auth(TOKEN)
}

/// One attempt, as its row has it.
struct Attempt {
    analysis: String,
    arm: String,
    serving: String,
    role: String,
    outcome: String,
    began: i64,
    ms: i64,
    tokens: i64,
    cost: i64,
}

#[derive(Default, Debug)]
struct Sums {
    requests: u64,
    failed: u64,
    fallbacks: u64,
    times: Vec<f64>,
    tokens: i64,
    cost: i64,
}

/// The definitions, said again from the rows alone: the attempts at the assigned arm count, from the first's beginning to
/// the last's end; the last decides; tokens and money are those of all attempts.
fn recomputed(attempts: &[Attempt]) -> BTreeMap<String, Sums> {
    let mut analyses: BTreeMap<&str, Vec<&Attempt>> = BTreeMap::new();
    attempts.iter().for_each(|attempt| analyses.entry(&attempt.analysis).or_default().push(attempt));
    let mut arms: BTreeMap<String, Sums> = BTreeMap::new();
    for all in analyses.values() {
        let own: Vec<_> = all.iter().filter(|it| it.serving == it.arm && it.role != "fallback").collect();
        let (first, last) = (own[0], own[own.len() - 1]);
        let sums = arms.entry(first.arm.clone()).or_default();
        sums.requests += 1;
        sums.failed += u64::from(last.outcome != "ok");
        sums.fallbacks += u64::from(all.iter().any(|it| it.serving != it.arm));
        sums.times.push((last.began + last.ms - first.began) as f64);
        sums.tokens += all.iter().map(|it| it.tokens).sum::<i64>();
        sums.cost += all.iter().map(|it| it.cost).sum::<i64>();
    }
    arms
}

#[tokio::test(flavor = "multi_thread")]
async fn the_summary_is_what_the_rows_say() {
    let vendors = Vendors::start();
    let mut flags = vendors.flags(ProviderName::Gemini, "stub-ok");
    flags.extend(vendors.flags(ProviderName::Claude, "stub-cream"));
    let own = [
        "--app-env=staging",
        &format!("--admin-token={TOKEN}"),
        "--answer-cache-seconds=0",
        "--vegan-second-reading=off",
        "--max-retries=1",
        "--circuit-breaker-failure-threshold=100",
        "--rollout-guard-manual=false",
    ];
    let app = TestApp::start(&flags.iter().map(String::as_str).chain(own).collect::<Vec<_>>()).await;
    send(admin(app.request(Method::PUT, "/rollout")).json(&json!({"percentage": 50})), 200).await;
    let dial = json!({"does": "broken", "percent": 60, "delayMs": 20});
    let put = client(Duration::from_secs(5)).put(format!("{}/stub/stub-ok", vendors.url())).json(&dial);
    assert_eq!(put.send().await.unwrap().status(), 204);
    for number in 0..16 {
        send(app.post_file("image/png", shot(), "").header("User-ID", format!("user-{number}")), 200).await;
    }
    let rows = sqlx::query(
        "SELECT analysis_id, assigned_arm, serving_arm, role, outcome, started_at, provider_ms,
             input_tokens + output_tokens, cost_nano_usd FROM provider_calls ORDER BY analysis_id, attempt",
    );
    let rows = rows.fetch_all(&mut database(&app.data).await).await.unwrap();
    let attempts: Vec<_> = rows
        .iter()
        .map(|row| Attempt {
            analysis: row.get(0),
            arm: row.get(1),
            serving: row.get(2),
            role: row.get(3),
            outcome: row.get(4),
            began: row.get(5),
            ms: row.get(6),
            tokens: row.get(7),
            cost: row.get(8),
        })
        .collect();
    let summary = send(admin(app.get("/ab/summary?lastMinutes=10")), 200).await;
    let mut seen = 0;
    for (arm, sums) in recomputed(&attempts) {
        let told = summary["providers"].as_array().unwrap().iter().find(|it| it["provider"] == *arm).unwrap();
        same(told, &sums);
        seen += sums.requests;
    }
    assert_eq!(seen, 16);
    let failures: i64 = summary["providers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["failures"]["server"].as_i64().unwrap_or_default())
        .sum();
    assert!(failures > 0, "some failed in spite of a second try: {summary}");
    app.stop().await;
}

#[track_caller]
fn same(told: &Value, sums: &Sums) {
    let number = |name: &str| told[name].as_f64().unwrap();
    let n = sums.requests as f64;
    assert_eq!(told["totalRequests"], sums.requests);
    let exact = [
        ("successRate", 1.0 - sums.failed as f64 / n),
        ("avgResponseTime", sums.times.iter().sum::<f64>() / n),
        ("fallbackRate", sums.fallbacks as f64 / n),
        ("costUsd", sums.cost as f64 / 1e9),
    ];
    for (name, value) in exact {
        assert!((number(name) - value).abs() <= 1e-9 * value.abs().max(1.0), "{name}: {told} and not {value}");
    }
    let tokens = told["tokens"]["input"].as_i64().unwrap() + told["tokens"]["output"].as_i64().unwrap();
    assert_eq!(tokens, sums.tokens);
    let mut times = sums.times.clone();
    times.sort_by(f64::total_cmp);
    for (name, q) in [("p50ResponseTime", 0.5), ("p95ResponseTime", 0.95), ("p99ResponseTime", 0.99)] {
        let exact = times[((times.len() - 1) as f64 * q) as usize].max(1.0);
        assert!((number(name) - exact).abs() <= 0.0101 * exact, "{name}: {told} and not {exact}");
    }
}
