//! Claude Messages as JSON. Requests are strict, answers lenient: what is absent or new does not stop us.
//!
//! Sources: the types of the vendor's SDK (`anthropic` 2.12) and its documentation of November 2026.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::body::Base64;
use super::super::lenient::{count, model_name, or_default};

#[derive(Serialize)]
pub(super) struct Request<'a> {
    pub model: &'a str,
    pub max_tokens: u32,
    pub system: [System<'a>; 1],
    pub messages: [Message<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_config: Option<OutputConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thinking: Option<Thinking>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<[Tool<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
}

/// The instructions, marked as the end of what is cached.
#[derive(Serialize)]
pub(super) struct System<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub text: &'a str,
    pub cache_control: CacheControl,
}

#[derive(Serialize)]
pub(super) struct CacheControl {
    #[serde(rename = "type")]
    pub kind: &'static str,
}

#[derive(Serialize)]
pub(super) struct Message<'a> {
    pub role: &'static str,
    pub content: Vec<Block<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block<'a> {
    Image { source: ImageSource<'a> },
    Text { text: &'a str },
}

#[derive(Serialize)]
pub(super) struct ImageSource<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub media_type: &'static str,
    pub data: Base64<'a>,
}

#[derive(Serialize)]
pub(super) struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format<'a>>,
}

#[derive(Serialize)]
pub(super) struct Format<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub schema: &'a RawValue,
}

#[derive(Serialize)]
pub(super) struct Thinking {
    #[serde(rename = "type")]
    pub kind: &'static str,
}

#[derive(Serialize)]
pub(super) struct Tool<'a> {
    pub name: &'static str,
    pub description: &'static str,
    pub input_schema: &'a RawValue,
    pub strict: bool,
}

#[derive(Serialize)]
pub(super) struct ToolChoice {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub name: &'static str,
    pub disable_parallel_tool_use: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Response {
    #[serde(deserialize_with = "model_name")]
    pub model: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub content: Vec<Answered>,
    pub stop_reason: Option<String>,
    pub stop_details: Option<StopDetails>,
    #[serde(deserialize_with = "or_default")]
    pub usage: UsageCounts,
}

/// A block of the answer: text, the input of a tool, thoughts, or what is not known yet.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Answered {
    #[serde(rename = "type")]
    pub kind: String,
    pub text: Option<String>,
    pub input: Option<Box<RawValue>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct StopDetails {
    pub category: Option<String>,
}

/// Counts of tokens; the input's whole is the sum of the first three, the output includes thinking.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct UsageCounts {
    #[serde(deserialize_with = "count")]
    pub input_tokens: Option<u32>,
    #[serde(deserialize_with = "count")]
    pub cache_creation_input_tokens: Option<u32>,
    #[serde(deserialize_with = "count")]
    pub cache_read_input_tokens: Option<u32>,
    #[serde(deserialize_with = "count")]
    pub output_tokens: Option<u32>,
    pub output_tokens_details: Option<OutputDetails>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct OutputDetails {
    #[serde(deserialize_with = "count")]
    pub thinking_tokens: Option<u32>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Failed {
    pub error: ErrorBody,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ErrorBody {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub details: Option<ErrorDetails>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ErrorDetails {
    pub error_code: Option<String>,
}
