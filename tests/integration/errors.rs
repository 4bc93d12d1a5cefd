//! Every code of the table, provoked. A new code does not compile here until something produces it.

use std::time::Duration;

use koalens_backend::http::Code;
use reqwest::Response;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::app::{TestApp, send};
use crate::harness::fixture;

const ADMIN: [&str; 2] = ["--admin-token", "an-admin-token-for-tests"];
const DEVELOPMENT: [&str; 2] = ["--app-env", "development"];

fn scripted(model: &'static str) -> Vec<&'static str> {
    vec!["--app-env", "development", "--scripted-model", model, "--ai-provider", "scripted"]
}

async fn analyze(app: &TestApp, body: Value) -> Response {
    app.post_json("/analyze", &body).send().await.unwrap()
}

async fn upload(app: &TestApp, media_type: &str, name: &str) -> Response {
    app.post_file(media_type, fixture(name), "").send().await.unwrap()
}

/// Makes the service answer with `code`: the settings it needs, and the request.
async fn provoke(code: Code) -> Response {
    match code {
        Code::InvalidJson => {
            let app = TestApp::start(&[]).await;
            app.post("/analyze").header("Content-Type", "application/json").body("{\"image\":").send().await.unwrap()
        }
        Code::MissingContent => analyze(&TestApp::start(&[]).await, json!({})).await,
        Code::InvalidContentFormat => analyze(&TestApp::start(&[]).await, json!({"image": 17})).await,
        Code::InvalidBase64 => analyze(&TestApp::start(&[]).await, json!({"image": "***"})).await,
        Code::AmbiguousContent => analyze(&TestApp::start(&[]).await, json!({"image": "YWJj", "video": "YWJj"})).await,
        Code::Unauthenticated => TestApp::start(&ADMIN).await.get("/users/anna/analyses").send().await.unwrap(),
        Code::Forbidden => {
            let app = TestApp::start(&["--cors-origin", "https://app.example"]).await;
            let preflight = app.request(reqwest::Method::OPTIONS, "/analyze").header("Origin", "https://evil.example");
            preflight.header("Access-Control-Request-Method", "POST").send().await.unwrap()
        }
        Code::UsageLimitExceeded => {
            let app = TestApp::start(&["--free-analyses-per-month", "1"]).await;
            let photo = || app.post_file("image/jpeg", fixture("photo.jpg"), "").header("User-ID", "anna");
            send(photo(), 200).await;
            photo().send().await.unwrap()
        }
        Code::ProviderOverrideForbidden => {
            analyze(&TestApp::start(&[]).await, json!({"image": "YWJj", "provider": "local"})).await
        }
        Code::NotFound => TestApp::start(&[]).await.get("/analyse").send().await.unwrap(),
        Code::MethodNotAllowed => TestApp::start(&[]).await.get("/analyze").send().await.unwrap(),
        Code::StaleVersion => {
            let app = TestApp::start(&ADMIN).await;
            let put = app.request(reqwest::Method::PUT, "/rollout").bearer_auth(ADMIN[1]);
            put.json(&json!({"percentage": 5, "version": 99})).send().await.unwrap()
        }
        Code::DuplicateRequest => {
            let app = TestApp::start(&scripted("slow")).await;
            let photo = || app.post_file("image/jpeg", fixture("photo.jpg"), "requestId=r1").send();
            let (one, other) = tokio::join!(photo(), photo());
            let (one, other) = (one.unwrap(), other.unwrap());
            if one.status() == 409 { one } else { other }
        }
        Code::IdempotencyConflict => {
            let app = TestApp::start(&[]).await;
            let typed = |text: &str| app.post_json("/analyze-text", &json!({"text": text, "requestId": "r1"}));
            send(typed("Ingredienser: salt."), 200).await;
            typed("Ingredienser: smör.").send().await.unwrap()
        }
        Code::AuthUnavailable => {
            let app = TestApp::start(&["--auth", "jwt", "--jwks-url", "http://127.0.0.1:9/"]).await;
            app.get("/usage/anna").bearer_auth("eyJhbGciOiJFUzI1NiJ9.e30.AA").send().await.unwrap()
        }
        Code::Interrupted => interrupted().await,
        Code::UploadTimeout => slow_body(&TestApp::start(&["--upload-timeout-seconds", "1"]).await).await,
        Code::PayloadTooLarge => {
            let app = TestApp::start(&["--max-upload-bytes", "65536"]).await;
            upload(&app, "video/mp4", "can-soup.mp4").await
        }
        Code::UnsupportedMediaType => upload(&TestApp::start(&[]).await, "image/gif", "unsupported.gif").await,
        Code::MediaUnreadable => upload(&TestApp::start(&[]).await, "video/mp4", "truncated.mp4").await,
        Code::MediaTooLong => upload(&TestApp::start(&[]).await, "video/mp4", "too-long.mp4").await,
        Code::MediaTooLargeDimensions => upload(&TestApp::start(&[]).await, "image/png", "huge-dimensions.png").await,
        Code::MediaNoFrames => upload(&TestApp::start(&[]).await, "video/mp4", "no-video-track.mp4").await,
        Code::RateLimited => {
            let app = TestApp::start(&["--rate-limit-per-minute", "1"]).await;
            send(app.post_json("/analyze-text", &json!({"text": "Ingredienser: salt."})), 200).await;
            app.post_json("/analyze-text", &json!({"text": "Ingredienser: salt."})).send().await.unwrap()
        }
        Code::Internal => upload(&TestApp::start(&scripted("panics")).await, "image/jpeg", "photo.jpg").await,
        Code::ProviderRefused => forced("refuses").await,
        Code::ProviderInvalidAnswer => forced("garbage").await,
        Code::Overloaded => overloaded().await,
        Code::StoreUnavailable => {
            let nowhere = ["--database-url", "postgres://nobody@127.0.0.1:1/none", "--database-timeout-seconds", "1"];
            let app = TestApp::start(&nowhere).await;
            app.get("/analyses/01890a5d-ac96-774b-bcce-b302099a8057").send().await.unwrap()
        }
        Code::VideoDisabled => {
            upload(&TestApp::start(&["--enable-video-analysis", "false"]).await, "video/mp4", "can-soup.mp4").await
        }
        Code::NoProviderAvailable => {
            let photo = fixture("photo.jpg");
            let app = TestApp::start(&DEVELOPMENT).await;
            app.post_file("image/jpeg", photo, "provider=gemini").send().await.unwrap()
        }
        Code::DeadlineExceeded => {
            let mut flags = scripted("stalls");
            flags.extend(["--request-deadline-seconds", "4", "--media-deadline-seconds", "3"]);
            let app = TestApp::start(&flags).await;
            app.post_file("image/jpeg", fixture("photo.jpg"), "provider=scripted").send().await.unwrap()
        }
    }
}

/// A forced provider never falls back: what it does is what the caller sees.
async fn forced(model: &'static str) -> Response {
    let app = TestApp::start(&scripted(model)).await;
    app.post_file("image/jpeg", fixture("photo.jpg"), "provider=scripted").send().await.unwrap()
}

/// One slot, no queue, and an analysis that holds the slot. Whichever came first, asking goes on until one holds it.
async fn overloaded() -> Response {
    let mut flags = scripted("stalls");
    flags.extend(["--analyses-at-once", "1", "--analyses-queued", "0", "--request-deadline-seconds", "120"]);
    let app = TestApp::start(&flags).await;
    let hold = || tokio::spawn(app.post_file("image/jpeg", fixture("photo.jpg"), "provider=scripted").send());
    let mut holder = hold();
    loop {
        let second = upload(&app, "video/mp4", "no-video-track.mp4").await;
        if second.status() == 503 && !holder.is_finished() {
            holder.abort();
            return second;
        }
        if holder.is_finished() {
            holder = hold();
        }
    }
}

/// What a process leaves behind that is killed at work: a key in flight, whose lease runs out.
async fn interrupted() -> Response {
    let app = TestApp::start(&[]).await;
    let typed = || app.post_json("/analyze-text", &json!({"text": "Ingredienser: salt.", "requestId": "r1"}));
    send(typed(), 200).await;
    app.execute(
        "UPDATE request_keys SET answer = NULL, lease_until = 0, analysis_id = '00000000-0000-0000-0000-000000000000'",
    )
    .await;
    typed().send().await.unwrap()
}

/// A body that begins and never ends, over a bare connection; the answer is put back into the client's type.
async fn slow_body(app: &TestApp) -> Response {
    let mut connection = TcpStream::connect(app.url.trim_start_matches("http://")).await.unwrap();
    let head = "POST /analyze HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 100000\r\n\r\nabc";
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&answer).contains("requestId") {
            let length = connection.read(&mut buffer).await.unwrap();
            assert!(length > 0, "closed without an answer");
            answer.extend_from_slice(&buffer[..length]);
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reading).await.unwrap();
    into_response(&String::from_utf8(answer).unwrap())
}

fn into_response(raw: &str) -> Response {
    let (head, body) = raw.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status: u16 = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut response = http::Response::builder().status(status);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        response = response.header(name, value);
    }
    Response::from(response.body(body.to_owned()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_code_of_the_table_is_produced_as_documented() {
    for code in Code::ALL {
        let response = provoke(*code).await;
        assert_eq!(response.status().as_u16(), code.status(), "{code:?}");
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{code:?}");
        let request_id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let has_wait = response.headers().contains_key("retry-after");
        assert_eq!(has_wait, code.retry_can_help() && matches!(code.status(), 409 | 429 | 503), "{code:?}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"], code.as_str());
        assert_eq!(body["status"], code.status());
        assert_eq!(body["success"], false);
        assert_eq!(body["type"], "about:blank");
        assert_eq!(body["requestId"], request_id);
        assert_eq!(body["detail"], body["message"]);
        assert!(!body["message"].as_str().unwrap().contains("{}"), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_speak_the_callers_language() {
    let app = TestApp::start(&[]).await;
    let english = app.post_json("/analyze", &json!({"preferredLanguage": "en", "image": "*"}));
    assert_eq!(send(english, 400).await["message"], "The picture or video is not valid base64.");
    let swedish = app.post_json("/analyze", &json!({"image": "*"}));
    assert_eq!(send(swedish, 400).await["message"], "Bilden eller videon är inte giltig base64.");
    let by_header = app.get("/nothing").header("Accept-Language", "en-GB,en;q=0.9");
    assert_eq!(send(by_header, 404).await["message"], "There is nothing here.");
    for (tag, written, message) in [
        ("nb-NO", "no", "Bildet eller videoen er ikke gyldig base64."),
        ("da", "da", "Billedet eller videoen er ikke gyldig base64."),
        ("fi-FI", "fi", "Kuva tai video ei ole kelvollista base64:ää."),
        ("de-AT", "de", "Das Bild oder Video ist kein gültiges Base64."),
        ("pl", "en", "The picture or video is not valid base64."),
    ] {
        let asked = app.post_json("/analyze", &json!({"preferredLanguage": tag, "image": "*"})).send().await.unwrap();
        assert_eq!(asked.headers()["content-language"], written, "{tag}");
        assert_eq!(asked.json::<Value>().await.unwrap()["message"], message);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_route_names_a_near_one() {
    let app = TestApp::start(&[]).await;
    let problem = send(app.post("/analyse-text"), 404).await;
    assert!(problem["message"].as_str().unwrap().contains("/analyze-text"), "{problem}");
    app.stop().await;
}
