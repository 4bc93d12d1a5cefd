//! The rollout: changed, led, in force.

use super::super::instruments;
use super::number;
use crate::domain::{AnalysisId, Phase, Rollout};

/// The rollout was changed, by a person, the environment or its leader.
pub fn rollout_changed(who: &str, why: &str, action: &str, after: &Rollout) {
    let (percentage, phase) = (after.share().percent(), after.phase.as_str());
    tracing::info!(
        who,
        why,
        action,
        experiment = after.experiment,
        version = after.version,
        percentage,
        phase,
        "rollout {phase} at {percentage} %: {action} by {who}"
    );
}

/// This state of the rollout is in force here from now on; `None` where there is none.
pub fn rollout_in_force(rollout: Option<&Rollout>) {
    let instruments = instruments::get();
    instruments.rollout_percentage.set(rollout.map_or(0.0, |rollout| rollout.share().percent()), []);
    let stage = rollout.map_or(0, |rollout| rollout.earlier.len() as u64 + 1);
    instruments.rollout_stage.set(number(stage), []);
    for phase in Phase::ALL {
        let is = rollout.is_some_and(|rollout| rollout.phase == phase);
        instruments.rollout_phase.set(f64::from(u8::from(is)), [phase.as_str().into()]);
    }
}

/// Pictures were shown to the other arm of an experiment too.
pub fn shadow_recorded(id: AnalysisId, assigned: &str, other: &str) {
    tracing::info!(analysis_id = %id, assigned, other, "{other} read the pictures of {assigned} for comparison");
}

/// Pictures that were drawn for a comparison were not shown to the other arm.
pub fn shadow_dropped(why: &'static str) {
    tracing::debug!(why, "a reading for comparison was dropped: {why}");
}

/// A guardrail is lost under a share that was set by hand, and settings leave it alone.
pub fn rollout_unguarded(experiment: &str, percentage: f64, guardrail: &'static str) {
    tracing::warn!(
        experiment,
        percentage,
        guardrail,
        "{guardrail} is lost at {percentage} %, and ROLLOUT_GUARD_MANUAL=false"
    );
}

/// This instance leads the rollout from now on.
pub fn rollout_led(holder: &str) {
    tracing::info!(holder, "this instance leads the rollout");
}
