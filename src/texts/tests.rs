//! The catalogues beside each other, and beside the code that asks for their sentences.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fluent_syntax::ast::Entry;
use fluent_syntax::parser::parse;

use super::*;

/// What is written for operators: in Swedish and English alone.
const TWO_LANGUAGES: [&str; 2] = ["board-", "rollout-"];
/// How the keys begin that stand in the code: what looks like one is one. Those of errors are made of their codes.
const AREAS: [&str; 8] = ["kind-", "verdict-", "doubt-", "advice-", "progress-", "page-", "board-", "rollout-"];

/// Each key of a catalogue with the places in its sentence.
fn places(text: &'static str) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let parsed = parse(text).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
    let mut found = BTreeMap::new();
    for entry in parsed.body {
        let Entry::Message(message) = entry else { continue };
        let elements = message.value.unwrap_or_else(|| panic!("{} says nothing", message.id.name)).elements;
        let place = |element| match element {
            PatternElement::TextElement { .. } => None,
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } => Some(id.name),
            PatternElement::Placeable { expression } => panic!("{}: {expression:?}", message.id.name),
        };
        let before = found.insert(message.id.name, elements.into_iter().filter_map(place).collect());
        assert_eq!(before, None, "{} is there twice", message.id.name);
    }
    found
}

#[test]
fn every_language_has_every_sentence_with_the_same_places() {
    let swedish = places(WRITTEN[0]);
    for (language, text) in Language::ALL.into_iter().zip(WRITTEN) {
        let all = matches!(language, Language::Sv | Language::En);
        let wanted = |key: &&&str| all || !TWO_LANGUAGES.iter().any(|area| key.starts_with(area));
        let wanted: BTreeMap<_, _> = swedish.iter().filter(|(key, _)| wanted(key)).collect();
        let found = places(text);
        assert_eq!(found.iter().collect::<BTreeMap<_, _>>(), wanted, "{}", language.tag());
        assert_eq!(keys(language).collect::<BTreeSet<_>>(), found.keys().copied().collect());
    }
}

#[test]
fn a_sentence_that_lacks_a_place_or_is_missing_is_seen() {
    assert_eq!(places("a = { $name } b { $what }")["a"].len(), 2);
    assert_ne!(places("a = { $name }"), places("a = name"));
    assert_eq!(say(Language::En, "no-such-key"), "no-such-key");
}

/// Everything in `text` that looks like a key.
fn named(text: &str) -> BTreeSet<String> {
    let is_key = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let words = text.split(|c: char| !is_key(c)).filter(|word| !word.ends_with('-'));
    words.filter(|word| AREAS.iter().any(|area| word.starts_with(area))).map(str::to_owned).collect()
}

fn read_all(directory: &Path, out: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("src/texts") {
            read_all(&path, out);
        } else if path.extension().is_some_and(|kind| ["rs", "html", "js"].iter().any(|known| kind == *known)) {
            // Comments and prose hold no keys: a key stands in quotes, or between the braces of a page.
            let text = fs::read_to_string(&path).unwrap();
            let quoted = text.lines().flat_map(|line| line.split(['"', '\'', '`']).skip(1).step_by(2));
            let braced = text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
            quoted.chain(braced).for_each(|piece| out.extend([piece, "\n"]));
        }
    }
}

#[test]
fn the_code_names_every_sentence_and_no_other() {
    let mut code = String::new();
    read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut code);
    let asked = named(&code);
    let written: BTreeSet<String> = keys(Language::Sv).map(str::to_owned).collect();
    let missing: Vec<_> = asked.difference(&written).collect();
    assert!(missing.is_empty(), "not in the catalogues: {missing:?}");
    // `http::error` holds the messages of errors against their codes.
    let left_over: Vec<_> = written.difference(&asked).filter(|key| !key.starts_with("error-")).collect();
    assert!(left_over.is_empty(), "asked for nowhere: {left_over:?}");
}

#[test]
fn a_name_with_braces_stays_a_name() {
    let said = fill(Language::En, "verdict-is", &[("name", "{ $what }"), ("what", "x")]);
    assert_eq!(said, "{ $what } is x.");
}

#[test]
fn a_sentence_can_be_filled_elsewhere() {
    assert_eq!(pattern(Language::En, "verdict-is"), "{name} is {what}.");
}

#[test]
fn a_language_that_lacks_a_sentence_falls_back_to_english() {
    assert_eq!(say(Language::Pl, "verdict-no-list"), "No ingredient list was found.");
}
