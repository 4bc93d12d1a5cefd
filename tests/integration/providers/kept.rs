//! The same upload again: answered from what was paid for, and never across callers' wishes.

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
