//! The lexicon's data, checked: rows, duplicates, contradictions, names that are read as something else, animal names
//! inside vegan ones, missing languages. The same rules hold for what is shipped and for a file of an operator.

use std::collections::{HashMap, HashSet};

use super::Policies;
use super::lexicon::{Concept, FILES, Languages, Lexicon, Row, Seen, key_of, rows_of};
use super::name::{Knowledge, judge};
use crate::domain::{Language, Status};

/// What is to be said of data: one sentence each, with the place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// What must not be used.
    pub faults: Vec<String>,
    /// What an author may want to know.
    pub notes: Vec<String>,
}

/// A row that can be read, and where it stands.
struct Placed<'a> {
    place: String,
    concept: &'a Concept,
}

/// Checks the text of one file as it would stand over the data shipped with the program.
#[must_use]
pub fn check(text: &str) -> Findings {
    let read: Vec<Row> = rows_of(text).collect();
    let mut out = Findings::default();
    let rows = placed("line ", &read, &mut out);
    let lexicon = Lexicon::load().overlaid(rows.iter().map(|row| row.concept.clone()).collect());
    examine(&rows, &lexicon, &mut out);
    contradictions(&rows, &lexicon, &mut out);
    out
}

/// Checks the data shipped with the program.
#[must_use]
pub fn check_shipped() -> Findings {
    let mut out = Findings::default();
    let read: Vec<(&str, Vec<Row>)> = FILES.iter().map(|(file, text)| (*file, rows_of(text).collect())).collect();
    let rows: Vec<Placed<'_>> =
        read.iter().flat_map(|(file, rows)| placed(&format!("{file}:"), rows, &mut out)).collect();
    examine(&rows, &Lexicon::load(), &mut out);
    out
}

fn placed<'a>(file: &str, rows: &'a [Row], out: &mut Findings) -> Vec<Placed<'a>> {
    let mut placed = Vec::with_capacity(rows.len());
    for (line, row) in rows {
        let place = format!("{file}{line}");
        match row {
            Ok(concept) => placed.push(Placed { place, concept }),
            Err(why) => out.faults.push(format!("{place}: {why}")),
        }
    }
    placed
}

fn examine(rows: &[Placed<'_>], lexicon: &Lexicon, out: &mut Findings) {
    let exceptions: HashSet<String> = include_str!("lexicon/exceptions.txt").lines().map(key_of).collect();
    let mut ids: HashMap<&str, &str> = HashMap::new();
    let mut names: HashMap<(Language, String), &Placed<'_>> = HashMap::new();
    for row in rows {
        if let Some(before) = ids.insert(row.concept.id(), &row.place) {
            out.faults.push(format!("{}: `{}` stands at {before} too", row.place, row.concept.id()));
        }
        for (language, name) in row.concept.all_names() {
            let key = key_of(name);
            if key.is_empty() {
                out.faults.push(format!("{}: `{name}` ({}) holds no letter", row.place, language.tag()));
            } else if let Some(before) = names.insert((language, key.clone()), row) {
                out.faults.push(twice(row, before, language, name));
            }
            out.faults.extend(animal_inside(row, lexicon, &exceptions, (language, name, &key)));
            out.faults.extend(misread(row, lexicon, language, name));
        }
        out.notes.extend(missing(row));
    }
}

/// A name that stands twice in one language.
fn twice(row: &Placed<'_>, before: &Placed<'_>, language: Language, name: &str) -> String {
    let (this, other) = (row.concept.kind.status(), before.concept.kind.status());
    let what = if this == other { "stands twice" } else { "has two meanings" };
    let (place, tag) = (&row.place, language.tag());
    format!("{place}: `{name}` ({tag}) {what}: `{}` at {} too", before.concept.id(), before.place)
}

/// A vegan name that holds an animal's of its own language, and is no exception made on purpose.
fn animal_inside(
    row: &Placed<'_>,
    lexicon: &Lexicon,
    exceptions: &HashSet<String>,
    (language, name, key): (Language, &str, &str),
) -> Option<String> {
    if row.concept.kind.status() != Some(Status::Vegan) || row.concept.exception || exceptions.contains(key) {
        return None;
    }
    let root = key.split(' ').find_map(|word| lexicon.animal_root(word, Languages::only(language)))?;
    let (place, tag, id) = (&row.place, language.tag(), root.id());
    Some(format!("{place}: `{name}` ({tag}) is vegan and holds a name of `{id}`: name it in exceptions.txt"))
}

/// A name that the reader of labels takes for something of another status.
fn misread(row: &Placed<'_>, lexicon: &Lexicon, language: Language, name: &str) -> Option<String> {
    let wanted = row.concept.kind.status()?;
    let policies = Policies::default();
    let seen = Seen::default();
    let languages = Languages::only(language);
    let finding = judge(Knowledge { lexicon, seen: &seen, policies: &policies, languages }, name);
    let fits = finding.status == wanted || row.concept.policy.is_some();
    let (place, tag, got) = (&row.place, language.tag(), finding.status.as_str());
    (!fits).then(|| format!("{place}: `{name}` ({tag}) is read as {got}"))
}

/// A thing without a name in a language that is read in full.
fn missing(row: &Placed<'_>) -> Option<String> {
    row.concept.kind.status()?;
    let full = &Language::ALL[..Language::ANSWERS];
    let without: Vec<&str> =
        full.iter().filter(|l| row.concept.names(**l).next().is_none()).map(|language| language.tag()).collect();
    (!without.is_empty()).then(|| format!("{}: `{}` lacks {}", row.place, row.concept.id(), without.join(" ")))
}

/// Names that the shipped data gives another status: the file wins, and its author is told.
fn contradictions(rows: &[Placed<'_>], lexicon: &Lexicon, out: &mut Findings) {
    for row in rows {
        for (language, name) in row.concept.all_names() {
            let others = lexicon.shipped_as(&key_of(name), language);
            let differs = |other: &&Concept| other.kind.status() != row.concept.kind.status();
            for other in others.into_iter().filter(|other| other.id() != row.concept.id()).filter(differs) {
                let (place, tag) = (&row.place, language.tag());
                out.notes.push(format!("{place}: `{name}` ({tag}) was `{}` so far; this row wins", other.id()));
            }
        }
    }
}
