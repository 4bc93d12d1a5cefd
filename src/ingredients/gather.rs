//! Evidence into what is known: the items of the list, the traces, and every doubt about the reading.

use super::claims;
use super::footnotes;
use super::items::{Item, judge_all};
use super::lexicon::{Languages, Lexicon};
use super::list::{MAX_ITEMS, parse};
use super::name::{Knowledge, animals, judge};
use super::sections::{Holds, Section, sentence};
use super::text::{Token, fold, lower, tokens};
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
    out.language = if own { Some(source.language) } else { lists.iter().find_map(|(_, language)| *language) };
    let know = knowing(source, out.language);
    let (told, own): (Vec<_>, Vec<_>) = lists.iter().copied().partition(|(list, language)| {
        *language != out.language && is_translation(knowing(source, *language), &list.text)
    });
    for (list, _) in own {
        add_list(know, source, (list, text), &mut out);
    }
    let count = out.items.len();
    for (list, language) in told {
        let items = judge_all(knowing(source, language), &parse(&list.text).nodes);
        // A list as long as ours says the same names; one that nobody knows here is known there.
        let translated = items.len() == count;
        add_evidence(items, translated, &mut out);
    }
    if lists.is_empty() {
        headless(source, text, &mut out);
    }
    let begun = sections.iter().position(|section| section.holds == Holds::List).unwrap_or_default();
    for (place, section) in sections.iter().enumerate() {
        add_section(knowing(source, out.language), source, section, place < begun, &mut out);
    }
    out.doubts.dedup();
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

fn add_list<'a>(know: Knowledge<'a>, source: &Source<'a, '_>, (list, label): (&Section, &str), out: &mut Gathered<'a>) {
    let mut parsed = parse(&list.text);
    footnotes::attach(know, label, &mut parsed.nodes);
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

/// Other languages' lists and statements: what is animal counts, once; what is open there and not here is a doubt.
fn add_evidence<'a>(items: Vec<Item<'a>>, translated: bool, out: &mut Gathered<'a>) {
    for item in items {
        let same = |known: &Item<'_>| known.concept.is_some() && known.concept == item.concept;
        let named = |known: &Item<'_>| squeezed(&known.name) == squeezed(&item.name);
        match item.status {
            Status::Vegan => {}
            Status::NonVegan => {
                if !out.items.iter().any(|known| known.status == Status::NonVegan && same(known)) {
                    out.items.push(item);
                }
            }
            Status::Uncertain | Status::Unknown => {
                let known = out.items.iter().any(|known| same(known) || named(known));
                let excused = translated && item.status == Status::Unknown;
                if !(known || excused) {
                    out.doubts.push(Doubt::Elsewhere(item.name));
                }
            }
        }
    }
}

/// Most words of a name in a statement of contents; a longer one that is not known is a remark.
const STATED_WORDS: usize = 2;

fn add_statement<'a>(know: Knowledge<'a>, text: &str, out: &mut Gathered<'a>) {
    let items = judge_all(know, &parse(text).nodes);
    let names = |item: &Item<'_>| item.status != Status::Unknown || tokens(&item.name).len() <= STATED_WORDS;
    add_evidence(items.into_iter().filter(names).collect(), false, out);
}

/// Advice names what is in the food, or tells where to look: a name alone is evidence, one in a sentence a doubt.
fn add_advice<'a>(know: Knowledge<'a>, text: &str, out: &mut Gathered<'a>) {
    let items = judge_all(know, &parse(text).nodes);
    let alone = |item: &Item<'_>| item.whole && item.status == Status::NonVegan;
    add_evidence(items.into_iter().filter(alone).collect(), false, out);
    doubt_animals(know, text, out);
}

/// What stands outside the list but reads like one. Before a heading a single name is the food's own.
fn doubt_lists<'a>(know: Knowledge<'a>, text: &str, before: bool, out: &mut Gathered<'a>) {
    for line in text.lines() {
        let nodes = parse(line).nodes;
        let items = judge_all(know, &nodes);
        let named = |item: &Item<'_>| item.whole || matches!(item.status, Status::Vegan | Status::Uncertain);
        if items.first().is_some_and(named) && (nodes.len() >= 2 || !before) {
            doubt_animals(know, line, out);
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

fn add_section<'a>(
    know: Knowledge<'a>,
    source: &Source<'a, '_>,
    section: &Section,
    before: bool,
    out: &mut Gathered<'a>,
) {
    match section.holds {
        Holds::List => {}
        Holds::Trace => {
            out.traces.extend(traces(know, &section.text));
            if let Some((_, more)) = section.text.split_once([',', ';']).filter(|_| section.inside) {
                doubt_animals(know, more, out);
            }
        }
        Holds::Contains => {
            add_statement(know, &section.text, out);
            out.listed |= !out.items.is_empty();
        }
        Holds::Advice => add_advice(know, &section.text, out),
        Holds::After => add_rest(know, &section.text, out),
        // A transcribing reader may have torn the list apart; a model is asked for the list alone.
        Holds::Elsewhere if source.reading.is_some_and(|reading| reading.ingredients.is_none()) => {
            doubt_animals(know, &section.text, out);
        }
        Holds::Elsewhere => doubt_lists(know, &section.text, before, out),
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
            let begins = |window: &&[Token]| {
                window.first().is_some_and(|word| {
                    let known = know.lexicon.word(&word.key, know.languages, know.seen).is_some();
                    known || know.lexicon.longest_from(&fold(&word.key)) > 1 || word.key.len() <= 4
                })
            };
            let named = windows
                .flat_map(|length| words.windows(length))
                .filter(begins)
                .filter_map(|window| item.name.get(window.first()?.start..window.last()?.end))
                .map(|name| (name, judge(know, name)))
                .find(|(_, finding)| finding.concept.is_some() && finding.status != Status::Unknown)?;
            Some(Item::new(named.0, &named.1))
        })
        .collect()
}

/// A word of more languages than these tells none of them apart.
const MOST_SHARED: u32 = 6;

/// The language whose names a text uses most; the user's wins a tie.
pub(super) fn detect(lexicon: &Lexicon, text: &str, wanted: Language) -> Option<Language> {
    let mut scores: Vec<(Language, f32)> = Languages::ALL.iter().map(|language| (language, 0.0)).collect();
    for word in tokens(text) {
        let languages = lexicon.languages_of(&word.key);
        if languages.count() > MOST_SHARED {
            continue;
        }
        for (_, score) in scores.iter_mut().filter(|(language, _)| languages.meets(Languages::only(*language))) {
            *score += 1.0 / languages.count() as f32;
        }
    }
    let best = scores.iter().map(|(_, score)| *score).fold(0.0, f32::max);
    let own = scores.iter().find(|(language, _)| *language == wanted).map_or(0.0, |(_, score)| *score);
    match best {
        0.0 => None,
        best if own >= best * 0.95 => Some(wanted),
        best => {
            let first = scores.iter().filter(|(_, score)| *score >= best).map(|(language, _)| *language);
            let kin = |language: &Language| Languages::only(*language).kin();
            // Two languages that use a word alike for different things: neither may decide what it means.
            let agreed = first.clone().all(|language| first.clone().next().is_some_and(|l| kin(&l) == kin(&language)));
            first.clone().next().filter(|_| agreed)
        }
    }
}

/// A name without case, accents, spaces and signs: for comparing readings.
pub(super) fn squeezed(name: &str) -> String {
    fold(&lower(name)).chars().filter(|c| c.is_alphanumeric()).collect()
}
