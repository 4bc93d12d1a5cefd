//! Percentages that move, hold and fall back with what the vendors do.

use std::time::Duration;

use koalens_backend::domain::ProviderName;
use koalens_backend::store::{Config, DatabaseUrl, Store, migrate};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::app::{TestApp, send};
use crate::harness::postgres::Postgres;
use crate::harness::process::Process;
use crate::harness::shots::shot;
use crate::harness::vendors::Vendors;
use crate::harness::{client, until};

const TOKEN: &str = "an-admin-token-for-tests";
const PACE: Duration = Duration::from_millis(300);
const KEY: &str = "gemini-rollout";

fn admin(request: RequestBuilder) -> RequestBuilder {
    request.bearer_auth(TOKEN)
}

/// Gemini (new) and Claude (old) at the stand-in, on a database that instances share.
fn settings(vendors: &Vendors, url: &str, plan: &str) -> Vec<(String, String)> {
    let mut flags = vendors.flags(ProviderName::Gemini, "stub-ok");
    flags.extend(vendors.flags(ProviderName::Claude, "stub-cream"));
    let mut settings: Vec<_> = flags.chunks(2).map(|pair| (name_of(&pair[0]), pair[1].clone())).collect();
    let own = [
        ("APP_ENV", "staging"),
        ("ADMIN_TOKEN", TOKEN),
        ("DATABASE_URL", url),
        ("ROLLOUT_MINIMUM_UNITS", "5"),
        ("ROLLOUT_PLAN_QUICK", plan),
        ("VEGAN_SECOND_READING", "off"),
        ("ANSWER_CACHE_SECONDS", "0"),
        ("MAX_RETRIES", "0"),
        ("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "100"),
        ("RATE_LIMIT_PER_MINUTE", "100000"),
        ("ANALYSES_PER_HOUR_PER_ADDRESS", "100000"),
    ];
    settings.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    settings
}

fn name_of(flag: &str) -> String {
    flag.trim_start_matches("--").replace('-', "_").to_uppercase()
}

fn process(data: &TempDir, settings: &[(String, String)]) -> Process {
    Process::start(data, &settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>())
}

async fn store(url: &str, data: &TempDir) -> Store {
    let config = Config {
        database_url: Some(DatabaseUrl::parse(url).unwrap()),
        data_dir: data.path().join("watcher"),
        retention_days: 90,
        user_hash_key: None,
        spool_max_bytes: 1 << 20,
        database_timeout_seconds: 5,
        database_connections: 2,
    };
    migrate(&config).await.unwrap();
    Store::open(&config, [1; 32]).await.unwrap()
}

async fn dial(vendors: &Vendors, model: &str, dial: Value) {
    let put = client(Duration::from_secs(5)).put(format!("{}/stub/{model}", vendors.url())).json(&dial);
    assert_eq!(put.send().await.unwrap().status(), 204);
}

/// One instance or the other, in turn, for users that nobody has seen.
struct Traffic<'a> {
    instances: [&'a Process; 2],
    users: usize,
}

impl Traffic<'_> {
    async fn flow(&mut self, users: usize) {
        let ask = |number: usize| {
            let instance = self.instances[number % 2];
            let request = instance.post("/analyze").header("Content-Type", "image/png").body(shot());
            request.header("User-ID", format!("user-{number}")).send()
        };
        let all = (self.users..self.users + users).map(ask);
        for answer in futures_util::future::join_all(all).await {
            let answer = answer.unwrap();
            assert_eq!(answer.status(), 200, "whatever becomes of a provider: {}", answer.text().await.unwrap());
        }
        self.users += users;
    }

    async fn flow_until(&mut self, what: &str, mut holds: impl AsyncFnMut(&Value) -> bool) {
        for _ in 0..40 {
            self.flow(4).await;
            tokio::time::sleep(PACE).await;
            let now = standing(self.instances[self.users % 2]).await;
            if holds(&now).await {
                return;
            }
        }
        panic!("not after {} users: {what}: {}", self.users, standing(self.instances[0]).await);
    }
}

async fn standing(instance: &Process) -> Value {
    send(admin(instance.get("/rollout")), 200).await
}

#[tokio::test(flavor = "multi_thread")]
async fn percentages_hold_while_an_arm_is_slow_move_when_it_is_well_and_fall_back_when_it_fails() {
    let vendors = Vendors::start();
    let url = crate::harness::postgres::shared().new_database();
    let data = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let store = store(&url, &data[0]).await;
    let settings = settings(&vendors, &url, "50:2s,100:2s");
    let instances = [process(&data[0], &settings), process(&data[1], &settings)];
    let mut traffic = Traffic { instances: [&instances[0], &instances[1]], users: 0 };

    dial(&vendors, "stub-ok", json!({"delayMs": 3300})).await;
    send(admin(instances[0].post("/rollout/start")).json(&json!({"plan": "quick"})), 200).await;
    traffic.flow_until("slowness holds", async |now| now["lastDecision"]["reason"] == "warning").await;
    assert_eq!(standing(&instances[1]).await["currentPercentage"], 50.0);

    dial(&vendors, "stub-ok", json!({})).await;
    traffic.flow_until("it moves on", async |now| now["currentPercentage"] == 100.0).await;

    send(admin(instances[1].post("/rollout/start")).json(&json!({"plan": "quick"})), 200).await;
    dial(&vendors, "stub-ok", json!({"does": "broken", "percent": 80})).await;
    traffic.flow_until("failures roll back", async |now| now["state"] == "rolled-back").await;
    let now = standing(&instances[0]).await;
    assert_eq!((&now["currentPercentage"], &now["lastDecision"]["reason"]), (&json!(0.0), &json!("error-gate")));
    for instance in &instances {
        until("everywhere", Duration::from_secs(5), async || {
            tokio::time::sleep(PACE).await;
            send(admin(instance.get("/rollout/explain?userId=anna")), 200).await["rule"] == "gemini-disabled"
        })
        .await;
    }
    // Nobody gets the new arm any more, not even where it would stand in for another.
    let asked = || vendors.seen().iter().filter(|seen| seen.path.contains(":generateContent")).count();
    let before = asked();
    traffic.flow(4).await;
    assert_eq!(asked(), before);
    let log = store.rollout_log(KEY, 200).await.unwrap();
    assert_eq!(log.iter().find_map(|line| line.after.clone()), store.rollout(KEY).await.unwrap().0, "the log replays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_that_was_set_by_hand_falls_back_too() {
    let vendors = Vendors::start();
    let mut flags = vendors.flags(ProviderName::Gemini, "stub-broken");
    flags.extend(vendors.flags(ProviderName::Claude, "stub-cream"));
    let own = [
        "--app-env=staging",
        &format!("--admin-token={TOKEN}"),
        "--answer-cache-seconds=0",
        "--max-retries=0",
        "--circuit-breaker-failure-threshold=100",
    ];
    let app = TestApp::start(&flags.iter().map(String::as_str).chain(own).collect::<Vec<_>>()).await;
    send(admin(app.request(Method::PUT, "/rollout")).json(&json!({"percentage": 50})), 200).await;
    let mut users = 0;
    until("rolled back", Duration::from_secs(60), async || {
        users += 1;
        send(app.post_file("image/png", shot(), "").header("User-ID", format!("user-{users}")), 200).await;
        send(admin(app.get("/rollout")), 200).await["state"] == "rolled-back"
    })
    .await;
    let now = send(admin(app.get("/rollout")), 200).await;
    assert_eq!(now["lastDecision"]["reason"], "error-gate", "{now}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_step_is_taken_while_the_database_is_down_and_the_plan_goes_on_when_it_is_back() {
    let (vendors, server) = (Vendors::start(), Postgres::start());
    let url = server.new_database();
    let data = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let store = store(&url, &data[0]).await;
    let mut settings = settings(&vendors, &url, "50:15s,100:1h");
    settings.push(("DATABASE_TIMEOUT_SECONDS".to_owned(), "1".to_owned()));
    let instances = [process(&data[0], &settings), process(&data[1], &settings)];
    send(admin(instances[0].post("/rollout/start")).json(&json!({"plan": "quick"})), 200).await;
    let mut traffic = Traffic { instances: [&instances[0], &instances[1]], users: 0 };
    traffic.flow(4).await;
    server.stop();
    // The step's time passes meanwhile; answers go on, by the last known share.
    let answer = send(instances[0].post("/analyze").header("Content-Type", "image/png").body(shot()), 200).await;
    assert_eq!(answer["assignment"]["reason"], "rollout");
    tokio::time::sleep(Duration::from_secs(16)).await;
    server.restart();
    let mut back_at_ms = 0;
    until("the database is back", Duration::from_secs(30), async || match store.rollout(KEY).await {
        Ok((_, now_ms)) => {
            back_at_ms = now_ms;
            true
        }
        Err(_down) => false,
    })
    .await;
    traffic.flow_until("the plan goes on", async |now| now["currentPercentage"] == 100.0).await;
    let log = store.rollout_log(KEY, 100).await.unwrap();
    let changes: Vec<_> = log.iter().rev().filter(|line| line.after.is_some()).collect();
    let shares: Vec<_> = changes.iter().map(|line| line.after.as_ref().unwrap().share().percent()).collect();
    assert_eq!(shares, [50.0, 100.0], "each step once");
    assert!(changes[1].at_ms >= back_at_ms - 2_000, "and not before the database was back");
}
