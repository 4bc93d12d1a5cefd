//! The rollout: changed, led, in force.

use super::super::instruments;
use super::number;
use crate::domain::{Phase, Rollout};

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

/// This instance leads the rollout from now on.
pub fn rollout_led(holder: &str) {
    tracing::info!(holder, "this instance leads the rollout");
}
