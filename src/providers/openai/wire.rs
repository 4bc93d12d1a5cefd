//! OpenAI-compatible chat completions as JSON. Requests are strict, answers lenient: what is absent or new does not stop
//! us.
//!
//! Sources: the types of the vendor's SDK (`openai` 3.54) of November 2026; OpenRouter answers 200 with an `error` inside.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::body::Base64;
use super::super::lenient::{count, model_name, or_default};

#[derive(Serialize)]
pub(super) struct Request<'a> {
    pub model: &'a str,
    pub messages: [Message<'a>; 2],
    pub max_completion_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<[Tool<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<Chosen>,
}

#[derive(Serialize)]
#[serde(tag = "role", rename_all = "lowercase")]
pub(super) enum Message<'a> {
    System { content: &'a str },
    User { content: Vec<Part<'a>> },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Part<'a> {
    ImageUrl { image_url: ImageUrl<'a> },
    Text { text: &'a str },
}

/// A picture as a data URL: the base64 stands behind a prefix that the writer of the body puts there.
#[derive(Serialize)]
pub(super) struct ImageUrl<'a> {
    pub url: Base64<'a>,
    pub detail: &'static str,
}

#[derive(Serialize)]
pub(super) struct ResponseFormat<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub json_schema: JsonSchema<'a>,
}

#[derive(Serialize)]
pub(super) struct JsonSchema<'a> {
    pub name: &'static str,
    pub strict: bool,
    pub schema: &'a RawValue,
}

#[derive(Serialize)]
pub(super) struct Tool<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub function: Function<'a>,
}

#[derive(Serialize)]
pub(super) struct Function<'a> {
    pub name: &'static str,
    pub strict: bool,
    pub parameters: &'a RawValue,
}

#[derive(Serialize)]
pub(super) struct Chosen {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub function: Named,
}

#[derive(Serialize)]
pub(super) struct Named {
    pub name: &'static str,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Response {
    #[serde(deserialize_with = "model_name")]
    pub model: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub choices: Vec<Choice>,
    pub usage: Option<UsageCounts>,
    pub error: Option<ErrorBody>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Choice {
    pub finish_reason: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub message: Answered,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Answered {
    pub content: Option<Written>,
    pub refusal: Option<String>,
    pub tool_calls: Option<Vec<ToolCall>>,
}

/// Text; some services write it in pieces, thoughts between them.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Written {
    Whole(String),
    Pieces(Vec<Piece>),
}

impl Written {
    pub fn text(self) -> String {
        match self {
            Self::Whole(text) => text,
            Self::Pieces(pieces) => pieces.into_iter().filter_map(|piece| piece.text).collect(),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Piece {
    pub text: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ToolCall {
    pub function: Option<Called>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Called {
    pub arguments: Option<String>,
}

/// Counts of tokens; the prompt's include the cached ones, the completion's the reasoning.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct UsageCounts {
    #[serde(deserialize_with = "count")]
    pub prompt_tokens: Option<u32>,
    #[serde(deserialize_with = "count")]
    pub completion_tokens: Option<u32>,
    pub prompt_tokens_details: Option<PromptDetails>,
    pub completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct PromptDetails {
    #[serde(deserialize_with = "count")]
    pub cached_tokens: Option<u32>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct CompletionDetails {
    #[serde(deserialize_with = "count")]
    pub reasoning_tokens: Option<u32>,
}

/// An error's body, also the one inside an answer. `code` is a word or a number, as the service likes.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ErrorBody {
    pub code: Option<serde_json::Value>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
}
