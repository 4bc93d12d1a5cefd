//! What the app counts by itself: a value for each user, name and calendar month. It never adds to usage.

use crate::domain::{CounterName, Month, UserId};

use super::{Error, Store};

impl Store {
    /// A counter's value in the month of `now_ms`; 0 for one that was never counted up.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn counter(&self, user: &UserId, name: &CounterName, now_ms: i64) -> Result<u64, Error> {
        let value = self.database.bounded(async {
            let hash = self.key().await?.hash(user.as_str());
            let select =
                sqlx::query_scalar("SELECT value FROM counters WHERE user_hash = $1 AND name = $2 AND month = $3");
            let select = select.bind(hash).bind(name.as_str()).bind(Month::of(now_ms).number());
            let value: Option<i64> = select.fetch_optional(&mut *self.database.read().await?).await?;
            Ok(value.unwrap_or_default())
        });
        Ok(value.await?.unsigned_abs())
    }

    /// Counts a counter up in the month of `now_ms`; returns what it is then.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down; nothing is counted then.
    pub async fn count_up(&self, user: &UserId, name: &CounterName, by: u32, now_ms: i64) -> Result<u64, Error> {
        let counting = self.database.bounded(async {
            let hash = self.key().await?.hash(user.as_str());
            let mut transaction = self.database.begin().await?;
            let upsert = sqlx::query_scalar(
                "INSERT INTO counters (user_hash, name, month, value) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (user_hash, name, month) DO UPDATE SET value = counters.value + excluded.value
                 RETURNING value",
            );
            let upsert = upsert.bind(hash).bind(name.as_str()).bind(Month::of(now_ms).number()).bind(i64::from(by));
            let value: i64 = upsert.fetch_one(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(value)
        });
        Ok(counting.await?.unsigned_abs())
    }
}
