//! Every sentence for people: one catalogue a language (`sv.ftl`, `en.ftl`, …), in the format of Project Fluent.
//!
//! The catalogues come with the program and are parsed once. Names from labels are put in as they are and never read as
//! a pattern. What operators see (`board-`, `rollout-`) is written in Swedish and English, the rest in every language of
//! [`Language::ANSWERS`]; the tests here find what is missing, left over, or has other places than in Swedish.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};
use unic_langid::LanguageIdentifier;

use crate::domain::Language;

#[cfg(test)]
mod tests;

/// The catalogues, in the order of [`Language::ALL`].
const WRITTEN: [&str; Language::ANSWERS] = [
    include_str!("sv.ftl"),
    include_str!("en.ftl"),
    include_str!("no.ftl"),
    include_str!("da.ftl"),
    include_str!("fi.ftl"),
    include_str!("de.ftl"),
];

static CATALOGUES: LazyLock<Vec<FluentBundle<FluentResource>>> =
    LazyLock::new(|| Language::ALL.iter().zip(WRITTEN).map(|(language, text)| catalogue(*language, text)).collect());

/// A sentence as it stands, in `language` or, where it is not written in that, in English; an unknown key is itself.
#[must_use]
pub fn say(language: Language, key: &str) -> Cow<'static, str> {
    let Some((catalogue, pattern)) = find(language, key) else { return Cow::Owned(key.to_owned()) };
    catalogue.format_pattern(pattern, None, &mut Vec::new())
}

/// A sentence with its places (`{ $name }`) filled.
#[must_use]
pub fn fill(language: Language, key: &str, places: &[(&'static str, &str)]) -> String {
    let Some((catalogue, pattern)) = find(language, key) else { return key.to_owned() };
    let places: FluentArgs<'_> = places.iter().copied().collect();
    catalogue.format_pattern(pattern, Some(&places), &mut Vec::new()).into_owned()
}

/// A sentence for whoever fills its places later: they stand in it as `{name}`.
#[must_use]
pub fn pattern(language: Language, key: &str) -> String {
    let Some((_, pattern)) = find(language, key) else { return key.to_owned() };
    let piece = |element: &PatternElement<&str>| match element {
        PatternElement::TextElement { value } => (*value).to_owned(),
        PatternElement::Placeable { expression: Expression::Inline(InlineExpression::VariableReference { id }) } => {
            format!("{{{}}}", id.name)
        }
        // The tests see to it that there is no other kind.
        PatternElement::Placeable { .. } => String::new(),
    };
    pattern.elements.iter().map(piece).collect()
}

/// Every key of a language's catalogue, in its order.
pub fn keys(language: Language) -> impl Iterator<Item = &'static str> {
    let lines = WRITTEN.get(language.answer().place()).copied().unwrap_or_default().lines();
    let message = |line: &&str| line.starts_with(|first: char| first.is_ascii_alphabetic());
    lines.filter(message).filter_map(|line| line.split_once(" =")).map(|(key, _)| key)
}

/// Parses every catalogue now, so that the first who asks does not wait for it.
pub fn load() {
    LazyLock::force(&CATALOGUES);
}

type Found = (&'static FluentBundle<FluentResource>, &'static Pattern<&'static str>);

fn find(language: Language, key: &str) -> Option<Found> {
    let of = |language: Language| {
        let catalogue = CATALOGUES.get(language.place())?;
        Some((catalogue, catalogue.get_message(key)?.value()?))
    };
    of(language.answer()).or_else(|| of(Language::En))
}

fn catalogue(language: Language, text: &str) -> FluentBundle<FluentResource> {
    let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(text.to_owned());
    let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut catalogue = FluentBundle::new_concurrent(vec![tag]);
    // Marks around names that tell their direction: the languages here all run the same way.
    catalogue.set_use_isolating(false);
    catalogue.add_resource_overriding(resource);
    catalogue
}
