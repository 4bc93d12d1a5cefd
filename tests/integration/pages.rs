//! The pages as a browser fetches them, and the routes that they are drawn from.

use serde_json::{Value, json};

use crate::harness::app::{TestApp, send};
use crate::harness::fixture;

const ADMIN: [&str; 2] = ["--admin-token", "an-admin-token-for-tests"];

#[tokio::test(flavor = "multi_thread")]
async fn pages_come_from_here_alone_and_may_do_little() {
    let app = TestApp::start(&[]).await;
    for path in ["/", "/dashboard"] {
        let page = app.get(path).header("Accept-Language", "en-GB").send().await.unwrap();
        assert_eq!(page.status(), 200);
        assert_eq!(page.headers()["content-language"], "en");
        assert!(page.headers()["vary"].to_str().unwrap().contains("Accept-Language"));
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'") && !policy.contains("unsafe")
        );
        assert!(!page.headers().contains_key("set-cookie"));
        let html = page.text().await.unwrap();
        let swedish = app.get(&format!("{path}?lang=sv")).send().await.unwrap().text().await.unwrap();
        assert!(html.contains("<html lang=\"en\">") && swedish.contains("<html lang=\"sv\">"));
        for file in html.split(['"']).filter(|piece| piece.starts_with("/pages/")) {
            let answered = app.get(file).send().await.unwrap();
            assert_eq!(
                (answered.status().as_u16(), &answered.headers()["x-content-type-options"]),
                (200, &"nosniff".parse().unwrap()),
                "{file}"
            );
        }
    }
    for (tag, heading) in [("fi-FI", "Onko se vegaaninen?"), ("nb", "Er den vegansk?"), ("pl", "Is it vegan?")] {
        let page = app.get("/").header("Accept-Language", tag).send().await.unwrap().text().await.unwrap();
        assert!(page.contains(heading), "{tag}");
        let operators = app.get("/dashboard").header("Accept-Language", tag).send().await.unwrap();
        assert_eq!(operators.headers()["content-language"], "en", "{tag}");
    }
    for (path, status) in [
        ("/pages/texts/sv.json", 200),
        ("/pages/texts/de.json", 200),
        ("/pages/texts/pl.json", 404),
        ("/pages/mod.rs", 404),
        ("/pages/../Cargo.toml", 404),
    ] {
        assert_eq!(app.get(path).send().await.unwrap().status(), status, "{path}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_dashboard_draws_is_an_admins_and_counts_what_was_done() {
    let scripted = ["--app-env", "development", "--scripted-model", "cream", "--ai-provider", "scripted"];
    let app = TestApp::start(
        &[ADMIN, [scripted[0], scripted[1]], [scripted[2], scripted[3]], [scripted[4], scripted[5]]].concat(),
    )
    .await;
    for path in ["/ab/timeline", "/analyses"] {
        assert_eq!(app.get(path).send().await.unwrap().status(), 401, "{path}");
    }
    let read = async |path: &str| send(app.get(path).bearer_auth(ADMIN[1]), 200).await;
    assert_eq!(read("/analyses").await, json!({"analyses": [], "nextBefore": null}));
    let photos: Vec<Value> = [
        send(app.post_file("image/jpeg", fixture("photo.jpg"), ""), 200).await,
        send(app.post_file("image/png", fixture("photo.png"), ""), 200).await,
    ]
    .into();
    let timeline = read("/ab/timeline?lastMinutes=90").await;
    assert_eq!(timeline["binMinutes"], 2);
    let bins = timeline["bins"].as_array().unwrap();
    assert!((45..=46).contains(&bins.len()), "{}", bins.len());
    let sum =
        |member: &str| -> u64 { bins.iter().map(|bin| bin.pointer(member).and_then(Value::as_u64).unwrap_or(0)).sum() };
    assert_eq!((sum("/providers/scripted/totalRequests"), sum("/providers/scripted/verdicts/non-vegan")), (2, 2));
    let counts = timeline["responseTimes"][0]["counts"].as_array().unwrap();
    assert_eq!(counts.iter().filter_map(Value::as_u64).sum::<u64>(), 2);
    assert_eq!(counts.len() + 1, timeline["edgesMs"].as_array().unwrap().len());
    let newest = read("/analyses?limit=1").await;
    assert_eq!(newest["analyses"][0]["analysisId"], photos[1]["analysisId"]);
    let older = read(&format!("/analyses?limit=1&before={}", newest["nextBefore"].as_str().unwrap())).await;
    assert_eq!((&older["analyses"][0]["analysisId"], &older["nextBefore"]), (&photos[0]["analysisId"], &Value::Null));
    for wrong in ["/ab/timeline?lastMinutes=0", "/analyses?limit=101"] {
        assert_eq!(app.get(wrong).bearer_auth(ADMIN[1]).send().await.unwrap().status(), 400, "{wrong}");
    }
    app.stop().await;
}
