//! What models are told: versioned files, and the form of the answer. What never changes comes first, so that vendors'
//! caches of a prompt's beginning work; the reader's language comes last, behind the pictures.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::Hints;
use super::models::Structured;
use crate::domain::Language;

/// The words in force. A change of theirs is a new file: old calls keep the hash of what they were told.
const SYSTEM: &str = include_str!("prompts/read-label-1.md");
/// The form of the answer, of parts that every vendor takes.
const SCHEMA: &str = include_str!("prompts/reading.schema.json");
/// The schema's name, where a vendor wants one.
pub(super) const SCHEMA_NAME: &str = "reading";

static HASH: LazyLock<String> = LazyLock::new(|| hash_of(SYSTEM));
static COMPACT: LazyLock<String> = LazyLock::new(|| compact(SCHEMA));

/// The instructions that a model is given: those in force, or an arm's own.
#[derive(Debug, Clone, Default)]
pub(super) struct Words(Option<Arc<Own>>);

#[derive(Debug)]
struct Own {
    text: String,
    hash: String,
}

impl Words {
    /// An arm's own.
    pub fn own(text: String) -> Self {
        Self(Some(Arc::new(Own { hash: hash_of(&text), text })))
    }

    fn text(&self) -> &str {
        self.0.as_ref().map_or(SYSTEM, |own| &own.text)
    }

    /// The instructions; with the form of the answer in words where the vendor does not enforce it.
    pub fn system(&self, structured: Structured) -> Cow<'_, str> {
        let text = self.text();
        match structured {
            Structured::Schema | Structured::Tool => text.into(),
            Structured::Prompt => {
                format!("{text}\nAnswer with one JSON object of this schema and nothing else:\n{}\n", *COMPACT).into()
            }
        }
    }

    /// Sixteen hex digits of the hash of everything a model is told, the pictures and the language aside.
    pub fn hash(&self) -> &str {
        self.0.as_ref().map_or(&HASH, |own| &own.hash)
    }

    /// Most tokens that everything but the pictures comes to: no tokenizer makes more than one of two bytes of such text.
    pub fn tokens_at_most(&self) -> u32 {
        u32::try_from((self.text().len() + COMPACT.len()) / 2 + 64).unwrap_or(u32::MAX)
    }
}

fn hash_of(words: &str) -> String {
    let parts = [words, &compact(SCHEMA), &user(Hints { language: Language::Sv })];
    let digest = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part).chain_update([0])).finalize();
    digest.iter().take(8).fold(String::new(), |mut hex, byte| {
        let _infallible = write!(hex, "{byte:02x}");
        hex
    })
}

/// The form of the answer as JSON schema: the same bytes in every call, properties in the order they are to be written.
pub(super) fn schema() -> Result<&'static RawValue, serde_json::Error> {
    serde_json::from_str(&COMPACT)
}

/// What stands behind the pictures.
pub(super) fn user(hints: Hints) -> String {
    format!("Read this pack. The reader's preferred language: {}.", hints.language.tag())
}

/// A schema as its file has it, without line breaks and indentation.
fn compact(text: &str) -> String {
    text.lines().map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_json_of_parts_that_every_vendor_takes() {
        fn check(schema: &serde_json::Value) {
            let known =
                ["type", "properties", "items", "enum", "anyOf", "required", "additionalProperties", "description"];
            let schema = schema.as_object().unwrap();
            assert!(schema.keys().all(|key| known.contains(&key.as_str())), "{schema:?}");
            if let Some(properties) = schema.get("properties") {
                let names: Vec<_> = properties.as_object().unwrap().keys().collect();
                assert_eq!(names.len(), schema["required"].as_array().unwrap().len(), "{names:?}");
                assert_eq!(schema["additionalProperties"], false);
                properties.as_object().unwrap().values().for_each(check);
            }
            schema.get("items").into_iter().for_each(check);
            schema.get("anyOf").into_iter().flat_map(|any| any.as_array().unwrap()).for_each(check);
        }
        check(&serde_json::from_str(schema().unwrap().get()).unwrap());
    }

    #[test]
    fn the_model_transcribes_before_it_lists() {
        let at = |name: &str| schema().unwrap().get().find(name).unwrap();
        assert!(at("\"labelText\":") < at("\"legibility\":") && at("\"legibility\":") < at("\"ingredients\":"));
        assert!(!schema().unwrap().get().contains('\n'));
    }

    #[test]
    fn the_form_of_the_answer_is_said_in_words_only_where_nothing_enforces_it() {
        let words = Words::default();
        assert!(!words.system(Structured::Schema).contains("labelText\":"));
        let said = words.system(Structured::Prompt);
        assert!(said.starts_with(&*words.system(Structured::Schema)) && said.contains("\"labelText\":"));
    }

    #[test]
    fn the_hash_names_these_words() {
        let (ours, own) = (Words::default(), Words::own("Read it.".to_owned()));
        assert_eq!(ours.hash().len(), 16);
        assert!(ours.hash().bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(own.hash(), ours.hash());
        assert_eq!(own.system(Structured::Schema), "Read it.");
        assert!(own.tokens_at_most() < ours.tokens_at_most());
    }
}
