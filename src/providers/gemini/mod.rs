//! Google Gemini by `generateContent`.

mod files;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderName;
use tokio::time::Instant;

use super::call::{Answered, Body, Call, CallFailure, FailureKind, Usage};
use super::config::{Access, Vendor};
use super::http::{Http, Received, Request, json_headers};
use super::models::{Billed, Model, Models, Structured};
use super::presence::Word;
use super::{Hints, Shown, answer, body, failing, prompt};
use crate::domain::{EncodedClip, Tokens};

const KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

/// One model of Gemini, callable.
#[derive(Debug, Clone)]
pub(super) struct Gemini {
    http: Http,
    access: Access,
    model: Model,
    models: Arc<Models>,
    version: String,
    inline_bytes: u64,
}

impl Gemini {
    pub fn new(http: Http, access: Access, inline_bytes: u64, model: Model, models: Arc<Models>) -> Self {
        let version = models.version(Vendor::Gemini).to_owned();
        Self { http, access, model, models, version, inline_bytes }
    }

    /// Most output tokens that it is asked for.
    pub fn output_limit(&self) -> u32 {
        self.model.output_limit(self.access.max_tokens)
    }

    pub fn access(&self) -> &Access {
        &self.access
    }

    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Composes the request that shows the clip, where there is one and the model takes clips, else the pictures.
    ///
    /// # Errors
    /// When it has no JSON form, which is a fault of ours.
    pub fn compose(&self, shown: Shown<'_>, hints: Hints) -> Result<Call, serde_json::Error> {
        if let Some(clip) = shown.clip.filter(|_| self.model.video) {
            return self.compose_clip(clip, hints);
        }
        let bytes = shown.pictures.iter().map(|picture| picture.bytes.len()).sum();
        let parts = shown.pictures.iter().map(|picture| inline(picture.media_type, &picture.bytes)).collect();
        let body = Body::Whole(self.write(parts, bytes, hints, self.model.level(shown.pictures))?);
        Ok(Call { body, image_tokens: self.model.image.tokens(shown.pictures) })
    }

    /// Above what fits into a request, a clip is uploaded first.
    fn compose_clip(&self, clip: &EncodedClip, hints: Hints) -> Result<Call, serde_json::Error> {
        let image_tokens = self.model.image.clip_tokens(clip);
        let level = self.model.resolution.as_ref().map(|levels| levels.clip.as_str());
        let write = |part, bytes| self.write(vec![part], bytes, hints, level);
        if clip.bytes.len() as u64 <= self.inline_bytes {
            let body = Body::Whole(write(inline(clip.media_type, &clip.bytes), clip.bytes.len())?);
            return Ok(Call { body, image_tokens });
        }
        let file_data = wire::FileData { mime_type: clip.media_type, file_uri: files::PLACE };
        let around = write(wire::Part::File { file_data }, 0)?;
        let body =
            Body::AroundUpload { around, file: Bytes::from_owner(clip.bytes.clone()), media_type: clip.media_type };
        Ok(Call { body, image_tokens })
    }

    fn write<'a>(
        &'a self,
        shown: Vec<wire::Part<'a>>,
        bytes: usize,
        hints: Hints,
        level: Option<&'a str>,
    ) -> Result<Bytes, serde_json::Error> {
        let (system, user) = (self.model.words.system(self.model.structured), prompt::user(hints));
        let mut parts = shown;
        parts.push(wire::Part::Text { text: &user });
        let request = wire::Request {
            system_instruction: wire::System { parts: [wire::Part::Text { text: &system }] },
            contents: [wire::Content { role: "user", parts }],
            generation_config: self.generation_config(level)?,
        };
        body::write(&request, bytes, Vec::new())
    }

    fn generation_config<'a>(
        &'a self,
        level: Option<&'a str>,
    ) -> Result<wire::GenerationConfig<'a>, serde_json::Error> {
        let by_schema = self.model.structured == Structured::Schema;
        let thinking = &self.model.thinking;
        let thinks = thinking.level.is_some() || thinking.budget.is_some();
        Ok(wire::GenerationConfig {
            response_mime_type: "application/json",
            response_json_schema: if by_schema { Some(prompt::schema()?) } else { None },
            max_output_tokens: self.output_limit(),
            temperature: self.model.temperature.then_some(0),
            media_resolution: level,
            thinking_config: thinks.then_some(wire::ThinkingConfig {
                thinking_level: thinking.level.as_deref(),
                thinking_budget: thinking.budget,
            }),
        })
    }

    /// Attempts `call` once.
    ///
    /// # Errors
    /// Why it gave no reading.
    pub async fn call(&self, call: &Call, now_ms: i64) -> Result<Answered, CallFailure> {
        match &call.body {
            Body::Whole(body) => self.generate(body.clone(), self.access.timeout, now_ms).await,
            Body::AroundUpload { around, file, media_type } => {
                let until = Instant::now() + self.access.timeout;
                let uploaded = files::upload(self, file.clone(), media_type, until).await?;
                let body = files::put_address(around, uploaded.uri());
                self.generate(body, until.saturating_duration_since(Instant::now()), now_ms).await
            }
        }
    }

    async fn generate(&self, body: Bytes, limit: Duration, now_ms: i64) -> Result<Answered, CallFailure> {
        let path = format!("{}/models/{}:generateContent", self.version, self.model.id);
        let received = self.http.send(self.request(Method::POST, &path, body), limit).await?;
        if received.status == 200 { self.understand(&received, now_ms) } else { Err(failed(&received)) }
    }

    /// Asks what the vendor knows of the model.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn look_up(&self, limit: Duration) -> Result<Word, CallFailure> {
        let path = format!("{}/models/{}", self.version, self.model.id);
        let received = self.http.send(self.request(Method::GET, &path, Bytes::new()), limit).await?;
        // Of a wrong key it says that the request is.
        let key_refused = received.status == 400 && failed(&received).kind == FailureKind::Rejected;
        Ok(if key_refused { Word::KeyRefused } else { Word::of_status(received.status) })
    }

    fn request(&self, method: Method, path: &str, body: Bytes) -> Request {
        let mut headers = json_headers();
        headers.insert(KEY, self.access.key.header(""));
        Request { method, url: self.access.base_url.join(path), headers, body }
    }

    fn understand(&self, received: &Received, now_ms: i64) -> Result<Answered, CallFailure> {
        let response: wire::Response = serde_json::from_slice(&received.body).map_err(|_| failing::foreign())?;
        let usage = self.usage(&response, now_ms);
        match text(response).and_then(|text| answer::parse(&text)) {
            Ok(reading) => Ok(Answered { reading, usage }),
            Err(failure) => Err(failure.with_usage(usage)),
        }
    }

    fn usage(&self, response: &wire::Response, now_ms: i64) -> Usage {
        let counts = &response.usage_metadata;
        let cached = counts.cached_content_token_count.unwrap_or_default();
        let tokens = Tokens {
            input: counts.prompt_token_count.unwrap_or_default().saturating_sub(cached),
            cached,
            output: counts.candidates_token_count.unwrap_or_default(),
            thinking: counts.thoughts_token_count.unwrap_or_default(),
        };
        let cost = self.models.cost(
            Vendor::Gemini,
            &self.model,
            response.model_version.as_deref(),
            &Billed { tokens, cache_written: 0 },
            now_ms,
        );
        Usage { tokens, cost, served_model: response.model_version.clone() }
    }
}

fn inline<'a>(mime_type: &'static str, bytes: &'a [u8]) -> wire::Part<'a> {
    wire::Part::Inline { inline_data: wire::Inline { mime_type, data: body::Base64(bytes) } }
}

/// What the model wrote, its thoughts aside.
fn text(response: wire::Response) -> Result<String, CallFailure> {
    if let Some(reason) = response.prompt_feedback.and_then(|feedback| feedback.block_reason) {
        return Err(CallFailure::new(FailureKind::Refused, format!("prompt blocked: {}", failing::plain(&reason))));
    }
    let Some(candidate) = response.candidates.into_iter().next() else { return Err(failing::not_its_form()) };
    match candidate.finish_reason.as_deref() {
        Some("STOP") => {}
        Some(
            reason @ ("SAFETY"
            | "RECITATION"
            | "BLOCKLIST"
            | "PROHIBITED_CONTENT"
            | "SPII"
            | "IMAGE_SAFETY"
            | "IMAGE_PROHIBITED_CONTENT"
            | "IMAGE_RECITATION"),
        ) => return Err(CallFailure::new(FailureKind::Refused, format!("finished by {reason}"))),
        other => {
            let reason = failing::plain(other.unwrap_or("nothing"));
            return Err(CallFailure::new(FailureKind::Invalid, format!("finished by {reason}")));
        }
    }
    let parts = candidate.content.unwrap_or_default().parts.into_iter();
    Ok(parts.filter(|part| part.thought != Some(true)).filter_map(|part| part.text).collect())
}

/// A status other than 200. A limit counted by the day does not clear by waiting.
fn failed(received: &Received) -> CallFailure {
    let status = match serde_json::from_slice(&received.body) {
        Ok(wire::Failed::One(wire::Wrapped { error })) => error,
        Ok(wire::Failed::Listed(list)) => list.into_iter().next().map(|wrapped| wrapped.error).unwrap_or_default(),
        Err(_not_its_form) => wire::Status::default(),
    };
    let reason = status.details.iter().find_map(|detail| detail.reason.as_deref());
    let mut failure = failing::of_status(received.status, received, reason.or(status.status.as_deref()));
    let mut quotas =
        status.details.iter().flat_map(|detail| &detail.violations).filter_map(|it| it.quota_id.as_deref());
    if failure.kind == FailureKind::RateLimited && quotas.any(|quota| quota.contains("PerDay")) {
        failure.kind = FailureKind::Exhausted;
    }
    let delay = status.details.iter().find_map(|detail| detail.retry_delay.as_deref().and_then(seconds));
    failure.retry_after = delay.or(failure.retry_after);
    failure
}

/// A duration as Google writes it: `34s`, `1.5s`.
fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.strip_suffix('s')?.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(status: u16, body: &str) -> Received {
        Received { status, headers: reqwest::header::HeaderMap::new(), body: Bytes::copy_from_slice(body.as_bytes()) }
    }

    fn limited(quota: &str, delay: &str) -> CallFailure {
        let body = format!(
            r#"[{{"error": {{"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [
                {{"violations": [{{"quotaId": "{quota}"}}]}}, {{"retryDelay": "{delay}"}}]}}}}]"#
        );
        failed(&received(429, &body))
    }

    #[test]
    fn the_hint_of_a_limit_is_heard_and_a_daily_one_is_not_waited_for() {
        let minute = limited("GenerateRequestsPerMinutePerProjectPerModel", "1.5s");
        assert_eq!((minute.kind, minute.retry_after), (FailureKind::RateLimited, Some(Duration::from_millis(1500))));
        assert_eq!(limited("GenerateRequestsPerDayPerProjectPerModel", "34s").kind, FailureKind::Exhausted);
        for nonsense in ["-1s", "soon", "1e30s", "NaNs"] {
            assert_eq!(limited("x", nonsense).retry_after, None, "{nonsense}");
        }
    }

    #[test]
    fn a_failure_in_no_form_is_judged_by_its_status() {
        for (status, kind) in
            [(502, FailureKind::Server), (404, FailureKind::Rejected), (429, FailureKind::RateLimited)]
        {
            let failure = failed(&received(status, "<html>secret words of a prompt</html>"));
            assert_eq!((failure.kind, failure.cause), (kind, format!("HTTP {status}")));
        }
    }

    #[test]
    fn a_status_that_quotes_what_was_sent_is_cut_to_a_code() {
        let failure = failed(&received(400, r#"{"error": {"status": "INVALID your label said: milk"}}"#));
        assert_eq!(failure.cause, "HTTP 400, INVALID");
    }

    #[test]
    fn only_a_model_that_came_to_its_end_is_listened_to() {
        let said = |finish: &str| {
            let body = format!(
                r#"{{"candidates": [{{"finishReason": {finish}, "content": {{"parts": [{{"text": "x"}}]}}}}]}}"#
            );
            text(serde_json::from_str(&body).unwrap()).map_err(|failure| failure.kind)
        };
        assert_eq!(said("\"STOP\""), Ok("x".to_owned()));
        assert_eq!(said("\"SPII\""), Err(FailureKind::Refused));
        for other in ["\"MAX_TOKENS\"", "\"MALFORMED_RESPONSE\"", "\"OF_TOMORROW\"", "null"] {
            assert_eq!(said(other), Err(FailureKind::Invalid), "{other}");
        }
    }
}
