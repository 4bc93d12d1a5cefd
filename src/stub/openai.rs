//! The side of an OpenAI-compatible service.

use serde_json::{Value, json};

use super::reply::{self, Reply};
use super::{Behaviour, Seen, label};

pub(super) fn answer(seen: &Seen, model: &str, body: &Value, times: u32) -> Reply {
    if !seen.headers.get("authorization").is_some_and(|value| value.starts_with("Bearer ")) {
        return failed(401, "invalid_api_key");
    }
    if !body["messages"].is_array() {
        return failed(400, "invalid_request_error");
    }
    let behaviour = Behaviour::of_model(model);
    match behaviour {
        Behaviour::Limited => failed(429, "rate_limit_exceeded").header("retry-after-ms", "1000"),
        Behaviour::Spent => failed(429, "insufficient_quota"),
        Behaviour::Overloaded => failed(503, "server_overloaded"),
        Behaviour::Broken => failed(500, "server_error"),
        Behaviour::Flaky if times == 0 => failed(500, "server_error"),
        Behaviour::Final => failed(500, "server_error").header("x-should-retry", "false"),
        Behaviour::Dated => failed(429, "rate_limit_exceeded").header("retry-after", reply::soon()),
        Behaviour::Key => failed(401, "invalid_api_key"),
        Behaviour::Unknown => failed(404, "model_not_found"),
        _ => Reply::json(200, &completion(behaviour, model, body)).in_manner(behaviour.nth(times)),
    }
}

/// As OpenRouter: no such route for names with a slash in them.
pub(super) fn look_up(behaviour: Behaviour, model: &str) -> Reply {
    match behaviour {
        _ if model.contains('/') => Reply::json(404, &json!({"error": {"message": "Not Found", "code": 404}})),
        Behaviour::Unknown => failed(404, "model_not_found"),
        Behaviour::Key => failed(401, "invalid_api_key"),
        _ => Reply::json(200, &json!({"id": model, "object": "model", "created": 1_790_000_000, "owned_by": "stub"})),
    }
}

fn completion(behaviour: Behaviour, model: &str, body: &Value) -> Value {
    let text = label::text(behaviour);
    let name = &body["tool_choice"]["function"]["name"];
    let call = json!([{"id": "call_stub", "type": "function", "function": {"name": name, "arguments": text}}]);
    let said = json!({"role": "assistant", "content": text, "refusal": null});
    let (finish, message) = match behaviour {
        Behaviour::MaxTokens => ("length", said),
        Behaviour::Safety | Behaviour::Blocked => {
            ("content_filter", json!({"role": "assistant", "content": null, "refusal": null}))
        }
        Behaviour::Refusal => {
            ("stop", json!({"role": "assistant", "content": null, "refusal": "I cannot help with that."}))
        }
        _ if name.is_string() => {
            ("tool_calls", json!({"role": "assistant", "content": null, "refusal": null, "tool_calls": call}))
        }
        _ => ("stop", said),
    };
    let served = if behaviour == Behaviour::OtherModel { "another-model" } else { model };
    json!({
        "id": "chatcmpl-stub", "object": "chat.completion", "created": 1_790_000_000, "model": served,
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": null}],
        "usage": if behaviour == Behaviour::Uncounted { Value::Null } else { usage(body) },
    })
}

/// 2048 tokens of instructions from the cache, 300 of text and 1000 for each picture.
fn usage(body: &Value) -> Value {
    let shown = body["messages"][1]["content"].as_array().map_or(0, Vec::len).saturating_sub(1) * 1000;
    json!({
        "prompt_tokens": 2048 + 300 + shown,
        "completion_tokens": 264,
        "total_tokens": 2048 + 300 + shown + 264,
        "prompt_tokens_details": {"cached_tokens": 2048},
        "completion_tokens_details": {"reasoning_tokens": 64},
    })
}

fn failed(status: u16, code: &str) -> Reply {
    Reply::json(status, &json!({"error": {"message": "as asked for", "type": code, "param": null, "code": code}}))
}
