//! `/rollout`: where it stands, what it rests on, and changing it. Only the service moves percentages; scripts ask and
//! watch.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Service;
use super::admin::{is_admin, require};
use super::error::{Code, Problem};
use super::intake;
use super::moments::moment;
use crate::domain::{Figures, Phase, PlanName, Rollout, Share, UserId, measure};
use crate::experiment::rollout::{Check, Command, Gate, Health, checks, gates, has_control, overall, yardstick};
use crate::pipeline::{Order, Refusal, steer};
use crate::store::Logged;

/// Lines of the log that are shown.
const HISTORY: u32 = 50;
/// Longest reason, bytes.
const MAX_REASON_BYTES: usize = 500;

/// Body of a change.
#[derive(Debug, Default, Deserialize)]
pub struct Wish {
    percentage: Option<f64>,
    plan: Option<PlanName>,
    to: Option<f64>,
    reason: Option<String>,
    version: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Standing<'a> {
    current_percentage: f64,
    enabled: bool,
    state: &'static str,
    step: usize,
    plan: Option<PlanName>,
    started_at: Option<String>,
    version: i64,
    arms: Vec<&'a str>,
    total_requests: u64,
    avg_response_time: Option<f64>,
    last_decision: Value,
    history: Vec<Value>,
}

/// `GET /rollout`.
///
/// # Errors
/// Those of an admin route, `STORE_UNAVAILABLE`.
pub async fn standing(request: HttpRequest, service: web::Data<Service>) -> Result<HttpResponse, Problem> {
    admin(&request, &service)?;
    let stored = service.store.rollout(&service.pipeline.choice().experiment().key).await?.0;
    answer(&service, stored).await
}

/// `PUT /rollout`: sets the percentage by hand.
///
/// # Errors
/// Those of an admin route and of a small document, `STALE_VERSION`, `STORE_UNAVAILABLE`.
pub async fn set(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    admin(&request, &service)?;
    let wish: Wish = intake::document(&service, &request, payload).await?;
    let share = share_of(wish.percentage, "percentage")?.ok_or_else(|| wrong("percentage"))?;
    change(&service, Command::Set(share), &wish).await
}

/// `POST /rollout/{start,pause,resume,approve,promote,rollback}`; the body may be left out.
///
/// # Errors
/// As [`set`]; `NOT_FOUND` for another word.
pub async fn command(
    request: HttpRequest,
    word: web::Path<String>,
    payload: web::Payload,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    admin(&request, &service)?;
    let wish: Wish = intake::document_if_any(&service, &request, payload).await?;
    let command = match word.as_str() {
        "start" => Command::Start(wish.plan.unwrap_or(PlanName::Standard)),
        "pause" => Command::Pause,
        "resume" => Command::Resume,
        "approve" => Command::Approve,
        "promote" => Command::Promote(share_of(wish.to, "to")?),
        "rollback" => Command::RollBack,
        _ => return Err(Problem::new(Code::NotFound)),
    };
    change(&service, command, &wish).await
}

/// `GET /rollout/health`: the new arm of the step in force against the limits, and the gates while there is a control.
///
/// # Errors
/// As [`standing`].
pub async fn health(request: HttpRequest, service: web::Data<Service>) -> Result<HttpResponse, Problem> {
    admin(&request, &service)?;
    let choice = service.pipeline.choice();
    let (experiment, limits) = (choice.experiment(), &choice.config().limits);
    let Some(rollout) = service.store.rollout(&experiment.key).await?.0 else {
        return Ok(HttpResponse::Ok().json(json!({"status": "no-data", "checks": []})));
    };
    let measured = service.store.measure(&rollout.experiment, &rollout.steps()).await?;
    let arms = measured.steps.last().map(|(_, arms)| arms);
    let of = |arm: Option<&crate::experiment::Arm>| -> Figures {
        arms.zip(arm).and_then(|(arms, arm)| arms.get(&arm.name)).cloned().unwrap_or_default()
    };
    let (new, old) = (of(experiment.new_arm()), of(experiment.old_arm()));
    let checks = checks(limits, &new, yardstick(&old).or(rollout.yardstick));
    let mut status = overall(&checks);
    let mut written: Vec<_> = checks.iter().map(check).collect();
    if has_control(&rollout) && status > Health::NoData {
        let units = new.count(measure::UNITS) + old.count(measure::UNITS);
        for gate in gates(experiment, &measured, limits).each() {
            let health = if gate.is_lost() { Health::Critical } else { Health::Healthy };
            status = status.max(health);
            written.push(guard(&gate, health, units));
        }
    }
    Ok(HttpResponse::Ok().json(json!({"status": status.as_str(), "checks": written})))
}

/// Query of an explanation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Who {
    user_id: String,
}

/// `GET /rollout/explain?userId=`: arm, bucket and rule.
///
/// # Errors
/// Those of an admin route, `INVALID_CONTENT_FORMAT`.
pub async fn explain(
    request: HttpRequest,
    who: Result<web::Query<Who>, actix_web::Error>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    admin(&request, &service)?;
    let who = who.map_err(|_| wrong("userId"))?;
    let user = UserId::parse(&who.user_id).map_err(|_| wrong("userId"))?;
    let (assignment, because) = service.pipeline.explain(&user)?;
    Ok(HttpResponse::Ok().json(json!({
        "arm": assignment.arm_name(),
        "provider": assignment.arm.as_str(),
        "bucket": assignment.bucket,
        "experiment": assignment.experiment,
        "rule": assignment.reason.as_str(),
        "because": because,
    })))
}

/// Lets an admin pass, however often they ask: nobody who rolls back at night is told to wait. Whoever guesses is counted.
pub(super) fn admin(request: &HttpRequest, service: &Service) -> Result<(), Problem> {
    if !is_admin(request, &service.config) {
        service.limits.request(request)?;
    }
    require(request, &service.config)
}

async fn change(service: &Service, command: Command, wish: &Wish) -> Result<HttpResponse, Problem> {
    let why = wish.reason.as_deref().unwrap_or_default();
    if why.len() > MAX_REASON_BYTES {
        return Err(wrong("reason"));
    }
    let order = Order { command, who: "admin", why, version: wish.version };
    let after = steer(&service.store, service.pipeline.choice(), &order).await?;
    answer(service, Some(after)).await
}

async fn answer(service: &Service, stored: Option<Rollout>) -> Result<HttpResponse, Problem> {
    let choice = service.pipeline.choice();
    let experiment = choice.experiment();
    let log = service.store.rollout_log(&experiment.key, HISTORY).await?;
    let in_step = match &stored {
        Some(rollout) => service.store.measure(&experiment.key, std::slice::from_ref(&rollout.step)).await?.steps,
        None => Vec::new(),
    };
    let mut all = Figures::default();
    in_step.iter().flat_map(|(_, arms)| arms.values()).for_each(|arm| all.merge(arm));
    let phase = stored.as_ref().map(|rollout| rollout.phase);
    let config = choice.config();
    let unstored = || if config.wants_rollout() { config.gemini_rollout_percentage } else { None }.unwrap_or_default();
    let share = stored.as_ref().map_or_else(unstored, Rollout::share);
    let reached = |rollout: &Rollout| config.limits.plan(rollout.plan).reached(rollout.share());
    let last = log.iter().find_map(|line| line.decision.as_ref());
    let standing = Standing {
        current_percentage: share.percent(),
        enabled: !choice.schedule().killed && phase != Some(Phase::RolledBack),
        state: phase.map_or("none", Phase::as_str),
        step: stored.as_ref().map_or(0, reached),
        plan: stored.as_ref().filter(|rollout| rollout.started_at_ms.is_some()).map(|rollout| rollout.plan),
        started_at: stored.as_ref().and_then(|rollout| rollout.started_at_ms).and_then(moment),
        version: stored.as_ref().map_or(0, |rollout| rollout.version),
        arms: experiment.arms.iter().map(|arm| arm.name.as_str()).collect(),
        total_requests: all.count(measure::REQUESTS),
        avg_response_time: all.ratio(measure::MS, measure::EXPOSED),
        last_decision: json!(last),
        history: log.iter().map(line).collect(),
    };
    Ok(HttpResponse::Ok().json(standing))
}

fn line(logged: &Logged) -> Value {
    let percentage = |rollout: &Option<Rollout>| rollout.as_ref().map(|rollout| rollout.share().percent());
    json!({
        "at": moment(logged.at_ms),
        "who": logged.who,
        "why": logged.why,
        "action": logged.action,
        "version": logged.version,
        "before": percentage(&logged.before),
        "after": percentage(&logged.after),
        "state": logged.after.as_ref().map(|rollout| rollout.phase.as_str()),
        "decision": logged.decision,
    })
}

fn check(check: &Check) -> Value {
    let Check { name, value, bound, warning, critical, n, status } = check;
    json!({"name": name, "value": value, "bound": bound, "warning": warning, "critical": critical, "n": n,
        "status": status.as_str()})
}

/// The evidence of a gate as a check: it knows no warning.
fn guard(gate: &Gate, health: Health, units: u64) -> Value {
    let told = super::comparison::gate(gate);
    json!({"name": gate.name, "value": told["e"], "bound": null, "warning": null, "critical": told["threshold"],
        "n": units, "status": health.as_str()})
}

fn share_of(percent: Option<f64>, field: &str) -> Result<Option<Share>, Problem> {
    percent.map(Share::of_percent).transpose().map_err(|_| wrong(field))
}

fn wrong(field: &str) -> Problem {
    Problem::about(Code::InvalidContentFormat, field)
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Stale => Self::new(Code::StaleVersion),
            Refusal::Store(error) => error.into(),
        }
    }
}
