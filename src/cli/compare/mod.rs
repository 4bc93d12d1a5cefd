//! `koalens compare`: what each arm did, from what was recorded between two moments or from exported logs.

mod logs;
pub(super) mod table;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::app::Settings;
use crate::domain::{Figures, pair};
use crate::experiment::Arm;
use crate::experiment::paired::paired;
use crate::store::{self, ArmAndModel, Store};

/// Windows begin and end on whole minutes.
const MINUTE_MS: i64 = 60_000;

#[derive(clap::Args)]
pub(super) struct Args {
    /// From when (RFC 3339, `2025-02-01T00:00:00Z`), down to the whole minute.
    #[arg(long, value_parser = moment, required_unless_present = "logs")]
    from: Option<i64>,
    /// Until when, up to the whole minute.
    #[arg(long, value_parser = moment, required_unless_present = "logs")]
    to: Option<i64>,
    /// Read exported logs instead of the database: files of JSON lines as LOG_FORMAT=json writes them, with or without
    /// what `fly logs` puts before each; one file for each provider, or one for all.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    logs: Vec<PathBuf>,
}

pub(super) async fn run(settings: Settings, args: Args) -> ExitCode {
    let (from, to) = (args.from.map(minute_of), args.to.map(|to| minute_of(to + MINUTE_MS - 1)));
    if !args.logs.is_empty() {
        return match logs::read(&args.logs, &(from..to)) {
            Ok(figures) => super::say(&text(&settings, &figures, &BTreeMap::new())),
            Err(error) => super::fail(&error),
        };
    }
    let store = match Store::open(&settings.store, rand::random()).await {
        Ok(store) => store,
        Err(error) => return super::fail(&error),
    };
    let told = recorded(&settings, &store, from.unwrap_or_default(), to.unwrap_or_default()).await;
    store.close().await;
    match told {
        Ok(text) => super::say(&text),
        Err(error) => super::fail(&error),
    }
}

async fn recorded(settings: &Settings, store: &Store, from: i64, to: i64) -> Result<String, store::Error> {
    Ok(text(settings, &store.figures(from, to).await?, &store.pairs(from, to).await?))
}

fn text(settings: &Settings, figures: &BTreeMap<ArmAndModel, Figures>, pairs: &BTreeMap<String, Figures>) -> String {
    if figures.is_empty() {
        return "nothing was recorded in that time".to_owned();
    }
    let (experiment, limits) = (settings.experiment.experiment(), &settings.experiment.limits);
    let alpha = limits.rollout_alpha;
    let name = |arm: Option<&Arm>| arm.map(|arm| arm.name.clone()).unwrap_or_default();
    let (new, old) = (name(experiment.new_arm()), name(experiment.old_arm()));
    let mut text = table::arms(figures);
    if let (Some(one), Some(other)) = (whole(figures, &new), whole(figures, &old)) {
        text.push_str(&table::difference((&new, &one), (&old, &other), alpha));
    }
    let told = pairs.get(&pair(&new, &old)).and_then(|pair| paired(pair, limits.rollout_tolerated_ratio, alpha));
    if let Some(told) = told {
        text.push_str(&table::paired((&new, &old), &told, alpha));
    }
    text
}

/// An arm with all its models; `None` where it did nothing.
fn whole(figures: &BTreeMap<ArmAndModel, Figures>, arm: &str) -> Option<Figures> {
    let own = figures.iter().filter(|((name, _), _)| name == arm).map(|(_, figures)| figures);
    own.fold(None, |sum: Option<Figures>, figures| {
        let mut sum = sum.unwrap_or_default();
        sum.merge(figures);
        Some(sum)
    })
}

fn minute_of(ms: i64) -> i64 {
    ms.div_euclid(MINUTE_MS) * MINUTE_MS
}

fn moment(text: &str) -> Result<i64, String> {
    let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "a moment like 2025-02-01T00:00:00Z".to_owned())?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).map_err(|_| "too far away".to_owned())
}
