//! Habits of programs that were written against another server: each must go on to work on the old paths.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::{VIDEO, assert_holds, encoded};
use crate::harness::app::{TestApp, send};

#[tokio::test(flavor = "multi_thread")]
async fn base64_is_understood_as_each_platform_writes_it() {
    let app = TestApp::start(&[]).await;
    let plain = encoded("photo.jpg");
    // Android's default breaks lines, its `URL_SAFE` has another alphabet, browsers write data URIs.
    let broken: String =
        plain.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap().to_owned() + "\n").collect();
    let url_safe = plain.replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned();
    assert_ne!(url_safe, plain);
    let written = [
        plain.clone(),
        broken.clone(),
        broken.replace('\n', "\r\n"),
        url_safe,
        format!("data:image/jpeg;base64,{plain}"),
    ];
    for data in written {
        let answer = send(app.post_json("/api/image/analyze", &json!({"data": data})), 200).await;
        assert!(answer["veganIngredients"].to_string().contains("havre"), "{answer}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorders_types_with_codecs_are_videos() {
    let app = TestApp::start(&[]).await;
    let plain = encoded("one-frame.mp4");
    for (mime, prefix) in [
        ("video/mp4; codecs=\"avc1.42E01E, mp4a.40.2\"", ""),
        ("video/mp4;codecs=avc1,opus", "data:video/mp4;codecs=avc1,opus;base64,"),
        ("Video/MP4", "data:video/mp4;base64,"),
    ] {
        let body = json!({"base64Data": format!("{prefix}{plain}"), "mimeType": mime});
        let answer = send(app.post_json(VIDEO[0], &body), 200).await;
        assert_eq!(answer["result"]["media"]["kind"], "video", "{mime}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_nobody_here_knows_or_that_are_null_change_nothing() {
    let app = TestApp::start(&[]).await;
    let typed = r#"{"ingredients":["salt"],"text":null,"userId":null,"preferredLanguage":null,"requestId":null,
        "platform":{"os":"ios","version":[17,2]},"at":1e999,"big":123456789012345678901234567890,"":""}"#;
    for path in ["/api/analyze/text", "/api/ai/analyze-text", "/api/ingredients/analyze"] {
        let request = app.post(path).header("Content-Type", "Application/JSON; charset=UTF-8").body(typed);
        assert_eq!(send(request, 200).await["isVegan"], true, "{path}");
    }
    let photo = json!({"data": encoded("photo.jpg"), "contentType": null, "userId": "", "metadata": {"language": null,
        "device": {}}, "options": [1, {"quality": 0.8}], "requestId": ""});
    assert_eq!(send(app.post_json("/api/image/analyze", &photo), 200).await["usageInfo"], Value::Null);
    let bare = json!({"data": encoded("photo.jpg"), "metadata": null});
    assert_eq!(send(app.post_json("/api/image/analyze", &bare), 200).await["success"], true);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_times_and_barcodes_may_be_numbers() {
    let app = TestApp::start(&[]).await;
    let typed =
        |id: Value| app.post_json("/api/ingredients/analyze", &json!({"ingredients": ["salt"], "requestId": id}));
    let first = send(typed(json!(1_763_787_600_000_u64)), 200).await;
    assert_eq!(send(typed(json!(1_763_787_600_000_u64)), 200).await, first, "a key like any other");
    assert_eq!(send(typed(json!("1763787600000")), 200).await, first);
    assert_eq!(send(typed(json!([1])), 400).await["error"], "INVALID_CONTENT_FORMAT");
    let report = json!({"ingredient": "E471", "feedback": "?", "productId": 7_310_865_004_703_u64, "userId": null,
        "isVegan": null, "timestamp": 1_763_787_600_000_u64});
    send(app.post_json("/api/reports/ingredient", &report), 201).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_increment_is_one_unless_it_says_more() {
    let app = TestApp::start(&[]).await;
    let path = "/api/counters/anna/scans/increment";
    assert_holds(&send(app.post(path), 200).await, &json!({"value": 1}));
    assert_holds(&send(app.post_json(path, &json!({})), 200).await, &json!({"value": 2}));
    assert_holds(&send(app.post_json(path, &json!({"increment": null})), 200).await, &json!({"value": 3}));
    assert_holds(&send(app.post_json(path, &json!({"increment": 2.0})), 200).await, &json!({"value": 5}));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slash_too_many_is_no_other_path() {
    let app = TestApp::start(&[]).await;
    for path in ["/api/health/", "//api/health", "/api//health//"] {
        let answer = app.get(path).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.text().await.unwrap().as_str()),
            (200, r#"{"status":"ok"}"#),
            "{path}"
        );
    }
    let typed = json!({"ingredients": ["salt"]});
    for path in ["/api/analyze/text/", "//api/ai/analyze-text", "/api/ingredients/analyze/"] {
        assert_eq!(send(app.post_json(path, &typed), 200).await["isVegan"], true, "{path}");
    }
    assert_holds(&send(app.get("/api/counters/anna/scans/"), 200).await, &json!({"value": 0}));
    assert_eq!(send(app.get("/usage/anna/"), 200).await["analysesUsed"], 0);
    assert_eq!(
        send(app.post_json("/analyze-video/", &json!({})), 400).await["error"],
        "Missing required field: base64Data"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_view_may_ask_first_and_then_call() {
    let app = TestApp::start(&["--cors-origin", "https://app.example,capacitor://localhost"]).await;
    for origin in ["https://app.example", "capacitor://localhost"] {
        for path in VIDEO.iter().chain(&["/api/image/analyze", "/api/analyze/text", "/api/reports/ingredient"]) {
            let ask = app.request(Method::OPTIONS, path).header("Origin", origin);
            let ask = ask.header("Access-Control-Request-Method", "POST");
            let ask = ask.header("Access-Control-Request-Headers", "content-type,user-id,x-request-id");
            let allowed = ask.send().await.unwrap();
            assert_eq!(allowed.status(), 200, "{path}");
            let header = |headers: &HeaderMap, name: &str| headers[name].to_str().unwrap().to_lowercase();
            assert_eq!(header(allowed.headers(), "access-control-allow-origin"), origin);
            assert!(header(allowed.headers(), "access-control-allow-methods").contains("post"));
            assert!(header(allowed.headers(), "access-control-allow-headers").contains("content-type"));
        }
        let refused = app.post_json(VIDEO[0], &json!({})).header("Origin", origin).send().await.unwrap();
        assert_eq!(refused.headers()["access-control-allow-origin"], origin, "errors can be read too");
    }
    app.stop().await;
}
