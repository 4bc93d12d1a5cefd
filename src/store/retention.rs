//! Deleting what is older than it may be kept.

use super::{Error, Store};
use crate::domain::Month;

/// Rows deleted in one transaction: small, because SQLite lets nobody else write meanwhile.
const BATCH: u64 = 500;

/// What ages, with the end of its time as `$1` and [`BATCH`] as `$2`. History and feedback go with their analysis.
const PURGE: [&str; 7] = [
    "DELETE FROM analyses WHERE id IN (SELECT id FROM analyses WHERE created_at < $1 LIMIT $2)",
    "DELETE FROM provider_calls WHERE (analysis_id, attempt) IN
         (SELECT analysis_id, attempt FROM provider_calls WHERE started_at < $1 LIMIT $2)",
    "DELETE FROM step_units WHERE (experiment, step, unit) IN
         (SELECT experiment, step, unit FROM step_units WHERE first_at < $1 LIMIT $2)",
    "DELETE FROM tallies WHERE (scope, slot, arm, model, measure) IN
         (SELECT scope, slot, arm, model, measure FROM tallies
          WHERE scope IN ('minute', 'hour') AND slot < $1 LIMIT $2)",
    "DELETE FROM forgotten WHERE user_hash IN (SELECT user_hash FROM forgotten WHERE forgotten_at < $1 LIMIT $2)",
    "DELETE FROM reports WHERE id IN (SELECT id FROM reports WHERE created_at < $1 LIMIT $2)",
    "DELETE FROM budgets WHERE period IN (SELECT period FROM budgets WHERE ends_at < $1 LIMIT $2)",
];
/// What ages by the month, with the first to stay as `$1`.
const PURGE_MONTHS: [&str; 2] = [
    "DELETE FROM usage WHERE (user_hash, month) IN
         (SELECT user_hash, month FROM usage WHERE month < $1 LIMIT $2)",
    "DELETE FROM counters WHERE (user_hash, name, month) IN
         (SELECT user_hash, name, month FROM counters WHERE month < $1 LIMIT $2)",
];

impl Store {
    /// Deletes everything from before a time in UTC milliseconds, set-aside spool files included. Returns how many
    /// rows went, those not counted that went with their analysis.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down; what was deleted until then is gone.
    pub async fn purge_before(&self, cutoff_ms: i64) -> Result<u64, Error> {
        self.spool.purge_before(cutoff_ms).await?;
        let mut purged = 0;
        for statement in PURGE_MONTHS {
            purged += self.purge(statement, Month::of(cutoff_ms).number()).await?;
        }
        for statement in PURGE {
            purged += self.purge(statement, cutoff_ms).await?;
        }
        Ok(purged)
    }

    async fn purge(&self, statement: &'static str, before: i64) -> Result<u64, Error> {
        let mut purged = 0;
        loop {
            let batch = self.database.probe(async {
                let mut transaction = self.database.begin().await?;
                let delete = sqlx::query(statement).bind(before).bind(BATCH.cast_signed());
                let rows = delete.execute(&mut *transaction).await?.rows_affected();
                transaction.commit().await?;
                Ok(rows)
            });
            let rows = batch.await?;
            purged += rows;
            if rows < BATCH {
                return Ok(purged);
            }
        }
    }
}
