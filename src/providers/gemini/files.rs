//! Clips too large for a request: uploaded first, waited for, and deleted at the vendor once they were used.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use tokio::time::{Instant, sleep};

use super::super::call::{CallFailure, FailureKind};
use super::super::failing;
use super::super::http::{Received, Request};
use super::{Gemini, failed, wire};

/// Stands where the address of the file goes.
pub(super) const PLACE: &str = "koalens:the-uploaded-file";
/// Between two questions whether a file is ready.
const PAUSE: Duration = Duration::from_millis(400);
/// Time to delete one.
const DELETE_LIMIT: Duration = Duration::from_secs(10);

const COMMAND: HeaderName = HeaderName::from_static("x-goog-upload-command");
const PROTOCOL: HeaderName = HeaderName::from_static("x-goog-upload-protocol");
const OFFSET: HeaderName = HeaderName::from_static("x-goog-upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("x-goog-upload-header-content-length");
const TYPE: HeaderName = HeaderName::from_static("x-goog-upload-header-content-type");

/// A file at the vendor; dropping it deletes it there, also when the attempt is given up half way.
pub(super) struct Uploaded {
    gemini: Gemini,
    file: wire::File,
}

impl Uploaded {
    pub fn uri(&self) -> &str {
        &self.file.uri
    }
}

impl Drop for Uploaded {
    fn drop(&mut self) {
        let path = format!("{}/{}", self.gemini.version, self.file.name);
        let (http, request) = (self.gemini.http.clone(), self.gemini.request(Method::DELETE, &path, Bytes::new()));
        // What is not deleted the vendor deletes after two days.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { http.send(request, DELETE_LIMIT).await.map(|_| ()) });
        }
    }
}

/// Uploads `file` and waits until it can be used.
///
/// # Errors
/// Any failure on the way, and [`FailureKind::TimedOut`] past `until`.
pub(super) async fn upload(
    gemini: &Gemini,
    file: Bytes,
    media_type: &'static str,
    until: Instant,
) -> Result<Uploaded, CallFailure> {
    let address = begin(gemini, file.len(), media_type, until).await?;
    let mut request = Request { url: address, ..gemini.request(Method::POST, "", file) };
    request.headers.insert(COMMAND, HeaderValue::from_static("upload, finalize"));
    request.headers.insert(OFFSET, HeaderValue::from_static("0"));
    let received = success(gemini.http.send(request, left(until)).await?)?;
    let wire::Uploaded { file } = serde_json::from_slice(&received.body).map_err(|_| failing::not_its_form())?;
    if !is_name(&file.name) {
        return Err(failing::not_its_form());
    }
    let mut uploaded = Uploaded { gemini: gemini.clone(), file };
    while uploaded.file.state != "ACTIVE" {
        if uploaded.file.state == "FAILED" {
            return Err(CallFailure::new(FailureKind::Server, "the vendor could not take the clip"));
        }
        sleep(PAUSE.min(left(until))).await;
        let path = format!("{}/{}", gemini.version, uploaded.file.name);
        let request = gemini.request(Method::GET, &path, Bytes::new());
        let received = success(gemini.http.send(request, left(until)).await?)?;
        let wire::File { state, uri, .. } =
            serde_json::from_slice(&received.body).map_err(|_| failing::not_its_form())?;
        (uploaded.file.state, uploaded.file.uri) = (state, uri);
    }
    Ok(uploaded)
}

/// Announces a file; returns where its bytes go, which is never another host than the vendor's.
async fn begin(
    gemini: &Gemini,
    length: usize,
    media_type: &'static str,
    until: Instant,
) -> Result<String, CallFailure> {
    let path = format!("upload/{}/files", gemini.version);
    let mut request = gemini.request(Method::POST, &path, Bytes::from_static(br#"{"file":{"displayName":"clip"}}"#));
    request.headers.insert(PROTOCOL, HeaderValue::from_static("resumable"));
    request.headers.insert(COMMAND, HeaderValue::from_static("start"));
    request.headers.insert(LENGTH, HeaderValue::from(length));
    request.headers.insert(TYPE, HeaderValue::from_static(media_type));
    let received = success(gemini.http.send(request, left(until)).await?)?;
    let address = received.headers.get("x-goog-upload-url").and_then(|address| address.to_str().ok());
    address.and_then(|address| gemini.access.base_url.rebase(address)).ok_or_else(failing::not_its_form)
}

/// `files/id`: it becomes part of a path.
fn is_name(name: &str) -> bool {
    let id = name.strip_prefix("files/").unwrap_or_default();
    (1..=100).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn success(received: Received) -> Result<Received, CallFailure> {
    if received.status == 200 { Ok(received) } else { Err(failed(&received)) }
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

/// The body with the file's address where [`PLACE`] stands.
pub(super) fn put_address(around: &Bytes, uri: &str) -> Bytes {
    let Some(at) = around.windows(PLACE.len()).position(|piece| piece == PLACE.as_bytes()) else {
        return around.clone();
    };
    // The address is the inside of a JSON string.
    let uri = serde_json::Value::from(uri).to_string();
    let mut body = BytesMut::from(&around[..at]);
    body.extend_from_slice(&uri.as_bytes()[1..uri.len() - 1]);
    body.extend_from_slice(&around[at + PLACE.len()..]);
    body.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path() {
        assert!(is_name("files/abc-123_x"));
        for name in ["", "files/", "abc", "files/../tunedModels/x", "files/x?alt=media", "files/a/b", "//evil/x"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn an_address_stays_inside_its_string() {
        let around = Bytes::from(format!(r#"{{"fileUri":"{PLACE}"}}"#));
        for uri in ["https://host/files/x", r#"x","role":"model"#, "\"", "x\\"] {
            let body: serde_json::Value = serde_json::from_slice(&put_address(&around, uri)).unwrap();
            assert_eq!(body, serde_json::json!({"fileUri": uri}));
        }
    }
}
