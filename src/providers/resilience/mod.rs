//! One arm, called so that nothing it does can hurt us: a circuit breaker before it, retries that honour its word, a
//! second call beside one that is unusually slow (where that is switched on), and one deadline over all of it.

mod breaker;
mod pace;
mod retry;

use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

pub use breaker::Limits;

use super::attempt::{Attempt, attempt, given_up, not_tried};
use super::call::{Answered, Call, CallFailure};
use super::purse::{Hold, Purse};
use super::remote::Remote;
use super::{Error, config::Config};
use crate::domain::{CallOutcome, CallRole, NanoUsd, ProviderCall, Reading};
use crate::telemetry::events;
use breaker::{Breaker, Pass};
use pace::Pace;

/// How much is put into one call.
#[derive(Debug, Clone, Copy)]
pub struct Persistence {
    /// Attempts after the first.
    pub retries: u32,
    /// Whether a slow call gets a second one beside it.
    pub hedges: bool,
}

/// A remote reader behind its breaker.
#[derive(Debug)]
pub struct Arm {
    pub remote: Remote,
    breaker: Breaker,
    purse: Purse,
    pace: Mutex<Pace>,
    persistence: Persistence,
}

/// What is called, for whom and until when.
#[derive(Debug, Clone, Copy)]
pub struct Errand<'a> {
    pub call: &'a Call,
    /// The role of the first attempt.
    pub role: CallRole,
    /// The wall clock when it began, UTC milliseconds.
    pub now_ms: i64,
    pub began: Instant,
    pub deadline: Instant,
}

/// How one attempt, or two beside each other, went.
struct Tried {
    result: Result<Answered, CallFailure>,
    /// The last one is that which decided.
    rows: Vec<ProviderCall>,
    /// What the purse pays.
    charge: NanoUsd,
}

impl Tried {
    fn one(Attempt { result, row, charge }: Attempt) -> Self {
        Self { result, rows: vec![row], charge }
    }

    /// The second decides, and the first ended before it.
    fn after(self, earlier: ProviderCall, charge: NanoUsd) -> Self {
        let rows = [vec![earlier], self.rows].concat();
        Self { result: self.result, rows, charge: NanoUsd(self.charge.0.saturating_add(charge.0)) }
    }
}

impl Arm {
    /// Puts `remote` behind a closed breaker; its attempts are paid from `purse`.
    pub fn new(remote: Remote, purse: Purse, config: &Config) -> Self {
        events::reader_set_up(remote.name(), remote.model());
        let breaker = Breaker::new(remote.name(), config.limits());
        Self { remote, breaker, purse, pace: Mutex::default(), persistence: config.persistence() }
    }

    /// The row of a call that would be refused now, if it would.
    pub fn refusal(&self, role: CallRole, now_ms: i64) -> Option<ProviderCall> {
        let open = self.breaker.is_open(Instant::now());
        open.then(|| not_tried(&self.remote, role, now_ms, CallOutcome::BreakerOpen))
    }

    /// Attempts the call until it gives a reading, is no use any more, or the deadline passes. One row an attempt, or
    /// one that says why there was none.
    pub async fn run(&self, errand: Errand<'_>) -> (Result<Reading, Error>, Vec<ProviderCall>) {
        let mut rows = Vec::new();
        let mut last = None;
        for made in 0..=self.persistence.retries {
            let why_not = |error: Error| last.unwrap_or(error);
            let Some(pass) = self.breaker.enter(Instant::now()) else {
                rows.extend(self.not_begun(&rows, errand, CallOutcome::BreakerOpen));
                return (Err(why_not(Error::CircuitOpen)), rows);
            };
            let Some(hold) = self.pay(errand).await else {
                rows.extend(self.not_begun(&rows, errand, CallOutcome::Budget));
                return (Err(why_not(Error::BudgetSpent)), rows);
            };
            // Whatever is done for comparison alone is no attempt of the user's.
            let again = if errand.role == CallRole::Shadow { CallRole::Shadow } else { CallRole::Retry };
            let role = if made == 0 { errand.role } else { again };
            let tried = self.attempt(Errand { role, ..errand }, pass).await;
            hold.settle(tried.charge);
            rows.extend(tried.rows);
            let failure = match tried.result {
                Ok(answered) => return (Ok(answered.reading), rows),
                Err(failure) => failure,
            };
            last = Some(failure.kind.into());
            let left = errand.deadline.saturating_duration_since(Instant::now());
            match retry::wait(&failure, made, left, rand::random()) {
                Some(wait) if made < self.persistence.retries && !self.breaker.is_open(Instant::now()) => {
                    sleep(wait).await;
                }
                Some(_) | None => break,
            }
        }
        (Err(last.unwrap_or(Error::TimedOut)), rows)
    }

    /// The row that says why nothing was tried, if nothing was.
    fn not_begun(&self, rows: &[ProviderCall], errand: Errand<'_>, outcome: CallOutcome) -> Option<ProviderCall> {
        rows.is_empty().then(|| not_tried(&self.remote, errand.role, errand.now_ms, outcome))
    }

    /// Takes out the most that the attempt can cost, twice where it may get a second one beside it.
    async fn pay(&self, errand: Errand<'_>) -> Option<Hold> {
        let once = self.remote.cost_at_most(errand.call, errand.now_ms);
        let times = if self.persistence.hedges { 2 } else { 1 };
        self.purse.hold(NanoUsd(once.0.saturating_mul(times)), errand.deadline).await
    }

    /// One attempt, and a second beside it if it is slow and that is allowed.
    async fn attempt(&self, errand: Errand<'_>, pass: Pass) -> Tried {
        let began = Instant::now();
        self.pace().begin();
        let may_hedge = !pass.is_probe() && errand.role != CallRole::Shadow;
        let tried = match self.hedge_after().filter(|_| may_hedge) {
            None => Tried::one(attempt(&self.remote, errand).await),
            Some(after) => self.hedged(errand, after).await,
        };
        match &tried.result {
            Ok(_) => {
                self.pace().answered(began.elapsed());
                pass.succeeded();
            }
            // It says nothing of the arm.
            Err(failure) if failure.hurried => drop(pass),
            Err(failure) => pass.failed(failure.kind, Instant::now()),
        }
        tried
    }

    fn hedge_after(&self) -> Option<Duration> {
        if self.persistence.hedges { self.pace().p95() } else { None }
    }

    /// The first usable answer of two wins; the other attempt is given up, and what it may have cost is booked.
    async fn hedged(&self, errand: Errand<'_>, after: Duration) -> Tried {
        let mut first = pin!(attempt(&self.remote, errand));
        tokio::select! {
            done = &mut first => return Tried::one(done),
            () = sleep(after) => {}
        }
        if !self.pace().take_hedge() {
            return Tried::one(first.await);
        }
        let hedge = Errand { role: CallRole::Hedge, ..errand };
        let began = Instant::now();
        let mut second = pin!(attempt(&self.remote, hedge));
        let lost = |loser, ran| given_up(&self.remote, loser, ran);
        let (earlier, later) = tokio::select! {
            done = &mut first => match done.result {
                Ok(_) => (lost(hedge, began.elapsed()), done),
                Err(_) => ((done.row, done.charge), second.await),
            },
            done = &mut second => match done.result {
                Ok(_) => (lost(errand, after + began.elapsed()), done),
                Err(_) => ((done.row, done.charge), first.await),
            },
        };
        Tried::one(later).after(earlier.0, earlier.1)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
