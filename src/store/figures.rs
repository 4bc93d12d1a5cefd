//! Reading the sums back: of a window of time, or of the steps of an experiment.

use std::collections::BTreeMap;

use crate::domain::{Figures, Measured, Step, measure};

use super::tally::{HOUR_MS, step_scope};
use super::{Error, Store};

/// An arm and the model it asked for.
pub type ArmAndModel = (String, String);

/// What people said of an arm's verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Said {
    /// How many said something.
    pub n: i64,
    /// How many said that the verdict was right.
    pub right: i64,
}

impl Said {
    /// What was said of the analyses that `figures` are of.
    #[must_use]
    pub fn of(figures: &Figures) -> Self {
        Self { n: figures.sum(measure::SAID), right: figures.sum(measure::SAID_RIGHT) }
    }

    /// The part of them who found it right; `None` where nobody said anything.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "for display")]
    pub fn score(self) -> Option<f64> {
        (self.n > 0).then(|| self.right as f64 / self.n as f64)
    }
}

impl Store {
    /// Sums of the analyses whose first attempt began from `from_ms` to before `to_ms` (whole minutes), by assigned arm
    /// and model. Whole hours are read as such: a month costs no more than some thousand rows an arm.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn figures(&self, from_ms: i64, to_ms: i64) -> Result<BTreeMap<ArmAndModel, Figures>, Error> {
        let first_hour = (from_ms + HOUR_MS - 1).div_euclid(HOUR_MS) * HOUR_MS;
        let last_hour = to_ms.div_euclid(HOUR_MS) * HOUR_MS;
        let parts = if first_hour < last_hour {
            vec![("minute", from_ms, first_hour), ("hour", first_hour, last_hour), ("minute", last_hour, to_ms)]
        } else {
            vec![("minute", from_ms, to_ms)]
        };
        let reading = self.database.bounded(async {
            let mut connection = self.database.read().await?;
            let mut figures: BTreeMap<ArmAndModel, Figures> = BTreeMap::new();
            for (scope, from, to) in parts {
                let select = sqlx::query_as(
                    "SELECT arm, model, measure, CAST(SUM(n) AS BIGINT) FROM tallies
                     WHERE scope = $1 AND slot >= $2 AND slot < $3 AND arm NOT LIKE '%:%'
                     GROUP BY arm, model, measure",
                );
                let rows: Vec<(String, String, String, i64)> =
                    select.bind(scope).bind(from).bind(to).fetch_all(&mut *connection).await?;
                for (arm, model, measure, n) in rows {
                    figures.entry((arm, model)).or_default().add(&measure, n);
                }
            }
            Ok(figures)
        });
        reading.await
    }

    /// What every arm did in each of `steps`, by the database's clock.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn measure(&self, experiment: &str, steps: &[Step]) -> Result<Measured, Error> {
        let reading = self.database.probe(async {
            let mut connection = self.database.read().await?;
            // The time first: what is counted after it makes the figures newer than they say, never older.
            let at_ms = sqlx::query_scalar("SELECT now_ms FROM database_clock").fetch_one(&mut *connection).await?;
            let mut measured = Measured { at_ms, steps: Vec::with_capacity(steps.len()) };
            for step in steps {
                let select = sqlx::query_as("SELECT arm, measure, n FROM tallies WHERE scope = $1 AND slot = $2")
                    .bind(step_scope(experiment))
                    .bind(i64::from(step.number));
                let rows: Vec<(String, String, i64)> = select.fetch_all(&mut *connection).await?;
                let mut arms: BTreeMap<String, Figures> = BTreeMap::new();
                for (arm, measure, n) in rows {
                    arms.entry(arm).or_default().add(&measure, n);
                }
                measured.steps.push((step.clone(), arms));
            }
            Ok(measured)
        });
        reading.await
    }
}
