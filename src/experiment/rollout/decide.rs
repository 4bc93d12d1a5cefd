//! The one decision about a rollout, in its fixed order.

use std::collections::BTreeMap;

use crate::domain::{Action, Decision, Figures, Ground, Measured, Phase, Rollout, Share, measure};
use crate::experiment::{Config, Experiment};

use super::gates::{Gate, Gates, gates, has_control};
use super::health::{Check, Health, checks, overall, yardstick};
use super::{Limits, OnTrouble};

/// What a rollout is decided by.
#[derive(Debug, Clone, Copy)]
pub struct Schedule<'a> {
    /// The declared arms.
    pub experiment: &'a Experiment,
    /// Plans and limits.
    pub limits: &'a Limits,
    /// Whether the environment switches the new arm off.
    pub killed: bool,
}

impl<'a> Schedule<'a> {
    /// The schedule that the settings make.
    #[must_use]
    pub fn new(config: &'a Config, experiment: &'a Experiment) -> Self {
        let killed = experiment.new_arm().is_some_and(|arm| config.switches_off(arm));
        Self { experiment, limits: &config.limits, killed }
    }
}

/// Decides: kill switch, guardrails (at any moment), sample ratio, interval, analysis, data, sample, warning, approval,
/// advance: the first that applies. `measured` is `None` where measuring failed.
///
/// A share that was set by hand never advances, and is guarded as a plan's is.
#[must_use]
pub fn decide(schedule: &Schedule<'_>, rollout: &Rollout, measured: Option<&Measured>, now_ms: i64) -> Decision {
    let sight = Sight::of(schedule, rollout, measured, now_ms);
    let (action, reason) = off(schedule, rollout)
        .or_else(|| sight.guardrail())
        .or_else(|| sight.ratio())
        .or_else(|| (rollout.phase != Phase::Running).then_some((Action::Hold, Ground::NotRunning)))
        .or_else(|| sight.time())
        .or_else(|| sight.data())
        .unwrap_or((Action::Advance, Ground::Healthy));
    Decision { action, reason, figures: sight.figures() }
}

type Verdict = Option<(Action, Ground)>;

/// The kill switch, and what nothing is decided about.
fn off(schedule: &Schedule<'_>, rollout: &Rollout) -> Verdict {
    match rollout.phase {
        Phase::RolledBack => Some((Action::Hold, Ground::RolledBack)),
        Phase::Running | Phase::Paused | Phase::Finished if schedule.killed => {
            Some((Action::RollBack, Ground::KillSwitch))
        }
        // Nobody has the new arm while the switch is off; what was set by hand is in force again after it.
        Phase::Manual if schedule.killed => Some((Action::Hold, Ground::KillSwitch)),
        Phase::Manual | Phase::Running | Phase::Paused | Phase::Finished => None,
    }
}

/// Everything that the rules look at.
struct Sight<'a> {
    schedule: &'a Schedule<'a>,
    rollout: &'a Rollout,
    measured_at_ms: Option<i64>,
    new: Figures,
    old: Figures,
    gates: Option<Gates>,
    checks: Vec<Check>,
    baked_ms: i64,
    bake_ms: i64,
    now_ms: i64,
}

impl<'a> Sight<'a> {
    fn of(schedule: &'a Schedule<'a>, rollout: &'a Rollout, measured: Option<&Measured>, now_ms: i64) -> Self {
        let arms = measured.and_then(|measured| measured.steps.last()).map(|(_, arms)| arms);
        let of = |arm: Option<&crate::experiment::Arm>| {
            arms.zip(arm).and_then(|(arms, arm)| arms.get(&arm.name)).cloned().unwrap_or_default()
        };
        let (new, old) = (of(schedule.experiment.new_arm()), of(schedule.experiment.old_arm()));
        let limits = schedule.limits;
        let checks = checks(limits, &new, yardstick(&old).or(rollout.yardstick));
        let gates = measured.map(|measured| gates(schedule.experiment, measured, limits));
        let bake_ms = limits.plan(rollout.plan).bake_ms(rollout.share());
        let measured_at_ms = measured.map(|measured| measured.at_ms);
        Self {
            schedule,
            rollout,
            measured_at_ms,
            new,
            old,
            gates,
            checks,
            baked_ms: rollout.baked_ms(now_ms),
            bake_ms,
            now_ms,
        }
    }

    /// Lost guardrails roll back at any moment. Without a control the gates are frozen, and absolute limits alone act.
    fn guardrail(&self) -> Verdict {
        if self.rollout.share() == Share::NOBODY {
            return None;
        }
        let gates = self.gates.filter(|_| has_control(self.rollout));
        let lost = gates.and_then(|gates| gates.each().into_iter().find(Gate::is_lost));
        let critical = || (overall(&self.checks) == Health::Critical).then_some(Ground::Critical);
        let ground = lost.map(|gate| gate.ground).or_else(critical)?;
        let left_alone = self.rollout.phase == Phase::Manual && !self.schedule.limits.rollout_guard_manual;
        Some((if left_alone { Action::Hold } else { Action::RollBack }, ground))
    }

    fn ratio(&self) -> Verdict {
        let gates = self.gates.filter(|_| has_control(self.rollout))?;
        let ground = if gates.crossed > 0 {
            Ground::TwoArms
        } else if gates.mismatch_alarms() {
            Ground::SampleRatio
        } else {
            return None;
        };
        match self.schedule.limits.rollout_on_mismatch {
            OnTrouble::Hold => Some((Action::Hold, ground)),
            OnTrouble::RollBack => Some((Action::RollBack, ground)),
            OnTrouble::Warn => None,
        }
    }

    fn time(&self) -> Verdict {
        if self.baked_ms < self.bake_ms {
            return Some((Action::Hold, Ground::Interval));
        }
        let ended_ms = self.now_ms - (self.baked_ms - self.bake_ms);
        let fresh = self.measured_at_ms.is_some_and(|at| at >= ended_ms);
        (!fresh).then_some((Action::Hold, Ground::NoAnalysis))
    }

    fn data(&self) -> Verdict {
        let limits = self.schedule.limits;
        let units = |figures: &Figures| figures.count(measure::UNITS);
        let least = if has_control(self.rollout) { units(&self.new).min(units(&self.old)) } else { units(&self.new) };
        if least == 0 {
            return self.nobody();
        }
        if least < u64::from(limits.rollout_minimum_units) {
            return Some((Action::Hold, Ground::Sample));
        }
        if overall(&self.checks) >= Health::Warning {
            return Some((Action::Hold, Ground::Warning));
        }
        (limits.rollout_approval && !self.rollout.approved).then_some((Action::Hold, Ground::Approval))
    }

    /// Nobody was there: that is neither a pass nor a failure.
    fn nobody(&self) -> Verdict {
        let grace_ms = i64::from(self.schedule.limits.rollout_no_data_hours) * 3_600_000;
        let waits = self.baked_ms - self.bake_ms < grace_ms;
        match self.schedule.limits.rollout_on_no_data {
            OnTrouble::RollBack if !waits => Some((Action::RollBack, Ground::NoData)),
            OnTrouble::Warn if !waits => None,
            OnTrouble::Hold | OnTrouble::RollBack | OnTrouble::Warn => Some((Action::Hold, Ground::NoData)),
        }
    }

    fn figures(&self) -> BTreeMap<String, f64> {
        let mut figures = BTreeMap::new();
        let mut put = |name: &str, value: f64| {
            if value.is_finite() {
                figures.insert(name.to_owned(), value);
            }
        };
        put("percentage", self.rollout.share().percent());
        put("bakedMs", number(self.baked_ms));
        put("bakeMs", number(self.bake_ms));
        for (arm, name) in [(&self.new, "new"), (&self.old, "old")] {
            for measure in [measure::UNITS, measure::UNITS_FAILED, measure::UNITS_UNUSABLE, measure::UNITS_SLOW] {
                put(&format!("{name}.{measure}"), number(arm.sum(measure)));
            }
        }
        for check in &self.checks {
            check.value.into_iter().for_each(|value| put(check.name, value));
            check.bound.into_iter().for_each(|bound| put(&format!("{}.bound", check.name), bound));
        }
        if let Some(gates) = self.gates {
            for gate in gates.each() {
                put(&format!("{}.lnE", gate.name), gate.ln_evidence);
                put(&format!("{}.alarmAt", gate.name), gate.ln_alarm);
            }
            put("lnSampleRatio", gates.mismatch);
        }
        figures
    }
}

#[expect(clippy::cast_precision_loss, reason = "for display")]
fn number(n: i64) -> f64 {
    n as f64
}
