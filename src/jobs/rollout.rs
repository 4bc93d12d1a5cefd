//! The rollout's two loops: every instance follows the stored state; one of them, the leader, moves it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::domain::{Action, Decision, Ground, Measured, Phase, Rollout, Share, Yardstick};
use crate::experiment::rollout::{Command, decide, yardstick};
use crate::pipeline::{Choice, Refusal, carry_out, follow};
use crate::store::{Lease, LogEntry, Store};
use crate::telemetry::events;

/// How often the state is read, beside whenever PostgreSQL hints at a change: what is changed on one machine is in force on all within 5 s.
const FOLLOW_EVERY: Duration = Duration::from_secs(2);
/// How often the leader decides.
const LEAD_EVERY: Duration = Duration::from_secs(2);
/// How long a leader that is gone keeps others from leading, milliseconds.
const LEASE_MS: i64 = 10_000;
/// The lease's name.
const LEASE: &str = "rollout";

/// Follows until told to stop. `read` says whether the state was read once already.
pub(super) async fn follow_state(store: Arc<Store>, choice: Arc<Choice>, read: bool, stop: CancellationToken) {
    let mut tick = interval(FOLLOW_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut at_start, mut failing) = (!read, false);
    let mut hints = store.hints();
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = hints.next() => {}
            () = stop.cancelled() => return,
        }
        match follow(&store, &choice, at_start).await {
            Ok(()) => (at_start, failing) = (false, false),
            // Said once an outage; the last known state stays in force.
            Err(error) if !failing => {
                events::background_failed("following the rollout", &error);
                failing = true;
            }
            Err(_still_failing) => {}
        }
    }
}

/// Leads whenever there is something to decide and nobody else does.
pub(super) async fn lead(store: Arc<Store>, choice: Arc<Choice>, holder: String, stop: CancellationToken) {
    let mut tick = interval(LEAD_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut leader = Leader { store, choice, holder, lease: None, said: None };
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.cancelled() => break,
        }
        // While the database is down no step is taken, and no lease is held. That it is down is said by who follows.
        if let Err(error) = leader.turn().await {
            leader.lease = None;
            if !matches!(&error, Refusal::Store(cause) if cause.try_later()) {
                events::background_failed("leading the rollout", &error);
            }
        }
    }
    leader.step_down().await;
}

struct Leader {
    store: Arc<Store>,
    choice: Arc<Choice>,
    holder: String,
    lease: Option<Lease>,
    /// What was logged last, so that a hold is logged once and not every two seconds.
    said: Option<(i64, Action, Ground)>,
}

impl Leader {
    async fn turn(&mut self) -> Result<(), Refusal> {
        if !self.choice.rollout().is_some_and(|rollout| is_decided_about(&rollout)) {
            self.step_down().await;
            return Ok(());
        }
        let lease = self.store.lease(LEASE, &self.holder, LEASE_MS).await?;
        if lease.is_some() && self.lease != lease {
            events::rollout_led(&self.holder);
            self.said = None;
        }
        self.lease.clone_from(&lease);
        let Some(lease) = lease else { return Ok(()) };
        let (stored, now_ms) = self.store.rollout(&self.choice.experiment().key).await?;
        match stored {
            Some(rollout) if is_decided_about(&rollout) => self.decide(&rollout, &lease, now_ms).await,
            _ => Ok(()),
        }
    }

    async fn step_down(&mut self) {
        if let Some(lease) = self.lease.take() {
            let _expires_by_itself = self.store.release(&lease).await;
        }
    }

    async fn decide(&mut self, rollout: &Rollout, lease: &Lease, now_ms: i64) -> Result<(), Refusal> {
        let measured = self.store.measure(&rollout.experiment, &rollout.steps()).await?;
        let decision = decide(&self.choice.schedule(), rollout, Some(&measured), now_ms);
        let command = match decision.action {
            Action::Hold => return self.say(rollout, &decision, lease).await,
            Action::Advance => Command::Promote(None),
            Action::RollBack => Command::RollBack,
        };
        let old = self.old_arm(&measured);
        carry_out(&self.store, &self.choice, rollout, (command, &decision), old, lease, now_ms).await?;
        Ok(())
    }

    async fn say(&mut self, rollout: &Rollout, decision: &Decision, lease: &Lease) -> Result<(), Refusal> {
        // That a share which was set by hand goes no further by itself is no news.
        if rollout.phase == Phase::Manual && decision.reason == Ground::NotRunning {
            return Ok(());
        }
        let saying = (rollout.version, decision.action, decision.reason);
        if self.said != Some(saying) {
            let entry = LogEntry { who: "leader", why: "decided", action: "decide", decision: Some(decision) };
            self.store.log_decision(rollout, &entry, lease).await?;
            if rollout.phase == Phase::Manual && decision.reason.is_guardrail() {
                events::rollout_unguarded(&rollout.experiment, rollout.share().percent(), decision.reason.as_str());
            }
            self.said = Some(saying);
        }
        Ok(())
    }

    fn old_arm(&self, measured: &Measured) -> Option<Yardstick> {
        let arm = self.choice.experiment().old_arm()?;
        measured.steps.last().and_then(|(_, arms)| arms.get(&arm.name)).and_then(yardstick)
    }
}

/// A plan that is finished is still watched, and so is a share that was set by hand, as long as someone is in it.
fn is_decided_about(rollout: &Rollout) -> bool {
    match rollout.phase {
        Phase::Running | Phase::Paused | Phase::Finished => true,
        Phase::Manual => rollout.share() > Share::NOBODY,
        Phase::RolledBack => false,
    }
}
