//! Where the lexicon knows no name, a model may vouch for it within narrow bounds; a vegan mark may settle an origin.

use super::gather::{Gathered, Source, known_share, squeezed};
use super::items::Item;
use crate::domain::{DecidedBy, Match, ReadIngredient, Status};

/// Most names of a list that a model may call vegan.
const MOST_VOUCHED: usize = 2;
/// Least share of names that the lexicon must know before a model may call another one vegan.
const VOUCH_SHARE: f32 = 0.8;

/// Lets the model speak on unknown names, then the vegan mark on open origins.
pub(super) fn apply(source: &Source<'_, '_>, text: &str, out: &mut Gathered<'_>) {
    let opinions = source.reading.and_then(|reading| reading.ingredients.as_deref()).unwrap_or_default();
    let share = known_share(&out.items);
    let unknown = out.items.iter().filter(|item| item.status == Status::Unknown).count();
    let may_lift = share >= VOUCH_SHARE && unknown <= MOST_VOUCHED;
    for item in out.items.iter_mut().filter(|item| item.status == Status::Unknown) {
        let hidden = source.know.animal_in(&item.name).is_some() || item.concept.is_some();
        let coded = item.name.chars().any(|c| c.is_ascii_digit());
        let liftable = may_lift && !hidden && !coded && text.contains(&item.name);
        match opinion(opinions, item) {
            Some(Status::Vegan) if liftable => vouched(item, Status::Vegan),
            Some(status @ (Status::NonVegan | Status::Uncertain)) => vouched(item, status),
            _ => {}
        }
    }
    let settled = out.items.iter().all(|item| item.status != Status::Unknown) && out.doubts.is_empty();
    if out.claimed && settled {
        for item in out.items.iter_mut().filter(|item| item.open_origin) {
            (item.status, item.by) = (Status::Vegan, Some(DecidedBy::LabelText));
        }
    }
}

fn opinion(opinions: &[ReadIngredient], item: &Item<'_>) -> Option<Status> {
    let name = squeezed(&item.name);
    opinions.iter().find(|opinion| squeezed(&opinion.name) == name).and_then(|opinion| opinion.status)
}

fn vouched(item: &mut Item<'_>, status: Status) {
    (item.status, item.how, item.by) = (status, Some(Match::Model), Some(DecidedBy::Model));
}
