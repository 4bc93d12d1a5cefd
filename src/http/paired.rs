//! The comparison on the same pictures, as `/ab/comparison` tells it.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::comparison::{Between, evidence};
use crate::experiment::paired::Paired;

/// Counts of pairs, and under its name what befell one arm alone or a difference within pairs.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pairs {
    pairs: u64,
    answered: u64,
    verdicts_differ: u64,
    #[serde(flatten)]
    figures: BTreeMap<&'static str, Figure>,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = PairedFigure)]
enum Figure {
    Discordant(Discordant),
    Difference(Between),
}

/// Pairs in which one arm alone did it, and the evidence that the new one does more often.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Discordant {
    only_new: u64,
    only_old: u64,
    e: f64,
    threshold: f64,
}

impl Pairs {
    pub(super) fn of(told: &Paired, alpha: f64) -> Self {
        let discordant = told.discordant.iter().map(|it| {
            let (e, threshold) = (evidence(it.ln_evidence), 1.0 / alpha);
            let told = Discordant { only_new: it.only_new, only_old: it.only_old, e, threshold };
            (it.name, Figure::Discordant(told))
        });
        let within = told.differences.iter();
        let within =
            within.map(|it| (it.name, Figure::Difference(Between::of(it.interval.as_ref(), alpha, told.answered))));
        Self {
            pairs: told.pairs,
            answered: told.answered,
            verdicts_differ: told.verdicts_differ,
            figures: discordant.chain(within).collect(),
        }
    }
}
