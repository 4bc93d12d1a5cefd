//! Money that all machines together may spend: each leases slices and spends them in memory.
//!
//! What is leased counts as spent until it is given back, so a machine that dies with a slice can only make the others
//! spend less.

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
    /// Takes a slice that counts in every one of `budgets`.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down; nothing is taken then.
    pub async fn lease_budget(&self, budgets: &[Budget]) -> Result<Slice, Error> {
        let mut budgets: Vec<&Budget> = budgets.iter().collect();
        // In one order, so that two machines do not wait for each other.
        budgets.sort_unstable_by_key(|budget| &budget.period);
        let leasing = self.database.probe(async {
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
            let lease = slice(&left);
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
    /// [`Error::try_later`] ones when the database is down; the money then counts as spent.
    pub async fn return_budget(&self, budgets: &[Budget], unspent: NanoUsd) -> Result<(), Error> {
        let returning = self.database.probe(async {
            let mut transaction = self.database.begin().await?;
            for budget in budgets {
                let update = sqlx::query(
                    "UPDATE budgets SET leased = CASE WHEN leased > $2 THEN leased - $2 ELSE 0 END WHERE period = $1",
                );
                update.bind(&budget.period).bind(unspent.0).execute(&mut *transaction).await?;
            }
            Ok(transaction.commit().await?)
        });
        returning.await
    }
}

/// The slice to take where of each limit so much is left.
fn slice(left: &[(i64, i64)]) -> Slice {
    let least_left = left.iter().map(|(_, left)| *left).min().unwrap_or_default();
    // Of a small budget a quarter, so that the first slice does not look like most of it.
    let amount = match least_left {
        all if all <= LEAST => all,
        left => (left / SLICES).max(LEAST.min(left / 4)),
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
        let lease = slice(&[(100 * USD, 60 * USD), (10 * USD, 10 * USD)]);
        assert_eq!(lease, Slice { amount: NanoUsd(USD / 2), taken_percent: 41 });
    }

    #[test]
    fn the_last_of_a_budget_is_handed_out_whole() {
        assert_eq!(slice(&[(USD, LEAST)]).amount, NanoUsd(LEAST));
        assert_eq!(slice(&[(USD, 7)]), Slice { amount: NanoUsd(7), taken_percent: 100 });
        assert_eq!(slice(&[(USD, 0)]), Slice { amount: NanoUsd(0), taken_percent: 100 });
    }
}
