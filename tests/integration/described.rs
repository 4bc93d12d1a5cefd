//! The description of the API: what its examples ask is asked, and the answers are those that it shows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use koalens_backend::domain::ProviderName;
use reqwest::{Method, RequestBuilder};
use serde_json::{Map, Value, json};

use crate::harness::app::{TestApp, json as json_of};
use crate::harness::described::document;
use crate::harness::fixture;
use crate::harness::vendors::Vendors;

const ANSWERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/openapi/answers.json");
const TOKEN: &str = "an-admin-token-for-tests";
/// Every operation that answers JSON, in an order in which each finds what it asks for, with the status of its answer.
const ASKED: [(&str, u16); 30] = [
    ("analyze", 200),
    ("analyze", 202),
    ("analyzeText", 200),
    ("shippedVideo", 200),
    ("shippedImage", 200),
    ("shippedNamedImage", 200),
    ("shippedText", 200),
    ("shippedIngredients", 200),
    ("analysis", 200),
    ("feedback", 200),
    ("ingredient", 200),
    ("usage", 200),
    ("history", 200),
    ("recentAnalyses", 200),
    ("counter", 200),
    ("incrementCounter", 200),
    ("reportIngredient", 201),
    ("setPremium", 200),
    ("videoStats", 200),
    ("abSummary", 200),
    ("abModels", 200),
    ("abTimeline", 200),
    ("rollout", 200),
    ("setRollout", 200),
    ("steerRollout", 200),
    ("rolloutHealth", 200),
    ("abComparison", 200),
    ("explain", 200),
    ("health", 200),
    ("ready", 200),
];
/// Those whose answers are shown by their own annotation, or by none: whole documents.
const NOT_ASKED: [&str; 2] = ["openapi", "pageTexts"];

/// An operation of the description with its path and its method; other names of it are left out.
fn operations() -> Vec<(&'static str, &'static str, &'static Value)> {
    let paths = document()["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(|(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    all.filter(|(_, _, operation)| !id_of(operation).contains("Alias")).collect()
}

fn id_of(operation: &Value) -> &str {
    operation["operationId"].as_str().unwrap()
}

/// The request that the examples of an operation make.
fn example(app: &TestApp, wanted: &str, analysis: &str) -> RequestBuilder {
    let all = operations();
    let (path, method, operation) = all.iter().find(|(_, _, operation)| id_of(operation) == wanted).unwrap();
    let (mut url, mut query) = ((*path).to_owned(), String::new());
    for parameter in operation["parameters"].as_array().into_iter().flatten().filter(|it| it["required"] == true) {
        let name = parameter["name"].as_str().unwrap();
        let value = if name == "id" { analysis } else { parameter["example"].as_str().unwrap() };
        match parameter["in"].as_str().unwrap() {
            "path" => url = url.replace(&format!("{{{name}}}"), value),
            _ => query.push_str(&format!("{name}={value}&")),
        }
    }
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
    let request = app.request(method, &format!("{url}?{query}")).bearer_auth(TOKEN);
    let mut body = operation["requestBody"]["content"]["application/json"]["example"].clone();
    if wanted == "shippedVideo" {
        body["base64Data"] = json!(STANDARD.encode(fixture("one-frame.mp4")));
    }
    if body.is_null() { request } else { request.json(&body) }
}

/// What changes from time to time is replaced, and long lists are cut.
fn settled(name: &str, value: &mut Value) {
    match value {
        Value::Object(members) if name == "sandbox" => *members = sandbox(),
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| settled(name, value)),
        Value::Array(items) => {
            let most = match name {
                "analyses" | "bins" => 1,
                "edgesMs" | "counts" => 3,
                _ => items.len(),
            };
            items.truncate(most);
            items.iter_mut().for_each(|item| settled(name, item));
        }
        Value::String(text) => match name {
            "analysisId" | "reportId" | "nextBefore" => *text = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
            "at" | "from" | "to" | "since" | "startedAt" => *text = "2026-11-22T10:00:00Z".to_owned(),
            "last_reset" => *text = "2026-11-01T00:00:00Z".to_owned(),
            "next_reset" => *text = "2026-12-01T00:00:00Z".to_owned(),
            _ => {}
        },
        Value::Number(_) => match name {
            "bucket" => *value = json!(7312),
            "bytesSent" => *value = json!(91_234),
            "counts" => *value = json!(0),
            "bakedMs" => *value = json!(3.0),
            "verdictMs" | "intakeMs" => *value = json!(1),
            "mediaMs" => *value = json!(410),
            "providerMs" => *value = json!(1800),
            "totalMs" | "averageMs" => *value = json!(2213),
            _ if name.ends_with("ResponseTime") => *value = json!(1830.0),
            _ => {}
        },
        Value::Null | Value::Bool(_) => {}
    }
}

fn sandbox() -> Map<String, Value> {
    json!({"seccomp": true, "landlock": "full"}).as_object().cloned().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_golden_answers_to_the_examples_are_the_services_own() {
    let vendors = Vendors::start();
    let mut flags = vendors.flags(ProviderName::Gemini, "stub-cream");
    flags.extend(vendors.flags(ProviderName::Claude, "stub-cream"));
    let token = format!("--admin-token={TOKEN}");
    let own = ["--enable-gemini=true", "--gemini-rollout-percentage=0", "--vegan-second-reading=off", &token];
    let more = ["--answer-cache-seconds=0", "--free-analyses-per-month=15"];
    let app = TestApp::start(&flags.iter().map(String::as_str).chain(own).chain(more).collect::<Vec<_>>()).await;
    let (mut analysis, mut given) = (String::new(), json!({}));
    for (id, status) in ASKED {
        let mut request = example(&app, id, &analysis);
        if status == 202 {
            request = request.header("Prefer", "respond-async");
        }
        let mut answer = json_of(request.send().await.unwrap(), status).await;
        if (id, status) == ("analyze", 200) {
            answer["analysisId"].as_str().unwrap().clone_into(&mut analysis);
        }
        settled("", &mut answer);
        given[id][status.to_string()] = answer;
    }
    app.stop().await;
    // The same body says how an analysis stands, whoever asks.
    given["analysis"]["202"] = given["analyze"]["202"].clone();
    let written = format!("{given:#}\n");
    if std::env::var_os("WRITE_README").is_some() {
        std::fs::write(ANSWERS, &written).unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(ANSWERS).unwrap()).unwrap();
    assert_eq!(kept, given, "{ANSWERS} is out of date: run `make readme`");
}

#[test]
fn every_operation_that_answers_json_is_asked() {
    for (path, method, operation) in operations() {
        let answers = operation["responses"].as_object().unwrap();
        for (status, _) in answers.iter().filter(|(_, answer)| !answer["content"]["application/json"].is_null()) {
            let id = id_of(operation);
            let asked = ASKED.iter().any(|(asked, of)| *asked == id && of.to_string() == *status);
            let elsewhere = NOT_ASKED.contains(&id) || [("analysis", "202"), ("ready", "503")].contains(&(id, status));
            assert!(asked || elsewhere, "{method} {path} {status}");
        }
    }
}
