//! Was the list read whole? Every doubt that keeps a picture from being called vegan.

use std::collections::HashSet;

use super::gather::{Gathered, Source, known_share, squeezed};
use super::items::Item;
use super::list::MAX_ITEMS;
use super::name::{Knowledge, animals, judge};
use super::text::{distance, fold, tokens};
use crate::domain::{Legibility, QualityIssue, Reading, Source as Place, Status};

/// A reason to doubt that the list is whole and true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doubt {
    NoHeading,
    Unbalanced,
    Cut,
    /// The reader's own word.
    Partial,
    FewKnown,
    TooLong,
    /// A name that one of the two readings lacks.
    Counterpart(String),
    /// An animal's name outside the list.
    Elsewhere(String),
    /// An animal's name that only the second reading saw.
    Second(String),
}

impl Doubt {
    /// Whether it says that less than the whole list was read.
    pub fn partial(&self) -> bool {
        !matches!(self, Self::Elsewhere(_) | Self::Second(_) | Self::TooLong)
    }

    /// The key of its sentence and the name in it.
    pub fn said(&self) -> (&'static str, &str) {
        match self {
            Self::NoHeading => ("doubt-no-heading", ""),
            Self::Unbalanced => ("doubt-unbalanced", ""),
            Self::Cut => ("doubt-cut", ""),
            Self::Partial => ("doubt-partial", ""),
            Self::FewKnown => ("doubt-few-known", ""),
            Self::TooLong => ("doubt-too-long", ""),
            Self::Counterpart(name) => ("doubt-counterpart", name),
            Self::Elsewhere(name) => ("doubt-elsewhere", name),
            Self::Second(name) => ("doubt-second", name),
        }
    }
}

/// Least share of known names on a list that is called read.
const KNOWN_SHARE: f32 = 0.6;

/// Longest names, in bytes, in which misread letters are looked for.
const LONGEST_COMPARED: usize = 100;

/// Whether a list breaks off. One that merely lacks its full stop passes when the reader split it, calls it whole, and
/// its last name is a name we know.
pub(super) fn is_cut(reading: Option<&Reading>, broken: bool, closed: bool, last_known: bool) -> bool {
    let trusted = reading.is_some_and(|reading| {
        reading.ingredients.is_some()
            && reading.legibility == Legibility::Full
            && !reading.issues.contains(&QualityIssue::Cropped)
    });
    broken || !(closed || (trusted && last_known))
}

/// Adds the doubts that need the whole evidence; `own` is the label without its traces.
pub(super) fn examine(source: &Source<'_, '_>, own: &str, second: Option<&str>, out: &mut Gathered<'_>) {
    let Some(reading) = source.reading else { return };
    // A reader that transcribes takes print under a reflection for paper; a model says itself what it could not read.
    let hidden = reading.ingredients.is_none() && reading.issues.contains(&QualityIssue::Glare);
    if reading.legibility != Legibility::Full || reading.issues.contains(&QualityIssue::Cropped) || hidden {
        out.doubts.push(Doubt::Partial);
    }
    if known_share(&out.items) < KNOWN_SHARE {
        out.doubts.push(Doubt::FewKnown);
    }
    counterparts(source.know, reading, out);
    let seen: HashSet<String> = words(own).into_iter().collect();
    let missing = second.map(|words| animals(source.know, words)).unwrap_or_default();
    let lacks = |name: &String| !words(name).iter().all(|word| seen.contains(word));
    out.doubts.extend(missing.into_iter().filter(lacks).map(Doubt::Second));
    out.doubts.dedup();
}

/// Each name of our list must be among the reader's, and each of the reader's among ours; an animal's among ours that
/// are animal. Names of classes and of treatments are no items of ours.
fn counterparts(know: Knowledge<'_>, reading: &Reading, out: &mut Gathered<'_>) {
    let Some(listed) = &reading.ingredients else { return };
    let declared = listed.iter().filter(|item| item.source == Place::Declared).take(MAX_ITEMS);
    let theirs: Vec<(&str, Vec<String>)> = declared.map(|item| (item.name.as_str(), words(&item.name))).collect();
    let ours: Vec<(&Item<'_>, Vec<String>)> = out.items.iter().map(|item| (item, words(&item.name))).collect();
    let missing = ours.iter().find(|(_, name)| !theirs.iter().any(|(_, other)| alike(name, other)));
    let invented = theirs.iter().find(|(name, words)| {
        let finding = judge(know, name);
        let animal = finding.status == Status::NonVegan;
        let own =
            |(item, own): &(&Item<'_>, Vec<String>)| alike(own, words) && (!animal || item.status == Status::NonVegan);
        finding.bare.is_none() && !ours.iter().any(own)
    });
    let name = missing.map(|(item, _)| item.name.clone()).or(invented.map(|(name, _)| (*name).to_owned()));
    out.doubts.extend(name.map(Doubt::Counterpart));
}

/// The words of a name without accents.
fn words(name: &str) -> Vec<String> {
    tokens(name).iter().map(|token| fold(&token.key)).collect()
}

/// The same words, or all words of one within the other, or a few letters read otherwise.
fn alike(ours: &[String], theirs: &[String]) -> bool {
    let within = |few: &[String], many: &[String]| !few.is_empty() && many.windows(few.len()).any(|part| part == few);
    let (left, right) = (ours.concat(), theirs.concat());
    let short = left.len().max(right.len()) <= LONGEST_COMPARED;
    left == right
        || within(ours, theirs)
        || within(theirs, ours)
        || (short && distance(&left, &right, left.chars().count() / 6).is_some())
}

/// Whether an animal's name is already among the animal items.
pub(super) fn holds(out: &Gathered<'_>, word: &str) -> bool {
    let word = squeezed(word);
    out.items.iter().any(|item| item.status == Status::NonVegan && squeezed(&item.name).contains(&word))
}
