//! The same upload again: answered from what was paid for, and never across callers' wishes.

use std::time::{Duration, Instant};

use koalens_backend::domain::ProviderName;
use serde_json::Value;

use crate::harness::app::{TestApp, send};
use crate::harness::vendors::Vendors;
use crate::harness::{fixture, redis::Redis};

async fn app(vendors: &Vendors, more: &[&str]) -> TestApp {
    let flags = vendors.flags(ProviderName::Claude, "stub-cream");
    let own = ["--app-env", "development"];
    let all: Vec<&str> = own.into_iter().chain(flags.iter().map(String::as_str)).chain(more.iter().copied()).collect();
    TestApp::start(&all).await
}

async fn photo(app: &TestApp, query: &str) -> Value {
    send(app.post_file("image/jpeg", fixture("photo.jpg"), query), 200).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_upload_is_paid_for_once() {
    let vendors = Vendors::start();
    let app = app(&vendors, &[]).await;
    let (first, second) = (photo(&app, "").await, photo(&app, "").await);
    assert_eq!(vendors.asked().len(), 1);
    for member in ["status", "ingredientList", "labelText", "provider", "model", "media", "degraded"] {
        assert_eq!(first[member], second[member], "{member}");
    }
    assert_ne!(first["analysisId"], second["analysisId"]);
    assert!(first["usage"]["costUsd"].as_f64() > Some(0.0) || first["usage"]["inputTokens"].as_u64() > Some(0));
    assert_eq!((&second["usage"]["inputTokens"], &second["usage"]["costUsd"]), (&0.into(), &Value::from(0.0)));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_language_is_another_reading() {
    let vendors = Vendors::start();
    let app = app(&vendors, &[]).await;
    photo(&app, "").await;
    photo(&app, "preferredLanguage=en").await;
    assert_eq!(vendors.asked().len(), 2);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_uploads_at_the_same_time_are_read_once() {
    let vendors = Vendors::start();
    let app = app(&vendors, &["--analyses-at-once", "4"]).await;
    let both = futures_util::future::join(photo(&app, ""), photo(&app, "")).await;
    assert_eq!(both.0["status"], both.1["status"]);
    assert_eq!(vendors.asked().len(), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_reading_is_not_kept() {
    let vendors = Vendors::start();
    let flags = vendors.flags(ProviderName::Claude, "stub-garbage");
    let mut all: Vec<&str> = vec!["--app-env", "development"];
    all.extend(flags.iter().map(String::as_str));
    let app = TestApp::start(&all).await;
    assert_eq!(photo(&app, "").await["provider"], "local");
    assert_eq!(photo(&app, "").await["provider"], "local");
    assert_eq!(vendors.asked().len(), 2);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_with_one_redis_pay_once_and_go_on_without_it() {
    let vendors = Vendors::start();
    let redis = Redis::start().await;
    let (one, other) =
        (app(&vendors, &["--redis-url", &redis.url]).await, app(&vendors, &["--redis-url", &redis.url]).await);
    let first = photo(&one, "").await;
    let second = photo(&other, "").await;
    assert_eq!((vendors.asked().len(), &first["labelText"]), (1, &second["labelText"]));
    drop(redis);
    photo(&other, "preferredLanguage=en").await;
    assert_eq!(vendors.asked().len(), 2);
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_from_another_machine_ends_when_it_would_have_there() {
    let vendors = Vendors::start();
    let redis = Redis::start().await;
    let flags = ["--redis-url", &redis.url, "--answer-cache-seconds", "4"];
    let (one, other) = (app(&vendors, &flags).await, app(&vendors, &flags).await);
    photo(&one, "").await;
    let kept = Instant::now();
    tokio::time::sleep(Duration::from_secs(2)).await;
    photo(&other, "").await;
    // On a busy machine the first may be over by now; then there is nothing to see here.
    let in_time = kept.elapsed() < Duration::from_millis(3500);
    assert!(!in_time || vendors.asked().len() == 1);
    tokio::time::sleep(Duration::from_millis(4200).saturating_sub(kept.elapsed())).await;
    photo(&other, "").await;
    assert_eq!(vendors.asked().len(), 2);
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_made_elsewhere_than_we_would_ask_is_not_ours() {
    let (vendors, others) = (Vendors::start(), Vendors::start());
    let redis = Redis::start().await;
    let flags = ["--redis-url", &redis.url];
    let (one, other) = (app(&vendors, &flags).await, app(&others, &flags).await);
    photo(&one, "").await;
    photo(&other, "").await;
    assert_eq!((vendors.asked().len(), others.asked().len()), (1, 1));
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_kept_reading_lacks_is_added_to_it_and_nobody_is_asked_again() {
    let vendors = Vendors::start();
    let redis = Redis::start().await;
    let flags = vendors.flags(ProviderName::Claude, "stub-ok");
    let start = async |second: &str| {
        let mut all = vec!["--app-env", "development", "--redis-url", &redis.url, "--vegan-second-reading", second];
        all.extend(flags.iter().map(String::as_str));
        TestApp::start(&all).await
    };
    let careless = start("off").await;
    assert_eq!(photo(&careless, "").await["status"], "vegan");
    let careful = start("local").await;
    let checked = photo(&careful, "").await;
    assert_eq!((&checked["provider"], vendors.asked().len()), (&"claude".into(), 1));
    // The second time it is decided without a look at the picture.
    let again = photo(&careful, "").await;
    assert_eq!((&again["status"], vendors.asked().len()), (&checked["status"], 1));
    assert_eq!(again["timings"]["mediaMs"].as_u64().unwrap_or(0), 0, "{again}");
    assert!(checked["timings"]["mediaMs"].as_u64() > Some(0), "{checked}");
    careless.stop().await;
    careful.stop().await;
}
