//! Money: what may be spent, what is leased of it.

use super::super::instruments;
use crate::domain::NanoUsd;

/// What may be spent in a day and in an hour, by all machines together.
pub fn budgets_set(per_day: Option<NanoUsd>, per_hour: Option<NanoUsd>) {
    for (period, limit) in [("day", per_day), ("hour", per_hour)] {
        if let Some(limit) = limit {
            instruments::get().budget_limit.set(limit.as_usd(), [period.into()]);
        }
    }
}

/// A slice was leased; so much of the fullest budget is taken now.
pub fn budget_leased(amount: NanoUsd, taken_percent: u8) {
    let instruments = instruments::get();
    instruments.budget_leased.add(amount.as_usd(), []);
    instruments.budget_taken.set(f64::from(taken_percent) / 100.0, []);
}

/// So much was given back unspent.
pub fn budget_returned(amount: NanoUsd) {
    instruments::get().budget_returned.add(amount.as_usd(), []);
}

/// Most of a budget is taken.
pub fn budget_nearly_spent(periods: &str, taken_percent: u8) {
    tracing::warn!(periods, taken_percent, "{taken_percent} % of the budget for providers is taken ({periods})");
}
