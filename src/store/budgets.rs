//! Money that all machines together may spend: each leases slices and spends them in memory.
//!
//! What is leased counts as spent until it is given back, so a machine that dies with a slice can only make the others
//! spend less.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Error, Store};
use crate::domain::NanoUsd;

/// A slice is a twentieth of what is left…
const SLICES: i64 = 20;
/// … but not so small that it pays for no call: the most that one of a cheap model can cost.
const LEAST: i64 = 50_000_000;

/// What may be spent in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The period's name, such as `day:20261121`.
    pub period: String,
    /// When it ends, UTC milliseconds.
    pub ends_at_ms: i64,
    /// All that may be spent in it.
    pub limit: NanoUsd,
}

/// Money to spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// How much; nothing when a budget is used up.
    pub amount: NanoUsd,
    /// How much of the fullest budget is taken now, percent.
    pub taken_percent: u8,
}

impl Store {
    /// Takes a slice that counts in every one of `budgets`: of `wanted` at least, where so much is left.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down; nothing is taken then.
    pub async fn lease_budget(&self, budgets: &[Budget], wanted: NanoUsd) -> Result<Slice, Error> {
        let budgets = in_order(budgets);
        let leasing = self.database.aside(async {
            let mut transaction = self.database.begin().await?;
            let mut left = Vec::new();
            for budget in &budgets {
                let insert = sqlx::query(
                    "INSERT INTO budgets (period, ends_at, leased) VALUES ($1, $2, 0) ON CONFLICT (period) DO NOTHING",
                );
                insert.bind(&budget.period).bind(budget.ends_at_ms).execute(&mut *transaction).await?;
                // An update, so that its row is ours until the end of the transaction.
                let update =
                    sqlx::query_scalar("UPDATE budgets SET leased = leased WHERE period = $1 RETURNING leased");
                let leased: i64 = update.bind(&budget.period).fetch_one(&mut *transaction).await?;
                left.push((budget.limit.0, (budget.limit.0 - leased).max(0)));
            }
            let lease = slice(&left, wanted);
            for budget in &budgets {
                let update = sqlx::query("UPDATE budgets SET leased = leased + $2 WHERE period = $1");
                update.bind(&budget.period).bind(lease.amount.0).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(lease)
        });
        leasing.await
    }

    /// Gives back what was leased from `budgets` and not spent.
    ///
    /// # Errors
    /// [`Unreturned`] when the database is down: what was not given back may be spent, but not where that is in doubt.
    pub async fn return_budget(&self, budgets: &[Budget], unspent: NanoUsd) -> Result<(), Unreturned> {
        let committing = AtomicBool::new(false);
        let returning = self.database.aside(async {
            let mut transaction = self.database.begin().await?;
            for budget in in_order(budgets) {
                let update = sqlx::query(
                    "UPDATE budgets SET leased = CASE WHEN leased > $2 THEN leased - $2 ELSE 0 END WHERE period = $1",
                );
                update.bind(&budget.period).bind(unspent.0).execute(&mut *transaction).await?;
            }
            committing.store(true, Ordering::Relaxed);
            Ok(transaction.commit().await?)
        });
        returning.await.map_err(|source| Unreturned { in_doubt: committing.load(Ordering::Relaxed), source })
    }
}

/// Money that was not given back.
#[derive(Debug, thiserror::Error)]
#[error("unspent money was not given back")]
pub struct Unreturned {
    /// It may have been all the same: the connection was lost while the database was told to keep it.
    pub in_doubt: bool,
    source: Error,
}

/// In one order, so that two machines do not wait for each other.
fn in_order(budgets: &[Budget]) -> Vec<&Budget> {
    let mut budgets: Vec<&Budget> = budgets.iter().collect();
    budgets.sort_unstable_by_key(|budget| &budget.period);
    budgets
}

/// The slice to take where of each limit so much is left, and so much is `wanted`.
fn slice(left: &[(i64, i64)], wanted: NanoUsd) -> Slice {
    let least_left = left.iter().map(|(_, left)| *left).min().unwrap_or_default();
    // Of a small budget a quarter, so that the first slice does not look like most of it.
    let amount = match least_left {
        all if all <= LEAST => all,
        left => (left / SLICES).max(LEAST.min(left / 4)).max(wanted.0.min(left)),
    };
    let taken = |(limit, left): &(i64, i64)| 100 - (left - amount).saturating_mul(100) / (*limit).max(1);
    let taken_percent = left.iter().map(taken).max().and_then(|percent| u8::try_from(percent).ok()).unwrap_or(100);
    Slice { amount: NanoUsd(amount), taken_percent }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USD: i64 = 1_000_000_000;

    #[test]
    fn a_slice_is_a_twentieth_of_what_is_left_of_the_scarcer_budget() {
        let lease = slice(&[(100 * USD, 60 * USD), (10 * USD, 10 * USD)], NanoUsd(0));
        assert_eq!(lease, Slice { amount: NanoUsd(USD / 2), taken_percent: 41 });
    }

    #[test]
    fn a_slice_is_not_smaller_than_what_somebody_waits_for() {
        assert_eq!(slice(&[(USD, USD)], NanoUsd(USD / 5)).amount, NanoUsd(USD / 5));
        assert_eq!(
            slice(&[(USD, USD / 10)], NanoUsd(USD / 5)),
            Slice { amount: NanoUsd(USD / 10), taken_percent: 100 }
        );
    }

    #[test]
    fn the_last_of_a_budget_is_handed_out_whole() {
        assert_eq!(slice(&[(USD, LEAST)], NanoUsd(0)).amount, NanoUsd(LEAST));
        assert_eq!(slice(&[(USD, 7)], NanoUsd(USD)), Slice { amount: NanoUsd(7), taken_percent: 100 });
        assert_eq!(slice(&[(USD, 0)], NanoUsd(USD)), Slice { amount: NanoUsd(0), taken_percent: 100 });
    }
}
