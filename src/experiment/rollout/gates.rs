//! The gates of a rollout: evidence against the new arm that is valid at every look.

use std::collections::BTreeMap;

use crate::domain::{Figures, Measured, Share, Step, measure};

use crate::experiment::Experiment;
use crate::experiment::statistics::error_gate::{Failures, ln_evidence};
use crate::experiment::statistics::mismatch::{self, ln_bayes_factor};

/// The evidence of all gates, as natural logarithms; alarm at `ln(1/α)`, of the ratio at `ln 1000`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gates {
    /// That units fail more often.
    pub error: f64,
    /// That answers cannot be used more often.
    pub quality: f64,
    /// That units wait longer than the step's limit more often.
    pub latency: f64,
    /// That the arms do not get the units they should, in the step in force.
    pub mismatch: f64,
    /// Units seen in two arms, in the step in force.
    pub crossed: u64,
}

/// Where the sample ratio alarms.
const MISMATCH_ALARM: f64 = 1000.0;

/// Weighs what was measured.
#[must_use]
pub fn gates(experiment: &Experiment, measured: &Measured, tolerated_ratio: f64) -> Gates {
    let evidence = |name: &str| {
        let steps: Vec<_> = measured.steps.iter().map(|(step, arms)| failures(experiment, step, arms, name)).collect();
        ln_evidence(&steps, tolerated_ratio)
    };
    let (mismatch, crossed) = measured.steps.last().map_or((0.0, 0), |(step, arms)| {
        (sample_ratio(experiment, step.share, arms), arms.values().map(|arm| arm.count(measure::UNITS_CROSSED)).sum())
    });
    Gates {
        error: evidence(measure::UNITS_FAILED),
        quality: evidence(measure::UNITS_UNUSABLE),
        latency: evidence(measure::UNITS_SLOW),
        mismatch,
        crossed,
    }
}

impl Gates {
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
