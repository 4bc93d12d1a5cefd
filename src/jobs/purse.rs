//! Keeps this instance's purse filled with slices of the budgets that all machines share.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::domain::NanoUsd;
use crate::pipeline::{Clock, Purse};
use crate::store::{Budget, Store};
use crate::telemetry::events;

/// How soon it is tried again when nothing could be leased.
const PAUSE: Duration = Duration::from_secs(2);
/// From here on operators are warned.
const WARN_AT_PERCENT: u8 = 80;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What may be spent.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// In a day (UTC), if that is limited.
    pub per_day: Option<NanoUsd>,
    /// In an hour, if that is limited.
    pub per_hour: Option<NanoUsd>,
    /// How long a slice may be spent.
    pub lease: Duration,
}

impl Allowance {
    /// The budgets in force at a time in UTC milliseconds.
    fn budgets(&self, now_ms: i64) -> Vec<Budget> {
        let budget = |kind: &str, length_ms: i64, limit| {
            let starts_at_ms = now_ms.div_euclid(length_ms) * length_ms;
            Budget { period: format!("{kind}:{}", stamp(starts_at_ms)), ends_at_ms: starts_at_ms + length_ms, limit }
        };
        let day = self.per_day.map(|limit| budget("day", DAY_MS, limit));
        day.into_iter().chain(self.per_hour.map(|limit| budget("hour", HOUR_MS, limit))).collect()
    }
}

/// `yyyymmddhh` of a time in UTC milliseconds.
fn stamp(ms: i64) -> i64 {
    let time = OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let date = i64::from(time.year()) * 10_000 + i64::from(u8::from(time.month())) * 100 + i64::from(time.day());
    date * 100 + i64::from(time.hour())
}

/// Fills the purse until told to stop, then gives back what is left. The first slice is there when this first waits.
pub(super) async fn fill(store: Arc<Store>, purse: Purse, allowance: Allowance, clock: Clock, stop: CancellationToken) {
    events::budgets_set(allowance.per_day, allowance.per_hour);
    let mut filler = Filler { store: &store, purse: &purse, allowance, held: Vec::new(), warned: String::new() };
    loop {
        let now_ms = clock.now_ms();
        let pause = if filler.lease(now_ms).await { Duration::ZERO } else { PAUSE };
        let renewal = filler.renewal(now_ms);
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep(pause.max(renewal)) => filler.give_back().await,
            () = async { sleep(pause).await; purse.runs_low().await } => {}
        }
    }
    filler.give_back().await;
}

/// Who fills a purse, and from which budgets what is in it was taken.
struct Filler<'a> {
    store: &'a Store,
    purse: &'a Purse,
    allowance: Allowance,
    held: Vec<Budget>,
    warned: String,
}

impl Filler<'_> {
    /// Leases a slice of the budgets in force at a time, UTC milliseconds; false when there was nothing to be had. What is
    /// left of budgets whose time is over goes back to them first.
    async fn lease(&mut self, now_ms: i64) -> bool {
        let budgets = self.allowance.budgets(now_ms);
        if budgets != self.held {
            self.give_back().await;
            self.purse.begin_period();
            self.held = budgets;
        }
        match self.store.lease_budget(&self.held, self.purse.wanted()).await {
            Ok(lease) => {
                self.purse.fill(lease.amount, lease.taken_percent, Instant::now() + self.allowance.lease);
                events::budget_leased(lease.amount, lease.taken_percent);
                warn_once(&mut self.warned, &self.held, lease.taken_percent);
                lease.amount.0 > 0
            }
            // What is in the purse may be spent; no more until the database is back.
            Err(_down) => false,
        }
    }

    /// How long after such a time what is left is to be leased anew: before the slice expires, and when a budget ends.
    fn renewal(&self, now_ms: i64) -> Duration {
        let ends_in_ms = self.held.iter().map(|budget| budget.ends_at_ms - now_ms).min().unwrap_or(DAY_MS);
        (self.allowance.lease / 2).min(Duration::from_millis(ends_in_ms.max(0).unsigned_abs()))
    }

    async fn give_back(&self) {
        let unspent = self.purse.empty_out();
        if unspent.0 <= 0 || self.held.is_empty() {
            return;
        }
        match self.store.return_budget(&self.held, unspent).await {
            Ok(()) => events::budget_returned(unspent),
            Err(error) => {
                events::background_failed("giving back unspent budget", &error);
                // What may have been given back is not spent as well.
                if !error.in_doubt {
                    self.purse.put_back(unspent);
                }
            }
        }
    }
}

/// A purse that is filled for as long as it is needed, outside the service: for the command line.
pub struct Filled {
    stop: CancellationToken,
    filling: JoinHandle<()>,
    store: Arc<Store>,
}

impl Filled {
    /// Begins to fill `purse` from `store`.
    #[must_use]
    pub fn begin(store: Store, purse: Purse, allowance: Allowance) -> Self {
        let (store, stop) = (Arc::new(store), CancellationToken::new());
        let filling = tokio::spawn(fill(Arc::clone(&store), purse, allowance, Clock::System, stop.clone()));
        Self { stop, filling, store }
    }

    /// Gives back what is left.
    pub async fn end(self) {
        self.stop.cancel();
        let _ended = self.filling.await;
        self.store.close().await;
    }
}

fn warn_once(warned: &mut String, held: &[Budget], taken_percent: u8) {
    let periods = held.iter().map(|budget| budget.period.as_str()).collect::<Vec<_>>().join(", ");
    if taken_percent >= WARN_AT_PERCENT && *warned != periods {
        events::budget_nearly_spent(&periods, taken_percent);
        *warned = periods;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21 23:30 UTC.
    const LATE_MS: i64 = 1_795_303_800_000;

    #[test]
    fn a_day_and_an_hour_end_at_their_own_times() {
        let limit = Some(NanoUsd(1));
        let allowance = Allowance { per_day: limit, per_hour: limit, lease: Duration::from_secs(90) };
        let budgets = allowance.budgets(LATE_MS);
        let names: Vec<&str> = budgets.iter().map(|budget| budget.period.as_str()).collect();
        assert_eq!(names, ["day:2026112100", "hour:2026112123"]);
        assert_eq!(budgets[0].ends_at_ms, budgets[1].ends_at_ms);
        assert_eq!(budgets[1].ends_at_ms - LATE_MS, HOUR_MS / 2);
    }

    const USD: i64 = 1_000_000_000;
    /// A twentieth of a dollar.
    const SLICE: NanoUsd = NanoUsd(USD / 20);

    async fn store(directory: &tempfile::TempDir) -> Store {
        let config = crate::store::Config {
            database_url: None,
            data_dir: directory.path().to_owned(),
            retention_days: 90,
            user_hash_key: None,
            spool_max_bytes: 1 << 20,
            database_timeout_seconds: 2,
            database_connections: 2,
        };
        Store::open(&config, [7; 32]).await.unwrap()
    }

    fn filler<'a>(store: &'a Store, purse: &'a Purse) -> Filler<'a> {
        let allowance = Allowance { per_day: None, per_hour: Some(NanoUsd(USD)), lease: Duration::from_secs(90) };
        Filler { store, purse, allowance, held: Vec::new(), warned: String::new() }
    }

    /// How much of the budgets that are held is taken, percent, after one more slice.
    async fn taken(filler: &Filler<'_>) -> u8 {
        filler.store.lease_budget(&filler.held, NanoUsd(0)).await.unwrap().taken_percent
    }

    #[tokio::test]
    async fn what_was_not_spent_is_given_back_and_leased_anew() {
        let directory = tempfile::tempdir().unwrap();
        let (store, purse) = (store(&directory).await, Purse::empty());
        let mut filler = filler(&store, &purse);
        for _ in 0..30 {
            assert!(filler.lease(LATE_MS).await);
            filler.give_back().await;
        }
        assert!(filler.lease(LATE_MS).await);
        assert_eq!(purse.empty_out(), SLICE, "one slice is held, however often it was renewed");
        assert_eq!(taken(&filler).await, 10, "that one and another");
    }

    #[tokio::test]
    async fn what_was_spent_stays_taken() {
        let directory = tempfile::tempdir().unwrap();
        let (store, purse) = (store(&directory).await, Purse::empty());
        let mut filler = filler(&store, &purse);
        let mut spent = 0;
        while filler.lease(LATE_MS).await {
            spent += purse.empty_out().0;
            assert!(spent <= USD);
        }
        assert_eq!(spent, USD, "all of it, and no more");
        assert_eq!(purse.taken_percent(), 100);
    }

    #[tokio::test]
    async fn a_new_period_begins_with_its_own_budget_alone() {
        let directory = tempfile::tempdir().unwrap();
        let (store, purse) = (store(&directory).await, Purse::empty());
        let mut filler = filler(&store, &purse);
        assert!(filler.lease(LATE_MS).await);
        assert!(filler.renewal(LATE_MS) <= Duration::from_secs(45));
        assert_eq!(
            filler.renewal(LATE_MS + HOUR_MS / 2 - 1000),
            Duration::from_secs(1),
            "the hour ends before the lease"
        );
        let earlier = filler.held.clone();
        assert!(filler.lease(LATE_MS + HOUR_MS / 2).await);
        assert_ne!(filler.held, earlier);
        assert_eq!(purse.empty_out(), SLICE, "nothing of the hour before");
        let returned = store.lease_budget(&earlier, NanoUsd(0)).await.unwrap();
        assert_eq!(returned.taken_percent, 5, "which has its own back");
    }
}
