//! Changing the rollout: read, apply, compare and set, log. The one way for people, the environment and the leader.

use crate::domain::{Decision, Rollout, Yardstick, measure};
use crate::experiment::rollout::{Command, apply, follow_environment, yardstick};
use crate::store::{self, Lease, LogEntry, Store};
use crate::telemetry::events;

use super::Choice;

/// How often a change is tried again that someone else's overtook.
const TRIES: usize = 5;

/// A change, and for the log who makes it and why.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The change.
    pub command: Command,
    /// Who.
    pub who: &'a str,
    /// Why, in their words.
    pub why: &'a str,
    /// The version it must follow upon, where it matters.
    pub version: Option<i64>,
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The state is another than the one that was known.
    #[error("the rollout has changed meanwhile")]
    Stale,
    /// The store's.
    #[error("the rollout cannot be changed")]
    Store(#[from] store::Error),
}

/// Changes the rollout; in force here at once, on other machines when they look next.
///
/// # Errors
/// [`Refusal::Stale`] when the version is another, or others kept changing it; [`Refusal::Store`].
pub async fn steer(store: &Store, choice: &Choice, order: &Order<'_>) -> Result<Rollout, Refusal> {
    for _ in 0..TRIES {
        let (before, now_ms) = store.rollout(&choice.experiment().key).await?;
        let version = before.as_ref().map_or(0, |rollout| rollout.version);
        if order.version.is_some_and(|known| known != version) {
            return Err(Refusal::Stale);
        }
        let old = old_arm(store, choice, before.as_ref()).await?;
        if let Some(after) = change(store, choice, before.as_ref(), (order, None, None), old, now_ms).await? {
            return Ok(after);
        }
    }
    Err(Refusal::Stale)
}

/// Reads the state and lets this instance follow it. `at_start`, a percentage in the environment that is new since the
/// last start is an instruction; it is carried out and logged.
///
/// # Errors
/// The store's.
pub async fn follow(store: &Store, choice: &Choice, at_start: bool) -> Result<(), Refusal> {
    let (stored, _) = store.rollout(&choice.experiment().key).await?;
    let command = if at_start { follow_environment(choice.config(), stored.as_ref()) } else { None };
    match command {
        Some(command) => {
            let why = "GEMINI_ROLLOUT_PERCENTAGE at start";
            steer(store, choice, &Order { command, who: "env", why, version: None }).await?;
        }
        None => choice.follow(stored),
    }
    Ok(())
}

/// Carries out what the leader decided; `false` when someone else was faster or the lease is gone.
///
/// # Errors
/// The store's.
pub async fn carry_out(
    store: &Store,
    choice: &Choice,
    before: &Rollout,
    (command, decision): (Command, &Decision),
    old: Option<Yardstick>,
    lease: &Lease,
    now_ms: i64,
) -> Result<bool, Refusal> {
    let order = Order { command, who: "leader", why: "decided", version: None };
    let changed = change(store, choice, Some(before), (&order, Some(decision), Some(lease)), old, now_ms).await?;
    Ok(changed.is_some())
}

async fn change(
    store: &Store,
    choice: &Choice,
    before: Option<&Rollout>,
    (order, decision, lease): (&Order<'_>, Option<&Decision>, Option<&Lease>),
    old: Option<Yardstick>,
    now_ms: i64,
) -> Result<Option<Rollout>, store::Error> {
    let config = choice.config();
    let mut after = apply(&config.limits, &choice.experiment().key, before, order.command, old, now_ms);
    // What the environment said all along is no instruction at the next start.
    after.environment = after.environment.or(config.gemini_rollout_percentage);
    let entry = LogEntry { who: order.who, why: order.why, action: order.command.as_str(), decision };
    if !store.change_rollout(before, &after, &entry, lease).await? {
        return Ok(None);
    }
    events::rollout_changed(entry.who, entry.why, entry.action, &after);
    choice.follow(Some(after.clone()));
    Ok(Some(after))
}

/// What the old arm did in the step in force: the next step is measured by it.
async fn old_arm(store: &Store, choice: &Choice, rollout: Option<&Rollout>) -> Result<Option<Yardstick>, store::Error> {
    let (Some(rollout), Some(arm)) = (rollout, choice.experiment().old_arm()) else { return Ok(None) };
    let measured = store.measure(&rollout.experiment, std::slice::from_ref(&rollout.step)).await?;
    let figures = measured.steps.first().and_then(|(_, arms)| arms.get(&arm.name));
    Ok(figures.filter(|figures| figures.count(measure::UNITS) > 0).and_then(yardstick))
}
