//! Who may call: keys made and revoked at the command line, and tokens of users, who see what is theirs alone.

use std::time::Duration;

use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::app::{TestApp, json as json_of, send};
use crate::harness::process::koalens;
use crate::harness::{fixture, until};

const ADMIN: &str = "an-admin-token-for-tests";
const SECRET: &str = "a-secret-for-tests-of-32-bytes!!";
const JWT: [&str; 6] = ["--auth", "jwt", "--jwt-secret", SECRET, "--admin-token", ADMIN];

/// A token of `user`'s with further `claims`.
fn token(user: &str, claims: &Value) -> String {
    let mut whole = json!({"sub": user, "aud": "authenticated", "exp": get_current_timestamp() + 600});
    whole.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    encode(&Header::default(), &whole, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

/// Runs `koalens keys …` over `data`; what it said, if it did it.
fn keys(data: &TempDir, arguments: &[&str]) -> Result<String, String> {
    let run = koalens().arg("keys").args(arguments).env("DATA_DIR", data.path()).output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    if run.status.success() { Ok(said(&run.stdout).trim().to_owned()) } else { Err(said(&run.stderr)) }
}

fn typed(app: &TestApp) -> RequestBuilder {
    app.post_json("/analyze-text", &json!({"ingredients": ["salt"], "userId": "bo"}))
}

fn photo(app: &TestApp) -> RequestBuilder {
    app.post_file("image/jpeg", fixture("photo.jpg"), "").header("User-ID", "bo")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_made_taken_held_to_its_rate_and_revoked() {
    let data = TempDir::new().unwrap();
    let app = TestApp::start_in(data, &["--auth", "keys", "--admin-token", ADMIN]).await;
    let made = keys(&app.data, &["add", "the-app", "--per-minute", "3"]).unwrap();
    assert!(made.starts_with("koalens_") && made.len() > 40, "{made}");
    assert!(keys(&app.data, &["add", "the-app"]).unwrap_err().contains("taken"));
    assert!(!keys(&app.data, &["list"]).unwrap().contains(&made));

    let refused = typed(&app).send().await.unwrap();
    assert!(refused.headers()["www-authenticate"].to_str().unwrap().contains("X-API-Key"));
    assert_eq!(json_of(refused, 401).await["error"], "UNAUTHENTICATED");
    assert_eq!(send(typed(&app).header("X-API-Key", "koalens_wrong"), 401).await["error"], "UNAUTHENTICATED");
    // However a path is spelt.
    for path in [
        "/usage/bo",
        "/usag%65/bo",
        "/%75sage/bo",
        "/usage/bo?x=/health",
        "//usage/bo",
        "/usage//bo/",
        "/health/../usage/bo",
        "/nowhere",
    ] {
        assert_eq!(send(app.get(path), 401).await["error"], "UNAUTHENTICATED", "{path}");
    }
    assert_eq!(
        send(app.get("//health/"), 200).await,
        json!({"status": "ok"}),
        "what is open is open however it is spelt"
    );
    // What the key was asked with before it was known is known within seconds.
    let known = async || typed(&app).header("X-API-Key", &made).send().await.unwrap().status() == 200;
    until("the key is known", Duration::from_secs(10), known).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(typed(&app).header("X-API-Key", &made).send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 429]);
    send(app.get("/health"), 200).await;
    send(app.get("/rollout").bearer_auth(ADMIN), 200).await;
    send(typed(&app).bearer_auth(ADMIN), 200).await;

    keys(&app.data, &["revoke", "the-app"]).unwrap();
    assert!(keys(&app.data, &["revoke", "the-app"]).is_err());
    let gone = async || typed(&app).header("X-API-Key", &made).send().await.unwrap().status() == 401;
    until("the key is taken no more", Duration::from_secs(10), gone).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_says_who_the_user_is_whatever_the_body_says() {
    let app = TestApp::start(&JWT).await;
    let refused = photo(&app).send().await.unwrap();
    assert_eq!(refused.headers()["www-authenticate"], "Bearer");
    assert_eq!(json_of(refused, 401).await["error"], "UNAUTHENTICATED");
    let expired = token("anna", &json!({"exp": get_current_timestamp() - 600}));
    let refused = photo(&app).bearer_auth(expired).send().await.unwrap();
    assert!(refused.headers()["www-authenticate"].to_str().unwrap().contains("expired"));
    assert_eq!(json_of(refused, 401).await["error"], "UNAUTHENTICATED");

    let annas = token("anna", &json!({}));
    send(photo(&app).bearer_auth(&annas), 200).await;
    let history = send(app.get("/users/anna/analyses").bearer_auth(&annas), 200).await;
    assert_eq!(history["analyses"].as_array().unwrap().len(), 1);
    let of_bo = send(app.get("/users/bo/analyses").bearer_auth(ADMIN), 200).await;
    assert_eq!(of_bo["analyses"], json!([]), "the body named bo");
    assert_eq!(send(app.get("/usage/anna").bearer_auth(&annas), 200).await["analysesUsed"], 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_sees_and_forgets_what_is_theirs_alone() {
    let app = TestApp::start(&JWT).await;
    let (annas, bos) = (token("anna", &json!({})), token("bo", &json!({})));
    send(photo(&app).bearer_auth(&annas), 200).await;
    for path in ["/users/anna/analyses", "/usage/anna", "/api/counters/anna/scans"] {
        assert_eq!(send(app.get(path).bearer_auth(&bos), 403).await["error"], "FORBIDDEN", "{path}");
        send(app.get(path).bearer_auth(&annas), 200).await;
    }
    assert_eq!(send(app.delete("/users/anna").bearer_auth(&bos), 403).await["error"], "FORBIDDEN");
    assert_eq!(app.delete("/users/anna").bearer_auth(&annas).send().await.unwrap().status(), 204);
    let history = send(app.get("/users/anna/analyses").bearer_auth(&annas), 200).await;
    assert_eq!(history["analyses"], json!([]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn premium_users_have_no_limit_by_their_token_or_by_an_admins_word() {
    let app = TestApp::start(&[&JWT[..], &["--free-analyses-per-month", "1"]].concat()).await;
    let annas = token("anna", &json!({}));
    let first = send(photo(&app).bearer_auth(&annas), 200).await;
    assert_eq!(first["usageInfo"], json!({"analysesUsed": 1, "analysesLimit": 1, "remaining": 0, "isPremium": false}));
    assert_eq!(send(photo(&app).bearer_auth(&annas), 403).await["error"], "USAGE_LIMIT_EXCEEDED");

    let premium = token("anna", &json!({"app_metadata": {"premium": true}}));
    let info = send(photo(&app).bearer_auth(&premium), 200).await["usageInfo"].clone();
    assert_eq!(info, json!({"analysesUsed": 2, "analysesLimit": null, "remaining": null, "isPremium": true}));
    assert_eq!(send(photo(&app).bearer_auth(&annas), 403).await["error"], "USAGE_LIMIT_EXCEEDED");

    let set =
        |premium: bool| app.request(reqwest::Method::PUT, "/users/anna/premium").json(&json!({"premium": premium}));
    assert_eq!(send(set(true).bearer_auth(&annas), 401).await["error"], "UNAUTHENTICATED");
    assert_eq!(send(set(true).bearer_auth(ADMIN), 200).await, json!({"success": true, "isPremium": true}));
    assert_eq!(send(app.get("/usage/anna").bearer_auth(&annas), 200).await["isPremium"], true);
    send(photo(&app).bearer_auth(&annas), 200).await;
    send(set(false).bearer_auth(ADMIN), 200).await;
    assert_eq!(send(photo(&app).bearer_auth(&annas), 403).await["error"], "USAGE_LIMIT_EXCEEDED");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_read_why_they_are_refused() {
    let app = TestApp::start(&[&JWT[..], &["--cors-origin", "https://app.example"]].concat()).await;
    let preflight = app.request(reqwest::Method::OPTIONS, "/analyze").header("Origin", "https://app.example");
    let preflight = preflight.header("Access-Control-Request-Method", "POST");
    assert_eq!(preflight.send().await.unwrap().status(), 200);
    let refused = typed(&app).header("Origin", "https://app.example").send().await.unwrap();
    assert_eq!(refused.headers()["access-control-allow-origin"], "https://app.example");
    assert_eq!(json_of(refused, 401).await["error"], "UNAUTHENTICATED");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_who_steers_is_never_told_to_wait_and_whoever_guesses_the_token_is() {
    let app = TestApp::start(&["--admin-token", ADMIN, "--rate-limit-per-minute", "2"]).await;
    for _ in 0..4 {
        send(app.get("/rollout").bearer_auth(ADMIN), 200).await;
    }
    send(app.post("/rollout/rollback").bearer_auth(ADMIN), 200).await;
    for status in [401, 401, 429] {
        send(app.post("/rollout/rollback").bearer_auth("a-guess"), status).await;
    }
    send(app.get("/ab/summary").bearer_auth(ADMIN), 200).await;
    app.stop().await;
}
