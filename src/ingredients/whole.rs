//! Was the list read whole? Every doubt that keeps a picture from being called vegan.

use super::gather::{Gathered, Source, known_share, squeezed};
use super::name::animals;
use super::text::distance;
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
            Self::NoHeading => ("no_heading", ""),
            Self::Unbalanced => ("unbalanced", ""),
            Self::Cut => ("cut", ""),
            Self::Partial => ("partial", ""),
            Self::FewKnown => ("few_known", ""),
            Self::TooLong => ("too_long", ""),
            Self::Counterpart(name) => ("counterpart", name),
            Self::Elsewhere(name) => ("elsewhere", name),
            Self::Second(name) => ("second", name),
        }
    }
}

/// Least share of known names on a list that is called read.
const KNOWN_SHARE: f32 = 0.6;

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

/// Adds the doubts that need the whole evidence.
pub(super) fn examine(source: &Source<'_, '_>, text: &str, second: Option<&str>, out: &mut Gathered<'_>) {
    let Some(reading) = source.reading else { return };
    if reading.legibility != Legibility::Full || reading.issues.contains(&QualityIssue::Cropped) {
        out.doubts.push(Doubt::Partial);
    }
    if known_share(&out.items) < KNOWN_SHARE {
        out.doubts.push(Doubt::FewKnown);
    }
    counterparts(reading, text, out);
    let seen = squeezed(text);
    let missing = second.map(|words| animals(source.know, words)).unwrap_or_default();
    out.doubts.extend(missing.into_iter().filter(|word| !seen.contains(&squeezed(word))).map(Doubt::Second));
    out.doubts.dedup();
}

/// Each name of our list must be among the reader's, and each of the reader's on the label.
fn counterparts(reading: &Reading, text: &str, out: &mut Gathered<'_>) {
    let Some(listed) = &reading.ingredients else { return };
    let declared: Vec<_> = listed.iter().filter(|item| item.source == Place::Declared).collect();
    let theirs: Vec<String> = declared.iter().map(|item| squeezed(&item.name)).collect();
    let all = squeezed(text);
    let lost = |name: &str| {
        let ours = squeezed(name);
        !theirs.iter().any(|other| alike(&ours, other))
    };
    let missing = out.items.iter().find(|item| lost(&item.name)).map(|item| item.name.clone());
    let invented = declared.iter().find(|item| !all.contains(&squeezed(&item.name))).map(|item| item.name.clone());
    out.doubts.extend(missing.or(invented).map(Doubt::Counterpart));
}

fn alike(ours: &str, theirs: &str) -> bool {
    let long = ours.len().min(theirs.len()) >= 3;
    (long && (ours.contains(theirs) || theirs.contains(ours))) || distance(ours, theirs, ours.len() / 6).is_some()
}

/// Whether an animal's name is already among the animal items.
pub(super) fn holds(out: &Gathered<'_>, word: &str) -> bool {
    let word = squeezed(word);
    out.items.iter().any(|item| item.status == Status::NonVegan && squeezed(&item.name).contains(&word))
}
