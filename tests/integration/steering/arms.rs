//! Arms with models and prompts of their own.

use koalens_backend::domain::ProviderName;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use tempfile::TempDir;

use crate::harness::app::{TestApp, send};
use crate::harness::shots::shot;
use crate::harness::vendors::Vendors;

const TOKEN: &str = "an-admin-token-for-tests";
const ARMS: &str = r#"
experiment = "models"
[[arm]]
name = "cream"
provider = "gemini"
model = "stub-cream"
prompt_file = "words.md"
[[arm]]
name = "plain"
provider = "gemini"
model = "stub-ok"
[[arm]]
name = "other"
provider = "claude"
model = "stub-cream"
strategy = "frames"
"#;

fn admin(request: RequestBuilder) -> RequestBuilder {
    request.bearer_auth(TOKEN)
}

#[tokio::test(flavor = "multi_thread")]
async fn three_arms_of_two_providers_answer_each_with_its_own_model_and_words() {
    let (vendors, dir) = (Vendors::start(), TempDir::new().unwrap());
    std::fs::write(dir.path().join("arms.toml"), ARMS).unwrap();
    std::fs::write(dir.path().join("words.md"), "Only read what is there.").unwrap();
    let mut flags = vendors.flags(ProviderName::Gemini, "stub-empty");
    flags.extend(vendors.flags(ProviderName::Claude, "stub-empty"));
    let file = format!("--experiment-file={}", dir.path().join("arms.toml").display());
    let token = format!("--admin-token={TOKEN}");
    let own = ["--app-env=staging", &token, &file, "--vegan-second-reading=off", "--answer-cache-seconds=0"];
    let app = TestApp::start(&flags.iter().map(String::as_str).chain(own).collect::<Vec<_>>()).await;
    send(admin(app.request(Method::PUT, "/rollout")).json(&json!({"percentage": 40})), 200).await;
    let mut seen = Vec::new();
    for number in 0..14 {
        let answer =
            send(app.post_file("image/png", shot(), "").header("User-ID", format!("user-{number}")), 200).await;
        let arm = answer["assignment"]["arm"].as_str().unwrap().to_owned();
        let (provider, model) = if arm == "plain" { ("gemini", "stub-ok") } else { ("", "stub-cream") };
        assert!(provider.is_empty() || answer["provider"] == provider, "{answer}");
        assert_eq!(answer["model"], model, "{answer}");
        assert_eq!(answer["degraded"], false);
        seen.push(arm);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen, ["cream", "other", "plain"], "all three were drawn");
    let words = |model: &str| {
        let asked = vendors.seen().into_iter().filter(|seen| seen.path.contains(&format!("/{model}:")));
        asked.map(|seen| String::from_utf8_lossy(&seen.body).contains("Only read what is there.")).collect::<Vec<_>>()
    };
    assert!(words("stub-cream").iter().any(|own| *own) && words("stub-ok").iter().all(|own| !own));
    let models = send(admin(app.get("/ab/models?lastMinutes=10")), 200).await;
    let models: Vec<_> = models["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["provider"].as_str().unwrap().to_owned(), it["model"].as_str().unwrap().to_owned()))
        .collect();
    let counted = [("cream", "stub-cream"), ("other", "stub-cream"), ("plain", "stub-ok")];
    assert_eq!(models, counted.map(|(arm, model)| (arm.to_owned(), model.to_owned())));
    app.stop().await;
}
