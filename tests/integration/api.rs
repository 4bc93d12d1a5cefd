//! The HTTP contract, as a mobile programmer meets it.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderMap;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::harness::app::{TestApp, send};
use crate::harness::fixture;

const ADMIN: &str = "an-admin-token-for-tests";

fn encoded(name: &str) -> String {
    STANDARD.encode(fixture(name))
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

/// Flags that make the scripted reader answer as `model`.
fn scripted(model: &str) -> [&str; 6] {
    ["--app-env", "development", "--scripted-model", model, "--ai-provider", "scripted"]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filmed_can_becomes_a_verdict_field_for_field() {
    let app = TestApp::start(&[]).await;
    let body = json!({"video": encoded("can-soup.mp4"), "userId": "anna", "watchedIngredients": ["potatis", "palmolja"],
        "includeLabelImage": true, "somethingUnknown": [1, 2]});
    let answer = send(app.post_json("/analyze", &body), 200).await;
    let members = "success analysisId status isVegan isUncertain confidence ingredientList veganIngredients \
        nonVeganIngredients uncertainIngredients unknownIngredients traceIngredients watchedIngredients \
        problemIngredient reasoning uncertainReasons labelText detectedLanguage legibility imageQualityIssues provider \
        model degraded assignment media usage timings usageInfo labelImage";
    assert_eq!(keys(&answer), words(members));
    let item =
        "name canonicalName translatedName status statusColor source confidence reason description decidedBy match";
    assert_eq!(keys(&answer["ingredientList"][0]), words(item));
    assert_eq!(keys(&answer["assignment"]), words("experiment arm reason bucket"));
    let media = "kind durationMs framesDecoded imagesSent bytesSent imageTokens flattened";
    assert_eq!(keys(&answer["media"]), words(media));
    assert_eq!(keys(&answer["usage"]), words("inputTokens outputTokens cachedTokens costUsd"));
    assert_eq!(keys(&answer["timings"]), words("intakeMs mediaMs providerMs verdictMs totalMs"));
    assert_eq!(keys(&answer["usageInfo"]), words("analysesUsed analysesLimit remaining isPremium"));

    assert_eq!((&answer["status"], &answer["isVegan"]), (&json!("non-vegan"), &json!(false)));
    let problem = answer["problemIngredient"].as_str().unwrap();
    assert!(problem.starts_with("GRÄDDE"), "{problem}");
    assert_eq!(answer["nonVeganIngredients"], json!([problem]));
    assert!(answer["reasoning"].as_str().unwrap().contains("grädde"), "{answer}");
    let cream = answer["ingredientList"].as_array().unwrap().iter().find(|item| item["name"] == problem).unwrap();
    assert_eq!((&cream["statusColor"], &cream["decidedBy"]), (&json!("#FF6347"), &json!("lexicon")));
    assert!(answer["veganIngredients"].as_array().unwrap().contains(&json!("potatis")), "{answer}");
    assert_eq!(answer["watchedIngredients"], json!(["potatis"]));
    assert_eq!(answer["media"]["kind"], "video");
    assert_eq!((&answer["provider"], &answer["assignment"]["reason"]), (&json!("local"), &json!("configured")));
    assert_eq!(
        answer["usageInfo"],
        json!({"analysesUsed": 1, "analysesLimit": null, "remaining": null, "isPremium": false})
    );
    let picture = answer["labelImage"].as_str().unwrap().strip_prefix("data:image/jpeg;base64,").unwrap();
    assert!(STANDARD.decode(picture).unwrap().starts_with(&[0xff, 0xd8]));

    let id = answer["analysisId"].as_str().unwrap();
    let mut stored = send(app.get(&format!("/analyses/{id}")), 200).await;
    let mut expected = answer.clone();
    expected.as_object_mut().unwrap().remove("labelImage");
    expected["usageInfo"] = Value::Null;
    assert_eq!(stored.take(), expected, "what is kept is what was answered, without picture and usage");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_send_a_photo_is_understood() {
    let app = TestApp::start(&[]).await;
    let photo = fixture("photo.jpg");
    let base64 = encoded("photo.jpg");
    let slashes_escaped = base64.replace('/', "\\/");
    let part = |name: &str| Part::bytes(fixture(name)).file_name("pack.jpg");
    let form = |field: &'static str| Form::new().text("preferredLanguage", "en").part(field, part("photo.jpg"));
    let raw_json = format!("{{\"image\":\"{slashes_escaped}\",\"mimeType\":\"image/jpeg\"}}");
    let requests = [
        app.post_json("/analyze", &json!({"image": base64})),
        app.post_json("/analyze", &json!({"image": format!("data:image/jpeg;base64,{base64}")})),
        app.post_json("/analyze", &json!({"images": [base64], "video": null})),
        app.post("/analyze").header("Content-Type", "application/json; charset=utf-8").body(raw_json),
        app.post("/analyze").multipart(form("image")),
        app.post("/analyze").multipart(form("images")),
        app.post("/analyze").multipart(form("file")),
        app.post_file("image/jpeg", photo.clone(), "preferredLanguage=en"),
        app.post_file("image/png", photo, ""),
    ];
    for request in requests {
        let answer = send(request, 200).await;
        assert_eq!(answer["media"]["kind"], "image", "{answer}");
        let vegan = answer["veganIngredients"].to_string();
        assert!(vegan.contains("havre") && vegan.contains("kalciumkarbonat"), "{answer}");
        assert_ne!(answer["status"], "non-vegan");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_photos_of_one_pack_are_one_analysis() {
    let app = TestApp::start(&[]).await;
    let body = json!({"images": [encoded("photo-left.jpg"), encoded("photo-right.jpg")]});
    let answer = send(app.post_json("/analyze", &body), 200).await;
    assert_eq!(answer["media"]["framesDecoded"], 2);
    let text = answer["labelText"].as_str().unwrap().to_lowercase();
    assert!(text.contains("linser") && text.contains("ingefära") && text.contains("senap"), "{text}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_readable_clip_is_read() {
    let app = TestApp::start(&[]).await;
    let clips = [
        ("video/quicktime", "hevc-10bit.mov"),
        ("video/webm", "vp8.webm"),
        ("video/webm", "vp9.webm"),
        ("video/webm", "av1.webm"),
        ("video/mp4", "rotated-90.mp4"),
        ("video/mp4", "truncated-tail.mp4"),
    ];
    for (media_type, name) in clips {
        let answer = send(app.post_file(media_type, fixture(name), ""), 200).await;
        assert_eq!(answer["status"], "non-vegan", "{name}: {answer}");
        assert!(answer["problemIngredient"].as_str().unwrap().to_uppercase().starts_with("GRÄDDE"), "{name}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_of_the_label_is_what_was_read() {
    let app = TestApp::start(&[]).await;
    for (member, name, printed) in [("video", "can-soup.mp4", "champinjoner"), ("image", "orientation-6.jpg", "havre")]
    {
        let answer =
            send(app.post_json("/analyze", &json!({member: encoded(name), "includeLabelImage": true})), 200).await;
        let picture = answer["labelImage"].as_str().unwrap().strip_prefix("data:image/jpeg;base64,").unwrap();
        let bytes = STANDARD.decode(picture).unwrap();
        let shown = image::load_from_memory(&bytes).unwrap();
        assert!(
            shown.width() > shown.height(),
            "{name}: the print alone, upright: {} × {}",
            shown.width(),
            shown.height()
        );
        let again = send(app.post_file("image/jpeg", bytes, ""), 200).await;
        for text in [&answer["labelText"], &again["labelText"]] {
            assert!(text.as_str().unwrap().contains(printed), "{name}: {text}");
        }
        assert_eq!(again["status"], answer["status"], "{name}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upside_down_photo_is_turned_and_a_picture_without_a_list_is_unknown() {
    let app = TestApp::start(&[]).await;
    let turned = send(app.post_file("image/jpeg", fixture("orientation-6.jpg"), ""), 200).await;
    assert!(turned["labelText"].as_str().unwrap().contains("havre"), "{turned}");
    let empty = send(app.post_file("image/jpeg", fixture("no-text.jpg"), "preferredLanguage=en"), 200).await;
    assert_eq!((&empty["status"], &empty["isVegan"]), (&json!("unknown"), &Value::Null));
    assert_eq!(empty["legibility"], "none");
    assert!(!empty["reasoning"].as_str().unwrap().is_empty());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_files_are_refused_with_the_code_that_names_their_fault() {
    let app = TestApp::start(&[]).await;
    let files = [
        ("truncated.jpg", "image/jpeg", 422, "MEDIA_UNREADABLE"),
        ("not-an-image.jpg", "image/jpeg", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("huge-dimensions.png", "image/png", 422, "MEDIA_TOO_LARGE_DIMENSIONS"),
        ("truncated.mp4", "video/mp4", 422, "MEDIA_UNREADABLE"),
        ("lying-header.mp4", "video/mp4", 422, "MEDIA_TOO_LARGE_DIMENSIONS"),
        ("understating-header.mp4", "video/mp4", 422, "MEDIA_TOO_LARGE_DIMENSIONS"),
        ("empty.mp4", "video/mp4", 400, "MISSING_CONTENT"),
        ("text-posing-as.mp4", "video/mp4", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("hls-playlist-posing-as.mp4", "video/mp4", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("ffconcat-posing-as.mp4", "video/mp4", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("dash-posing-as.mp4", "video/mp4", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("no-video-track.mp4", "video/mp4", 422, "MEDIA_NO_FRAMES"),
        ("too-long.mp4", "video/mp4", 422, "MEDIA_TOO_LONG"),
        ("photo.jpg", "video/mp4", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("can-soup.mp4", "image/jpeg", 415, "UNSUPPORTED_MEDIA_TYPE"),
    ];
    for (name, media_type, status, code) in files {
        let problem = send(app.post_file(media_type, fixture(name), ""), status).await;
        assert_eq!(problem["error"], code, "{name}");
    }
    let ready = send(app.get("/ready"), 200).await;
    assert_eq!((&ready["status"], &ready["degraded"]), (&json!("ready"), &json!([])));
    assert_eq!(ready["sandbox"]["seccomp"], true);
    assert!(["full", "partial", "absent"].map(|held| json!(held)).contains(&ready["sandbox"]["landlock"]), "{ready}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_bodies_are_refused_with_the_code_that_names_their_fault() {
    let app = TestApp::start(&["--max-images", "2"]).await;
    let picture = "YWJj";
    let bodies = [
        (json!({"image": ""}), "MISSING_CONTENT"),
        (json!({"images": []}), "MISSING_CONTENT"),
        (json!({"image": null}), "MISSING_CONTENT"),
        (json!({"image": picture, "images": [picture]}), "AMBIGUOUS_CONTENT"),
        (json!({"images": [picture, picture, picture]}), "INVALID_CONTENT_FORMAT"),
        (json!({"images": picture}), "INVALID_CONTENT_FORMAT"),
        (json!({"image": {"data": picture}}), "INVALID_CONTENT_FORMAT"),
        (json!({"image": picture, "userId": "a\nb"}), "INVALID_CONTENT_FORMAT"),
        (json!({"image": picture, "userId": "a".repeat(200)}), "INVALID_CONTENT_FORMAT"),
        (json!({"image": picture, "userId": 7}), "INVALID_CONTENT_FORMAT"),
        (json!({"image": picture, "requestId": "a\u{0}"}), "INVALID_CONTENT_FORMAT"),
        (json!({"image": picture, "includeLabelImage": "yes"}), "INVALID_CONTENT_FORMAT"),
        (json!({"image": picture, "watchedIngredients": "soja"}), "INVALID_CONTENT_FORMAT"),
        (json!({"image": "data:image/png,abc"}), "INVALID_BASE64"),
        (json!({"image": "YWJj\u{e5}"}), "INVALID_BASE64"),
        (json!([1]), "INVALID_CONTENT_FORMAT"),
    ];
    for (body, code) in bodies {
        assert_eq!(send(app.post_json("/analyze", &body), 400).await["error"], code, "{body}");
    }
    let mismatch = json!({"image": picture, "mimeType": "video/mp4"});
    assert_eq!(send(app.post_json("/analyze", &mismatch), 415).await["error"], "UNSUPPORTED_MEDIA_TYPE");
    let two_files = Form::new().part("image", Part::bytes(b"a".to_vec())).part("image", Part::bytes(b"b".to_vec()));
    assert_eq!(send(app.post("/analyze").multipart(two_files), 400).await["error"], "AMBIGUOUS_CONTENT");
    let no_boundary = app.post("/analyze").header("Content-Type", "multipart/form-data").body("x");
    assert_eq!(send(no_boundary, 400).await["error"], "INVALID_CONTENT_FORMAT");
    let form = app.post("/analyze").header("Content-Type", "application/x-www-form-urlencoded").body("image=abc");
    assert_eq!(send(form, 415).await["error"], "UNSUPPORTED_MEDIA_TYPE");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_text_is_decided_without_a_reader() {
    let app = TestApp::start(&[]).await;
    let listed = json!({"ingredients": ["vatten", "kokosmjölk", "salt"], "userId": "anna"});
    let vegan = send(app.post_json("/analyze-text", &listed), 200).await;
    assert_eq!(
        (&vegan["status"], &vegan["isVegan"], &vegan["legibility"]),
        (&json!("vegan"), &json!(true), &json!("full"))
    );
    assert_eq!(vegan["media"], Value::Null);
    assert_eq!(vegan["usageInfo"]["analysesUsed"], 0, "typed text is not counted");
    let text = json!({"text": "Ingredients: water, whey powder, salt.", "preferredLanguage": "en"});
    let animal = send(app.post_json("/analyze-text", &text), 200).await;
    assert_eq!((&animal["status"], &animal["problemIngredient"]), (&json!("non-vegan"), &json!("whey powder")));
    for (body, code) in [(json!({}), "MISSING_CONTENT"), (json!({"ingredients": "salt"}), "INVALID_CONTENT_FORMAT")] {
        assert_eq!(send(app.post_json("/analyze-text", &body), 400).await["error"], code);
    }
    let id = vegan["analysisId"].as_str().unwrap();
    let stored = wait_for(&app, &format!("/analyses/{id}")).await;
    assert_eq!(stored["status"], "vegan", "typed analyses are recorded after their answer");
    app.stop().await;
}

/// Asks until it is there: typed analyses are recorded after their answer.
async fn wait_for(app: &TestApp, path: &str) -> Value {
    for _ in 0..200 {
        let response = app.get(path).send().await.unwrap();
        if response.status() == 200 {
            return response.json().await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{path} is still not there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remote_vegan_counts_only_where_the_local_reader_sees_no_animal_word() {
    let app = TestApp::start(&scripted("vegan")).await;
    let soup = send(app.post_file("video/mp4", fixture("can-soup.mp4"), ""), 200).await;
    assert_eq!((&soup["status"], &soup["provider"]), (&json!("uncertain"), &json!("scripted")));
    assert!(!soup["uncertainReasons"].as_array().unwrap().is_empty(), "{soup}");
    let drink = send(app.post_file("image/jpeg", fixture("photo.jpg"), ""), 200).await;
    assert_eq!(drink["status"], "vegan", "{drink}");
    assert!(drink["media"]["bytesSent"].as_u64().unwrap() > 1000);
    app.stop().await;
    let trusting = [&scripted("vegan")[..], &["--vegan-second-reading", "off"]].concat();
    let app = TestApp::start(&trusting).await;
    let soup = send(app.post_file("video/mp4", fixture("can-soup.mp4"), ""), 200).await;
    assert_eq!(soup["status"], "vegan", "switched off, the second reading is not made");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_says_is_not_believed() {
    for (model, status) in
        [("cream", "non-vegan"), ("partial", "uncertain"), ("invents", "uncertain"), ("nothing", "unknown")]
    {
        let app = TestApp::start(&scripted(model)).await;
        let answer = send(app.post_file("image/jpeg", fixture("photo.jpg"), ""), 200).await;
        assert_eq!(answer["status"], status, "{model}: {answer}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_assigned_reader_fails_the_local_one_answers_and_says_so() {
    for model in ["fails", "refuses", "garbage"] {
        let app = TestApp::start(&scripted(model)).await;
        let answer = send(app.post_file("image/jpeg", fixture("photo.jpg"), ""), 200).await;
        assert_eq!((&answer["provider"], &answer["degraded"]), (&json!("local"), &json!(true)), "{model}");
        assert_eq!(answer["assignment"]["arm"], "scripted");
        app.stop().await;
    }
    let alone = [&scripted("fails")[..], &["--local-fallback", "off"]].concat();
    let app = TestApp::start(&alone).await;
    let problem = send(app.post_file("image/jpeg", fixture("photo.jpg"), ""), 503).await;
    assert_eq!(problem["error"], "NO_PROVIDER_AVAILABLE");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_feedback_and_forgetting() {
    let app = TestApp::start(&["--admin-token", ADMIN]).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let body = json!({"image": encoded("photo.jpg"), "userId": "anna"});
        ids.push(send(app.post_json("/analyze", &body), 200).await["analysisId"].clone());
    }
    let first = send(app.get("/users/anna/analyses?limit=2").bearer_auth(ADMIN), 200).await;
    let page = |value: &Value| {
        value["analyses"].as_array().unwrap().iter().map(|one| one["analysisId"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(page(&first), [ids[2].clone(), ids[1].clone()]);
    let before = first["nextBefore"].as_str().unwrap();
    let second = send(app.get(&format!("/users/anna/analyses?limit=2&before={before}")).bearer_auth(ADMIN), 200).await;
    assert_eq!((page(&second), &second["nextBefore"]), (vec![ids[0].clone()], &Value::Null));
    for bad in ["limit=0", "limit=101", "limit=x", "before=x"] {
        let request = app.get(&format!("/users/anna/analyses?{bad}")).bearer_auth(ADMIN);
        assert_eq!(send(request, 400).await["error"], "INVALID_CONTENT_FORMAT", "{bad}");
    }
    assert_eq!(send(app.get("/users/anna/analyses"), 401).await["error"], "UNAUTHENTICATED");
    assert_eq!(send(app.get("/users/anna/analyses").bearer_auth("wrong-token-of-length"), 401).await["status"], 401);

    let id = ids[0].as_str().unwrap();
    let feedback = json!({"verdictCorrect": false, "correctStatus": "vegan", "ingredient": "galt", "comment": "salt"});
    assert_eq!(send(app.post_json(&format!("/analyses/{id}/feedback"), &feedback), 200).await["success"], true);
    let nobodys = "/analyses/01890a5d-ac96-774b-bcce-b302099a8057/feedback";
    assert_eq!(send(app.post_json(nobodys, &feedback), 404).await["error"], "NOT_FOUND");
    let long = json!({"verdictCorrect": false, "comment": "x".repeat(70_000)});
    let problem = send(app.post_json(&format!("/analyses/{id}/feedback"), &long), 413).await;
    assert!(problem["message"].as_str().unwrap().contains("64 KiB"), "{problem}");
    let bad = json!({"verdictCorrect": "no"});
    let problem = send(app.post_json(&format!("/analyses/{id}/feedback"), &bad), 400).await;
    assert_eq!(problem["error"], "INVALID_CONTENT_FORMAT");

    let forgotten = app.delete("/users/anna").bearer_auth(ADMIN).send().await.unwrap();
    assert_eq!(forgotten.status(), 204);
    let nothing = send(app.get("/users/anna/analyses").bearer_auth(ADMIN), 200).await;
    assert_eq!(nothing, json!({"analyses": [], "nextBefore": null}));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_admin_token_admin_routes_do_not_exist() {
    let app = TestApp::start(&[]).await;
    assert_eq!(send(app.get("/users/anna/analyses").bearer_auth(ADMIN), 404).await["error"], "NOT_FOUND");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_may_force_a_provider_in_production() {
    let app = TestApp::start(&["--admin-token", ADMIN]).await;
    let request = app.post_file("image/jpeg", fixture("photo.jpg"), "provider=local");
    let answer = send(request.bearer_auth(ADMIN), 200).await;
    assert_eq!(answer["assignment"]["reason"], "override");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_ingredient_is_explained() {
    let app = TestApp::start(&[]).await;
    let gelatine = send(app.get("/ingredients/gelatin?language=en"), 200).await;
    assert_eq!((&gelatine["name"], &gelatine["status"]), (&json!("gelatin"), &json!("non-vegan")));
    assert!(!gelatine["reason"].as_str().unwrap().is_empty());
    assert_eq!(send(app.get("/ingredients/xyzzy"), 404).await["error"], "NOT_FOUND");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_touches_nothing_and_says_exactly_this() {
    let app = TestApp::start(&[]).await;
    for path in ["/health", "/api/health"] {
        let response = app.get(path).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.text().await.unwrap(), r#"{"status":"ok"}"#);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_read_can_be_asked_for_its_head_alone() {
    let app = TestApp::start(&[]).await;
    for path in ["/health", "/ready"] {
        let response = app.request(reqwest::Method::HEAD, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
    }
    let refused = app.request(reqwest::Method::PUT, "/health").send().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers()["allow"].to_str().unwrap()), (405, "GET, HEAD"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_a_million_nothings_is_refused_before_it_is_built() {
    let app = TestApp::start(&[]).await;
    let nothings = "0,".repeat(1_000_000);
    for field in ["images", "watchedIngredients"] {
        let body = format!("{{\"{field}\":[{nothings}0]}}");
        let request = app.post("/analyze").header("Content-Type", "application/json").body(body);
        assert_eq!(send(request, 400).await["error"], "INVALID_CONTENT_FORMAT", "{field}");
    }
    let long = json!({"ingredients": vec!["salt"; 501]});
    assert_eq!(send(app.post_json("/analyze-text", &long), 400).await["error"], "INVALID_CONTENT_FORMAT");
    let huge = json!({"text": "a".repeat(2 << 20)});
    assert_eq!(send(app.post_json("/analyze-text", &huge), 413).await["error"], "PAYLOAD_TOO_LARGE");
    let twice = app.get("/ingredients/salt?language=sv&language=en");
    assert_eq!(send(twice, 400).await["error"], "INVALID_CONTENT_FORMAT");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_keeps_its_id_and_hostile_ids_are_replaced() {
    let app = TestApp::start(&[]).await;
    let id = |headers: &HeaderMap| headers["x-request-id"].to_str().unwrap().to_owned();
    let own = app.get("/health").header("X-Request-Id", "my.id_1-2").send().await.unwrap();
    assert_eq!(id(own.headers()), "my.id_1-2");
    assert!(own.headers().contains_key("x-koalens-api-version"));
    for hostile in ["a b", "<script>", &"x".repeat(65), "../../etc"] {
        let response = app.get("/health").header("X-Request-Id", hostile).send().await.unwrap();
        assert!(uuid::Uuid::parse_str(&id(response.headers())).is_ok_and(|id| id.get_version_num() == 7), "{hostile}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_may_call_from_the_origins_named_and_no_others() {
    let app = TestApp::start(&["--cors-origin", "https://app.example,https://staging.example"]).await;
    let ask = |origin: &'static str| app.get("/health").header("Origin", origin).send();
    let allowed = ask("https://staging.example").await.unwrap();
    assert_eq!(allowed.headers()["access-control-allow-origin"], "https://staging.example");
    let exposed = allowed.headers()["access-control-expose-headers"].to_str().unwrap().to_lowercase();
    assert!(exposed.contains("x-request-id") && exposed.contains("retry-after") && exposed.contains("location"));
    let stranger = ask("https://evil.example").await.unwrap();
    assert!(!stranger.headers().contains_key("access-control-allow-origin"));
    let error = app.get("/nothing").header("Origin", "https://app.example").send().await.unwrap();
    assert_eq!(error.headers()["access-control-allow-origin"], "https://app.example", "errors are readable too");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_compressed_for_those_who_ask() {
    let app = TestApp::start(&[]).await;
    let body = json!({"text": "Ingredienser: vatten, salt."});
    let request = app.post_json("/analyze-text", &body).header("Accept-Encoding", "gzip");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let plain = app.post_json("/analyze-text", &body).send().await.unwrap();
    assert!(!plain.headers().contains_key("content-encoding"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_unknown_length_is_bounded_as_it_grows() {
    let app = TestApp::start(&["--max-upload-bytes", "300000"]).await;
    let chunks = (0..100).map(|_| Ok::<_, std::io::Error>(vec![0_u8; 10_000]));
    let stream = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let request = app.post("/analyze").header("Content-Type", "image/jpeg").body(stream);
    assert_eq!(send(request, 413).await["error"], "PAYLOAD_TOO_LARGE");
    app.stop().await;
}
