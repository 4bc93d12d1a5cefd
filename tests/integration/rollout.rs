//! The rollout as operators meet it: several instances on one database, a plan that moves by itself, and what stops it.
//!
//! The arms are the scripted reader (new) and the local one (old); what users did is recorded through the store, as an
//! instance would record it.

use std::time::Duration;

use koalens_backend::domain::{
    Analysis, AnalysisId, Assignment, AssignmentReason, CallOutcome, CallRole, Exposure, Language, Legibility, NanoUsd,
    ProviderCall, ProviderName, Status, Timings, Tokens, UnitKind, Verdict,
};
use koalens_backend::store::{self, Config, DatabaseUrl, Store};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::harness::app::{TestApp, send};
use crate::harness::process::{Process, koalens};
use crate::harness::{fixture, postgres, until};

const TOKEN: &str = "an-admin-token-for-tests";
const ARMS: &str = "experiment = \"trial\"\n[[arm]]\nname = \"new\"\nprovider = \"scripted\"\n\
    [[arm]]\nname = \"old\"\nprovider = \"local\"\n";
/// What is in force everywhere within this.
const FOLLOWED: Duration = Duration::from_secs(5);

/// How often a service is asked, at most: there are limits.
const PACE: Duration = Duration::from_millis(300);

/// A database for several instances, and the settings that make them one service.
struct World {
    dir: TempDir,
    url: String,
    store: Store,
    plan: &'static str,
}

impl World {
    async fn new(url: impl FnOnce(&TempDir) -> String) -> Self {
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("arms.toml"), ARMS).unwrap();
        let url = url(&dir);
        let config = Config {
            database_url: Some(DatabaseUrl::parse(&url).unwrap()),
            data_dir: dir.path().join("recorder"),
            retention_days: 90,
            user_hash_key: None,
            spool_max_bytes: 1 << 20,
            database_timeout_seconds: 5,
            database_connections: 2,
        };
        store::migrate(&config).await.unwrap();
        let store = Store::open(&config, [1; 32]).await.unwrap();
        Self { dir, url, store, plan: "10:1s,50:1s,100:1s" }
    }

    async fn on_postgres() -> Self {
        Self::new(|_| postgres::shared().new_database()).await
    }

    async fn on_sqlite() -> Self {
        Self::new(|dir| format!("sqlite://{}/shared.db", dir.path().display())).await
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        let arms = self.dir.path().join("arms.toml").display().to_string();
        [
            ("APP_ENV", "development"),
            ("SCRIPTED_MODEL", "vegan"),
            ("ADMIN_TOKEN", TOKEN),
            ("DATABASE_URL", &self.url),
            ("EXPERIMENT_FILE", &arms),
            ("ROLLOUT_MINIMUM_UNITS", "20"),
            ("ROLLOUT_PLAN_QUICK", self.plan),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .to_vec()
    }

    async fn start(&self, more: &[&str]) -> TestApp {
        let flag = |(name, value): (&str, String)| format!("--{}={value}", name.to_lowercase().replace('_', "-"));
        let flags: Vec<_> = self.settings().into_iter().map(flag).collect();
        TestApp::start(&flags.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>()).await
    }

    fn start_process(&self, data: &TempDir) -> Process {
        let settings = self.settings();
        Process::start(data, &settings.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
    }

    /// 30 users in the new arm, of whom some fail, and as many in the old one as the share leaves it.
    async fn live(&self, failing: u32) {
        let step = self.store.rollout("trial").await.unwrap().0.unwrap().step;
        let buckets = u32::from(step.share.buckets());
        let old = 30 * (10_000 - buckets) / buckets;
        let users = (0..30).map(|user| ("new", ProviderName::Scripted, user < failing));
        for (arm, serving, fails) in users.chain((0..old).map(|_| ("old", ProviderName::Local, false))) {
            let outcome = if fails { CallOutcome::Server } else { CallOutcome::Ok };
            self.store.record(&analysis(arm, serving, step.number, outcome), None).await.unwrap();
        }
    }

    /// Whatever arm has a step: lives in it until the rollout is in `state`.
    async fn live_until(&self, app: &TestApp, state: &str) {
        let mut lived = 0;
        until(state, Duration::from_secs(60), async || {
            tokio::time::sleep(PACE).await;
            let now = rollout(app).await;
            let step = self.store.rollout("trial").await.unwrap().0.unwrap().step.number;
            if now["state"] == "running" && step != lived {
                self.live(0).await;
                lived = step;
            }
            now["state"] == state
        })
        .await;
    }
}

fn analysis(arm: &str, serving: ProviderName, step: i32, outcome: CallOutcome) -> Analysis {
    let exposure =
        Exposure { arm: arm.into(), step: Some(step), unit: UnitKind::User, slow_after_ms: 5_000, strategy: None };
    let call = ProviderCall {
        started_at_ms: 1_738_368_000_000,
        step: Some(step),
        serving,
        role: CallRole::Primary,
        outcome,
        requested_model: "m".into(),
        served_model: None,
        prompt_hash: None,
        provider_ms: 900,
        tokens: Tokens::default(),
        cost: NanoUsd(0),
    };
    Analysis {
        id: AnalysisId::new(Uuid::now_v7()),
        created_at_ms: 1_738_368_000_000,
        language: Language::Sv,
        assignment: Assignment {
            experiment: Some("trial".into()),
            arm: serving,
            reason: AssignmentReason::Rollout,
            bucket: None,
            exposure: Some(exposure),
        },
        serving,
        model: "m".into(),
        degraded: false,
        label_text: String::new(),
        image_quality_issues: vec![],
        verdict: Verdict {
            status: Status::Vegan,
            confidence: 1.0,
            ingredients: vec![],
            watched: vec![],
            problem_ingredient: None,
            reasoning: String::new(),
            uncertain_reasons: vec![],
            detected_language: None,
            legibility: Legibility::Full,
        },
        media: None,
        calls: vec![call],
        quality: None,
        timings: Timings::default(),
    }
}

fn admin(request: RequestBuilder) -> RequestBuilder {
    request.bearer_auth(TOKEN)
}

async fn rollout(app: &TestApp) -> Value {
    send(admin(app.get("/rollout")), 200).await
}

async fn put(app: &TestApp, body: Value) -> Value {
    send(admin(app.request(Method::PUT, "/rollout")).json(&body), 200).await
}

async fn post(app: &TestApp, word: &str, body: Value) -> Value {
    send(admin(app.post_json(&format!("/rollout/{word}"), &body)), 200).await
}

async fn explain(app: &TestApp) -> Value {
    send(admin(app.get("/rollout/explain?userId=anna")), 200).await
}

async fn paced<T>(asking: impl Future<Output = T>) -> T {
    tokio::time::sleep(PACE).await;
    asking.await
}

/// The share is set on one instance, and users change arms on the other.
async fn a_change_is_in_force_everywhere(world: World) {
    let (one, other) = tokio::join!(world.start(&[]), world.start(&[]));
    assert_eq!(explain(&other).await["rule"], "configured");
    let set = put(&one, json!({"percentage": 100, "reason": "try"})).await;
    assert_eq!(
        (&set["currentPercentage"], &set["state"], &set["version"]),
        (&json!(100.0), &json!("manual"), &json!(1))
    );
    assert_eq!(explain(&one).await["arm"], "new", "here at once");
    until("the other follows", FOLLOWED, async || paced(explain(&other)).await["rule"] == "rollout").await;
    let line = &rollout(&other).await["history"][0];
    assert_eq!((&line["who"], &line["why"], &line["after"]), (&json!("admin"), &json!("try"), &json!(100.0)));

    let answer = send(one.post_file("image/jpeg", fixture("photo.jpg"), "").header("User-ID", "anna"), 200).await;
    assert_eq!((&answer["assignment"]["arm"], &answer["assignment"]["reason"]), (&json!("new"), &json!("rollout")));
    let summary = send(admin(other.get("/ab/summary?lastMinutes=5")), 200).await;
    let provider = &summary["providers"][0];
    assert_eq!((&provider["provider"], &provider["totalRequests"]), (&json!("new"), &json!(1)));
    assert_eq!(provider["successRate"], 1.0);

    post(&other, "rollback", json!({"reason": "enough"})).await;
    until("the first follows", FOLLOWED, async || paced(explain(&one)).await["rule"] == "gemini-disabled").await;
    assert_eq!(rollout(&one).await["enabled"], false);
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_in_force_everywhere_on_postgres() {
    a_change_is_in_force_everywhere(World::on_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_in_force_everywhere_on_sqlite() {
    a_change_is_in_force_everywhere(World::on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_arm_goes_through_its_plan_by_itself_and_the_log_replays_to_its_state() {
    let world = World::on_postgres().await;
    let (app, other) = tokio::join!(world.start(&[]), world.start(&[]));
    let started = post(&app, "start", json!({"plan": "quick"})).await;
    assert_eq!((&started["currentPercentage"], &started["step"]), (&json!(10.0), &json!(1)));
    world.live_until(&other, "finished").await;
    let now = rollout(&app).await;
    assert_eq!(now["currentPercentage"], 100.0);
    let history = now["history"].as_array().unwrap();
    let changes: Vec<_> = history.iter().rev().filter(|line| !line["after"].is_null()).collect();
    let shares: Vec<_> = changes.iter().map(|line| line["after"].as_f64().unwrap()).collect();
    assert_eq!(shares, [10.0, 50.0, 100.0, 100.0], "each step once, whoever leads");
    assert!(changes[1..].iter().all(|line| line["decision"]["reason"] == "healthy"), "{changes:?}");
    let log = world.store.rollout_log("trial", 100).await.unwrap();
    let replayed = log.iter().find_map(|line| line.after.clone());
    assert_eq!(replayed, world.store.rollout("trial").await.unwrap().0);
    app.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arm_that_fails_is_rolled_back_in_the_middle_of_its_step() {
    let world = World { plan: "50:1h,100:1h", ..World::on_sqlite().await };
    let app = world.start(&[]).await;
    post(&app, "start", json!({"plan": "quick"})).await;
    world.live(10).await;
    until("rolled back", Duration::from_secs(10), async || paced(rollout(&app)).await["state"] == "rolled-back").await;
    let now = rollout(&app).await;
    assert_eq!((&now["currentPercentage"], &now["lastDecision"]["reason"]), (&json!(0.0), &json!("error-gate")));
    assert!(now["lastDecision"]["figures"]["new.units.failed"].as_f64() >= Some(10.0), "{now}");
    assert_eq!(explain(&app).await["rule"], "gemini-disabled");
    assert_eq!(post(&app, "resume", json!({})).await["state"], "rolled-back");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_goes_on_when_its_leader_is_killed() {
    let world = World::on_postgres().await;
    let data = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let leader = world.start_process(&data[0]);
    send(admin(leader.post("/rollout/start")).json(&json!({"plan": "quick"})), 200).await;
    leader.wait_for_log(1, "leads the rollout").await;
    let app = world.start(&[]).await;
    leader.signal(rustix::process::Signal::KILL);
    world.live_until(&app, "finished").await;
    let shares: Vec<_> = world.store.rollout_log("trial", 100).await.unwrap();
    let shares: Vec<_> = shares.iter().rev().filter_map(|line| Some(line.after.as_ref()?.share().percent())).collect();
    assert_eq!(shares, [10.0, 50.0, 100.0, 100.0]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_instruction_wins_at_start() {
    let world = World::on_sqlite().await;
    let started = |percent: &'static str| {
        let world = &world;
        async move { world.start(&["--enable-gemini=true", "--gemini-rollout-percentage", percent]).await }
    };
    let app = started("10").await;
    assert_eq!(rollout(&app).await["currentPercentage"], 10.0);
    post(&app, "start", json!({})).await;
    app.stop().await;
    let app = started("10").await;
    assert_eq!(rollout(&app).await["state"], "running", "the same value is no instruction");
    app.stop().await;
    let app = started("5").await;
    let now = rollout(&app).await;
    assert_eq!((&now["state"], &now["currentPercentage"]), (&json!("paused"), &json!(5.0)));
    // The leader may have logged a decision since.
    let by_people = now["history"].as_array().unwrap().iter().find(|line| line["who"] != "leader");
    assert_eq!(by_people.unwrap()["who"], "env", "{now}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_steer_from_the_command_line_too() {
    let world = World::on_sqlite().await;
    let app = world.start(&[]).await;
    let run = |arguments: &[&str]| {
        let mut command = koalens();
        command.arg("rollout").args(arguments).envs(world.settings()).env("DATA_DIR", world.dir.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(run(&["status"]).contains("no rollout"));
    assert!(run(&["start", "--plan", "quick", "--reason", "ready"]).contains("running at 10 %"));
    until("the service follows", FOLLOWED, async || paced(explain(&app)).await["rule"] == "rollout").await;
    assert!(run(&["pause"]).contains("paused at 10 %"));
    assert!(run(&["promote", "--to", "100"]).contains("at 100 %"));
    assert!(run(&["explain", "anna"]).contains("bucket"));
    assert!(run(&["rollback", "--reason", "no"]).contains("rolled-back at 0 %"));
    let status = run(&["status"]);
    assert!(status.contains("start by cli ready") && status.contains("rollback by cli no"), "{status}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_have_their_documented_shape_and_say_when_there_are_none() {
    let world = World::on_sqlite().await;
    let app = world.start(&[]).await;
    assert_eq!(send(admin(app.get("/rollout/health")), 200).await["status"], "no-data");
    send(admin(app.get("/ab/comparison")), 404).await;
    send(app.get("/ab/summary"), 401).await;
    send(admin(app.get("/ab/summary?lastMinutes=0")), 400).await;
    put(&app, json!({"percentage": 50})).await;
    world.live(3).await;
    let health = send(admin(app.get("/rollout/health")), 200).await;
    assert_eq!((&health["status"], &health["checks"][0]["value"]), (&json!("warning"), &json!(0.1)));
    let compared = send(admin(app.get("/ab/comparison")), 200).await;
    assert_eq!(compared["units"], json!({"new": 30, "old": 30}));
    assert!(compared["errorGate"]["e"].as_f64().unwrap() > 1.0 && compared["srm"]["alarm"] == false, "{compared}");
    assert!(compared["metrics"]["errorRate"]["difference"].is_null(), "too few to tell");
    assert!(!compared["inWords"].as_str().unwrap().is_empty());
    send(admin(app.get("/ab/comparison?step=99")), 404).await;
    let models = send(admin(app.get("/ab/models?lastMinutes=1000000")), 400).await;
    assert_eq!(models["error"], "INVALID_CONTENT_FORMAT");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_percentage_that_was_always_there_does_not_stop_a_plan_at_the_next_start() {
    let world = World::on_sqlite().await;
    let always = ["--gemini-rollout-percentage", "10"];
    let app = world.start(&always).await;
    assert_eq!(rollout(&app).await["state"], "none");
    post(&app, "start", json!({})).await;
    app.stop().await;
    let app = world.start(&always).await;
    assert_eq!(rollout(&app).await["state"], "running");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_traffic_is_compared_from_the_command_line() {
    let world = World::on_sqlite().await;
    let app = world.start(&[]).await;
    put(&app, json!({"percentage": 50})).await;
    world.live(3).await;
    let run = |from: &str| {
        let mut command = koalens();
        command.args(["compare", "--from", from, "--to", "2025-02-02T00:00:00Z"]).envs(world.settings());
        let output = command.env("DATA_DIR", world.dir.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let table = run("2025-02-01T00:00:00Z");
    let new = table.lines().find(|line| line.starts_with("| new")).unwrap();
    assert!(new.contains("| 30 | 90.0 % (74.4–96.5) |") && new.contains("server 3"), "{table}");
    assert!(table.contains("new against old") && table.contains("| errorRate | – |"), "too few to tell: {table}");
    assert!(run("2025-02-01T12:00:00Z").contains("nothing was recorded"));
    app.stop().await;
}
