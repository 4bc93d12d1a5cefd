//! What each provider did in a window of time, as `/ab/…` tells it.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Figures, NanoUsd, measure};
use crate::store::Said;

/// Tokens of one kind or another.
#[derive(Serialize, ToSchema)]
#[schema(as = TokenCounts)]
pub struct Counted {
    input: i64,
    cached: i64,
    output: i64,
    thinking: i64,
}

/// What an arm did, or one of its models: rates between 0 and 1, times in milliseconds, null where there is no data.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ArmFigures)]
pub struct Row<'a> {
    provider: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    model: Option<&'a str>,
    total_requests: u64,
    failures: BTreeMap<&'a str, i64>,
    success_rate: Option<f64>,
    avg_response_time: Option<f64>,
    p50_response_time: Option<f64>,
    p95_response_time: Option<f64>,
    p99_response_time: Option<f64>,
    tokens: Counted,
    cost_usd: f64,
    cost_per_analysis_usd: Option<f64>,
    verdicts: BTreeMap<&'a str, i64>,
    fallback_rate: Option<f64>,
    cache_hit_rate: Option<f64>,
    feedback_score: Option<f64>,
    lexicon_agreement: Option<f64>,
}

impl<'a> Row<'a> {
    /// Writes figures, and what people said of them.
    pub fn new(provider: &'a str, model: Option<&'a str>, figures: &'a Figures, said: Said) -> Self {
        let quantile = |q| figures.times().quantile(q);
        let cost = NanoUsd(figures.sum(measure::COST)).as_usd();
        let [input, cached, output, thinking] =
            [measure::INPUT, measure::CACHED_INPUT, measure::OUTPUT, measure::THINKING].map(|name| figures.sum(name));
        Self {
            provider,
            model,
            total_requests: figures.count(measure::REQUESTS),
            failures: figures.under(measure::FAILED_BY).collect(),
            success_rate: figures.ratio(measure::FAILED, measure::EXPOSED).map(|rate| 1.0 - rate),
            avg_response_time: figures.ratio(measure::MS, measure::EXPOSED),
            p50_response_time: quantile(0.5),
            p95_response_time: quantile(0.95),
            p99_response_time: quantile(0.99),
            tokens: Counted { input, cached, output, thinking },
            cost_usd: cost,
            cost_per_analysis_usd: figures.ratio(measure::COST, measure::REQUESTS).map(|nano| nano / 1e9),
            verdicts: figures.under(measure::VERDICT).collect(),
            fallback_rate: figures.ratio(measure::FALLBACKS, measure::REQUESTS),
            cache_hit_rate: figures.ratio(measure::CACHED, measure::REQUESTS),
            feedback_score: said.score(),
            lexicon_agreement: figures.ratio(measure::AGREED, measure::JUDGED),
        }
    }
}

/// What each provider did, and each of its models.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary<'a> {
    /// The window, to whole minutes.
    #[schema(format = DateTime)]
    pub from: Option<String>,
    #[schema(format = DateTime)]
    pub to: Option<String>,
    pub providers: Vec<Row<'a>>,
    pub model_breakdown: Vec<Row<'a>>,
}

/// What each model did.
#[derive(Serialize, ToSchema)]
pub struct Models<'a> {
    /// The window, to whole minutes.
    #[schema(format = DateTime)]
    pub from: Option<String>,
    #[schema(format = DateTime)]
    pub to: Option<String>,
    pub models: Vec<Row<'a>>,
}
