//! Gemini's side of the wire.

use serde_json::{Value, json};

use super::reply::{self, Reply};
use super::{Behaviour, Seen, label};

pub(super) fn answer(seen: &Seen, model: &str, body: Option<Value>, times: u32) -> Reply {
    if !seen.headers.contains_key("x-goog-api-key") {
        return failed(403, "PERMISSION_DENIED", &json!([]));
    }
    let Some(body) = body.filter(|body| body["contents"].is_array()) else {
        return failed(400, "INVALID_ARGUMENT", &json!([]));
    };
    let behaviour = Behaviour::of_model(model);
    match behaviour {
        Behaviour::Limited => limited("GenerateRequestsPerMinutePerProjectPerModel", "1s"),
        Behaviour::Spent => limited("GenerateRequestsPerDayPerProjectPerModel", "3600s"),
        Behaviour::Overloaded => failed(503, "UNAVAILABLE", &json!([])),
        Behaviour::Broken => failed(500, "INTERNAL", &json!([])),
        Behaviour::Flaky if times == 0 => failed(500, "INTERNAL", &json!([])),
        Behaviour::Final => failed(500, "INTERNAL", &json!([])).header("x-should-retry", "false"),
        Behaviour::Dated => failed(429, "RESOURCE_EXHAUSTED", &json!([])).header("retry-after", reply::soon()),
        Behaviour::Key => wrong_key(),
        Behaviour::Unknown => failed(404, "NOT_FOUND", &json!([])),
        Behaviour::Blocked | Behaviour::Refusal => Reply::json(
            200,
            &json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": usage(&body), "modelVersion": model}),
        ),
        _ => Reply::json(200, &generated(behaviour, model, &body)).in_manner(behaviour.nth(times)),
    }
}

pub(super) fn look_up(behaviour: Behaviour, model: &str) -> Reply {
    match behaviour {
        Behaviour::Unknown => failed(404, "NOT_FOUND", &json!([])),
        Behaviour::Key => wrong_key(),
        _ => Reply::json(200, &json!({"name": format!("models/{model}"), "displayName": model})),
    }
}

/// Also of a look-up it says that the request is wrong, not the key.
fn wrong_key() -> Reply {
    let info = json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]);
    failed(400, "INVALID_ARGUMENT", &info)
}

fn generated(behaviour: Behaviour, model: &str, body: &Value) -> Value {
    let mut parts = vec![json!({"text": label::text(behaviour)})];
    if behaviour == Behaviour::Thinking {
        parts.insert(0, json!({"text": "I see a list {", "thought": true}));
    }
    let (finish, parts) = match behaviour {
        Behaviour::Safety => ("SAFETY", Vec::new()),
        Behaviour::MaxTokens => ("MAX_TOKENS", parts),
        _ => ("STOP", parts),
    };
    let served = if behaviour == Behaviour::OtherModel { "gemini-3.5-flash-lite" } else { model };
    json!({
        "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": finish, "index": 0}],
        "usageMetadata": if behaviour == Behaviour::Uncounted { Value::Null } else { usage(body) },
        "modelVersion": served,
        "responseId": "stub",
    })
}

/// 2048 tokens of instructions from the cache, 300 of text and 1120 for each picture or clip.
fn usage(body: &Value) -> Value {
    let parts = body["contents"][0]["parts"].as_array().map_or(0, Vec::len);
    let shown = parts.saturating_sub(1) * 1120;
    json!({
        "promptTokenCount": 2048 + 300 + shown,
        "cachedContentTokenCount": 2048,
        "candidatesTokenCount": 200,
        "thoughtsTokenCount": 64,
        "totalTokenCount": 2048 + 300 + shown + 264,
    })
}

fn limited(quota: &str, delay: &str) -> Reply {
    failed(
        429,
        "RESOURCE_EXHAUSTED",
        &json!([
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": quota}]},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay},
        ]),
    )
}

pub(super) fn failed(code: u16, status: &str, details: &Value) -> Reply {
    Reply::json(
        code,
        &json!({"error": {"code": code, "message": "as asked for", "status": status, "details": details}}),
    )
}
