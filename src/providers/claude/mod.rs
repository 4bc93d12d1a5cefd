//! Anthropic Claude by Messages.

mod wire;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::value::RawValue;

use super::call::{Answered, Body, Call, CallFailure, FailureKind, Usage};
use super::config::{Access, Vendor};
use super::http::{Http, Received, Request, json_headers};
use super::models::{Billed, Model, Models, Structured};
use super::presence::Word;
use super::{Hints, Shown, answer, body, failing, prompt};
use crate::domain::{EncodedPicture, Tokens};

const KEY: HeaderName = HeaderName::from_static("x-api-key");
const VERSION: HeaderName = HeaderName::from_static("anthropic-version");
/// Error codes of a 429 that waiting does not clear.
const SPENT: [&str; 2] = ["enforced_spend_limit_reached", "contract_spend_limit_reached"];

/// One model of Claude, callable.
#[derive(Debug, Clone)]
pub(super) struct Claude {
    http: Http,
    access: Access,
    model: Model,
    models: Arc<Models>,
    version: HeaderValue,
}

impl Claude {
    /// # Errors
    /// When the API version of the table cannot stand in a header.
    pub fn new(http: Http, access: Access, model: Model, models: Arc<Models>) -> Result<Self, String> {
        let version = HeaderValue::from_str(models.version(Vendor::Claude)).map_err(|error| error.to_string())?;
        Ok(Self { http, access, model, models, version })
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

    /// Composes the request that shows the pictures: clips are not taken.
    ///
    /// # Errors
    /// When it has no JSON form, which is a fault of ours.
    pub fn compose(&self, shown: Shown<'_>, hints: Hints) -> Result<Call, serde_json::Error> {
        let (system, user) = (self.model.words.system(self.model.structured), prompt::user(hints));
        let images = shown.pictures.iter().map(|picture| wire::Block::Image { source: image(picture) });
        let content = images.chain([wire::Block::Text { text: &user }]).collect();
        let cache_control = wire::CacheControl { kind: "ephemeral" };
        let by_tool = self.model.structured == Structured::Tool;
        let request = wire::Request {
            model: &self.model.id,
            max_tokens: self.output_limit(),
            system: [wire::System { kind: "text", text: &system, cache_control }],
            messages: [wire::Message { role: "user", content }],
            output_config: self.output_config()?,
            thinking: self.model.thinking.off.then_some(wire::Thinking { kind: "disabled" }),
            tools: if by_tool { Some([tool()?]) } else { None },
            tool_choice: by_tool.then_some(wire::ToolChoice {
                kind: "tool",
                name: prompt::SCHEMA_NAME,
                disable_parallel_tool_use: true,
            }),
        };
        let picture_bytes = shown.pictures.iter().map(|picture| picture.bytes.len()).sum();
        let body = Body::Whole(body::write(&request, picture_bytes, Vec::new())?);
        Ok(Call { body, image_tokens: self.model.image.tokens(shown.pictures) })
    }

    fn output_config(&self) -> Result<Option<wire::OutputConfig<'_>>, serde_json::Error> {
        let effort = self.model.thinking.effort.as_deref();
        let format = match self.model.structured {
            Structured::Schema => Some(wire::Format { kind: "json_schema", schema: prompt::schema()? }),
            Structured::Tool | Structured::Prompt => None,
        };
        let any = effort.is_some() || format.is_some();
        Ok(any.then_some(wire::OutputConfig { effort, format }))
    }

    /// Attempts `call` once.
    ///
    /// # Errors
    /// Why it gave no reading.
    pub async fn call(&self, call: &Call, now_ms: i64) -> Result<Answered, CallFailure> {
        let body = call.body.whole()?;
        let received = self.http.send(self.request(Method::POST, "v1/messages", body), self.access.timeout).await?;
        if received.status == 200 { self.understand(&received, now_ms) } else { Err(failed(&received)) }
    }

    /// Asks what the vendor knows of the model.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn look_up(&self, limit: Duration) -> Result<Word, CallFailure> {
        let path = format!("v1/models/{}", self.model.id);
        let received = self.http.send(self.request(Method::GET, &path, Bytes::new()), limit).await?;
        Ok(Word::of_status(received.status))
    }

    fn request(&self, method: Method, path: &str, body: Bytes) -> Request {
        let mut headers = json_headers();
        headers.insert(KEY, self.access.key.header(""));
        headers.insert(VERSION, self.version.clone());
        Request { method, url: self.access.base_url.join(path), headers, body }
    }

    fn understand(&self, received: &Received, now_ms: i64) -> Result<Answered, CallFailure> {
        let response: wire::Response = serde_json::from_slice(&received.body).map_err(|_| failing::foreign())?;
        let usage = self.usage(&response, now_ms);
        match text(&response).and_then(answer::parse) {
            Ok(reading) => Ok(Answered { reading, usage }),
            Err(failure) => Err(failure.with_usage(usage)),
        }
    }

    fn usage(&self, response: &wire::Response, now_ms: i64) -> Usage {
        let counts = &response.usage;
        let cache_written = counts.cache_creation_input_tokens.unwrap_or_default();
        let thinking = counts.output_tokens_details.as_ref().and_then(|details| details.thinking_tokens);
        let thinking = thinking.unwrap_or_default();
        let tokens = Tokens {
            input: counts.input_tokens.unwrap_or_default().saturating_add(cache_written),
            cached: counts.cache_read_input_tokens.unwrap_or_default(),
            output: counts.output_tokens.unwrap_or_default().saturating_sub(thinking),
            thinking,
        };
        let cost = self.models.cost(
            Vendor::Claude,
            &self.model,
            response.model.as_deref(),
            &Billed { tokens, cache_written },
            now_ms,
        );
        Usage { tokens, cost, served_model: response.model.clone() }
    }
}

fn image(picture: &EncodedPicture) -> wire::ImageSource<'_> {
    wire::ImageSource { kind: "base64", media_type: picture.media_type, data: body::Base64(&picture.bytes) }
}

fn tool() -> Result<wire::Tool<'static>, serde_json::Error> {
    Ok(wire::Tool {
        name: prompt::SCHEMA_NAME,
        description: "Reports what is printed on the pack.",
        input_schema: prompt::schema()?,
        strict: true,
    })
}

/// What the model wrote: the first block of text, or the input of the tool it was made to call.
fn text(response: &wire::Response) -> Result<&str, CallFailure> {
    let of_kind = |kind: &str| response.content.iter().find(|block| block.kind == kind);
    let found = match response.stop_reason.as_deref() {
        Some("end_turn") => of_kind("text").and_then(|block| block.text.as_deref()),
        Some("tool_use") => of_kind("tool_use").and_then(|block| block.input.as_deref()).map(RawValue::get),
        Some("refusal") => {
            let category = response.stop_details.as_ref().and_then(|details| details.category.as_deref());
            let category = failing::plain(category.unwrap_or("none given"));
            return Err(CallFailure::new(FailureKind::Refused, format!("refusal, category {category}")));
        }
        other => {
            let reason = failing::plain(other.unwrap_or("nothing"));
            return Err(CallFailure::new(FailureKind::Invalid, format!("stopped by {reason}")));
        }
    };
    found.ok_or_else(failing::not_its_form)
}

/// A status other than 200.
fn failed(received: &Received) -> CallFailure {
    let error = serde_json::from_slice::<wire::Failed>(&received.body).unwrap_or_default().error;
    let detailed = error.details.and_then(|details| details.error_code);
    let mut failure = failing::of_status(received.status, received, detailed.as_deref().or(error.kind.as_deref()));
    if detailed.is_some_and(|code| SPENT.contains(&code.as_str())) {
        failure.kind = FailureKind::Exhausted;
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(status: u16, retry_after: &'static str, body: &str) -> CallFailure {
        let mut headers = reqwest::header::HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static(retry_after));
        failed(&Received { status, headers, body: Bytes::copy_from_slice(body.as_bytes()) })
    }

    #[test]
    fn a_limit_of_money_is_not_waited_for() {
        let limited = failure(429, "7", r#"{"error": {"type": "rate_limit_error"}}"#);
        assert_eq!((limited.kind, limited.retry_after), (FailureKind::RateLimited, Some(Duration::from_secs(7))));
        let body =
            r#"{"error": {"type": "rate_limit_error", "details": {"error_code": "contract_spend_limit_reached"}}}"#;
        assert_eq!(failure(429, "7", body).kind, FailureKind::Exhausted);
        assert_eq!(failure(402, "7", "").kind, FailureKind::Exhausted);
        assert_eq!(failure(429, "Sat, 21 Nov 2026 10:00:00 GMT", "").retry_after, None);
    }

    #[test]
    fn a_refused_body_may_come_back_as_a_web_page() {
        let failure = failure(413, "x", "<html>too large</html>");
        assert_eq!((failure.kind, failure.cause.as_str()), (FailureKind::Unfit, "HTTP 413"));
    }

    #[test]
    fn the_answer_is_the_first_block_of_its_kind_wherever_it_stands() {
        let said = |body: &str| {
            let response: wire::Response = serde_json::from_str(body).unwrap();
            text(&response).map(str::to_owned).map_err(|failure| failure.kind)
        };
        let content = r#"[{"type": "thinking", "thinking": "t"}, {"type": "of_tomorrow", "x": 1}, {"type": "text", "text": "x"}]"#;
        assert_eq!(said(&format!(r#"{{"stop_reason": "end_turn", "content": {content}}}"#)), Ok("x".to_owned()));
        let called = r#"[{"type": "tool_use", "input": {"labelText":  "x"}}]"#;
        assert_eq!(
            said(&format!(r#"{{"stop_reason": "tool_use", "content": {called}}}"#)),
            Ok(r#"{"labelText":  "x"}"#.to_owned())
        );
        assert_eq!(said(r#"{"stop_reason": "end_turn", "content": []}"#), Err(FailureKind::Invalid));
        assert_eq!(said(r#"{"stop_reason": "refusal"}"#), Err(FailureKind::Refused));
        assert_eq!(said(r#"{"stop_reason": "of_tomorrow"}"#), Err(FailureKind::Invalid));
    }
}
