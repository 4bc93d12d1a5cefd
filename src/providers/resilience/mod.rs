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

use super::attempt::{attempt, given_up, not_tried};
use super::call::{Answered, Call, CallFailure};
use super::purse::{Hold, Purse};
use super::remote::Remote;
use super::{Error, config::Config};
use crate::domain::{CallOutcome, CallRole, NanoUsd, ProviderCall, Reading};
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

/// How one attempt, or two beside each other, went: the last row is the one that decided.
type Tried = (Result<Answered, CallFailure>, Vec<ProviderCall>);

impl Arm {
    /// Puts `remote` behind a closed breaker; its attempts are paid from `purse`.
    pub fn new(remote: Remote, purse: Purse, config: &Config) -> Self {
        let breaker = Breaker::new(remote.name(), config.limits());
        Self { remote, breaker, purse, pace: Mutex::default(), persistence: config.persistence() }
    }

    /// Attempts the call until it gives a reading, is no use any more, or the deadline passes. One row an attempt, or
    /// one that says why there was none.
    pub async fn run(&self, errand: Errand<'_>) -> (Result<Reading, Error>, Vec<ProviderCall>) {
        let mut rows = Vec::new();
        let mut made = 0;
        loop {
            let Some(pass) = self.breaker.enter(Instant::now()) else {
                if rows.is_empty() {
                    rows.push(not_tried(&self.remote, errand, CallOutcome::BreakerOpen));
                }
                return (Err(Error::CircuitOpen), rows);
            };
            let Some(hold) = self.pay(errand).await else {
                rows.push(not_tried(&self.remote, errand, CallOutcome::Budget));
                return (Err(Error::BudgetSpent), rows);
            };
            let role = if made == 0 { errand.role } else { CallRole::Retry };
            let (result, tried) = self.attempt(Errand { role, ..errand }, pass).await;
            hold.settle(tried.iter().map(|row| row.cost).fold(NanoUsd(0), |sum, cost| NanoUsd(sum.0 + cost.0)));
            rows.extend(tried);
            let failure = match result {
                Ok(answered) => return (Ok(answered.reading), rows),
                Err(failure) => failure,
            };
            let left = errand.deadline.saturating_duration_since(Instant::now());
            let wait = retry::wait(&failure, made, left, rand::random());
            match wait.filter(|_| made < self.persistence.retries) {
                Some(wait) => sleep(wait).await,
                None => return (Err(failure.kind.into()), rows),
            }
            made += 1;
        }
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
        let (result, rows) = match self.hedge_after() {
            None => {
                let (result, row) = attempt(&self.remote, errand).await;
                (result, vec![row])
            }
            Some(after) => self.hedged(errand, after).await,
        };
        match &result {
            Ok(_) => {
                self.pace().answered(began.elapsed());
                pass.succeeded();
            }
            Err(failure) => pass.failed(failure.kind, Instant::now()),
        }
        (result, rows)
    }

    fn hedge_after(&self) -> Option<Duration> {
        if self.persistence.hedges { self.pace().p95() } else { None }
    }

    /// The first usable answer of two wins; the other attempt is given up, and what it may have cost is booked.
    async fn hedged(&self, errand: Errand<'_>, after: Duration) -> Tried {
        let mut first = pin!(attempt(&self.remote, errand));
        tokio::select! {
            (result, row) = &mut first => return (result, vec![row]),
            () = sleep(after) => {}
        }
        if !self.pace().take_hedge() {
            let (result, row) = first.await;
            return (result, vec![row]);
        }
        let hedge = Errand { role: CallRole::Hedge, ..errand };
        let began = Instant::now();
        let mut second = pin!(attempt(&self.remote, hedge));
        let given_up = |errand, took| given_up(&self.remote, errand, took);
        tokio::select! {
            (result, row) = &mut first => match result {
                Ok(answered) => (Ok(answered), vec![given_up(hedge, began.elapsed()), row]),
                Err(_) => {
                    let (result, last) = second.await;
                    (result, vec![row, last])
                }
            },
            (result, row) = &mut second => match result {
                Ok(answered) => (Ok(answered), vec![given_up(errand, after + began.elapsed()), row]),
                Err(_) => {
                    let (result, last) = first.await;
                    (result, vec![row, last])
                }
            },
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
