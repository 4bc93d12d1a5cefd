//! A model's text to a [`Reading`]: not believed before it has the form that was asked for, and bounded.

use serde::{Deserialize, Deserializer};

use super::call::{CallFailure, FailureKind};
use crate::domain::{Legibility, QualityIssue, ReadIngredient, Reading, Source, Status};

/// Longest text that is parsed, bytes: a long label in two languages has some ten thousand. It also bounds the time that
/// looking for each name in the transcription takes.
const MAX_TEXT_BYTES: usize = 64 << 10;
/// Most ingredients of one list, claims and issues.
const MAX_ITEMS: usize = 400;
/// Longest `labelText`, name and claim, characters.
const MAX_LABEL_CHARS: usize = 40_000;
const MAX_NAME_CHARS: usize = 400;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Answer {
    label_text: String,
    #[serde(deserialize_with = "null_or")]
    language: Option<String>,
    #[serde(deserialize_with = "any_case")]
    legibility: Legibility,
    #[serde(deserialize_with = "each_any_case")]
    issues: Vec<QualityIssue>,
    ingredients: Vec<Item>,
    claims: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Item {
    name: String,
    #[serde(deserialize_with = "any_case")]
    source: Source,
    #[serde(deserialize_with = "some_any_case")]
    status: Option<Status>,
    #[serde(deserialize_with = "null_or")]
    translated_name: Option<String>,
    confidence: f32,
}

/// Reads the text that a model wrote.
///
/// # Errors
/// [`FailureKind::Invalid`] when it is not the JSON that was asked for, is larger than any label, lists nothing on a
/// label that it says it could read, or mostly lists what its own transcription does not have.
pub(super) fn parse(text: &str) -> Result<Reading, CallFailure> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(unusable("a text longer than any label"));
    }
    let answer: Answer = serde_json::from_str(unfenced(text)).map_err(|error| unusable(fault(&error)))?;
    if !answer.is_bounded() {
        return Err(unusable("a list or a name longer than any label's"));
    }
    let reading = answer.into_reading();
    let listed = reading.ingredients.as_deref().unwrap_or_default();
    if listed.is_empty() && reading.legibility != Legibility::None {
        return Err(unusable("an empty list on a legible label"));
    }
    let invented = invented(listed, &reading.label_text);
    if invented * 2 > listed.len() {
        return Err(unusable("a list that its own transcription does not have"));
    }
    Ok(reading)
}

/// The text without the fence that models without enforced form put around JSON.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let inside = text.strip_prefix("```json").or_else(|| text.strip_prefix("```"));
    inside.and_then(|text| text.strip_suffix("```")).unwrap_or(text).trim()
}

/// What kind of fault, without the words of the text.
fn fault(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Eof => "JSON that was cut off",
        serde_json::error::Category::Data => "JSON in another form than was asked for",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "no JSON",
    }
}

fn unusable(cause: &str) -> CallFailure {
    CallFailure::new(FailureKind::Invalid, cause)
}

impl Answer {
    fn is_bounded(&self) -> bool {
        let short = |text: &str, limit: usize| text.len() <= limit || text.chars().count() <= limit;
        let optional = |text: &Option<String>| text.as_deref().is_none_or(|text| short(text, MAX_NAME_CHARS));
        short(&self.label_text, MAX_LABEL_CHARS)
            && self.ingredients.len().max(self.claims.len()).max(self.issues.len()) <= MAX_ITEMS
            && self.claims.iter().all(|claim| short(claim, MAX_NAME_CHARS))
            && optional(&self.language)
            && self.ingredients.iter().all(|item| short(&item.name, MAX_NAME_CHARS) && optional(&item.translated_name))
    }

    fn into_reading(self) -> Reading {
        let ingredients = self.ingredients.into_iter().filter(|item| !item.name.trim().is_empty());
        Reading {
            label_text: self.label_text,
            language: self.language,
            legibility: self.legibility,
            issues: self.issues,
            ingredients: Some(ingredients.map(Item::into_read).collect()),
            claims: self.claims,
        }
    }
}

impl Item {
    fn into_read(self) -> ReadIngredient {
        ReadIngredient {
            name: self.name,
            source: self.source,
            status: self.status,
            translated_name: self.translated_name,
            confidence: self.confidence.clamp(0.0, 1.0),
        }
    }
}

/// How many of `listed` are nowhere in `label_text`: neither as they stand, however spaced or broken over lines, nor by
/// their words.
fn invented(listed: &[ReadIngredient], label_text: &str) -> usize {
    let label = letters(label_text);
    let stands = |text: &str| label.contains(&letters(text));
    listed.iter().filter(|item| !stands(&item.name) && !item.name.split_whitespace().all(stands)).count()
}

/// Letters and digits alone, in lower case.
fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn null_or<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// One of an enum's spellings, in whatever case: not every vendor keeps to the one that was asked for.
fn spelled<T: for<'a> Deserialize<'a>>(word: &str) -> Option<T> {
    let as_is = |text: String| serde_json::from_value(serde_json::Value::String(text)).ok();
    as_is(word.to_ascii_lowercase()).or_else(|| as_is(word.to_ascii_uppercase()))
}

fn any_case<'de, D: Deserializer<'de>, T: for<'a> Deserialize<'a>>(deserializer: D) -> Result<T, D::Error> {
    let word = String::deserialize(deserializer)?;
    spelled(&word).ok_or_else(|| serde::de::Error::custom("no such word"))
}

fn some_any_case<'de, D: Deserializer<'de>, T: for<'a> Deserialize<'a>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let Some(word) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    spelled(&word).map(Some).ok_or_else(|| serde::de::Error::custom("no such word"))
}

fn each_any_case<'de, D: Deserializer<'de>, T: for<'a> Deserialize<'a>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let words = Vec::<String>::deserialize(deserializer)?;
    words.iter().map(|word| spelled(word).ok_or_else(|| serde::de::Error::custom("no such word"))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn answer() -> Value {
        let item = |name: &str| json!({"name": name, "source": "declared", "status": null, "translatedName": null, "confidence": 0.9});
        json!({
            "labelText": "Ingredienser: vatten, vete-\nmjöl (VETE), emulgeringsmedel (sojalecitin). Kan innehålla ägg.",
            "language": "sv", "legibility": "full", "issues": [], "claims": ["vegansk"],
            "ingredients": [item("vatten"), item("vetemjöl"), item("emulgeringsmedel sojalecitin")],
        })
    }

    fn cause(answer: &Value) -> String {
        let failure = parse(&answer.to_string()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Invalid);
        failure.cause
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut answer = answer();
        *answer.pointer_mut(pointer).unwrap() = value;
        answer
    }

    #[test]
    fn an_answer_in_the_form_asked_for_is_a_reading() {
        let reading = parse(&answer().to_string()).unwrap();
        let names: Vec<_> = reading.ingredients.unwrap().into_iter().map(|item| item.name).collect();
        assert_eq!(names, ["vatten", "vetemjöl", "emulgeringsmedel sojalecitin"]);
        assert_eq!((reading.legibility, reading.claims), (Legibility::Full, vec!["vegansk".to_owned()]));
    }

    #[test]
    fn words_count_in_whatever_case_and_a_fence_is_taken_off() {
        let mut answer = with("/legibility", json!("FULL"));
        answer["issues"] = json!(["glare"]);
        answer["ingredients"][0]["status"] = json!("Non-Vegan");
        let reading = parse(&format!("```json\n{answer}\n```")).unwrap();
        assert_eq!(reading.issues, [QualityIssue::Glare]);
        assert_eq!(reading.ingredients.unwrap()[0].status, Some(Status::NonVegan));
    }

    #[test]
    fn cut_json_at_any_place_is_no_reading() {
        let whole = answer().to_string();
        for length in (0..whole.len()).filter(|length| whole.is_char_boundary(*length)) {
            assert_eq!(parse(&whole[..length]).unwrap_err().kind, FailureKind::Invalid, "{length}");
        }
    }

    #[test]
    fn another_form_is_no_reading() {
        for pointer in
            ["/labelText", "/legibility", "/ingredients", "/ingredients/0/name", "/ingredients/0/source", "/claims"]
        {
            assert_eq!(cause(&with(pointer, Value::Null)), "JSON in another form than was asked for", "{pointer}");
        }
        for field in ["labelText", "language", "legibility", "issues", "ingredients", "claims"] {
            let mut answer = answer();
            answer.as_object_mut().unwrap().remove(field);
            assert_eq!(cause(&answer), "JSON in another form than was asked for", "{field}");
        }
        let mut more = answer();
        more["verdict"] = json!("vegan");
        assert_eq!(cause(&more), "JSON in another form than was asked for");
        assert_eq!(parse("Sure! Here is the label.").unwrap_err().cause, "no JSON");
    }

    #[test]
    fn what_is_longer_than_any_label_is_no_reading() {
        assert!(cause(&with("/labelText", json!("å".repeat(MAX_LABEL_CHARS + 1)))).contains("longer"));
        assert!(cause(&with("/ingredients/0/name", json!("x".repeat(MAX_NAME_CHARS + 1)))).contains("longer"));
        assert!(cause(&with("/claims", json!(vec!["x"; MAX_ITEMS + 1]))).contains("longer"));
        assert!(parse(&" ".repeat(MAX_TEXT_BYTES + 1)).unwrap_err().cause.contains("longer"));
    }

    #[test]
    fn an_empty_list_is_usable_only_where_there_is_none() {
        assert_eq!(cause(&with("/ingredients", json!([]))), "an empty list on a legible label");
        let mut none = with("/ingredients", json!([]));
        none["legibility"] = json!("none");
        assert_eq!(parse(&none.to_string()).unwrap().ingredients, Some(Vec::new()));
    }

    #[test]
    fn a_list_that_is_mostly_invented_is_no_reading() {
        assert_eq!(
            cause(&with("/labelText", json!("Ingredienser: vatten."))),
            "a list that its own transcription does not have"
        );
        // One invented name of three: the reading stands, and what reads both decides that it is not whole.
        let one = with("/ingredients/1/name", json!("socker"));
        assert_eq!(parse(&one.to_string()).unwrap().ingredients.unwrap().len(), 3);
    }

    #[test]
    fn a_confidence_is_brought_into_its_range() {
        let reading = parse(&with("/ingredients/0/confidence", json!(97)).to_string()).unwrap();
        assert!((reading.ingredients.unwrap()[0].confidence - 1.0).abs() < f32::EPSILON);
    }
}
