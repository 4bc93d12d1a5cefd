//! `/ab/…`: what each provider did in a window of time, and the arms of the experiment beside each other.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::Service;
use super::context::Caller;
use super::error::{Code, Problem};
use super::moments::moment;
use super::openapi::{Models, Summary};
use super::rollout::admin;
use crate::domain::{Action, Decision, Environment, Figures, Ground, Language, Measured, NanoUsd, Step, measure, pair};
use crate::experiment::compare::{Metric, compare};
use crate::experiment::rollout::{Gate, Gates, OBJECTIVE_MS, decide, gates};
use crate::experiment::statistics::sequence::Interval;
use crate::experiment::{Experiment, paired};
use crate::store::{ArmAndModel, Said};
use crate::texts;

const MINUTE_MS: i64 = 60_000;
/// Minutes without a wish, and at most: a year.
const DEFAULT_MINUTES: u32 = 60;
const MAX_MINUTES: u32 = 366 * 24 * 60;
/// Beyond it an evidence is told as this: `e^700` is near the largest number there is.
const MOST_LN: f64 = 700.0;

/// Query of a window.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    last_minutes: Option<u32>,
}

impl Window {
    /// Its length in minutes.
    ///
    /// # Errors
    /// `INVALID_CONTENT_FORMAT` for none, one that is no number, or more than a year.
    pub(super) fn minutes(window: Result<web::Query<Self>, actix_web::Error>) -> Result<i64, Problem> {
        let asked = window.map(|window| window.last_minutes.unwrap_or(DEFAULT_MINUTES));
        let known = asked.ok().filter(|minutes| (1..=MAX_MINUTES).contains(minutes));
        known.map(i64::from).ok_or_else(|| Problem::about(Code::InvalidContentFormat, "lastMinutes"))
    }
}

/// Query of a comparison.
#[derive(Debug, Deserialize)]
pub struct Which {
    step: Option<i32>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ArmFigures)]
pub struct Row<'a> {
    provider: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    total_requests: u64,
    #[schema(value_type = HashMap<String, i64>)]
    failures: BTreeMap<&'a str, i64>,
    success_rate: Option<f64>,
    avg_response_time: Option<f64>,
    p50_response_time: Option<f64>,
    p95_response_time: Option<f64>,
    p99_response_time: Option<f64>,
    #[schema(value_type = Object)]
    tokens: Value,
    cost_usd: f64,
    cost_per_analysis_usd: Option<f64>,
    #[schema(value_type = HashMap<String, i64>)]
    verdicts: BTreeMap<&'a str, i64>,
    fallback_rate: Option<f64>,
    cache_hit_rate: Option<f64>,
    feedback_score: Option<f64>,
    lexicon_agreement: Option<f64>,
}

impl<'a> Row<'a> {
    fn new(provider: &'a str, model: Option<&'a str>, figures: &'a Figures, said: Said) -> Self {
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
            tokens: json!({"input": input, "cached": cached, "output": output, "thinking": thinking}),
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

/// A window's figures by arm and model, and what people said.
struct Seen {
    from_ms: i64,
    to_ms: i64,
    figures: BTreeMap<ArmAndModel, Figures>,
    said: BTreeMap<ArmAndModel, Said>,
}

impl Seen {
    /// Whole minutes, the one that runs included.
    async fn in_window(service: &Service, minutes: i64) -> Result<Self, Problem> {
        let to_ms = (service.pipeline.clock().now_ms().div_euclid(MINUTE_MS) + 1) * MINUTE_MS;
        let from_ms = to_ms - minutes * MINUTE_MS;
        let figures = service.store.figures(from_ms, to_ms).await?;
        let said = figures.iter().map(|(key, figures)| (key.clone(), Said::of(figures))).collect();
        Ok(Self { from_ms, to_ms, figures, said })
    }

    fn models(&self) -> Vec<Row<'_>> {
        let said = |key: &ArmAndModel| self.said.get(key).copied().unwrap_or_default();
        self.figures.iter().map(|(key, figures)| Row::new(&key.0, Some(&key.1), figures, said(key))).collect()
    }

    fn answer(&self, mut more: Value) -> HttpResponse {
        more["from"] = json!(moment(self.from_ms));
        more["to"] = json!(moment(self.to_ms));
        HttpResponse::Ok().json(more)
    }
}

/// `GET /ab/summary`.
///
/// # Errors
/// Those of an admin route, `INVALID_CONTENT_FORMAT`, `STORE_UNAVAILABLE`.
#[utoipa::path(
    get,
    path = "/ab/summary",
    tag = "rollout",
    operation_id = "abSummary",
    params(("lastMinutes" = Option<u32>, Query, description = "Window, in whole minutes; an hour without a wish", minimum = 1, maximum = 527040)),
    responses((status = 200, description = "What each provider did", body = Summary)),
)]
pub async fn summary(
    request: HttpRequest,
    window: Result<web::Query<Window>, actix_web::Error>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    admin(&request, &service)?;
    let seen = Seen::in_window(&service, Window::minutes(window)?).await?;
    let mut arms: BTreeMap<&str, (Figures, Said)> = BTreeMap::new();
    for ((arm, _), figures) in &seen.figures {
        arms.entry(arm).or_default().0.merge(figures);
    }
    for ((arm, _), said) in &seen.said {
        let sum = &mut arms.entry(arm).or_default().1;
        (sum.n, sum.right) = (sum.n + said.n, sum.right + said.right);
    }
    let providers: Vec<_> = arms.iter().map(|(arm, (figures, said))| Row::new(arm, None, figures, *said)).collect();
    Ok(seen.answer(json!({"providers": providers, "modelBreakdown": seen.models()})))
}

/// `GET /ab/models`.
///
/// # Errors
/// As [`summary`].
#[utoipa::path(
    get,
    path = "/ab/models",
    tag = "rollout",
    operation_id = "abModels",
    params(("lastMinutes" = Option<u32>, Query, description = "Window, in whole minutes; an hour without a wish", minimum = 1, maximum = 527040)),
    responses((status = 200, description = "What each model did", body = Models)),
)]
pub async fn models(
    request: HttpRequest,
    window: Result<web::Query<Window>, actix_web::Error>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    admin(&request, &service)?;
    let seen = Seen::in_window(&service, Window::minutes(window)?).await?;
    Ok(seen.answer(json!({"models": seen.models()})))
}

/// `GET /ab/comparison?step=`: the step in force of the rollout from its beginning, or an earlier one of its plan; in a
/// staging test, all since its share was set.
///
/// # Errors
/// Those of an admin route, `NOT_FOUND` for a step that is not of the plan, `STORE_UNAVAILABLE`.
#[utoipa::path(
    get,
    path = "/ab/comparison",
    tag = "rollout",
    operation_id = "abComparison",
    params(("step" = Option<i32>, Query, description = "A step of the plan; the one in force without a wish")),
    responses((status = 200, description = "The arms beside each other", body = Object)),
)]
pub async fn comparison(
    request: HttpRequest,
    which: Result<web::Query<Which>, actix_web::Error>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    admin(&request, &service)?;
    let which = which.map_err(|_| Problem::about(Code::InvalidContentFormat, "step"))?;
    let language = Caller::of(&request).language();
    let choice = service.pipeline.choice();
    let experiment = choice.experiment();
    let config = choice.config();
    if service.environment == Environment::Staging && config.enable_ab_test {
        let share = config.ab_test_percentage;
        let number = i32::from(share.buckets());
        let step = Step { number, share, began_at_ms: 0, slow_after_ms: OBJECTIVE_MS };
        let measured = service.store.measure(&format!("{}-ab", experiment.key), &[step]).await?;
        return compared(&service, language, experiment, &measured, number, None);
    }
    let (stored, now_ms) = service.store.rollout(&experiment.key).await?;
    let rollout = stored.ok_or_else(|| Problem::new(Code::NotFound))?;
    let measured = service.store.measure(&experiment.key, &rollout.steps()).await?;
    let decision = decide(&choice.schedule(), &rollout, Some(&measured), now_ms);
    compared(&service, language, experiment, &measured, which.step.unwrap_or(rollout.step.number), Some(&decision))
}

fn compared(
    service: &Service,
    language: Language,
    experiment: &Experiment,
    measured: &Measured,
    number: i32,
    decision: Option<&Decision>,
) -> Result<HttpResponse, Problem> {
    let limits = &service.pipeline.choice().config().limits;
    let found = measured.steps.iter().find(|(step, _)| step.number == number);
    let (step, arms) = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    let name = |arm: Option<&crate::experiment::Arm>| arm.map(|arm| arm.name.clone()).unwrap_or_default();
    let (new, old) = (name(experiment.new_arm()), name(experiment.old_arm()));
    let figures = |name: &str| arms.get(name).cloned().unwrap_or_default();
    let alpha = limits.rollout_alpha;
    let metrics = compare(&figures(&old), &figures(&new), alpha);
    let gates = gates(experiment, measured, limits);
    let told = paired::paired(&figures(&pair(&new, &old)), limits.rollout_tolerated_ratio, alpha);
    let units = |name: &str| figures(name).count(measure::UNITS);
    Ok(HttpResponse::Ok().json(json!({
        "experiment": experiment.key,
        "step": {"number": step.number, "percentage": step.share.percent(), "startedAt": moment(step.began_at_ms)},
        "arms": {"new": new, "old": old},
        "units": {"new": units(&new), "old": units(&old)},
        "metrics": metrics.iter().map(|metric| (metric.name, written(metric, alpha))).collect::<BTreeMap<_, _>>(),
        "errorGate": gate(&gates.error),
        "qualityGate": gate(&gates.quality),
        "latencyGate": gate(&gates.latency),
        "srm": {"bayesFactor": gates.mismatch.min(MOST_LN).exp(), "alarm": gates.mismatch_alarms(),
            "unitsInTwoArms": gates.crossed},
        "paired": told.map(|told| super::paired::written(&told, alpha)),
        "decision": decision,
        "inWords": in_words(language, [&new, &old], &metrics, &gates, decision),
    })))
}

pub(super) fn gate(gate: &Gate) -> Value {
    json!({"e": evidence(gate.ln_evidence), "threshold": gate.ln_alarm.exp()})
}

pub(super) fn evidence(ln: f64) -> f64 {
    ln.min(MOST_LN).exp()
}

fn written(metric: &Metric, alpha: f64) -> Value {
    let end = |of: fn(&Interval) -> f64| metric.interval.as_ref().map(of);
    json!({"difference": end(|it| it.difference), "low": end(|it| it.low), "high": end(|it| it.high),
        "alpha": alpha, "n": metric.n})
}

/// The comparison for people who read no tables.
fn in_words(
    language: Language,
    [new, old]: [&str; 2],
    metrics: &[Metric],
    gates: &Gates,
    decision: Option<&Decision>,
) -> String {
    let of = |name: &str| metrics.iter().find(|metric| metric.name == name).and_then(|metric| metric.interval);
    let figure = |value: f64, digits: usize| {
        let written = format!("{value:.digits$}");
        if language == Language::En { written } else { written.replace('.', ",") }
    };
    let say = |key: &str, interval: Option<Interval>, scale: f64, digits: usize| {
        let end = |of: fn(&Interval) -> f64| {
            interval.as_ref().map_or(String::new(), |interval| figure(of(interval) * scale, digits))
        };
        let (difference, low, high) = (end(|it| it.difference), end(|it| it.low), end(|it| it.high));
        let places = [("new", new), ("old", old), ("difference", &*difference), ("low", &*low), ("high", &*high)];
        texts::fill(language, key, &places)
    };
    let errors = match of("errorRate") {
        _ if gates.error.is_lost() => say("rollout-fails-more", None, 1.0, 0),
        None => say("rollout-failures-open", None, 1.0, 0),
        interval => say("rollout-failures-differ", interval, 100.0, 2),
    };
    let times = of("responseRatio").map(|interval| say("rollout-time", Some(interval), 1.0, 2));
    let next = decision.map(|decision| {
        let act = match decision.action {
            Action::Advance => "rollout-goes-on",
            Action::Hold => "rollout-stays",
            Action::RollBack => "rollout-rolls-back",
        };
        texts::fill(language, act, &[("why", &texts::say(language, because(decision.reason)))])
    });
    [Some(errors), times, next].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The key of a decision's reason.
fn because(ground: Ground) -> &'static str {
    match ground {
        Ground::KillSwitch => "rollout-because-kill-switch",
        Ground::RolledBack => "rollout-because-rolled-back",
        Ground::NotRunning => "rollout-because-not-running",
        Ground::ErrorGate => "rollout-because-error-gate",
        Ground::QualityGate => "rollout-because-quality-gate",
        Ground::LatencyGate => "rollout-because-latency-gate",
        Ground::Critical => "rollout-because-critical",
        Ground::SampleRatio => "rollout-because-sample-ratio",
        Ground::TwoArms => "rollout-because-two-arms",
        Ground::Interval => "rollout-because-interval",
        Ground::NoAnalysis => "rollout-because-no-analysis",
        Ground::NoData => "rollout-because-no-data",
        Ground::Sample => "rollout-because-sample",
        Ground::Warning => "rollout-because-warning",
        Ground::Approval => "rollout-because-approval",
        Ground::Healthy => "rollout-because-healthy",
    }
}
