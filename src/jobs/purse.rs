//! Keeps this instance's purse filled with slices of the budgets that all machines share.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
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
    let mut held: Vec<Budget> = Vec::new();
    let mut warned = String::new();
    loop {
        let now_ms = clock.now_ms();
        let budgets = allowance.budgets(now_ms);
        if budgets != held {
            give_back(&store, &purse, &held).await;
            purse.begin_period();
            held = budgets;
        }
        let pause = match store.lease_budget(&held).await {
            Ok(lease) => {
                purse.fill(lease.amount, lease.taken_percent, Instant::now() + allowance.lease);
                events::budget_leased(lease.amount, lease.taken_percent);
                warn_once(&mut warned, &held, lease.taken_percent);
                if lease.amount.0 > 0 { Duration::ZERO } else { PAUSE }
            }
            // What is in the purse may be spent; no more until the database is back.
            Err(_down) => PAUSE,
        };
        let ends_in = held.iter().map(|budget| budget.ends_at_ms - now_ms).min().unwrap_or(DAY_MS);
        let renewal = (allowance.lease / 2).min(Duration::from_millis(ends_in.max(0).unsigned_abs()));
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep(pause.max(renewal)) => give_back(&store, &purse, &held).await,
            () = async { sleep(pause).await; purse.runs_low().await } => {}
        }
    }
    give_back(&store, &purse, &held).await;
}

async fn give_back(store: &Store, purse: &Purse, held: &[Budget]) {
    let unspent = purse.empty_out();
    if unspent.0 <= 0 || held.is_empty() {
        return;
    }
    match store.return_budget(held, unspent).await {
        Ok(()) => events::budget_returned(unspent),
        Err(error) => {
            events::background_failed("giving back unspent budget", &error);
            purse.put_back(unspent);
        }
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
}
