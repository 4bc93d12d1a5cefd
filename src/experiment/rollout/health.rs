//! The new arm against absolute limits. A point estimate alone can only warn; critical is what an always-valid bound
//! has passed, because a healthy arm's estimate crosses any limit at some look.

use crate::domain::{Figures, Yardstick, measure};
use crate::experiment::statistics::sequence::{Sample, at_least};

use super::Limits;
use super::gates::SECONDARY;

/// Units without which nothing is critical.
const UNITS_TO_CONDEMN: u64 = 100;
/// Exposed analyses without which an arm is no yardstick.
const ENOUGH_FOR_YARDSTICK: u64 = 100;

/// How an arm does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Nothing was measured: neither good nor bad.
    NoData,
    /// Within the limits.
    Healthy,
    /// Past a warning limit.
    Warning,
    /// Past a critical limit, beyond doubt.
    Critical,
}

impl Health {
    /// The spelling on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoData => "no-data",
            Self::Healthy => "healthy",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// One figure against its limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Check {
    /// Of what.
    pub name: &'static str,
    /// As measured.
    pub value: Option<f64>,
    /// What it is at least (a success rate: at most), at all times with a probability of 1 − α of all guardrails together.
    pub bound: Option<f64>,
    /// The warning limit.
    pub warning: f64,
    /// The critical limit.
    pub critical: f64,
    /// Analyses it rests on.
    pub n: u64,
    /// What follows.
    pub status: Health,
}

/// All checks of the new arm; `yardstick` is what the old arm did meanwhile, or last.
#[must_use]
pub fn checks(limits: &Limits, new: &Figures, yardstick: Option<Yardstick>) -> Vec<Check> {
    let (n, units) = (new.count(measure::EXPOSED), new.count(measure::UNITS));
    let check = |name, value, bound, [warning, critical]: [f64; 2]| {
        let status = status(value, bound, warning, critical);
        Check { name, value, bound, warning, critical, n, status }
    };
    let alpha = limits.rollout_alpha * SECONDARY;
    let rate = new.ratio(measure::FAILED, measure::EXPOSED);
    // Of the analyses, and of the users too: one who asks a thousand times must not condemn an arm alone.
    let of_users = share_at_least(new.count(measure::UNITS_FAILED), units, units, alpha);
    let errors = share_at_least(new.count(measure::FAILED), n, units, alpha).zip(of_users);
    let errors = errors.map(|(of_analyses, of_users)| of_analyses.min(of_users));
    let error_limits = [limits.rollout_errors_warning_percent, limits.rollout_errors_critical_percent];
    let success_limits = [limits.rollout_success_warning_percent, limits.rollout_success_critical_percent];
    let failing = check("successRate", rate, errors, success_limits.map(|percent| 1.0 - percent / 100.0));
    let mean_limits = [limits.rollout_mean_warning_ms, limits.rollout_mean_critical_ms].map(f64::from);
    let p95_limits = [limits.rollout_p95_warning_ms, limits.rollout_p95_critical_ms].map(f64::from);
    let mean =
        check("meanResponse", new.ratio(measure::MS, measure::EXPOSED), mean_at_least(new, units, alpha), mean_limits);
    let p95_bound = p95_at_least(p95_limits[1], new, units, alpha);
    let p95 = check("p95Response", new.times().quantile(0.95), p95_bound, p95_limits);
    vec![
        check("errorRate", rate, errors, error_limits.map(|percent| percent / 100.0)),
        mirrored(failing),
        excused(mean, yardstick.map(|old| old.mean_ms)),
        excused(p95, yardstick.map(|old| old.p95_ms)),
    ]
}

/// The worst of them; no data where nothing was measured.
#[must_use]
pub fn overall(checks: &[Check]) -> Health {
    checks.iter().map(|check| check.status).max().unwrap_or(Health::NoData)
}

/// What an arm did, if it did enough to measure another by.
#[must_use]
pub fn yardstick(figures: &Figures) -> Option<Yardstick> {
    let enough = figures.count(measure::EXPOSED) >= ENOUGH_FOR_YARDSTICK;
    let mean_ms = figures.ratio(measure::MS, measure::EXPOSED)?;
    let p95_ms = figures.times().quantile(0.95)?;
    enough.then_some(Yardstick { mean_ms, p95_ms })
}

/// The same seen from the other side: failures as successes.
fn mirrored(check: Check) -> Check {
    let other = |share: f64| 1.0 - share;
    Check {
        value: check.value.map(other),
        bound: check.bound.map(other),
        warning: other(check.warning),
        critical: other(check.critical),
        ..check
    }
}

fn status(value: Option<f64>, bound: Option<f64>, warning: f64, critical: f64) -> Health {
    match value {
        None => Health::NoData,
        Some(_) if bound.is_some_and(|bound| bound >= critical) => Health::Critical,
        Some(value) if value > warning => Health::Warning,
        Some(_) => Health::Healthy,
    }
}

/// A limit that the old arm breaks too tells nothing about the new one.
fn excused(check: Check, old: Option<f64>) -> Check {
    let excused = check.status == Health::Critical && old.is_some_and(|old| old > check.critical);
    Check { status: if excused { Health::Warning } else { check.status }, ..check }
}

/// What a share is at least. Analyses of one user are alike, so that it is the units that count as observations.
fn share_at_least(hits: u64, n: u64, units: u64, alpha: f64) -> Option<f64> {
    if units < UNITS_TO_CONDEMN || n == 0 || hits == 0 {
        return None;
    }
    let mean = count(hits) / count(n);
    // One more of each keeps a share of 1 from looking certain.
    let shrunk = (count(hits) + 1.0) / (count(n) + 2.0);
    let variance = (mean * (1.0 - mean)).max(shrunk * (1.0 - shrunk));
    at_least(&Sample { n: count(units), mean, variance }, alpha)
}

fn mean_at_least(new: &Figures, units: u64, alpha: f64) -> Option<f64> {
    let n = new.count(measure::EXPOSED);
    if units < UNITS_TO_CONDEMN || n < 2 {
        return None;
    }
    let sample = Sample::of_sums(n, sum(new, measure::MS), sum(new, measure::MS_SQUARED));
    // Where nothing varies the mean is what it is.
    at_least(&Sample { n: count(units), ..sample }, alpha).or(Some(sample.mean))
}

/// `limit`, where more than 5 % provably take longer: then the 95th percentile is that at least. Only one limit can be
/// asked about without losing the guarantee.
fn p95_at_least(limit: f64, new: &Figures, units: u64, alpha: f64) -> Option<f64> {
    let longer = share_at_least(new.times().longer_than(limit), new.times().count(), units, alpha)?;
    (longer > 0.05).then_some(limit)
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls stay far below 2^53")]
fn count(n: u64) -> f64 {
    n as f64
}

#[expect(clippy::cast_precision_loss, reason = "sums of milliseconds lose nothing that counts")]
fn sum(figures: &Figures, name: &str) -> f64 {
    figures.sum(name) as f64
}
