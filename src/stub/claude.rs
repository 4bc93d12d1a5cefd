//! Claude's side of the wire.

use serde_json::{Value, json};

use super::reply::{self, Reply};
use super::{Behaviour, Seen, label};

pub(super) fn answer(seen: &Seen, model: &str, body: &Value, times: u32) -> Reply {
    let has = |name: &str| seen.headers.contains_key(name);
    if !has("x-api-key") && !has("authorization") {
        return failed(401, "authentication_error");
    }
    if !has("anthropic-version") || !body["messages"].is_array() || !body["max_tokens"].is_u64() {
        return failed(400, "invalid_request_error");
    }
    let behaviour = Behaviour::of_model(model);
    match behaviour {
        Behaviour::Limited => failed(429, "rate_limit_error").header("retry-after", "1"),
        Behaviour::Spent => detailed(429, "rate_limit_error", "enforced_spend_limit_reached"),
        Behaviour::Overloaded => failed(529, "overloaded_error"),
        Behaviour::Broken => failed(500, "api_error"),
        Behaviour::Flaky if times == 0 => failed(500, "api_error"),
        Behaviour::Final => failed(500, "api_error").header("x-should-retry", "false"),
        Behaviour::Dated => failed(429, "rate_limit_error").header("retry-after", reply::soon()),
        Behaviour::Key => failed(401, "authentication_error"),
        Behaviour::Unknown => failed(404, "not_found_error"),
        _ => Reply::json(200, &message(behaviour, model, body))
            .header("request-id", "req_stub")
            .in_manner(behaviour.nth(times)),
    }
}

pub(super) fn look_up(behaviour: Behaviour, model: &str) -> Reply {
    match behaviour {
        Behaviour::Unknown => failed(404, "not_found_error"),
        Behaviour::Key => failed(401, "authentication_error"),
        _ => Reply::json(
            200,
            &json!({"id": model, "type": "model", "display_name": model, "created_at": "2026-10-07T00:00:00Z"}),
        ),
    }
}

fn message(behaviour: Behaviour, model: &str, body: &Value) -> Value {
    let text = label::text(behaviour);
    let by_tool = body["tool_choice"]["type"] == "tool";
    let written = match serde_json::from_str::<Value>(&text) {
        Ok(input) if by_tool => {
            json!({"type": "tool_use", "id": "toolu_stub", "name": body["tool_choice"]["name"], "input": input})
        }
        _ => json!({"type": "text", "text": text}),
    };
    let mut content = vec![written];
    if behaviour == Behaviour::Thinking {
        content.insert(0, json!({"type": "thinking", "thinking": "I see a list {", "signature": "c3R1Yg=="}));
    }
    let (stop, details) = match behaviour {
        Behaviour::MaxTokens => ("max_tokens", Value::Null),
        Behaviour::Refusal | Behaviour::Safety | Behaviour::Blocked => {
            content.clear();
            ("refusal", json!({"type": "refusal", "category": "general_harms", "explanation": null}))
        }
        _ if by_tool => ("tool_use", Value::Null),
        _ => ("end_turn", Value::Null),
    };
    let served = if behaviour == Behaviour::OtherModel { "claude-haiku-4-5" } else { model };
    json!({
        "id": "msg_stub", "type": "message", "role": "assistant", "model": served, "content": content,
        "stop_reason": stop, "stop_sequence": null, "stop_details": details,
        "usage": if behaviour == Behaviour::Uncounted { Value::Null } else { usage(body) },
    })
}

/// 2048 tokens of instructions from the cache, 300 of text and 1000 for each picture.
fn usage(body: &Value) -> Value {
    let shown = body["messages"][0]["content"].as_array().map_or(0, Vec::len).saturating_sub(1) * 1000;
    json!({
        "input_tokens": 300 + shown,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 2048,
        "output_tokens": 264,
        "output_tokens_details": {"thinking_tokens": 64},
        "service_tier": "standard",
    })
}

fn failed(status: u16, kind: &str) -> Reply {
    let body = json!({"type": "error", "error": {"type": kind, "message": "as asked for"}, "request_id": "req_stub"});
    Reply::json(status, &body).header("request-id", "req_stub")
}

fn detailed(status: u16, kind: &str, code: &str) -> Reply {
    let error = json!({"type": kind, "message": "as asked for", "details": {"error_code": code}});
    Reply::json(status, &json!({"type": "error", "error": error, "request_id": "req_stub"}))
}
