//! `koalens compare`: what each arm did between two moments, from what was recorded.

use std::process::ExitCode;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::app::Settings;
use crate::domain::{Figures, NanoUsd, measure};
use crate::store::{self, ArmAndModel, Said, Store};

/// Windows begin and end on whole minutes.
const MINUTE_MS: i64 = 60_000;
const HEAD: &str = "| arm | model | analyses | success | failures | mean ms | p50 | p95 | p99 | tokens in/out | cost USD \
    | per analysis | fallbacks | cached | feedback | lexicon |\n\
    |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";

#[derive(clap::Args)]
pub(super) struct Args {
    /// From when (RFC 3339, `2025-02-01T00:00:00Z`), down to the whole minute.
    #[arg(long, value_parser = moment)]
    from: i64,
    /// Until when, up to the whole minute.
    #[arg(long, value_parser = moment)]
    to: i64,
}

pub(super) async fn run(settings: Settings, args: Args) -> ExitCode {
    let store = match Store::open(&settings.store, rand::random()).await {
        Ok(store) => store,
        Err(error) => return super::fail(&error),
    };
    let table = table(&store, &args).await;
    store.close().await;
    match table {
        Ok(text) => super::say(&text),
        Err(error) => super::fail(&error),
    }
}

async fn table(store: &Store, args: &Args) -> Result<String, store::Error> {
    let from = args.from.div_euclid(MINUTE_MS) * MINUTE_MS;
    let to = (args.to + MINUTE_MS - 1).div_euclid(MINUTE_MS) * MINUTE_MS;
    let (figures, said) = (store.figures(from, to).await?, store.feedback_on(from, to).await?);
    if figures.is_empty() {
        return Ok("nothing was recorded in that time".to_owned());
    }
    let score = |key: &ArmAndModel| said.get(key).copied().and_then(Said::score);
    let rows = figures.iter().map(|(key, figures)| row(key, figures, score(key)));
    Ok(HEAD.to_owned() + &rows.collect::<String>())
}

fn row((arm, model): &ArmAndModel, figures: &Figures, score: Option<f64>) -> String {
    let percent = |part: Option<f64>| part.map_or("–".to_owned(), |part| format!("{:.1} %", part * 100.0));
    let whole = |ms: Option<f64>| ms.map_or("–".to_owned(), |ms| format!("{ms:.0}"));
    let failures: Vec<_> = figures.under(measure::FAILED_BY).map(|(kind, n)| format!("{kind} {n}")).collect();
    let cells = [
        arm.clone(),
        model.replace('|', " "),
        figures.sum(measure::REQUESTS).to_string(),
        percent(figures.ratio(measure::FAILED, measure::EXPOSED).map(|rate| 1.0 - rate)),
        failures.join(", "),
        whole(figures.ratio(measure::MS, measure::EXPOSED)),
        whole(figures.times().quantile(0.5)),
        whole(figures.times().quantile(0.95)),
        whole(figures.times().quantile(0.99)),
        format!("{}/{}", figures.sum(measure::INPUT), figures.sum(measure::OUTPUT)),
        format!("{:.4}", NanoUsd(figures.sum(measure::COST)).as_usd()),
        figures.ratio(measure::COST, measure::REQUESTS).map_or("–".to_owned(), |nano| format!("{:.6}", nano / 1e9)),
        percent(figures.ratio(measure::FALLBACKS, measure::REQUESTS)),
        percent(figures.ratio(measure::CACHED, measure::REQUESTS)),
        percent(score),
        percent(figures.ratio(measure::AGREED, measure::JUDGED)),
    ];
    format!("| {} |\n", cells.join(" | "))
}

fn moment(text: &str) -> Result<i64, String> {
    let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "a moment like 2025-02-01T00:00:00Z".to_owned())?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).map_err(|_| "too far away".to_owned())
}
