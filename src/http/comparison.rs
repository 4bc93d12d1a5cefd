//! `/ab/…`: what each provider did in a window of time, and the arms of the experiment beside each other.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Service;
use super::context::Caller;
use super::error::{Code, Problem};
use super::figures::{Models, Row, Summary};
use super::moments::moment;
use super::paired::Pairs;
use super::rollout::admin;
use crate::domain::{Action, Decision, Environment, Figures, Ground, Language, Measured, Step, measure, pair};
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
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Window {
    /// Window, in whole minutes; an hour without a wish
    #[param(minimum = 1, maximum = 527_040)]
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

    /// When it begins and ends.
    fn ends(&self) -> [Option<String>; 2] {
        [self.from_ms, self.to_ms].map(moment)
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
    params(Window),
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
    let [from, to] = seen.ends();
    Ok(HttpResponse::Ok().json(Summary { from, to, providers, model_breakdown: seen.models() }))
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
    params(Window),
    responses((status = 200, description = "What each model did", body = Models)),
)]
pub async fn models(
    request: HttpRequest,
    window: Result<web::Query<Window>, actix_web::Error>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    admin(&request, &service)?;
    let seen = Seen::in_window(&service, Window::minutes(window)?).await?;
    let [from, to] = seen.ends();
    Ok(HttpResponse::Ok().json(Models { from, to, models: seen.models() }))
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
    responses((status = 200, description = "The arms beside each other", body = Compared)),
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
    Ok(HttpResponse::Ok().json(Compared {
        experiment: &experiment.key,
        step: StepSeen { number: step.number, percentage: step.share.percent(), started_at: moment(step.began_at_ms) },
        arms: Pair { new: new.clone(), old: old.clone() },
        units: Pair { new: units(&new), old: units(&old) },
        metrics: metrics
            .iter()
            .map(|metric| (metric.name, Between::of(metric.interval.as_ref(), alpha, metric.n)))
            .collect(),
        error_gate: Evidence::of(&gates.error),
        quality_gate: Evidence::of(&gates.quality),
        latency_gate: Evidence::of(&gates.latency),
        srm: Mismatch {
            bayes_factor: gates.mismatch.min(MOST_LN).exp(),
            alarm: gates.mismatch_alarms(),
            units_in_two_arms: gates.crossed,
        },
        paired: told.map(|told| Pairs::of(&told, alpha)),
        decision,
        in_words: in_words(language, [&new, &old], &metrics, &gates, decision),
    }))
}

/// The arms beside each other.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Comparison)]
pub struct Compared<'a> {
    experiment: &'a str,
    step: StepSeen,
    arms: Pair<String>,
    /// Users, or requests without one.
    units: Pair<u64>,
    metrics: BTreeMap<&'a str, Between>,
    error_gate: Evidence,
    quality_gate: Evidence,
    latency_gate: Evidence,
    srm: Mismatch,
    /// On the same pictures, where both arms were asked.
    paired: Option<Pairs>,
    decision: Option<&'a Decision>,
    in_words: String,
}

/// The step that is compared.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ComparedStep)]
struct StepSeen {
    number: i32,
    percentage: f64,
    #[schema(format = DateTime)]
    started_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Pair<T> {
    new: T,
    old: T,
}

/// New minus old (of a ratio: new over old) with an interval that holds at every look.
#[derive(Serialize, ToSchema)]
#[schema(as = Difference)]
pub(super) struct Between {
    difference: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    alpha: f64,
    n: u64,
}

impl Between {
    pub(super) fn of(interval: Option<&Interval>, alpha: f64, n: u64) -> Self {
        let end = |of: fn(&Interval) -> f64| interval.map(of);
        Self { difference: end(|it| it.difference), low: end(|it| it.low), high: end(|it| it.high), alpha, n }
    }
}

/// Evidence of harm, and from where on a gate is lost.
#[derive(Serialize, ToSchema)]
pub(super) struct Evidence {
    pub(super) e: f64,
    pub(super) threshold: f64,
}

impl Evidence {
    pub(super) fn of(gate: &Gate) -> Self {
        Self { e: evidence(gate.ln_evidence), threshold: gate.ln_alarm.exp() }
    }
}

/// Whether the arms get the units that they should.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Mismatch {
    bayes_factor: f64,
    alarm: bool,
    units_in_two_arms: u64,
}

pub(super) fn evidence(ln: f64) -> f64 {
    ln.min(MOST_LN).exp()
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
