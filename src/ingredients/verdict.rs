//! What was gathered into the verdict and its words.

use super::Wishes;
use super::gather::{Gathered, squeezed};
use super::items::Item;
use super::lexicon::Concept;
use super::name::{Knowledge, things};
use super::whole::Doubt;
use crate::domain::{
    DecidedBy, Ingredient, Language, Legibility, Match, QualityIssue, Reading, Source, Status, Verdict,
};
use crate::texts::{fill, say};

/// How much a list that was not read whole takes off the confidence.
const PARTIAL_FACTOR: f32 = 0.8;

/// Composes the verdict.
pub(super) fn compose(
    know: Knowledge<'_>,
    gathered: &Gathered<'_>,
    reading: Option<&Reading>,
    wishes: &Wishes<'_>,
) -> Verdict {
    let status = status_of(gathered);
    let legibility = legibility_of(gathered, reading);
    let partial = legibility != Legibility::Full;
    let deciding: Vec<&Item<'_>> = gathered.items.iter().filter(|item| decides(item.status, status)).collect();
    let least = deciding.iter().map(|item| confidence(item.how)).fold(1.0, f32::min);
    let confidence = if status == Status::Unknown { 0.0 } else { least * if partial { PARTIAL_FACTOR } else { 1.0 } };
    let problem = deciding.first().filter(|_| matches!(status, Status::NonVegan | Status::Uncertain));
    let label = gathered.language.unwrap_or(wishes.language);
    let shown = |item: &Item<'_>, source| ingredient(item, source, label, wishes.language);
    let declared = gathered.items.iter().map(|item| shown(item, Source::Declared));
    let traces = gathered.traces.iter().map(|item| shown(item, Source::Trace));
    let uncertain_reasons = reasons(gathered, status, wishes.language);
    Verdict {
        status,
        confidence,
        ingredients: declared.chain(traces).collect(),
        watched: watched(know, gathered, wishes.watched),
        problem_ingredient: problem.map(|item| item.name.clone()),
        reasoning: reasoning(gathered, reading, status, legibility, wishes),
        uncertain_reasons,
        detected_language: gathered.language.map(|language| language.tag().to_owned()),
        legibility,
    }
}

fn status_of(gathered: &Gathered<'_>) -> Status {
    let any = |status| gathered.items.iter().any(|item| item.status == status);
    if any(Status::NonVegan) {
        Status::NonVegan
    } else if !gathered.listed || gathered.items.is_empty() {
        Status::Unknown
    } else if any(Status::Uncertain) || any(Status::Unknown) || !gathered.doubts.is_empty() {
        Status::Uncertain
    } else {
        Status::Vegan
    }
}

fn legibility_of(gathered: &Gathered<'_>, reading: Option<&Reading>) -> Legibility {
    let ours = if gathered.doubts.iter().any(Doubt::partial) { Legibility::Partial } else { Legibility::Full };
    match reading {
        None => Legibility::Full,
        Some(_) if !gathered.listed => Legibility::None,
        Some(reading) => reading.legibility.min(ours),
    }
}

/// Whether an ingredient of one status decides a list of another.
fn decides(item: Status, list: Status) -> bool {
    item == list || (list == Status::Uncertain && item == Status::Unknown)
}

/// How sure a way of matching is.
fn confidence(how: Option<Match>) -> f32 {
    match how {
        Some(Match::Exact) => 0.99,
        Some(Match::Inflected) => 0.97,
        Some(Match::Compound) => 0.93,
        Some(Match::Fuzzy) => 0.8,
        Some(Match::Model) => 0.6,
        None => 0.3,
    }
}

fn ingredient(item: &Item<'_>, source: Source, label: Language, user: Language) -> Ingredient {
    let what = item.concept.map(|concept| say(user, concept.kind.key())).unwrap_or_default();
    let sentence = match (item.status, item.by) {
        (Status::Unknown, _) => named(user, "verdict-unknown", &item.name),
        (_, Some(DecidedBy::Model)) => say(user, "verdict-vouched").into_owned(),
        (Status::Vegan, Some(DecidedBy::LabelText)) => say(user, "verdict-lifted").into_owned(),
        (Status::Uncertain, _) if item.open_origin => named(user, "verdict-open", &item.name),
        _ => about(user, "verdict-is", &item.name, &what),
    };
    let known = item.status != Status::Unknown;
    let reason = if known && !what.is_empty() && item.by == Some(DecidedBy::Lexicon) {
        capital(&what)
    } else {
        sentence.clone()
    };
    Ingredient {
        name: item.name.clone(),
        canonical_name: name_in(item, label, label),
        translated_name: name_in(item, label, user),
        status: item.status,
        source,
        confidence: confidence(item.how.filter(|_| known)),
        reason,
        description: sentence,
        decided_by: item.by.filter(|_| known),
        matched: item.how.filter(|_| known),
    }
}

/// The lexicon's name for an item: the label's own word where the wanted language lists it too, or else the first.
fn name_in(item: &Item<'_>, label: Language, wanted: Language) -> Option<String> {
    let concept = item.concept.filter(|_| item.whole)?;
    let key = squeezed(&item.name);
    let own = concept.names(wanted).find(|name| squeezed(name) == key);
    let first = concept.name_in(wanted).filter(|_| wanted != label || own.is_none());
    own.or(first).map(str::to_owned)
}

/// A sentence about a name.
fn named(language: Language, key: &str, name: &str) -> String {
    fill(language, key, &[("name", name)])
}

/// A sentence about a name and what it is.
pub(super) fn about(language: Language, key: &str, name: &str, what: &str) -> String {
    fill(language, key, &[("name", name), ("what", what)])
}

fn capital(what: &str) -> String {
    let mut chars = what.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

fn reasons(gathered: &Gathered<'_>, status: Status, language: Language) -> Vec<String> {
    if status != Status::Uncertain {
        return Vec::new();
    }
    let names = gathered.items.iter().filter(|item| decides(item.status, status)).map(|item| {
        let what = item.concept.map(|concept| say(language, concept.kind.key())).unwrap_or_default();
        match item.status {
            Status::Unknown => named(language, "verdict-unknown", &item.name),
            Status::Vegan | Status::NonVegan | Status::Uncertain => {
                let key = if item.open_origin || what.is_empty() { "verdict-open" } else { "verdict-is" };
                about(language, key, &item.name, &what)
            }
        }
    });
    let doubts = gathered.doubts.iter().map(|doubt| {
        let (key, name) = doubt.said();
        named(language, key, name)
    });
    names.chain(doubts).collect()
}

fn reasoning(
    gathered: &Gathered<'_>,
    reading: Option<&Reading>,
    status: Status,
    legibility: Legibility,
    wishes: &Wishes<'_>,
) -> String {
    let (language, filmed) = (wishes.language, wishes.filmed);
    let mut said = match status {
        Status::NonVegan => animal_sentences(gathered, language),
        Status::Vegan => vec![say(language, "verdict-vegan").into_owned()],
        Status::Uncertain => {
            let first = reasons(gathered, status, language).into_iter().next();
            std::iter::once(say(language, "verdict-uncertain").into_owned()).chain(first).collect()
        }
        Status::Unknown => vec![say(language, "verdict-no-list").into_owned()],
    };
    if status == Status::NonVegan && gathered.claimed {
        said.push(say(language, "verdict-conflict").into_owned());
    }
    let incomplete = reading.is_some() && legibility != Legibility::Full;
    if incomplete && status != Status::NonVegan {
        said.push(say(language, if filmed { "verdict-retake-clip" } else { "verdict-retake" }).into_owned());
    }
    let issues = reading.map(|reading| reading.issues.as_slice()).unwrap_or_default();
    said.extend(issues.iter().map(|issue| say(language, advice(*issue, filmed)).into_owned()));
    said.join(" ")
}

fn animal_sentences(gathered: &Gathered<'_>, language: Language) -> Vec<String> {
    let mut animals = gathered.items.iter().filter(|item| item.status == Status::NonVegan);
    let Some(first) = animals.next() else { return Vec::new() };
    let what = first.concept.map_or("kind-animal", |concept| concept.kind.key());
    let name = first.deciding.to_lowercase();
    let mut said = vec![about(language, "verdict-contains", &name, &say(language, what))];
    let mut others: Vec<&str> = Vec::new();
    for item in animals.filter(|item| squeezed(&item.name) != squeezed(&first.name)) {
        if !others.contains(&item.name.as_str()) {
            others.push(&item.name);
        }
    }
    if !others.is_empty() {
        said.push(named(language, "verdict-also", &others.join(", ").to_lowercase()));
    }
    said
}

/// What to do about an issue: whoever films a can turns it, whoever takes a photo holds still.
fn advice(issue: QualityIssue, filmed: bool) -> &'static str {
    match (issue, filmed) {
        (QualityIssue::Blur, false) => "advice-blur",
        (QualityIssue::Blur, true) => "advice-blur-clip",
        (QualityIssue::Glare, false) => "advice-glare",
        (QualityIssue::Glare, true) => "advice-glare-clip",
        (QualityIssue::Cropped, false) => "advice-cropped",
        (QualityIssue::Cropped, true) => "advice-cropped-clip",
        (QualityIssue::LowLight, _) => "advice-low-light",
        (QualityIssue::LowResolution, _) => "advice-low-resolution",
        (QualityIssue::NoText, _) => "advice-no-text",
    }
}

/// Most watched words of one request.
const MOST_WATCHED: usize = 100;

/// Whether a thing is one that is watched for, or a kin of it.
fn akin(thing: &Concept, watched: &[&Concept]) -> bool {
    watched
        .iter()
        .any(|wanted| wanted.id() == thing.id() || thing.family().is_some_and(|name| wanted.family() == Some(name)))
}

/// The watched words found among the names, declared or trace, as the user wrote them.
fn watched(know: Knowledge<'_>, gathered: &Gathered<'_>, words: &[String]) -> Vec<String> {
    let all = || gathered.items.iter().chain(&gathered.traces);
    let found = |word: &&String| {
        let wanted = squeezed(word);
        let watched = things(know, word);
        let named = |item: &Item<'_>| squeezed(&item.name).contains(&wanted);
        let meant = |item: &Item<'_>| things(know, &item.name).iter().any(|thing| akin(thing, &watched));
        wanted.chars().count() >= 2 && all().any(|item| named(item) || meant(item))
    };
    words.iter().take(MOST_WATCHED).filter(found).cloned().collect()
}
