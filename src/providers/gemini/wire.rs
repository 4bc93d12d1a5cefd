//! Gemini `generateContent` as JSON. Requests are strict, answers lenient: what is absent or new does not stop us.
//!
//! Sources: the types of the vendor's SDK (`google-genai` 3.4) and its documentation of November 2026.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::body::Base64;
use super::super::lenient::{count, model_name, or_default};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request<'a> {
    pub system_instruction: System<'a>,
    pub contents: [Content<'a>; 1],
    pub generation_config: GenerationConfig<'a>,
}

#[derive(Serialize)]
pub(super) struct System<'a> {
    pub parts: [Part<'a>; 1],
}

#[derive(Serialize)]
pub(super) struct Content<'a> {
    pub role: &'static str,
    pub parts: Vec<Part<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase", untagged)]
pub(super) enum Part<'a> {
    Text {
        text: &'a str,
    },
    #[serde(rename_all = "camelCase")]
    Inline {
        inline_data: Inline<'a>,
    },
    #[serde(rename_all = "camelCase")]
    File {
        file_data: FileData<'a>,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Inline<'a> {
    pub mime_type: &'static str,
    pub data: Base64<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileData<'a> {
    pub mime_type: &'static str,
    pub file_uri: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GenerationConfig<'a> {
    pub response_mime_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_json_schema: Option<&'a RawValue>,
    pub max_output_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_resolution: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thinking_config: Option<ThinkingConfig<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThinkingConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thinking_level: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thinking_budget: Option<i32>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Response {
    #[serde(deserialize_with = "or_default")]
    pub candidates: Vec<Candidate>,
    pub prompt_feedback: Option<PromptFeedback>,
    #[serde(deserialize_with = "or_default")]
    pub usage_metadata: UsageMetadata,
    #[serde(deserialize_with = "model_name")]
    pub model_version: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Candidate {
    pub content: Option<Answered>,
    pub finish_reason: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Answered {
    #[serde(deserialize_with = "or_default")]
    pub parts: Vec<AnsweredPart>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct AnsweredPart {
    pub text: Option<String>,
    pub thought: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PromptFeedback {
    pub block_reason: Option<String>,
}

/// Counts of tokens; the prompt's include the cached ones, the candidates' exclude the thoughts.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct UsageMetadata {
    #[serde(deserialize_with = "count")]
    pub prompt_token_count: Option<u32>,
    #[serde(deserialize_with = "count")]
    pub cached_content_token_count: Option<u32>,
    #[serde(deserialize_with = "count")]
    pub candidates_token_count: Option<u32>,
    #[serde(deserialize_with = "count")]
    pub thoughts_token_count: Option<u32>,
}

/// An error's body; some come inside an array of one.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Failed {
    // Before the other: a struct could be read from a list as well.
    Listed(Vec<Wrapped>),
    One(Wrapped),
}

#[derive(Deserialize)]
pub(super) struct Wrapped {
    pub error: Status,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Status {
    pub status: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub details: Vec<Detail>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Detail {
    pub retry_delay: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub violations: Vec<Violation>,
    pub reason: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Violation {
    pub quota_id: Option<String>,
}

/// The answer to the bytes of an upload.
#[derive(Deserialize)]
pub(super) struct Uploaded {
    pub file: File,
}

/// A file at the vendor.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct File {
    /// `files/id`
    pub name: String,
    pub uri: String,
    /// `PROCESSING`, `ACTIVE` or `FAILED`.
    pub state: String,
}
