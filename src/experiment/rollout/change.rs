//! What may be changed about a rollout, each as a function from one state to the next.

use crate::domain::{Phase, PlanName, Rollout, Share, Step, Yardstick};
use crate::experiment::{Config, bucket};

use super::{Limits, OBJECTIVE_MS};

/// A change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Command {
    /// Set the share by hand; a running plan pauses, and what was rolled back is no longer.
    Set(Share),
    /// Follow the percentage that the environment now gives.
    Environment(Share),
    /// Begin a plan at its first step.
    Start(PlanName),
    /// Stay at the step.
    Pause,
    /// Go on.
    Resume,
    /// Let the step end once the rest is well.
    Approve,
    /// Go to the next step now, or to a share that the plan has or not.
    Promote(Option<Share>),
    /// Give the new arm nothing.
    RollBack,
}

impl Command {
    /// Its name in the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Set(_) => "set",
            Self::Environment(_) => "environment",
            Self::Start(_) => "start",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Approve => "approve",
            Self::Promote(_) => "promote",
            Self::RollBack => "rollback",
        }
    }
}

/// The next state: one version further. A command that fits no longer (resume what is not paused) changes nothing else.
#[must_use]
pub fn apply(
    limits: &Limits,
    experiment: &str,
    current: Option<&Rollout>,
    command: Command,
    yardstick: Option<Yardstick>,
    now_ms: i64,
) -> Rollout {
    let mut next = current.cloned().unwrap_or_else(|| fresh(experiment, now_ms));
    next.version += 1;
    next.yardstick = yardstick.or(next.yardstick);
    match command {
        Command::Set(share) => next.set_by_hand(share, now_ms),
        Command::Environment(share) => {
            next.environment = Some(share);
            next.set_by_hand(share, now_ms);
        }
        Command::Start(plan) => next.start(limits, plan, now_ms),
        Command::Pause if next.phase == Phase::Running => next.halt(Phase::Paused, now_ms),
        Command::Resume if next.phase == Phase::Paused => next.go_on(now_ms),
        Command::Approve => next.approved = true,
        Command::Promote(to) if next.phase != Phase::RolledBack => next.promote(limits, to, now_ms),
        Command::RollBack if next.phase != Phase::RolledBack => {
            next.step_to(Share::NOBODY, now_ms);
            next.halt(Phase::RolledBack, now_ms);
        }
        Command::Pause | Command::Resume | Command::Promote(_) | Command::RollBack => {}
    }
    next
}

/// What the environment asks for at start: a percentage other than the one it gave before is an instruction and counts
/// as the newest; the same one, or none, changes nothing.
#[must_use]
pub fn follow_environment(config: &Config, current: Option<&Rollout>) -> Option<Command> {
    let given = config.gemini_rollout_percentage;
    match current {
        None => config.wants_rollout().then(|| Command::Environment(given.unwrap_or_default())),
        Some(rollout) => given.filter(|share| rollout.environment != Some(*share)).map(Command::Environment),
    }
}

fn fresh(experiment: &str, now_ms: i64) -> Rollout {
    Rollout {
        experiment: experiment.to_owned(),
        algorithm: bucket::ALGORITHM.to_owned(),
        version: 0,
        phase: Phase::Manual,
        plan: PlanName::Standard,
        step: Step { number: 1, share: Share::NOBODY, began_at_ms: now_ms, slow_after_ms: OBJECTIVE_MS },
        earlier: Vec::new(),
        started_at_ms: None,
        baked_ms: 0,
        baking_since_ms: None,
        approved: false,
        yardstick: None,
        environment: None,
    }
}

impl Rollout {
    fn set_by_hand(&mut self, share: Share, now_ms: i64) {
        let follows = matches!(self.phase, Phase::Running | Phase::Paused);
        if share != self.share() {
            self.step_to(share, now_ms);
        }
        if !follows {
            self.earlier.clear();
        }
        self.halt(if follows { Phase::Paused } else { Phase::Manual }, now_ms);
    }

    fn start(&mut self, limits: &Limits, plan: PlanName, now_ms: i64) {
        let first = limits.plan(plan).next(Share::NOBODY).unwrap_or_default();
        self.step_to(first, now_ms);
        self.earlier.clear();
        self.plan = plan;
        self.started_at_ms = Some(now_ms);
        self.go_on(now_ms);
    }

    fn promote(&mut self, limits: &Limits, to: Option<Share>, now_ms: i64) {
        match to.or_else(|| limits.plan(self.plan).next(self.share())) {
            Some(share) if share != self.share() => self.step_to(share, now_ms),
            Some(_) => {}
            None => self.halt(Phase::Finished, now_ms),
        }
    }

    /// A step of its own for each share: what units did before is not counted with what they do now.
    fn step_to(&mut self, share: Share, now_ms: i64) {
        let slow_after_ms = self.yardstick.map_or(OBJECTIVE_MS, |old| whole(old.p95_ms));
        let step = Step { number: self.step.number + 1, share, began_at_ms: now_ms, slow_after_ms };
        self.earlier.push(std::mem::replace(&mut self.step, step));
        self.baked_ms = 0;
        self.baking_since_ms = self.baking_since_ms.map(|_| now_ms);
        self.approved = false;
    }

    fn halt(&mut self, phase: Phase, now_ms: i64) {
        self.baked_ms = self.baked_ms(now_ms);
        self.baking_since_ms = None;
        self.phase = phase;
    }

    fn go_on(&mut self, now_ms: i64) {
        self.phase = Phase::Running;
        self.baking_since_ms = Some(now_ms);
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time in milliseconds, at least 1")]
fn whole(ms: f64) -> u32 {
    ms.max(1.0).round() as u32
}
