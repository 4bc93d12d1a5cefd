//! The gates of a rollout: evidence against the new arm that is valid at every look.

use std::collections::BTreeMap;

use crate::domain::{Figures, Ground, Measured, Rollout, Share, Step, measure};

use super::Limits;
use crate::experiment::Experiment;
use crate::experiment::statistics::error_gate::{Failures, ln_evidence};
use crate::experiment::statistics::mismatch::{self, ln_bayes_factor};

/// The part of α that the error gate may use. It is the primary one: with it, eight failures against none still alarm at
/// α = 1 % (their evidence is 108.48).
const PRIMARY: f64 = 0.925;
/// The part of α of each other guardrail: two gates and three absolute limits. With the primary's they add up to 1, so
/// that all together condemn a healthy arm with a probability of at most α (by the union bound, however they depend).
pub(super) const SECONDARY: f64 = 0.015;

/// Evidence, and where it alarms; both as natural logarithms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// What it is told as.
    pub name: &'static str,
    /// What a roll-back that it causes is told as.
    pub ground: Ground,
    /// The evidence so far.
    pub ln_evidence: f64,
    /// From where on it is lost.
    pub ln_alarm: f64,
}

/// The evidence of all gates; the ratio alarms at `ln 1000`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gates {
    /// That units fail more often.
    pub error: Gate,
    /// That answers cannot be used more often.
    pub quality: Gate,
    /// That units wait longer than the step's limit more often.
    pub latency: Gate,
    /// That the arms do not get the units they should, in the step in force.
    pub mismatch: f64,
    /// Units seen in two arms, in the step in force.
    pub crossed: u64,
}

/// Where the sample ratio alarms.
const MISMATCH_ALARM: f64 = 1000.0;

/// Weighs what was measured.
#[must_use]
pub fn gates(experiment: &Experiment, measured: &Measured, limits: &Limits) -> Gates {
    let gate = |name, ground, counted, part: f64| {
        let steps: Vec<_> =
            measured.steps.iter().map(|(step, arms)| failures(experiment, step, arms, counted)).collect();
        let ln_evidence = ln_evidence(&steps, limits.rollout_tolerated_ratio);
        Gate { name, ground, ln_evidence, ln_alarm: -(limits.rollout_alpha * part).ln() }
    };
    let (mismatch, crossed) = measured.steps.last().map_or((0.0, 0), |(step, arms)| {
        (sample_ratio(experiment, step.share, arms), arms.values().map(|arm| arm.count(measure::UNITS_CROSSED)).sum())
    });
    Gates {
        error: gate("errorGate", Ground::ErrorGate, measure::UNITS_FAILED, PRIMARY),
        quality: gate("qualityGate", Ground::QualityGate, measure::UNITS_UNUSABLE, SECONDARY),
        latency: gate("latencyGate", Ground::LatencyGate, measure::UNITS_SLOW, SECONDARY),
        mismatch,
        crossed,
    }
}

/// Whether there are two arms to compare: at 0 and at 100 % the gates are frozen.
#[must_use]
pub fn has_control(rollout: &Rollout) -> bool {
    rollout.share() > Share::NOBODY && rollout.share() < Share::EVERYBODY
}

impl Gate {
    /// Whether the evidence is beyond doubt.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.ln_evidence >= self.ln_alarm
    }
}

impl Gates {
    /// All three, the primary one first.
    #[must_use]
    pub fn each(&self) -> [Gate; 3] {
        [self.error, self.quality, self.latency]
    }

    /// Whether the sample ratio alarms.
    #[must_use]
    pub fn mismatch_alarms(&self) -> bool {
        self.mismatch >= MISMATCH_ALARM.ln()
    }
}

fn failures(experiment: &Experiment, step: &Step, arms: &BTreeMap<String, Figures>, name: &str) -> Failures {
    let count = |arm: Option<&crate::experiment::Arm>| {
        arm.and_then(|arm| arms.get(&arm.name)).map_or(0, |figures| figures.count(name))
    };
    Failures {
        share: experiment.compared_share(step.share.fraction()),
        old: count(experiment.old_arm()),
        new: count(experiment.new_arm()),
    }
}

/// Nothing is expected of the ratio while one arm has everybody.
fn sample_ratio(experiment: &Experiment, share: Share, arms: &BTreeMap<String, Figures>) -> f64 {
    if share == Share::NOBODY || share == Share::EVERYBODY {
        return 0.0;
    }
    let weights: f64 = experiment.arms.iter().skip(1).map(|arm| f64::from(arm.weight)).sum();
    let expected = |(at, arm): (usize, &crate::experiment::Arm)| {
        let old = (1.0 - share.fraction()) * f64::from(arm.weight) / weights;
        mismatch::Arm {
            units: arms.get(&arm.name).map_or(0, |figures| figures.count(measure::UNITS)),
            share: if at == 0 { share.fraction() } else { old },
        }
    };
    ln_bayes_factor(&experiment.arms.iter().enumerate().map(expected).collect::<Vec<_>>())
}
