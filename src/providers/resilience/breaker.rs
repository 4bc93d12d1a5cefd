//! The circuit breaker of one arm: after enough failures nobody calls it for a while, then one probe does.
//!
//! Closed, it counts; open, it refuses in microseconds; half-open, exactly one call goes through and decides. Only what
//! says something of the arm's health counts: a refusal or a useless answer is about one picture, and a picture must
//! not be able to switch an arm off for everybody.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::super::call::FailureKind;
use crate::domain::{CircuitState, ProviderName};
use crate::telemetry::events;

/// How many of the newest attempts the share of failures is taken of.
const WINDOW: usize = 20;

/// When it opens and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Failures in a row that open it.
    pub failures: u32,
    /// How long it stays open before a probe.
    pub recovery: Duration,
}

/// The breaker of one arm. Clones share its state.
#[derive(Debug, Clone)]
pub struct Breaker {
    arm: ProviderName,
    limits: Limits,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    state: State,
    in_a_row: u32,
    failed: VecDeque<bool>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed,
    Open { until: Instant },
    Probing,
}

/// Leave to attempt a call. Dropped without a word of how it went, it says nothing of the arm; a probe's place is then
/// free for the next call.
#[derive(Debug)]
pub struct Pass {
    breaker: Breaker,
    probe: bool,
    told: bool,
}

impl Breaker {
    /// A closed one.
    pub fn new(arm: ProviderName, limits: Limits) -> Self {
        let inner = Inner { state: State::Closed, in_a_row: 0, failed: VecDeque::with_capacity(WINDOW) };
        events::circuit_changed(arm, CircuitState::Closed);
        Self { arm, limits, inner: Arc::new(Mutex::new(inner)) }
    }

    /// Leave to attempt a call now; `None` while the circuit is open or its probe is under way.
    pub fn enter(&self, now: Instant) -> Option<Pass> {
        let mut inner = self.lock();
        let probe = match inner.state {
            State::Closed => false,
            State::Open { until } if now >= until => true,
            State::Open { .. } | State::Probing => return None,
        };
        if probe {
            self.change(&mut inner, State::Probing);
        }
        Some(Pass { breaker: self.clone(), probe, told: false })
    }

    /// Whether a call would be refused now.
    pub fn is_open(&self, now: Instant) -> bool {
        match self.lock().state {
            State::Closed => false,
            State::Open { until } => now < until,
            State::Probing => true,
        }
    }

    fn succeeded(&self) {
        let mut inner = self.lock();
        inner.in_a_row = 0;
        inner.remember(false);
        if !matches!(inner.state, State::Closed) {
            inner.failed.clear();
            self.change(&mut inner, State::Closed);
        }
    }

    fn failed(&self, probe: bool, now: Instant) {
        let mut inner = self.lock();
        inner.in_a_row = inner.in_a_row.saturating_add(1);
        inner.remember(true);
        let opens = match inner.state {
            State::Closed => inner.in_a_row >= self.limits.failures || inner.mostly_failed(),
            State::Probing => probe,
            // What began before it opened ends now: that is no news.
            State::Open { .. } => false,
        };
        if opens {
            self.change(&mut inner, State::Open { until: now + self.limits.recovery });
        }
    }

    fn probe_again(&self, now: Instant) {
        let mut inner = self.lock();
        if matches!(inner.state, State::Probing) {
            self.change(&mut inner, State::Open { until: now });
        }
    }

    fn change(&self, inner: &mut Inner, state: State) {
        inner.state = state;
        let state = match state {
            State::Closed => CircuitState::Closed,
            State::Probing => CircuitState::HalfOpen,
            State::Open { .. } => CircuitState::Open,
        };
        events::circuit_changed(self.arm, state);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn remember(&mut self, failed: bool) {
        if self.failed.len() == WINDOW {
            self.failed.pop_front();
        }
        self.failed.push_back(failed);
    }

    /// Half of a full window failed.
    fn mostly_failed(&self) -> bool {
        self.failed.len() == WINDOW && self.failed.iter().filter(|failed| **failed).count() >= WINDOW / 2
    }
}

impl Pass {
    /// Whether it is the one call that finds out.
    pub fn is_probe(&self) -> bool {
        self.probe
    }

    /// The arm gave a usable reading.
    pub fn succeeded(mut self) {
        self.told = true;
        self.breaker.succeeded();
    }

    /// The attempt failed so.
    pub fn failed(mut self, kind: FailureKind, now: Instant) {
        self.told = true;
        let probe = self.probe;
        match kind {
            FailureKind::TimedOut
            | FailureKind::Network
            | FailureKind::RateLimited
            | FailureKind::Exhausted
            | FailureKind::Server
            | FailureKind::Rejected
            | FailureKind::Foreign => self.breaker.failed(probe, now),
            // It answered: it lives.
            FailureKind::Refused | FailureKind::Invalid | FailureKind::Unfit if probe => self.breaker.succeeded(),
            FailureKind::Refused | FailureKind::Invalid | FailureKind::Unfit => {}
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.probe && !self.told {
            self.breaker.probe_again(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECOVERY: Duration = Duration::from_secs(60);

    fn breaker() -> Breaker {
        Breaker::new(ProviderName::Gemini, Limits { failures: 3, recovery: RECOVERY })
    }

    fn fail(breaker: &Breaker, now: Instant) {
        breaker.enter(now).unwrap().failed(FailureKind::Server, now);
    }

    fn opened(now: Instant) -> Breaker {
        let breaker = breaker();
        (0..3).for_each(|_| fail(&breaker, now));
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_success_between_them_does_not_count() {
        let now = Instant::now();
        let breaker = breaker();
        fail(&breaker, now);
        fail(&breaker, now);
        breaker.enter(now).unwrap().succeeded();
        fail(&breaker, now);
        fail(&breaker, now);
        assert!(breaker.enter(now).is_some());
        fail(&breaker, now);
        assert!(breaker.enter(now).is_none());
    }

    #[test]
    fn an_arm_that_fails_every_second_time_opens_it_too() {
        let now = Instant::now();
        let breaker = breaker();
        for _ in 0..WINDOW / 2 {
            breaker.enter(now).unwrap().succeeded();
            fail(&breaker, now);
        }
        assert!(breaker.enter(now).is_none());
    }

    #[test]
    fn after_the_recovery_time_one_probe_goes_through_and_no_more() {
        let now = Instant::now();
        let breaker = opened(now);
        assert!(breaker.enter(now + RECOVERY - Duration::from_millis(1)).is_none());
        let probe = breaker.enter(now + RECOVERY).unwrap();
        assert!(breaker.enter(now + RECOVERY).is_none(), "one probe at a time");
        probe.succeeded();
        assert!(breaker.enter(now + RECOVERY).is_some());
    }

    #[test]
    fn a_probe_that_fails_opens_it_for_as_long_again() {
        let now = Instant::now();
        let breaker = opened(now);
        let later = now + RECOVERY;
        fail(&breaker, later);
        assert!(breaker.enter(later + RECOVERY / 2).is_none());
        assert!(breaker.enter(later + RECOVERY).is_some());
    }

    #[test]
    fn a_call_from_before_does_not_end_the_probe() {
        let now = Instant::now();
        let breaker = breaker();
        let early = breaker.enter(now).unwrap();
        (0..3).for_each(|_| fail(&breaker, now));
        let probe = breaker.enter(now + RECOVERY).unwrap();
        early.failed(FailureKind::TimedOut, now + RECOVERY);
        probe.succeeded();
        assert!(!breaker.is_open(now + RECOVERY));
    }

    #[test]
    fn something_that_answers_in_the_vendors_place_opens_it() {
        let now = Instant::now();
        let breaker = breaker();
        (0..3).for_each(|_| breaker.enter(now).unwrap().failed(FailureKind::Foreign, now));
        assert!(breaker.is_open(now));
    }

    #[test]
    fn a_probe_whose_caller_left_is_followed_by_another() {
        let breaker = opened(Instant::now().checked_sub(RECOVERY).unwrap());
        drop(breaker.enter(Instant::now()).unwrap());
        assert!(breaker.enter(Instant::now()).is_some());
    }

    #[test]
    fn pictures_that_a_model_refuses_switch_nothing_off() {
        let now = Instant::now();
        let breaker = breaker();
        for _ in 0..100 {
            breaker.enter(now).unwrap().failed(FailureKind::Refused, now);
            breaker.enter(now).unwrap().failed(FailureKind::Invalid, now);
            breaker.enter(now).unwrap().failed(FailureKind::Unfit, now);
        }
        assert!(breaker.enter(now).is_some());
    }
}
