//! Figures of arms as tables (Markdown): each arm by itself, two beside each other, and on the same pictures.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::domain::{Figures, NanoUsd, measure};
use crate::experiment::compare::compare;
use crate::experiment::paired::Paired;
use crate::experiment::statistics::proportion::{Share, wilson};
use crate::experiment::statistics::sequence::Interval;
use crate::store::{ArmAndModel, Said};

const HEAD: &str = "| arm | model | analyses | success (95 %) | failures | mean ms | p50 | p95 | p99 | tokens in/out | cost USD \
    | per analysis | fallbacks | cached | feedback | lexicon |\n\
    |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
/// Of the intervals around shares of one arm: for display.
const ALPHA: f64 = 0.05;
const NOTHING: &str = "–";

/// Each arm with each of its models, a line each.
pub(in crate::cli) fn arms(figures: &BTreeMap<ArmAndModel, Figures>) -> String {
    let rows = figures.iter().map(|(key, figures)| row(key, figures));
    HEAD.to_owned() + &rows.collect::<String>()
}

fn row((arm, model): &ArmAndModel, figures: &Figures) -> String {
    let percent = |part: Option<f64>| part.map_or(NOTHING.to_owned(), |part| format!("{:.1} %", part * 100.0));
    let whole = |ms: Option<f64>| ms.map_or(NOTHING.to_owned(), |ms| format!("{ms:.0}"));
    let failures: Vec<_> = figures.under(measure::FAILED_BY).map(|(kind, n)| format!("{kind} {n}")).collect();
    let cells = [
        arm.clone(),
        model.replace('|', " "),
        figures.sum(measure::REQUESTS).to_string(),
        success(figures),
        failures.join(", "),
        whole(figures.ratio(measure::MS, measure::EXPOSED)),
        whole(figures.times().quantile(0.5)),
        whole(figures.times().quantile(0.95)),
        whole(figures.times().quantile(0.99)),
        format!("{}/{}", figures.sum(measure::INPUT), figures.sum(measure::OUTPUT)),
        format!("{:.4}", NanoUsd(figures.sum(measure::COST)).as_usd()),
        figures.ratio(measure::COST, measure::REQUESTS).map_or(NOTHING.to_owned(), |nano| format!("{:.6}", nano / 1e9)),
        percent(figures.ratio(measure::FALLBACKS, measure::REQUESTS)),
        percent(figures.ratio(measure::CACHED, measure::REQUESTS)),
        percent(Said::of(figures).score()),
        percent(figures.ratio(measure::AGREED, measure::JUDGED)),
    ];
    format!("| {} |\n", cells.join(" | "))
}

fn success(figures: &Figures) -> String {
    let n = figures.count(measure::EXPOSED);
    if n == 0 {
        return NOTHING.to_owned();
    }
    let share = Share { hits: n - figures.count(measure::FAILED).min(n), n };
    let (low, high) = wilson(share, ALPHA);
    format!("{:.1} % ({:.1}–{:.1})", share.rate() * 100.0, low * 100.0, high * 100.0)
}

/// Two arms beside each other, all their models together, with intervals that hold however often one looks.
pub(in crate::cli) fn difference(
    (new, new_figures): (&str, &Figures),
    (old, old_figures): (&str, &Figures),
    alpha: f64,
) -> String {
    let mut text = format!(
        "\n{new} against {old} (new − old; intervals valid at every look, α = {alpha}; each analysis counted as independent)\n\n\
         | metric | difference | low | high | n |\n|---|---|---|---|---|\n"
    );
    for metric in compare(old_figures, new_figures, alpha) {
        let [difference, low, high] = shown(metric.interval);
        let _infallible = writeln!(text, "| {} | {difference} | {low} | {high} | {} |", metric.name, metric.n);
    }
    text
}

/// What both arms made of the same pictures.
pub(in crate::cli) fn paired((new, old): (&str, &str), told: &Paired, alpha: f64) -> String {
    let mut text = format!(
        "\n{new} and {old} on the same pictures: {} pairs, {} answered by both, verdicts differ in {}\n\n\
         | | only {new} | only {old} | evidence against {new} (alarm at {:.0}) |\n|---|---|---|---|\n",
        told.pairs,
        told.answered,
        told.verdicts_differ,
        1.0 / alpha
    );
    for it in told.discordant {
        let _infallible =
            writeln!(text, "| {} | {} | {} | {:.3} |", it.name, it.only_new, it.only_old, it.ln_evidence.exp());
    }
    text.push_str("\n| within pairs | difference | low | high |\n|---|---|---|---|\n");
    for it in told.differences {
        let [difference, low, high] = shown(it.interval);
        let _infallible = writeln!(text, "| {} | {difference} | {low} | {high} |", it.name);
    }
    text
}

fn shown(interval: Option<Interval>) -> [String; 3] {
    match interval {
        Some(it) => [it.difference, it.low, it.high].map(|number| format!("{number:+.4}")),
        None => [NOTHING; 3].map(str::to_owned),
    }
}
