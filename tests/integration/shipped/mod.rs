//! The paths that the app in people's hands calls, as it calls them: golden pairs of request and answer.
//!
//! A pair names the members that must be equal; what changes from run to run (ids, times) is looked at by itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

mod habits;

use crate::harness::app::{TestApp, database, json as json_of, send};
use crate::harness::fixture;

const ADMIN: &str = "an-admin-token-for-tests";
const VIDEO: [&str; 4] = ["/api/video/analyze-video", "/video/analyze-video", "/analyze-video", "/api/analyze-video"];

fn encoded(name: &str) -> String {
    STANDARD.encode(fixture(name))
}

/// Every member that `expected` names is as it says.
fn assert_holds(answer: &Value, expected: &Value) {
    for (member, value) in expected.as_object().unwrap() {
        assert_eq!(&answer[member], value, "{member} of {answer}");
    }
}

fn members(answer: &Value) -> Vec<&str> {
    answer.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_is_answered_under_result_on_each_of_its_paths() {
    let app = TestApp::start(&[]).await;
    let video = json!({"base64Data": encoded("vp8.webm"), "mimeType": "video/webm", "preferredLanguage": "en",
        "requestId": "1732-a"});
    for path in VIDEO {
        let answer = send(app.post_json(path, &video), 200).await;
        assert_eq!((members(&answer), &answer["success"]), (vec!["result", "success"], &json!(true)));
        let golden = json!({"success": true, "status": "non-vegan", "isVegan": false, "isUncertain": false,
            "traceIngredients": answer["result"]["traceIngredients"]});
        assert_holds(&answer["result"], &golden);
        assert!(answer["result"]["ingredientList"][0]["statusColor"].is_string(), "{answer}");
        assert_eq!(answer["result"]["media"]["kind"], "video");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_video_is_said_as_the_app_knows_it() {
    let app = TestApp::start(&[]).await;
    let pairs = [
        (json!({}), json!({"success": false, "error": "Missing required field: base64Data"})),
        (json!({"base64Data": ""}), json!({"success": false, "error": "Missing required field: base64Data"})),
        (json!({"base64Data": null}), json!({"success": false, "error": "Missing required field: base64Data"})),
        (json!({"base64Data": "YWJj"}), json!({"success": false, "error": "Missing required field: mimeType"})),
        (json!({"base64Data": "YWJj", "mimeType": ""}), json!({"error": "Missing required field: mimeType"})),
        (json!({"base64Data": 7, "mimeType": "video/mp4"}), json!({"error": "INVALID_CONTENT_FORMAT"})),
        (json!({"base64Data": "YWJj", "mimeType": 7}), json!({"error": "INVALID_CONTENT_FORMAT"})),
        (json!({"base64Data": "YWJj", "mimeType": "image/jpeg"}), json!({"error": "INVALID_CONTENT_FORMAT"})),
        (json!({"base64Data": "YWJj", "mimeType": "nonsense"}), json!({"error": "INVALID_CONTENT_FORMAT"})),
        (json!({"base64Data": "*", "mimeType": "video/mp4"}), json!({"success": false, "error": "INVALID_BASE64"})),
    ];
    for path in VIDEO {
        for (request, golden) in &pairs {
            assert_holds(&send(app.post_json(path, request), 400).await, golden);
        }
    }
    let long = json!({"base64Data": encoded("too-long.mp4"), "mimeType": "video/mp4"});
    assert_holds(&send(app.post_json(VIDEO[0], &long), 422).await, &json!({"error": "MEDIA_TOO_LONG"}));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_with_its_metadata_is_answered_at_the_root() {
    let app = TestApp::start(&[]).await;
    let photo = json!({"data": encoded("photo.jpg"), "contentType": "image/jpeg", "userId": "anna",
        "metadata": {"language": "en", "platform": "ios"}, "options": {"quality": 0.8}});
    let answer = send(app.post_json("/api/image/analyze", &photo), 200).await;
    assert_holds(&answer, &json!({"success": true, "nonVeganIngredients": [], "provider": "local"}));
    assert_eq!(answer["usageInfo"]["analysesUsed"], 1);
    let english = answer["ingredientList"].as_array().unwrap();
    assert!(english.iter().any(|item| item["translatedName"] == "oats" || item["translatedName"] == "oat"), "{answer}");

    for (body, status, golden) in [
        (json!({"contentType": "image/jpeg"}), 400, json!({"error": "Missing required field: data"})),
        (json!({"data": "", "userId": "anna"}), 400, json!({"error": "Missing required field: data"})),
        (json!({"data": "*"}), 400, json!({"error": "INVALID_BASE64"})),
        (json!({"data": "YWJj", "metadata": "en"}), 400, json!({"error": "INVALID_CONTENT_FORMAT"})),
        (json!({"data": "YWJj", "contentType": "video/mp4"}), 415, json!({"error": "UNSUPPORTED_MEDIA_TYPE"})),
        (json!({"data": 7}), 400, json!({"error": "INVALID_CONTENT_FORMAT"})),
    ] {
        assert_holds(&send(app.post_json("/api/image/analyze", &body), status).await, &golden);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_of_the_older_paths_has_its_ingredients_as_plain_names() {
    let app = TestApp::start(&[]).await;
    for path in ["/api/analyze/image", "/api/ai/analyze-image"] {
        let body = json!({"image": encoded("photo.jpg"), "preferredLanguage": "sv"});
        let answer = send(app.post_json(path, &body), 200).await;
        let names = answer["ingredientList"].as_array().unwrap();
        assert!(names.contains(&json!("havre")) && names.iter().all(Value::is_string), "{answer}");
        assert_holds(&answer, &json!({"success": true, "nonVeganIngredients": []}));
        for (body, status, code) in [
            (json!({}), 400, "MISSING_CONTENT"),
            (json!({"image": ""}), 400, "MISSING_CONTENT"),
            (json!({"image": 7}), 400, "INVALID_CONTENT_FORMAT"),
            (json!({"image": "*"}), 400, "INVALID_BASE64"),
            (json!({"image": encoded("truncated.jpg")}), 422, "MEDIA_UNREADABLE"),
        ] {
            assert_holds(&send(app.post_json(path, &body), status).await, &json!({"error": code, "success": false}));
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_text_has_the_short_answer() {
    let app = TestApp::start(&[]).await;
    for path in ["/api/analyze/text", "/api/ai/analyze-text"] {
        let vegan = send(app.post_json(path, &json!({"ingredients": ["vatten", "salt"]})), 200).await;
        let names =
            ["confidence", "imageQualityIssues", "ingredientList", "isVegan", "nonVeganIngredients", "reasoning"];
        assert_eq!(members(&vegan), names);
        let golden = json!({"isVegan": true, "ingredientList": ["vatten", "salt"], "nonVeganIngredients": [],
            "imageQualityIssues": []});
        assert_holds(&vegan, &golden);
        let animal = send(app.post_json(path, &json!({"text": "Ingredienser: vatten, grädde, salt."})), 200).await;
        assert_holds(&animal, &json!({"isVegan": false, "nonVeganIngredients": ["grädde"]}));
        for (body, code) in [
            (json!({}), "MISSING_CONTENT"),
            (json!({"ingredients": []}), "MISSING_CONTENT"),
            (json!({"text": "  "}), "MISSING_CONTENT"),
            (json!({"ingredients": "salt"}), "INVALID_CONTENT_FORMAT"),
            (json!({"ingredients": [7]}), "INVALID_CONTENT_FORMAT"),
            (json!({"ingredients": {}}), "INVALID_CONTENT_FORMAT"),
            (json!({"text": 7}), "INVALID_CONTENT_FORMAT"),
        ] {
            assert_holds(&send(app.post_json(path, &body), 400).await, &json!({"error": code, "success": false}));
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn listed_ingredients_have_the_whole_answer_in_the_language_they_name() {
    let app = TestApp::start(&[]).await;
    let body = json!({"ingredients": ["water", "whey powder"], "language": "en", "userId": "anna",
        "watchedIngredients": ["whey"]});
    let answer = send(app.post_json("/api/ingredients/analyze", &body), 200).await;
    let golden = json!({"success": true, "isVegan": false, "watchedIngredients": ["whey"],
        "nonVeganIngredients": ["whey powder"]});
    assert_holds(&answer, &golden);
    let swedish = send(app.post_json("/api/ingredients/analyze", &json!({"ingredients": ["whey powder"]})), 200).await;
    assert_ne!(answer["reasoning"], swedish["reasoning"]);
    for (body, code) in [(json!({}), "MISSING_CONTENT"), (json!({"ingredients": "salt"}), "INVALID_CONTENT_FORMAT")] {
        let refused = send(app.post_json("/api/ingredients/analyze", &body), 400).await;
        assert_holds(&refused, &json!({"error": code, "success": false}));
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_count_within_their_month_and_apart_from_usage() {
    let app = TestApp::start(&["--free-analyses-per-month", "5"]).await;
    let fresh = send(app.get("/api/counters/anna@example.org/analyses"), 200).await;
    let golden = json!({"counter_id": "anna@example.org:analyses", "user_id": "anna@example.org",
        "counter_name": "analyses", "value": 0, "limit": 5, "remaining": 5, "is_limited": true,
        "has_reached_limit": false, "reset_frequency": "monthly"});
    assert_holds(&fresh, &golden);
    assert_eq!(fresh.as_object().unwrap().len(), 11, "{fresh}");
    let (last, next) = (fresh["last_reset"].as_str().unwrap(), fresh["next_reset"].as_str().unwrap());
    assert!(last.ends_with("-01T00:00:00Z") && next.ends_with("-01T00:00:00Z") && last < next, "{fresh}");

    let increment = |path: &str, by: Value| app.post_json(&format!("{path}/increment"), &json!({"increment": by}));
    let path = "/api/counters/anna@example.org/analyses";
    assert_holds(&send(increment(path, json!(2)), 200).await, &json!({"value": 2, "remaining": 3}));
    let other_name_of_it = "/api/counter/anna@example.org/analyses";
    let full = send(increment(other_name_of_it, json!(3)), 200).await;
    assert_holds(&full, &json!({"value": 5, "remaining": 0, "has_reached_limit": true}));
    assert_holds(&send(app.get(other_name_of_it), 200).await, &json!({"value": 5}));
    assert_holds(&send(app.get("/api/counters/bo/analyses"), 200).await, &json!({"value": 0}));
    assert_holds(&send(app.get("/usage/anna@example.org"), 200).await, &json!({"analysesUsed": 0}));
    for by in [json!(0), json!(-1), json!(1001), json!(1.5), json!("1")] {
        assert_holds(&send(increment(path, by), 400).await, &json!({"error": "INVALID_CONTENT_FORMAT"}));
    }
    assert_eq!(send(app.get("/api/counters/anna/a%20b"), 400).await["error"], "INVALID_CONTENT_FORMAT");
    // A month later it starts anew.
    app.execute("UPDATE counters SET month = month - 100").await;
    let golden = json!({"value": 0, "remaining": 5, "has_reached_limit": false});
    assert_holds(&send(app.get(path), 200).await, &golden);
    assert_holds(&send(increment(other_name_of_it, json!(1)), 200).await, &json!({"value": 1, "remaining": 4}));
    app.stop().await;
    let unlimited = TestApp::start(&[]).await;
    let golden = json!({"limit": null, "remaining": null, "is_limited": false, "has_reached_limit": false});
    assert_holds(&send(unlimited.get("/api/counters/anna/analyses"), 200).await, &golden);
    unlimited.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_counts_pictures_on_old_and_new_paths_alike_up_to_the_limit() {
    let app = TestApp::start(&["--free-analyses-per-month", "2"]).await;
    let usage = json!({"analysesUsed": 0, "analysesLimit": 2, "remaining": 2, "isPremium": false});
    assert_eq!(send(app.get("/usage/anna"), 200).await, usage);
    let photo = json!({"data": encoded("photo.jpg"), "contentType": "image/jpeg", "userId": "anna"});
    send(app.post_json("/api/image/analyze", &photo), 200).await;
    send(app.post_json("/analyze", &json!({"image": encoded("photo.jpg"), "userId": "anna"})), 200).await;
    let usage = json!({"analysesUsed": 2, "analysesLimit": 2, "remaining": 0, "isPremium": false});
    assert_eq!(send(app.get("/usage/anna"), 200).await, usage);
    let refused = send(app.post_json("/api/image/analyze", &photo), 403).await;
    assert_eq!(refused["error"], "USAGE_LIMIT_EXCEEDED");
    app.execute("UPDATE usage SET month = month - 100").await;
    let usage = json!({"analysesUsed": 0, "analysesLimit": 2, "remaining": 2, "isPremium": false});
    assert_eq!(send(app.get("/usage/anna"), 200).await, usage, "a month later there are new ones");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_stored_and_answered_with_its_id() {
    let app = TestApp::start(&[]).await;
    let report = json!({"ingredient": "E471", "feedback": "Är vegetabilisk här", "productId": "7310865004703",
        "isVegan": true, "userId": "anna", "timestamp": "2026-11-22T05:00:00.000Z"});
    let answer = send(app.post_json("/api/reports/ingredient", &report), 201).await;
    assert_eq!(answer["success"], true);
    let short = json!({"ingredient": "E471", "feedback": "?", "timestamp": 1_763_787_600_000_u64});
    send(app.post_json("/api/reports/ingredient", &short), 201).await;
    for (body, error) in [
        (json!({"feedback": "?"}), "Missing required field: ingredient"),
        (json!({"ingredient": "E471", "feedback": " "}), "Missing required field: feedback"),
        (json!({"ingredient": "E471", "feedback": 7}), "INVALID_CONTENT_FORMAT"),
        (json!({"ingredient": "E".repeat(201), "feedback": "?"}), "INVALID_CONTENT_FORMAT"),
        (json!({"ingredient": "E471", "feedback": "?", "timestamp": []}), "INVALID_CONTENT_FORMAT"),
    ] {
        assert_eq!(send(app.post_json("/api/reports/ingredient", &body), 400).await["error"], error, "{body}");
    }
    let data = app.stop().await;
    let mut database = database(&data).await;
    let stored =
        "SELECT id || ' ' || ingredient || ' ' || feedback || ' ' || product_id || ' ' || is_vegan || ' ' || said_at
        FROM reports WHERE user_hash IS NOT NULL";
    let stored: Vec<String> = sqlx::query_scalar(stored).fetch_all(&mut database).await.unwrap();
    let id = answer["reportId"].as_str().unwrap();
    assert_eq!(stored, [format!("{id} E471 Är vegetabilisk här 7310865004703 1 2026-11-22T05:00:00.000Z")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn video_counts_since_start_are_for_admins() {
    let app = TestApp::start(&["--admin-token", ADMIN]).await;
    assert_eq!(send(app.get("/api/video/stats"), 401).await["error"], "UNAUTHENTICATED");
    let stats = || send(app.get("/api/video/stats").bearer_auth(ADMIN), 200);
    let golden = json!({"success": true, "requests": 0, "inFlight": 0, "answered": 0, "failed": 0, "averageMs": null});
    assert_holds(&stats().await, &golden);
    let video = |name: &str| json!({"base64Data": encoded(name), "mimeType": "video/mp4"});
    send(app.post_json(VIDEO[0], &video("one-frame.mp4")), 200).await;
    send(app.post_json(VIDEO[0], &video("too-long.mp4")), 422).await;
    send(app.post_file("image/jpeg", fixture("photo.jpg"), ""), 200).await;
    let after = stats().await;
    assert_holds(&after, &json!({"requests": 2, "inFlight": 0, "answered": 1, "failed": 1}));
    assert!(after["averageMs"].as_u64().unwrap() > 0 && after["since"].is_string(), "{after}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_paths_have_the_limits_of_the_new_ones() {
    let app = TestApp::start(&["--analyses-per-hour-per-address", "1", "--rate-limit-per-minute", "100"]).await;
    let nothing = json!({"base64Data": ""});
    send(app.post_json(VIDEO[0], &nothing), 400).await;
    let refused = send(app.post_json("/api/image/analyze", &nothing), 429).await;
    assert_eq!(refused["error"], "RATE_LIMITED");
    assert!(refused["retryAfterMs"].as_u64().unwrap() >= 1000, "{refused}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_path_misspelt_is_named() {
    let app = TestApp::start(&[]).await;
    let problem = send(app.post("/api/video/analyse-video"), 404).await;
    assert!(problem["message"].as_str().unwrap().contains("/api/video/analyze-video"), "{problem}");
    app.stop().await;
}

/// Both sent at once: the body of the one that was answered, after a look at the one that was refused.
async fn one_of_two(one: RequestBuilder, other: RequestBuilder) -> Value {
    let (one, other) = tokio::join!(one.send(), other.send());
    let (one, other) = (one.unwrap(), other.unwrap());
    let (answered, refused) = if one.status() == 200 { (one, other) } else { (other, one) };
    let answered = json_of(answered, 200).await;
    assert_eq!(refused.headers()["retry-after"], "2");
    let golden = json!({"success": false, "error": "DUPLICATE_REQUEST", "retryAfterMs": 2000});
    assert_holds(&json_of(refused, 429).await, &golden);
    answered
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_upload_in_flight_is_429_on_the_old_paths_and_answered_once() {
    let scripted = ["--app-env", "development", "--scripted-model", "slow", "--ai-provider", "scripted"];
    let app = TestApp::start(&scripted).await;
    let video = json!({"base64Data": encoded("one-frame.mp4"), "mimeType": "video/mp4", "requestId": "r1"});
    let image = json!({"image": encoded("photo.jpg"), "requestId": "r1"});
    let data = json!({"data": encoded("photo.jpg"), "contentType": "image/jpeg", "requestId": "r1"});
    for (paths, body) in [
        (&VIDEO[..], video),
        (&["/api/analyze/image", "/api/ai/analyze-image"], image),
        (&["/api/image/analyze"], data),
    ] {
        let last = paths.len() - 1;
        let answered = one_of_two(app.post_json(paths[0], &body), app.post_json(paths[last], &body)).await;
        for path in paths {
            assert_eq!(send(app.post_json(path, &body), 200).await, answered, "{path}");
        }
        let mut other_wish = body.clone();
        other_wish["preferredLanguage"] = json!("en");
        let conflict = send(app.post_json(paths[0], &other_wish), 409).await;
        assert_eq!(conflict["error"], "IDEMPOTENCY_CONFLICT");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_old_path_names_the_method_that_it_takes() {
    let app = TestApp::start(&[]).await;
    let posts = [
        "/api/image/analyze",
        "/api/analyze/image",
        "/api/ai/analyze-image",
        "/api/analyze/text",
        "/api/ai/analyze-text",
        "/api/ingredients/analyze",
        "/api/reports/ingredient",
        "/api/counters/anna/scans/increment",
        "/api/counter/anna/scans/increment",
    ];
    for path in VIDEO.iter().chain(&posts) {
        let refused = app.get(path).send().await.unwrap();
        assert_eq!((refused.status().as_u16(), &refused.headers()["allow"]), (405, &"POST".parse().unwrap()), "{path}");
    }
    for path in ["/api/counters/anna/scans", "/api/counter/anna/scans", "/usage/anna", "/api/health"] {
        assert_eq!(app.request(Method::HEAD, path).send().await.unwrap().status(), 200, "{path}");
        let refused = app.request(Method::DELETE, path).send().await.unwrap();
        assert_eq!(refused.headers()["allow"], "GET, HEAD", "{path}");
    }
    app.stop().await;
}
