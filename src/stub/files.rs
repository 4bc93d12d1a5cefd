//! Gemini's Files API: resumable upload, a file that is not ready at once, deletion.

use serde_json::{Value, json};

use super::reply::Reply;
use super::{Seen, State, gemini};

/// The start of an upload answers where to send the bytes; those make the file.
pub(super) fn upload(seen: &Seen, rest: &str, own_url: &str) -> Reply {
    let header = |name: &str| seen.headers.get(name).map(String::as_str).unwrap_or_default();
    if rest.starts_with("session/") {
        let whole = header("x-goog-upload-command").contains("finalize") && header("x-goog-upload-offset") == "0";
        if !whole {
            return gemini::failed(400, "INVALID_ARGUMENT", &json!([]));
        }
        let file = file(own_url, "PROCESSING", seen.body.len());
        return Reply::json(200, &json!({"file": file})).header("x-goog-upload-status", "final");
    }
    let starts = header("x-goog-upload-protocol") == "resumable"
        && header("x-goog-upload-command") == "start"
        && !header("x-goog-upload-header-content-length").is_empty()
        && seen.headers.contains_key("x-goog-api-key");
    if !starts {
        return gemini::failed(400, "INVALID_ARGUMENT", &json!([]));
    }
    let session = format!("{own_url}/upload/session/1");
    Reply::json(200, &json!({})).header("x-goog-upload-url", session).header("x-goog-upload-status", "active")
}

/// A file is ready when it is asked for the second time.
pub(super) fn look_up(seen: &Seen, path: &str, state: &State) -> Reply {
    if seen.method == "DELETE" {
        return Reply::json(200, &json!({}));
    }
    let is_ready = state.times(path.to_owned()) > 0;
    Reply::json(200, &file(&state.own_url, if is_ready { "ACTIVE" } else { "PROCESSING" }, 0))
}

fn file(own_url: &str, state: &str, bytes: usize) -> Value {
    json!({
        "name": "files/stub-clip", "uri": format!("{own_url}/v1beta/files/stub-clip"), "mimeType": "video/mp4",
        "sizeBytes": bytes.to_string(), "state": state, "createTime": "2026-11-21T00:00:00Z",
    })
}
