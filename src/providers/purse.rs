//! What may be spent: a slice of the budget, spent in memory so that no call waits for the database.
//!
//! Before an attempt the most that it can cost is taken out; after it, what it did not cost is put back. Who fills the
//! purse (`jobs`, from the store) takes care that all slices of all instances together stay within the budget, so that
//! any number of attempts at once cannot overshoot it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::domain::NanoUsd;

/// How long an attempt waits for a purse that is being filled.
const PATIENCE: Duration = Duration::from_millis(300);

/// The money of one instance. Clones share it.
#[derive(Debug, Clone)]
pub struct Purse {
    inner: Option<Arc<Inner>>,
}

#[derive(Debug)]
struct Inner {
    slice: Mutex<Slice>,
    filled: Notify,
    low: Notify,
}

#[derive(Debug, Clone, Copy)]
struct Slice {
    left: i64,
    /// Below this more is asked for.
    low_mark: i64,
    expires: Instant,
    /// There is no more to be had for now: nobody needs to wait.
    dry: bool,
    /// How much of the budget all machines have taken together, percent.
    taken_percent: u8,
    /// The most that somebody wanted and there was not.
    wanted: i64,
    /// Counts the budget's periods: what was taken out in one is not put back in another.
    period: u64,
}

/// Money taken out for one attempt. Dropped without a word, all of it counts as spent: who left cannot know.
#[derive(Debug)]
pub(super) struct Hold {
    purse: Purse,
    amount: i64,
    period: u64,
}

impl Purse {
    /// A purse without a bottom.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { inner: None }
    }

    /// An empty one, to be filled.
    #[must_use]
    pub fn empty() -> Self {
        let (left, low_mark, wanted, period) = (0, 0, 0, 0);
        let slice = Slice { left, low_mark, expires: Instant::now(), dry: false, taken_percent: 0, wanted, period };
        let inner = Inner { slice: Mutex::new(slice), filled: Notify::new(), low: Notify::new() };
        Self { inner: Some(Arc::new(inner)) }
    }

    /// Adds a slice that may be spent until `expires`, after which so much of the whole budget is taken. Nothing to add
    /// means that the budget is used up.
    pub fn fill(&self, amount: NanoUsd, taken_percent: u8, expires: Instant) {
        let Some(inner) = &self.inner else { return };
        let mut slice = inner.lock();
        let left = slice.left_at(Instant::now());
        let (low_mark, dry) = ((left + amount.0) / 2, amount.0 <= 0);
        let period = slice.period;
        *slice = Slice { left: left + amount.0, low_mark, expires, dry, taken_percent, wanted: 0, period };
        drop(slice);
        inner.filled.notify_waiters();
    }

    /// Takes out everything that is left, to be given back; a debt stays.
    #[must_use]
    pub fn empty_out(&self) -> NanoUsd {
        let Some(inner) = &self.inner else { return NanoUsd(0) };
        let mut slice = inner.lock();
        let left = slice.left.max(0);
        slice.left -= left;
        NanoUsd(left)
    }

    /// Puts back what could not be given back.
    pub fn put_back(&self, amount: NanoUsd) {
        if let Some(inner) = &self.inner {
            inner.lock().left += amount.0;
        }
    }

    /// Another period of the budget begins, with what is filled in from now on.
    pub fn begin_period(&self) {
        if let Some(inner) = &self.inner {
            let mut slice = inner.lock();
            (slice.left, slice.period) = (0, slice.period + 1);
        }
    }

    /// How much of the budget all machines have taken together, percent; 0 without one.
    #[must_use]
    pub fn taken_percent(&self) -> u8 {
        self.inner.as_ref().map_or(0, |inner| inner.lock().taken_percent)
    }

    /// How much somebody waits for: a smaller slice would be no use.
    #[must_use]
    pub fn wanted(&self) -> NanoUsd {
        NanoUsd(self.inner.as_ref().map_or(0, |inner| inner.lock().wanted))
    }

    /// Resolves when the purse runs low. Never for one without a bottom.
    pub async fn runs_low(&self) {
        match &self.inner {
            Some(inner) => inner.low.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Takes `amount` out, waiting a moment for a purse that is being filled; `None` when there is no money.
    pub(super) async fn hold(&self, amount: NanoUsd, deadline: Instant) -> Option<Hold> {
        let until = deadline.min(Instant::now() + PATIENCE);
        let Some(inner) = &self.inner else {
            return Some(Hold { purse: self.clone(), amount: 0, period: 0 });
        };
        loop {
            let filled = inner.filled.notified();
            match inner.take(amount.0) {
                Ok(period) => return Some(Hold { purse: self.clone(), amount: amount.0, period }),
                Err(Dry) => return None,
                Err(Low) => timeout_at(until, filled).await.ok()?,
            }
        }
    }
}

use Lack::{Dry, Low};

/// Why money cannot be taken out.
enum Lack {
    /// More may come soon.
    Low,
    /// None will.
    Dry,
}

impl Inner {
    /// Takes money out; returns the period it is taken from.
    fn take(&self, amount: i64) -> Result<u64, Lack> {
        let mut slice = self.lock();
        let left = slice.left_at(Instant::now());
        let enough = left >= amount;
        if enough {
            slice.left = left - amount;
        } else {
            slice.wanted = slice.wanted.max(amount);
        }
        if !slice.dry && (!enough || slice.left < slice.low_mark) {
            self.low.notify_one();
        }
        match (enough, slice.dry) {
            (true, _) => Ok(slice.period),
            (false, true) => Err(Dry),
            (false, false) => Err(Low),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Slice> {
        self.slice.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slice {
    fn left_at(&self, now: Instant) -> i64 {
        if now < self.expires { self.left } else { self.left.min(0) }
    }
}

impl Hold {
    /// The attempt cost `spent`; the rest is put back, unless it was taken out of a period that is over.
    pub(super) fn settle(self, spent: NanoUsd) {
        let Some(inner) = &self.purse.inner else { return };
        let mut slice = inner.lock();
        if slice.period == self.period {
            slice.left += self.amount - spent.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    fn filled(amount: i64) -> Purse {
        let purse = Purse::empty();
        purse.fill(NanoUsd(amount), 50, soon());
        purse
    }

    #[tokio::test]
    async fn a_hundred_attempts_at_once_do_not_overshoot() {
        let purse = filled(1000);
        purse.fill(NanoUsd(0), 100, soon());
        let attempts = (0..100).map(|_| {
            let purse = purse.clone();
            tokio::spawn(async move { purse.hold(NanoUsd(30), soon()).await.map(|hold| hold.settle(NanoUsd(30))) })
        });
        let done = futures_util::future::join_all(attempts).await;
        let paid = done.into_iter().filter(|one| one.as_ref().unwrap().is_some()).count();
        assert_eq!(paid, 33);
        assert_eq!(purse.empty_out(), NanoUsd(10));
    }

    #[tokio::test]
    async fn what_an_attempt_did_not_cost_is_put_back() {
        let purse = filled(100);
        purse.hold(NanoUsd(80), soon()).await.unwrap().settle(NanoUsd(5));
        assert_eq!(purse.empty_out(), NanoUsd(95));
    }

    #[tokio::test]
    async fn nothing_of_one_period_is_spent_in_the_next() {
        let purse = filled(100);
        let hold = purse.hold(NanoUsd(80), soon()).await.unwrap();
        purse.begin_period();
        purse.fill(NanoUsd(10), 1, soon());
        hold.settle(NanoUsd(5));
        assert_eq!(purse.empty_out(), NanoUsd(10));
    }

    #[tokio::test]
    async fn a_debt_is_paid_from_the_next_slice() {
        let purse = filled(100);
        purse.hold(NanoUsd(80), soon()).await.unwrap().settle(NanoUsd(130));
        assert_eq!(purse.empty_out(), NanoUsd(0));
        purse.fill(NanoUsd(50), 60, soon());
        assert_eq!(purse.empty_out(), NanoUsd(20));
    }

    #[tokio::test]
    async fn an_attempt_that_was_dropped_counts_in_full() {
        let purse = filled(100);
        drop(purse.hold(NanoUsd(80), soon()).await);
        assert_eq!(purse.empty_out(), NanoUsd(20));
    }

    #[tokio::test]
    async fn who_finds_it_low_asks_for_more_and_waits_a_moment() {
        let purse = filled(10);
        let filler = purse.clone();
        let filling = tokio::spawn(async move {
            filler.runs_low().await;
            assert_eq!(filler.wanted(), NanoUsd(50));
            filler.fill(NanoUsd(100), 60, soon());
        });
        assert!(purse.hold(NanoUsd(50), soon()).await.is_some());
        filling.await.unwrap();
    }

    #[tokio::test]
    async fn a_slice_that_expired_is_worth_nothing() {
        let purse = Purse::empty();
        purse.fill(NanoUsd(100), 50, Instant::now());
        assert!(purse.hold(NanoUsd(1), soon()).await.is_none());
    }

    #[tokio::test]
    async fn without_a_budget_everything_is_paid() {
        assert!(Purse::unlimited().hold(NanoUsd(i64::MAX), soon()).await.is_some());
    }
}
