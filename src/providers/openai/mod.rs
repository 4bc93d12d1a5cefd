//! Any service that speaks OpenAI's chat completions: OpenAI itself, OpenRouter, self-hosted servers.

mod wire;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::AUTHORIZATION;

use super::call::{Answered, Body, Call, CallFailure, FailureKind, Usage};
use super::config::{Access, Vendor};
use super::http::{Http, Received, Request, json_headers};
use super::models::{Billed, Model, Models, Structured};
use super::presence::Word;
use super::{Hints, Shown, answer, body, failing, prompt};
use crate::domain::{EncodedPicture, Tokens};

/// The code of a 404 that is about the model.
const GONE: &str = "model_not_found";
/// The code of a 429 that waiting does not clear.
const SPENT: &str = "insufficient_quota";

/// One model behind an OpenAI-compatible service, callable.
#[derive(Debug, Clone)]
pub(super) struct Openai {
    http: Http,
    access: Access,
    model: Model,
    models: Arc<Models>,
}

impl Openai {
    pub fn new(http: Http, access: Access, model: Model, models: Arc<Models>) -> Self {
        Self { http, access, model, models }
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
        let images = shown.pictures.iter().map(|picture| wire::Part::ImageUrl { image_url: image(picture) });
        let content = images.chain([wire::Part::Text { text: &user }]).collect();
        let by_tool = self.model.structured == Structured::Tool;
        let chosen = wire::Chosen { kind: "function", function: wire::Named { name: prompt::SCHEMA_NAME } };
        let request = wire::Request {
            model: &self.model.id,
            messages: [wire::Message::System { content: &system }, wire::Message::User { content }],
            max_completion_tokens: self.output_limit(),
            temperature: self.model.temperature.then_some(0),
            reasoning_effort: self.model.thinking.effort.as_deref(),
            response_format: self.response_format()?,
            tools: if by_tool { Some([tool()?]) } else { None },
            tool_choice: by_tool.then_some(chosen),
        };
        let prefixes = shown.pictures.iter().map(|picture| format!("data:{};base64,", picture.media_type)).collect();
        let picture_bytes = shown.pictures.iter().map(|picture| picture.bytes.len()).sum();
        let body = Body::Whole(body::write(&request, picture_bytes, prefixes)?);
        Ok(Call { body, image_tokens: self.model.image.tokens(shown.pictures) })
    }

    fn response_format(&self) -> Result<Option<wire::ResponseFormat<'_>>, serde_json::Error> {
        if self.model.structured != Structured::Schema {
            return Ok(None);
        }
        let json_schema = wire::JsonSchema { name: prompt::SCHEMA_NAME, strict: true, schema: prompt::schema()? };
        Ok(Some(wire::ResponseFormat { kind: "json_schema", json_schema }))
    }

    /// Attempts `call` once.
    ///
    /// # Errors
    /// Why it gave no reading.
    pub async fn call(&self, call: &Call, now_ms: i64) -> Result<Answered, CallFailure> {
        let body = call.body.whole()?;
        let received =
            self.http.send(self.request(Method::POST, "chat/completions", body), self.access.timeout).await?;
        if received.status == 200 { self.understand(&received, now_ms) } else { Err(failed(&received)) }
    }

    /// Asks what the service knows of the model. Many have no such route, or none for names with a slash in them: that
    /// nothing is found there says nothing of the model, unless the service says so in a word of its own.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn look_up(&self, limit: Duration) -> Result<Word, CallFailure> {
        let path = format!("models/{}", self.model.id);
        let received = self.http.send(self.request(Method::GET, &path, Bytes::new()), limit).await?;
        let word = Word::of_status(received.status);
        let says_nothing = word == Word::Unknown && said(&received).1.as_deref() != Some(GONE);
        Ok(if says_nothing { Word::Status(received.status) } else { word })
    }

    fn request(&self, method: Method, path: &str, body: Bytes) -> Request {
        let mut headers = json_headers();
        headers.insert(AUTHORIZATION, self.access.key.header("Bearer "));
        Request { method, url: self.access.base_url.join(path), headers, body }
    }

    fn understand(&self, received: &Received, now_ms: i64) -> Result<Answered, CallFailure> {
        let response: wire::Response = serde_json::from_slice(&received.body).map_err(|_| failing::foreign())?;
        if response.error.is_some() {
            return Err(failed(received));
        }
        let usage = self.usage(&response, now_ms);
        match text(response).and_then(|text| answer::parse(&text)) {
            Ok(reading) => Ok(Answered { reading, usage }),
            Err(failure) => Err(failure.with_usage(usage)),
        }
    }

    fn usage(&self, response: &wire::Response, now_ms: i64) -> Usage {
        let tokens = response.usage.as_ref().map(tokens).unwrap_or_default();
        let cost = self.models.cost(
            Vendor::Openai,
            &self.model,
            response.model.as_deref(),
            &Billed { tokens, cache_written: 0 },
            now_ms,
        );
        Usage { tokens, cost, served_model: response.model.clone() }
    }
}

fn image(picture: &EncodedPicture) -> wire::ImageUrl<'_> {
    wire::ImageUrl { url: body::Base64(&picture.bytes), detail: "high" }
}

fn tokens(counts: &wire::UsageCounts) -> Tokens {
    let cached = counts.prompt_tokens_details.as_ref().and_then(|details| details.cached_tokens).unwrap_or_default();
    let thinking = counts.completion_tokens_details.as_ref().and_then(|details| details.reasoning_tokens);
    let thinking = thinking.unwrap_or_default();
    Tokens {
        input: counts.prompt_tokens.unwrap_or_default().saturating_sub(cached),
        cached,
        output: counts.completion_tokens.unwrap_or_default().saturating_sub(thinking),
        thinking,
    }
}

fn tool() -> Result<wire::Tool<'static>, serde_json::Error> {
    let function = wire::Function { name: prompt::SCHEMA_NAME, strict: true, parameters: prompt::schema()? };
    Ok(wire::Tool { kind: "function", function })
}

/// What the model wrote: its text, or the arguments of the tool it was made to call.
fn text(response: wire::Response) -> Result<String, CallFailure> {
    let Some(choice) = response.choices.into_iter().next() else { return Err(failing::not_its_form()) };
    if choice.message.refusal.is_some_and(|refusal| !refusal.is_empty()) {
        return Err(CallFailure::new(FailureKind::Refused, "a refusal"));
    }
    let called = choice.message.tool_calls.unwrap_or_default().into_iter().next();
    let arguments = called.and_then(|call| call.function?.arguments);
    match choice.finish_reason.as_deref() {
        Some("stop" | "tool_calls") => {
            arguments.or(choice.message.content.map(wire::Written::text)).ok_or_else(failing::not_its_form)
        }
        Some("content_filter") => Err(CallFailure::new(FailureKind::Refused, "finished by content_filter")),
        other => {
            let reason = failing::plain(other.unwrap_or("nothing"));
            Err(CallFailure::new(FailureKind::Invalid, format!("finished by {reason}")))
        }
    }
}

/// The number and the word of an error.
fn said(received: &Received) -> (Option<u16>, Option<String>) {
    let body = serde_json::from_slice::<wire::Response>(&received.body).unwrap_or_default();
    let wire::ErrorBody { code, kind } = body.error.unwrap_or_default();
    let number = code.as_ref().and_then(serde_json::Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let word = code.as_ref().and_then(serde_json::Value::as_str).map(str::to_owned);
    (number, word.or(kind))
}

/// A status other than 200, or an error inside an answer of 200: then its number is the status.
fn failed(received: &Received) -> CallFailure {
    let (number, word) = said(received);
    let word = word.as_deref();
    let status = if received.status == 200 { number.unwrap_or(500) } else { received.status };
    let mut failure = failing::of_status(status, received, word);
    if word == Some(SPENT) {
        failure.kind = FailureKind::Exhausted;
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: u16, body: &str) -> (FailureKind, String) {
        let headers = reqwest::header::HeaderMap::new();
        let failure = failed(&Received { status, headers, body: Bytes::copy_from_slice(body.as_bytes()) });
        (failure.kind, failure.cause)
    }

    #[test]
    fn an_error_inside_a_200_counts_by_its_number() {
        assert_eq!(kind(200, r#"{"error": {"code": 429}}"#).0, FailureKind::RateLimited);
        assert_eq!(kind(200, r#"{"error": {"code": 402}}"#).0, FailureKind::Exhausted);
        assert_eq!(kind(200, r#"{"error": {"message": "no"}}"#).0, FailureKind::Server);
    }

    #[test]
    fn money_that_is_spent_is_not_waited_for() {
        let spent = kind(429, r#"{"error": {"code": "insufficient_quota"}}"#);
        assert_eq!(spent, (FailureKind::Exhausted, "HTTP 429, insufficient_quota".to_owned()));
        assert_eq!(kind(429, r#"{"error": {"code": "rate_limit_exceeded"}}"#).0, FailureKind::RateLimited);
    }

    #[test]
    fn a_servers_own_idea_of_an_answer_is_none() {
        let said = |body: &str| text(serde_json::from_str(body).unwrap()).map_err(|failure| failure.kind);
        assert_eq!(
            said(r#"{"choices": [{"finish_reason": "stop", "message": {"content": "x"}}]}"#),
            Ok("x".to_owned())
        );
        let pieces = r#"[{"type": "thinking", "thinking": []}, {"type": "text", "text": "x"}]"#;
        assert_eq!(
            said(&format!(r#"{{"choices": [{{"finish_reason": "stop", "message": {{"content": {pieces}}}}}]}}"#)),
            Ok("x".to_owned())
        );
        for body in [
            r#"{"choices": null}"#,
            r#"{"choices": []}"#,
            r#"{"choices": [{"finish_reason": "stop", "message": {"content": null}}]}"#,
        ] {
            assert_eq!(said(body), Err(FailureKind::Invalid), "{body}");
        }
        assert_eq!(
            said(r#"{"choices": [{"finish_reason": "length", "message": {"content": "x"}}]}"#),
            Err(FailureKind::Invalid)
        );
    }
}
