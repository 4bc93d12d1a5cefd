//! What vendors' answers are read with: null for absent, numbers in whatever spelling, names cut to what names are.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Most tokens that are believed of one attempt: more than any model's context holds. A vendor that counts wildly must
/// not use up a budget at one stroke.
const MOST_TOKENS: u32 = 2_000_000;
/// Longest name of a model that is repeated.
const MAX_NAME: usize = 128;

/// A value, or its default where null stands.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A count of tokens; what is no count is absent.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let value = Option::<Value>::deserialize(deserializer)?;
    let number = value.as_ref().and_then(Value::as_f64).filter(|number| *number >= 0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and two million")]
    Ok(number.map(|number| number.min(f64::from(MOST_TOKENS)) as u32))
}

/// The model that says it answered, as names are written: it goes into records, logs and answers.
pub(super) fn model_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = Option::<Value>::deserialize(deserializer)?;
    let is_of_name = |character: &char| character.is_ascii_alphanumeric() || "-._:/@".contains(*character);
    let name: String =
        value.as_ref().and_then(Value::as_str).unwrap_or_default().chars().filter(is_of_name).take(MAX_NAME).collect();
    Ok((!name.is_empty()).then_some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Answer {
        #[serde(deserialize_with = "or_default")]
        parts: Vec<u8>,
        #[serde(deserialize_with = "count")]
        tokens: Option<u32>,
        #[serde(deserialize_with = "model_name")]
        model: Option<String>,
    }

    fn read(text: &str) -> Answer {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn null_is_as_good_as_absent() {
        for text in ["{}", r#"{"parts": null, "tokens": null, "model": null}"#] {
            let Answer { parts, tokens, model } = read(text);
            assert_eq!((parts, tokens, model), (Vec::new(), None, None));
        }
    }

    #[test]
    fn a_count_is_believed_within_reason() {
        for (said, believed) in [("12", Some(12)), ("12.0", Some(12)), ("-1", None), ("\"12\"", None), ("[]", None)] {
            assert_eq!(read(&format!(r#"{{"tokens": {said}}}"#)).tokens, believed, "{said}");
        }
        for wild in ["4294967296", "1e300", "18446744073709551616"] {
            assert_eq!(read(&format!(r#"{{"tokens": {wild}}}"#)).tokens, Some(MOST_TOKENS), "{wild}");
        }
    }

    #[test]
    fn a_models_name_is_a_name() {
        let named = |name: &str| read(&serde_json::json!({"model": name}).to_string()).model;
        assert_eq!(named("openai/gpt-x:free").as_deref(), Some("openai/gpt-x:free"));
        assert_eq!(named("x\n\u{1b}[31m<b>y").as_deref(), Some("x31mby"));
        assert_eq!(named(&"m".repeat(100_000)).map(|name| name.len()), Some(MAX_NAME));
        assert_eq!(read(r#"{"model": 7}"#).model, None);
    }
}
