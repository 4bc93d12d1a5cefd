//! What stands in the log, and what never does.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::harness::fixture;
use crate::harness::postgres::Postgres;
use crate::harness::process::{Process, koalens};

const ADMIN: &str = "hemlig-admin-token-1";
const HASH_KEY: &str = "hemlig-hash-key-12345";
const USER: &str = "SECRETUSER";

/// Requests of every kind, good and bad, each with the user id wherever a caller might put it.
async fn use_everything(process: &Process) {
    let photo = STANDARD.encode(fixture("photo.jpg"));
    let requests = [
        process.post("/analyze").json(&json!({"image": photo, "userId": USER})).header("X-Request-Id", "one"),
        process.post("/analyze").json(&json!({"image": "***", "userId": USER})).header("X-Request-Id", "two"),
        process.post("/analyze?userId=SECRETUSER").json(&json!({"video": photo})).header("User-ID", USER),
        process.post_file("video/mp4", fixture("truncated.mp4")).header("User-ID", USER),
        process.post("/analyze-text").json(&json!({"text": "Ingredienser: salt.", "userId": USER})),
        process.get("/users/SECRETUSER/analyses?before=SECRETUSER").bearer_auth(ADMIN),
        process.get("/users/SECRETUSER/analyses").bearer_auth(ADMIN),
        process.get("/users/SECRETUSER/analyses").bearer_auth("hemlig-but-wrong-token"),
        process.get("/users/SECRETUSER/nothing?a=SECRETUSER"),
        process.get("/analyses/SECRETUSER"),
    ];
    for request in requests {
        request.send().await.unwrap();
    }
}

async fn stopped(process: Process) -> Vec<String> {
    process.signal(Signal::TERM);
    process.wait(Duration::from_secs(30)).1
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_is_an_object_and_a_requests_lines_carry_its_id() {
    let data = TempDir::new().unwrap();
    let process = Process::start(&data, &[("ADMIN_TOKEN", ADMIN)]);
    use_everything(&process).await;
    let log = stopped(process).await;
    let lines: Vec<Value> = log.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        for field in ["level", "message", "timestamp"] {
            assert!(line[field].is_string(), "{field}: {line}");
        }
    }
    let of = |id: &str| lines.iter().filter(|line| line["request_id"] == id).collect::<Vec<_>>();
    let messages: Vec<_> = of("one").iter().map(|line| line["message"].as_str().unwrap()).collect();
    let wanted = ["Using AI provider: local", "local answered ok as primary", "POST /analyze answered 200"];
    assert!(wanted.iter().all(|wanted| messages.contains(wanted)), "{messages:?}");
    assert_eq!((of("two").len(), &of("two")[0]["code"]), (1, &json!("INVALID_BASE64")));
    let requests: Vec<_> = lines.iter().filter(|line| line["route"].is_string()).collect();
    assert_eq!(requests.len(), 10);
    assert!(requests.iter().all(|line| line["request_id"].is_string()), "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_picture_key_or_user_is_logged_even_when_everything_is() {
    let (server, data) = (Postgres::start(), TempDir::new().unwrap());
    let url = server.new_database();
    assert!(koalens().arg("migrate").env("DATABASE_URL", &url).status().unwrap().success());
    let settings = [
        ("LOG_LEVEL", "trace"),
        ("DATABASE_URL", url.as_str()),
        ("ADMIN_TOKEN", ADMIN),
        ("USER_HASH_KEY", HASH_KEY),
        ("DATABASE_TIMEOUT_SECONDS", "1"),
    ];
    let process = Process::start(&data, &settings);
    use_everything(&process).await;
    server.stop();
    use_everything(&process).await;
    let said = process.said();
    let log = stopped(process).await.join("\n") + &said;
    let picture = STANDARD.encode(fixture("photo.jpg"));
    for (what, secret) in [
        ("the user", USER),
        ("the admin's token", ADMIN),
        ("a wrong token", "hemlig-but-wrong"),
        ("the hash key", HASH_KEY),
        ("the database's password", "geheim"),
        ("a picture's beginning", &picture[..24]),
        ("a picture's middle", &picture[3000..3024]),
        ("a picture's bytes", "\\xff\\xd8"),
    ] {
        assert!(!log.contains(secret), "{what}: {}", log.lines().find(|line| line.contains(secret)).unwrap());
    }
}
