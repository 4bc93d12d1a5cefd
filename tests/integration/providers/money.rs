//! Budgets, through the whole service and on the command line.

use std::time::Duration;

use futures_util::future::join_all;
use koalens_backend::domain::{NanoUsd, ProviderName};
use koalens_backend::jobs::{Allowance, Filled};
use koalens_backend::providers::Purse;
use koalens_backend::store::{self, Config, DatabaseUrl, Store};
use serde_json::Value;

use crate::harness::app::{TestApp, database, json, send};
use crate::harness::postgres::Postgres;
use crate::harness::process::koalens;
use crate::harness::vendors::{KEY, Vendors};
use crate::harness::{fixture, until};

/// Enough for one call and not for another: a model that is not listed is counted at the dearest price, at which one can
/// cost 0.18 USD.
const FOR_ONE_CALL: &str = "0.185";

async fn app(vendors: &Vendors, more: &[&str]) -> TestApp {
    let flags = vendors.flags(ProviderName::Gemini, "stub-slow");
    let own = ["--app-env", "development", "--vegan-second-reading", "off", "--answer-cache-seconds", "0"];
    let all: Vec<&str> = own.into_iter().chain(flags.iter().map(String::as_str)).chain(more.iter().copied()).collect();
    TestApp::start(&all).await
}

async fn one_number(app: &TestApp, statement: &'static str) -> i64 {
    let mut database = database(&app.data).await;
    sqlx::query_scalar(statement).fetch_one(&mut database).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_uploads_at_once_do_not_overshoot_the_budget() {
    let vendors = Vendors::start();
    let budgets = ["--budget-usd-per-day", "0.6", "--budget-usd-per-hour", "0.5"];
    // A busy machine takes its time for a hundred pictures.
    let time = ["--media-deadline-seconds", "120", "--request-deadline-seconds", "170"];
    let at_once = ["--analyses-at-once", "20", "--analyses-queued", "100"];
    let app = app(&vendors, &[&budgets[..], &time, &at_once].concat()).await;
    let client = crate::harness::client(Duration::from_secs(180));
    let upload = || client.post(format!("{}/analyze", app.url)).header("Content-Type", "image/jpeg");
    let uploads = (0..100).map(|_| send(upload().body(fixture("no-text.jpg")), 200));
    let answers = join_all(uploads).await;
    let by = |name: &str| answers.iter().filter(|answer| answer["provider"] == name).count();
    assert_eq!(by("gemini") + by("local"), 100);
    assert!(by("gemini") > 0 && by("local") > 0, "{} paid for", by("gemini"));
    assert_eq!(vendors.asked().len(), by("gemini"));
    let spent = one_number(&app, "SELECT CAST(SUM(cost_nano_usd) AS BIGINT) FROM provider_calls").await;
    assert!(spent > 0 && spent <= 500_000_000, "{spent}");
    let leased = one_number(&app, "SELECT CAST(MAX(leased) AS BIGINT) FROM budgets").await;
    assert!(leased >= spent && leased <= 500_000_000, "{leased}");
    assert!(answers.iter().filter(|answer| answer["provider"] == "local").all(|answer| answer["degraded"] == true));
    app.stop().await;
}

/// Spends all of a budget that is good for one call.
async fn spent(vendors: &Vendors, more: &[&str]) -> TestApp {
    let app = app(vendors, &[&["--budget-usd-per-hour", FOR_ONE_CALL][..], more].concat()).await;
    assert_eq!(send(app.post_file("image/jpeg", fixture("no-text.jpg"), ""), 200).await["provider"], "gemini");
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_end_of_a_budget_pictures_are_read_locally_even_without_a_fallback() {
    let vendors = Vendors::start();
    let app = spent(&vendors, &["--local-fallback", "off"]).await;
    let answer = send(app.post_file("image/jpeg", fixture("photo.jpg"), ""), 200).await;
    assert_eq!((&answer["provider"], &answer["degraded"]), (&"local".into(), &true.into()));
    let forced = app.post_file("image/jpeg", fixture("photo.jpg"), "provider=gemini").send().await.unwrap();
    assert_eq!(json(forced, 503).await["error"], "NO_PROVIDER_AVAILABLE", "a forced provider never falls back");
    assert_eq!(vendors.asked().len(), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_end_of_a_budget_pictures_are_refused_where_that_is_wanted() {
    let vendors = Vendors::start();
    let app = spent(&vendors, &["--budget-at-100-percent", "refuse"]).await;
    let refused = app.post_file("image/jpeg", fixture("photo.jpg"), "").send().await.unwrap();
    assert_eq!(json(refused, 503).await["error"], "NO_PROVIDER_AVAILABLE");
    assert_eq!(vendors.asked().len(), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_eighty_percent_on_money_is_saved_as_the_setting_says() {
    let vendors = Vendors::start();
    let flags = vendors.flags(ProviderName::Claude, "claude-haiku-5-5");
    let mut more = vec!["--budget-usd-per-hour", "0.25", "--ai-provider", "gemini"];
    more.extend(flags.iter().map(String::as_str));
    for (thrift, provider) in [("warn", "gemini"), ("cheapest", "claude"), ("local", "local")] {
        let app = app(&vendors, &[&more[..], &["--budget-at-80-percent", thrift]].concat()).await;
        let photo = async || send(app.post_file("image/jpeg", fixture("photo.jpg"), ""), 200).await;
        // Whoever answers the first has most of the budget leased for it.
        assert_eq!(photo().await["provider"], "gemini", "{thrift}");
        assert_eq!(photo().await["provider"], provider, "{thrift}");
        app.stop().await;
    }
}

/// `koalens analyze` on a picture that the stand-in reads.
fn analyze(vendors: &Vendors, data: &tempfile::TempDir, budget: &str) -> Value {
    let flags = vendors.flags(ProviderName::Gemini, "stub-ok");
    let photo = format!("{}/fixtures/photo.jpg", env!("CARGO_MANIFEST_DIR"));
    let settings = [("GEMINI_API_KEY", KEY), ("GEMINI_MODEL_NAME", "stub-ok"), ("GEMINI_BASE_URL", &flags[5])];
    let mut command = koalens();
    command.args(["analyze", "--json", &photo]).envs(settings).env("DATA_DIR", data.path());
    let output = command.env("BUDGET_USD_PER_DAY", budget).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_spends_from_the_same_budget() {
    let vendors = Vendors::start();
    let data = tempfile::TempDir::new().unwrap();
    assert_eq!(analyze(&vendors, &data, "0.001")["provider"], "local", "not enough for one call");
    let paid = analyze(&vendors, &data, "5");
    assert_eq!(paid["provider"], "gemini");
    let spent = paid["usage"]["costUsd"].as_f64().unwrap();
    let mut database = database(&data).await;
    let leased: i64 = sqlx::query_scalar("SELECT leased FROM budgets").fetch_one(&mut database).await.unwrap();
    assert!((NanoUsd(leased).as_usd() - spent).abs() < 1e-9, "what was not spent was given back: {leased}");
    assert_eq!(vendors.asked().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_with_a_model_that_has_no_price_is_refused_at_start() {
    let vendors = Vendors::start();
    let flags = vendors.flags(ProviderName::Openai, "some-model");
    let refused = koalens().arg("config").args(&flags).args(["--budget-usd-per-day", "1"]).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("no price for the model some-model"), "{said}");
    assert!(koalens().arg("config").args(&flags).output().unwrap().status.success(), "without a budget it is no fault");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_down_only_what_was_leased_is_spent() {
    let server = Postgres::start();
    let url = server.new_database();
    let directory = tempfile::tempdir().unwrap();
    let config = Config {
        database_url: Some(DatabaseUrl::parse(&url).unwrap()),
        data_dir: directory.path().to_owned(),
        retention_days: 90,
        user_hash_key: None,
        spool_max_bytes: 1 << 20,
        database_timeout_seconds: 1,
        database_connections: 2,
    };
    store::migrate(&config).await.unwrap();
    let limit = NanoUsd(1_000_000_000);
    let allowance = Allowance { per_day: Some(limit), per_hour: None, lease: Duration::from_secs(6) };
    let purse = Purse::empty();
    let filled = Filled::begin(Store::open(&config, [7; 32]).await.unwrap(), purse.clone(), allowance);
    let patience = Duration::from_secs(15);
    until("it is filled", patience, async || purse.taken_percent() > 0).await;
    server.stop();
    // The time for a renewal passes: what could not be given back is there still.
    tokio::time::sleep(Duration::from_secs(5)).await;
    until("the slice is there", patience, async || {
        let left = purse.empty_out();
        purse.put_back(left);
        assert!(left <= NanoUsd(50_000_000), "{left:?}");
        left == NanoUsd(50_000_000)
    })
    .await;
    server.restart();
    let taken = async || {
        let mut connection = <sqlx::AnyConnection as sqlx::Connection>::connect(&url).await.unwrap();
        let leased = sqlx::query_scalar::<_, i64>("SELECT leased FROM budgets").fetch_one(&mut connection).await;
        leased.unwrap()
    };
    filled.end().await;
    assert_eq!(taken().await, 0, "all of it was given back");
}
