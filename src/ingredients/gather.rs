//! Evidence into what is known: the items of the list, the traces, and every doubt about the reading.

use super::claims;
use super::items::{Item, judge_all};
use super::lexicon::{Languages, Lexicon};
use super::list::{MAX_ITEMS, parse};
use super::name::{Knowledge, animals, judge};
use super::sections::{Holds, Section, sentence};
use super::text::{fold, tokens};
use super::whole::{self, Doubt};
use crate::domain::{Language, Match, Reading, Status};

/// What the evidence came to.
#[derive(Debug, Default)]
pub(super) struct Gathered<'a> {
    pub items: Vec<Item<'a>>,
    pub traces: Vec<Item<'a>>,
    pub doubts: Vec<Doubt>,
    pub language: Option<Language>,
    /// A list was found at all.
    pub listed: bool,
    /// The pack says vegan in so many words.
    pub claimed: bool,
}

/// What a label's text is gathered with.
pub(super) struct Source<'a, 'r> {
    pub know: Knowledge<'a>,
    pub language: Language,
    /// `None` for typed text, which has no heading to find and is never partial.
    pub reading: Option<&'r Reading>,
}

/// Share of a sentence's names that must be known for it to count as more of the list.
const LIST_SHARE: f32 = 0.6;

/// Gathers from a label's sections.
pub(super) fn from_label<'a>(source: &Source<'a, '_>, text: &str, sections: &[Section]) -> Gathered<'a> {
    let mut out = Gathered { claimed: claims::made(text, source.reading), ..Gathered::default() };
    let lists: Vec<(&Section, Option<Language>)> = sections
        .iter()
        .filter(|section| section.holds == Holds::List)
        .map(|list| (list, detect(source.know.lexicon, &list.text, source.language)))
        .collect();
    let own = lists.iter().any(|(_, language)| *language == Some(source.language));
    out.language = if own { Some(source.language) } else { lists.first().and_then(|(_, language)| *language) };
    let know = knowing(source, out.language);
    for (list, language) in &lists {
        let theirs = knowing(source, *language);
        if *language != out.language && is_translation(theirs, &list.text) {
            add_evidence(theirs, &list.text, &mut out);
        } else {
            add_list(know, source, list, &mut out);
        }
    }
    if lists.is_empty() {
        headless(source, text, &mut out);
    }
    for section in sections {
        add_section(knowing(source, out.language), source, section, &mut out);
    }
    out
}

fn knowing<'a>(source: &Source<'a, '_>, language: Option<Language>) -> Knowledge<'a> {
    Knowledge { languages: Languages::only(language.unwrap_or(source.language)), ..source.know }
}

/// A list well read in another language says the same thing again; anything less may be more of this list.
fn is_translation(know: Knowledge<'_>, text: &str) -> bool {
    let items = judge_all(know, &parse(text).nodes);
    items.len() >= 3 && known_share(&items) >= LIST_SHARE
}

fn add_list<'a>(know: Knowledge<'a>, source: &Source<'a, '_>, list: &Section, out: &mut Gathered<'a>) {
    let parsed = parse(&list.text);
    let items = judge_all(know, &parsed.nodes);
    out.listed |= !items.is_empty();
    if source.reading.is_some() {
        out.doubts.extend((!parsed.balanced).then_some(Doubt::Unbalanced));
        let last_known = items.last().is_some_and(|item| item.how == Some(Match::Exact));
        out.doubts.extend(whole::is_cut(source.reading, parsed.cut, list.closed, last_known).then_some(Doubt::Cut));
    } else if parsed.cut && items.len() >= MAX_ITEMS {
        out.doubts.push(Doubt::TooLong);
    }
    out.items.extend(items);
}

/// Other languages' lists and statements: only what is surely animal counts, and only once.
fn add_evidence<'a>(know: Knowledge<'a>, text: &str, out: &mut Gathered<'a>) {
    for item in judge_all(know, &parse(text).nodes) {
        let sure = matches!(item.how, Some(Match::Exact | Match::Inflected | Match::Compound));
        let new = !out.items.iter().any(|known| known.status == Status::NonVegan && known.concept == item.concept);
        if item.status == Status::NonVegan && sure && new {
            out.items.push(item);
        }
    }
}

/// Without a heading: typed text is a list as it stands; a picture's text only if it reads like one.
fn headless<'a>(source: &Source<'a, '_>, text: &str, out: &mut Gathered<'a>) {
    let language = detect(source.know.lexicon, text, source.language);
    let know = knowing(source, language);
    match source.reading {
        None => out.language = language,
        Some(reading) => {
            let items = judge_all(know, &parse(text).nodes);
            let named = reading.ingredients.as_ref().is_some_and(|list| !list.is_empty());
            if named || (items.len() >= 3 && known_share(&items) >= LIST_SHARE) {
                (out.items, out.listed, out.language) = (items, true, language);
                out.doubts.push(Doubt::NoHeading);
            }
        }
    }
}

fn add_section<'a>(know: Knowledge<'a>, source: &Source<'a, '_>, section: &Section, out: &mut Gathered<'a>) {
    match section.holds {
        Holds::List => {}
        Holds::Trace => out.traces.extend(traces(know, &section.text)),
        Holds::Contains => {
            add_evidence(know, &section.text, out);
            out.listed |= !out.items.is_empty();
        }
        Holds::After => add_rest(know, &section.text, out),
        Holds::Elsewhere => {
            // A transcribing reader may have torn the list apart; a model is asked for the list alone.
            if source.reading.is_some_and(|reading| reading.ingredients.is_none()) {
                doubt_animals(know, &section.text, out);
            }
        }
    }
}

/// Sentences after the list's end: more of the list, or remarks in which an animal's name is a doubt.
fn add_rest<'a>(know: Knowledge<'a>, text: &str, out: &mut Gathered<'a>) {
    let mut rest = text;
    while !rest.trim().is_empty() {
        let (one, more) = sentence(rest);
        rest = more;
        let nodes = parse(one).nodes;
        let items = judge_all(know, &nodes);
        let words = tokens(one).len();
        // One name alone is an ingredient; one within a sentence ("gott till kyckling") is not.
        let named = nodes.len() >= 2 || items.iter().any(|item| item.whole);
        if !one.trim_start().starts_with('*') && named && words <= 3 * items.len() {
            out.items.extend(items);
        } else {
            doubt_animals(know, one, out);
        }
    }
}

fn doubt_animals(know: Knowledge<'_>, text: &str, out: &mut Gathered<'_>) {
    for word in animals(know, text) {
        if !whole::holds(out, &word) {
            out.doubts.push(Doubt::Elsewhere(word));
        }
    }
}

/// The share of items whose name is known.
pub(super) fn known_share(items: &[Item<'_>]) -> f32 {
    let known = items.iter().filter(|item| item.status != Status::Unknown).count();
    if items.is_empty() { 0.0 } else { known as f32 / items.len() as f32 }
}

/// Words of a trace sentence that are looked at together.
const TRACE_WINDOW: usize = 8;

/// The foods named in a trace sentence.
fn traces<'a>(know: Knowledge<'a>, text: &str) -> Vec<Item<'a>> {
    let items = judge_all(know, &parse(text).nodes);
    items
        .into_iter()
        .filter_map(|item| {
            let words: Vec<_> = tokens(&item.name).into_iter().take(4 * TRACE_WINDOW).collect();
            let windows = (1..=TRACE_WINDOW.min(words.len())).rev();
            let named = windows
                .flat_map(|length| words.windows(length))
                .filter_map(|window| item.name.get(window.first()?.start..window.last()?.end))
                .find(|name| judge(know, name).concept.is_some() && judge(know, name).status != Status::Unknown)?;
            Some(Item { name: named.to_owned(), ..Item::new(named, &judge(know, named)) })
        })
        .collect()
}

/// The language whose names a text uses most; the user's wins a tie.
pub(super) fn detect(lexicon: &Lexicon, text: &str, wanted: Language) -> Option<Language> {
    let mut scores: Vec<(Language, f32)> = Languages::ALL.iter().map(|language| (language, 0.0)).collect();
    for word in tokens(text) {
        let languages: Vec<Language> = lexicon.languages_of(&word.key).iter().collect();
        for (language, score) in &mut scores {
            if languages.contains(language) && languages.len() < 6 {
                *score += 1.0 / languages.len() as f32;
            }
        }
    }
    let best = scores.iter().map(|(_, score)| *score).fold(0.0, f32::max);
    let own = scores.iter().find(|(language, _)| *language == wanted).map_or(0.0, |(_, score)| *score);
    match best {
        0.0 => None,
        best if own >= best * 0.95 => Some(wanted),
        best => scores.into_iter().find(|(_, score)| *score >= best).map(|(language, _)| language),
    }
}

/// A name without case, accents, spaces and signs: for comparing readings.
pub(super) fn squeezed(name: &str) -> String {
    fold(&name.to_lowercase()).chars().filter(|c| c.is_alphanumeric()).collect()
}
