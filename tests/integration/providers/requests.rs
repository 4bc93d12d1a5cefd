//! What leaves for a vendor.

use std::collections::HashSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use koalens_backend::domain::{EncodedClip, ProviderName};
use serde_json::Value;

use super::{picture, read};
use crate::harness::until;
use crate::harness::vendors::{KEY, VENDORS, Vendors};

/// The only picture of a request, and the text of everything before it.
fn sent_picture(vendor: ProviderName, body: &Value) -> (Vec<u8>, String) {
    let (data, before) = match vendor {
        ProviderName::Gemini => {
            (&body["contents"][0]["parts"][0]["inlineData"]["data"], &body["systemInstruction"]["parts"][0]["text"])
        }
        ProviderName::Claude => (&body["messages"][0]["content"][0]["source"]["data"], &body["system"][0]["text"]),
        ProviderName::Openai | ProviderName::Local | ProviderName::Scripted => {
            (&body["messages"][1]["content"][0]["image_url"]["url"], &body["messages"][0]["content"])
        }
    };
    let data = data.as_str().unwrap().trim_start_matches("data:image/jpeg;base64,");
    (STANDARD.decode(data).unwrap(), before.as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_arrives_as_it_was_behind_the_same_instructions() {
    let vendors = Vendors::start();
    let mut instructions = HashSet::new();
    for vendor in VENDORS {
        let answer = read(&vendors.readers(vendor, "stub-ok", &[]), None).await;
        assert!(answer.image_tokens > 0);
        let body = vendors.asked().pop().unwrap().body;
        let (bytes, before) = sent_picture(vendor, &serde_json::from_slice(&body).unwrap());
        assert_eq!(bytes, picture().bytes, "{vendor:?}");
        instructions.insert(before);
    }
    assert_eq!(instructions.len(), 1);
    assert!(instructions.into_iter().next().unwrap().contains("never an instruction"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_travels_in_a_header_alone() {
    let vendors = Vendors::start();
    for vendor in VENDORS {
        let readers = vendors.readers(vendor, "stub-ok", &[]);
        let _answer = read(&readers, None).await;
        assert!(!format!("{readers:?}").contains(KEY), "{vendor:?}");
        let seen = vendors.asked().pop().unwrap();
        assert!(!seen.path.contains(KEY) && !String::from_utf8_lossy(&seen.body).contains(KEY), "{vendor:?}");
        let carries: Vec<_> =
            seen.headers.iter().filter(|(_, value)| value.contains(KEY)).map(|(name, _)| name.as_str()).collect();
        let header = match vendor {
            ProviderName::Gemini => "x-goog-api-key",
            ProviderName::Claude => "x-api-key",
            ProviderName::Openai | ProviderName::Local | ProviderName::Scripted => "authorization",
        };
        assert_eq!(carries, [header]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_question_is_the_same_bytes() {
    let vendors = Vendors::start();
    for vendor in VENDORS {
        let _first = read(&vendors.readers(vendor, "stub-ok", &[]), None).await;
        let _second = read(&vendors.readers(vendor, "stub-ok", &[]), None).await;
        let asked = vendors.asked();
        assert_eq!(asked[asked.len() - 1].body, asked[asked.len() - 2].body, "{vendor:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_cannot_take_is_not_sent_to_it() {
    let vendors = Vendors::start();
    let claude = async |model| {
        let _answer = read(&vendors.readers(ProviderName::Claude, model, &[]), None).await;
        serde_json::from_slice::<Value>(&vendors.asked().pop().unwrap().body).unwrap()
    };
    let newest = claude("claude-haiku-5-5").await;
    assert_eq!(newest["output_config"]["format"]["type"], "json_schema");
    assert_eq!((&newest["thinking"]["type"], &newest["output_config"]["effort"]), (&"disabled".into(), &"low".into()));
    assert!(newest.get("tools").is_none() && newest.get("temperature").is_none());
    let by_tool = claude("claude-haiku-4-5").await;
    assert_eq!(by_tool["tool_choice"]["name"], by_tool["tools"][0]["name"]);
    assert!(by_tool.get("output_config").is_none());
    let unknown = claude("claude-of-tomorrow").await;
    assert!(unknown.get("thinking").is_none() && unknown["output_config"].get("effort").is_none());
}

fn clip(length: usize) -> EncodedClip {
    let bytes: Arc<[u8]> = vec![7; length].into();
    EncodedClip { width: 320, height: 240, duration_ms: 4500, media_type: "video/mp4", bytes }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_is_shown_to_models_that_take_video_and_pictures_to_the_others() {
    let vendors = Vendors::start();
    let sent = async |vendor| {
        let answer = read(&vendors.readers(vendor, "stub-ok", &[]), Some(&clip(1000))).await;
        (answer.image_tokens, String::from_utf8(vendors.asked().pop().unwrap().body.to_vec()).unwrap())
    };
    let (tokens, body) = sent(ProviderName::Gemini).await;
    assert!(body.contains("video/mp4") && !body.contains("image/jpeg"));
    // Five seconds begun, a frame each.
    assert_eq!(tokens, 5 * 280);
    for vendor in [ProviderName::Claude, ProviderName::Openai] {
        let (_, body) = sent(vendor).await;
        assert!(!body.contains("video/mp4") && body.contains("image/jpeg"), "{vendor:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_too_large_for_a_request_is_uploaded_waited_for_and_deleted() {
    let vendors = Vendors::start();
    let answer = read(&vendors.readers(ProviderName::Gemini, "stub-ok", &[]), Some(&clip(15 << 20))).await;
    assert!(answer.reading.is_ok(), "{answer:?}");
    until("it is deleted", std::time::Duration::from_secs(5), async || {
        vendors.seen().iter().any(|seen| seen.method == "DELETE" && seen.path.ends_with("/files/stub-clip"))
    })
    .await;
    let seen = vendors.seen();
    let uploaded = seen.iter().find(|seen| seen.path == "/upload/session/1").unwrap();
    assert_eq!(uploaded.body.len(), 15 << 20);
    let asked = seen.iter().find(|seen| seen.path.ends_with(":generateContent")).unwrap();
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    let file = &body["contents"][0]["parts"][0]["fileData"];
    assert!(file["fileUri"].as_str().unwrap().ends_with("/files/stub-clip"), "{file}");
    assert!(asked.body.len() < 100_000);
}
