//! The whole path with a vendor behind it: who answers, what is said when it does not, what never leaves.

use koalens_backend::domain::ProviderName;
use koalens_backend::stub::Seen;
use serde_json::Value;

use crate::harness::app::{TestApp, json, send};
use crate::harness::process::Process;
use crate::harness::vendors::{KEY, VENDORS, Vendors};
use crate::harness::{fixture, until};

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(15);

async fn app(vendors: &Vendors, vendor: ProviderName, model: &str, more: &[&str]) -> TestApp {
    let flags = vendors.flags(vendor, model);
    let own = ["--app-env", "development", "--vegan-second-reading", "off"];
    let all: Vec<&str> = own.into_iter().chain(flags.iter().map(String::as_str)).chain(more.iter().copied()).collect();
    TestApp::start(&all).await
}

async fn photo(app: &TestApp, query: &str) -> Value {
    send(app.post_file("image/jpeg", fixture("photo.jpg"), query), 200).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_with_a_key_answers_with_what_it_used() {
    let vendors = Vendors::start();
    for vendor in VENDORS {
        let app = app(&vendors, vendor, "stub-ok", &[]).await;
        let answer = photo(&app, "").await;
        assert_eq!((&answer["status"], &answer["provider"]), (&"vegan".into(), &vendor.as_str().into()), "{answer}");
        assert_eq!((&answer["model"], &answer["degraded"]), (&"stub-ok".into(), &false.into()));
        assert_eq!(answer["usage"]["cachedTokens"], 2048, "{answer}");
        assert!(answer["media"]["imageTokens"].as_u64().unwrap() > 0);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_that_gives_orders_changes_nothing() {
    let vendors = Vendors::start();
    for vendor in VENDORS {
        // The model obeyed: it leaves the milk out of its list and calls the rest vegan.
        let app = app(&vendors, vendor, "stub-injected", &[]).await;
        let answer = photo(&app, "").await;
        assert_ne!(answer["isVegan"], true, "{answer}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_vendor_fails_the_local_reader_answers_and_says_so() {
    let vendors = Vendors::start();
    for model in ["stub-key", "stub-refusal", "stub-cut"] {
        let app = app(&vendors, ProviderName::Claude, model, &[]).await;
        let answer = photo(&app, "").await;
        assert_eq!((&answer["provider"], &answer["degraded"]), (&"local".into(), &true.into()), "{model}: {answer}");
        assert_eq!(answer["assignment"]["arm"], "claude");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forced_vendor_never_falls_back() {
    let vendors = Vendors::start();
    for (model, status, code) in [
        ("stub-broken", 503, "NO_PROVIDER_AVAILABLE"),
        ("stub-key", 503, "NO_PROVIDER_AVAILABLE"),
        ("stub-refusal", 502, "PROVIDER_REFUSED"),
        ("stub-garbage", 502, "PROVIDER_INVALID_ANSWER"),
    ] {
        let app = app(&vendors, ProviderName::Gemini, model, &[]).await;
        let refused = app.post_file("image/jpeg", fixture("photo.jpg"), "provider=gemini").send().await.unwrap();
        assert_eq!(json(refused, status).await["error"], code, "{model}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_locally_alone_calls_nobody() {
    let vendors = Vendors::start();
    let app = app(&vendors, ProviderName::Gemini, "stub-ok", &["--ai-provider", "local"]).await;
    assert_eq!(photo(&app, "").await["provider"], "local");
    let forced = app.post_file("image/jpeg", fixture("photo.jpg"), "provider=gemini").send().await.unwrap();
    assert_eq!(json(forced, 503).await["error"], "NO_PROVIDER_AVAILABLE");
    app.stop().await;
    assert_eq!(vendors.seen().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_gone_is_said_before_anybody_asks_for_a_reading() {
    let vendors = Vendors::start();
    let doubtful = VENDORS.iter().flat_map(|vendor| ["stub-unknown", "stub-key"].map(|model| (*vendor, model)));
    for (vendor, model) in doubtful {
        let app = app(&vendors, vendor, model, &[]).await;
        until("it is said", PATIENCE, async || {
            send(app.get("/ready"), 200).await["degraded"] == serde_json::json!([vendor.as_str()])
        })
        .await;
        app.stop().await;
    }
    assert_eq!(vendors.asked().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_a_route_for_models_is_no_trouble() {
    let vendors = Vendors::start();
    let app = app(&vendors, ProviderName::Openai, "maker/stub-ok", &[]).await;
    until("it was asked", PATIENCE, async || vendors.seen().iter().any(|seen| seen.path.ends_with("/maker/stub-ok")))
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(send(app.get("/ready"), 200).await["degraded"], serde_json::json!([]));
    assert_eq!(photo(&app, "").await["provider"], "openai");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_that_answered_is_said_by_every_vendor_and_again_when_it_is_found_in_the_cache() {
    let vendors = Vendors::start();
    for vendor in VENDORS {
        let app = app(&vendors, vendor, "stub-other-model", &[]).await;
        let (first, again) = (photo(&app, "").await, photo(&app, "").await);
        assert_ne!(first["model"], "stub-other-model");
        assert_eq!(first["model"], again["model"]);
        let mut database = crate::harness::app::database(&app.data).await;
        let cached = "SELECT requested_model, served_model FROM provider_calls WHERE outcome = 'cached'";
        let row: (String, String) = sqlx::query_as(cached).fetch_one(&mut database).await.unwrap();
        assert_eq!((row.0.as_str(), &Value::from(row.1)), ("stub-other-model", &first["model"]), "{vendor:?}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_holds_a_key_and_another_model_is_named() {
    let vendors = Vendors::start();
    let flags = vendors.flags(ProviderName::Gemini, "stub-other-model");
    let url = flags.last().unwrap().as_str();
    let data = tempfile::TempDir::new().unwrap();
    let settings = [
        ("GOOGLE_API_KEY", KEY),
        ("GEMINI_MODEL", "stub-other-model"),
        ("GEMINI_BASE_URL", url),
        ("LOG_LEVEL", "debug"),
    ];
    let process = Process::start(&data, &settings);
    let answer = send(process.post_file("image/jpeg", fixture("photo.jpg")), 200).await;
    assert_eq!(
        (&answer["provider"], &answer["model"]),
        (&"gemini".into(), &"gemini-3.5-flash-lite".into()),
        "{answer}"
    );
    process.wait_for_log(1, "was asked for stub-other-model and answered by gemini-3.5-flash-lite").await;
    assert!(!process.log().iter().any(|line| line.contains(KEY)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arm_of_clips_shows_the_film_of_a_video_and_the_pixels_of_a_photo() {
    let vendors = Vendors::start();
    let app = app(&vendors, ProviderName::Gemini, "stub-ok", &["--gemini-media", "clip"]).await;
    let answer = send(app.post_file("video/mp4", fixture("can-soup.mp4"), ""), 200).await;
    let sent = |seen: &Seen| serde_json::from_slice::<Value>(&seen.body).unwrap()["contents"][0]["parts"].clone();
    let film = sent(&vendors.asked()[0]);
    assert_eq!((&film[0]["inlineData"]["mimeType"], film.as_array().unwrap().len()), (&"video/mp4".into(), 2));
    let length = film[0]["inlineData"]["data"].as_str().unwrap().len() / 4 * 3;
    let said = usize::try_from(answer["media"]["bytesSent"].as_u64().unwrap()).unwrap();
    assert!((length - 2..=length).contains(&said), "{said} of {length}");
    let _answer = photo(&app, "").await;
    assert_eq!(sent(&vendors.asked()[1])[0]["inlineData"]["mimeType"], "image/webp");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_that_the_environment_names_is_used() {
    let vendors = Vendors::start();
    let flags = vendors.flags(ProviderName::Gemini, "stub-ok");
    let proxy = flags.last().unwrap().as_str();
    let data = tempfile::TempDir::new().unwrap();
    let settings = [
        ("GEMINI_API_KEY", KEY),
        ("GEMINI_BASE_URL", "http://vendor.invalid"),
        ("HTTP_PROXY", proxy),
        ("http_proxy", proxy),
    ];
    let process = Process::start(&data, &settings);
    let answer = send(process.post_file("image/jpeg", fixture("photo.jpg")), 200).await;
    assert_eq!((&answer["provider"], &answer["model"]), (&"gemini".into(), &"gemini-3.8-flash".into()), "{answer}");
    assert!(vendors.asked()[0].path.starts_with("http://vendor.invalid/v1beta/models/gemini-3.8-flash:"));
}
