//! Leases: what only one machine may do at a time, by the database's clock. Each new holder gets a higher epoch, so that
//! one who was away too long finds itself fenced off.

use super::{Error, Store};

/// A lease that was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// For what.
    pub name: String,
    /// To whom.
    pub holder: String,
    /// Grows with each change of holder.
    pub epoch: i64,
}

impl Store {
    /// Takes or renews a lease for `ttl_ms`; `None` while another holds it.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn lease(&self, name: &str, holder: &str, ttl_ms: i64) -> Result<Option<Lease>, Error> {
        let taking = self.database.probe(async {
            let mut transaction = self.database.begin().await?;
            let upsert = sqlx::query_scalar(
                "INSERT INTO leases (name, holder, epoch, expires_at)
                 SELECT $1, $2, 1, now_ms + $3 FROM database_clock WHERE true
                 ON CONFLICT (name) DO UPDATE SET
                     epoch = CASE WHEN leases.holder = excluded.holder THEN leases.epoch ELSE leases.epoch + 1 END,
                     holder = excluded.holder, expires_at = excluded.expires_at
                 WHERE leases.holder = excluded.holder
                     OR leases.expires_at <= (SELECT now_ms FROM database_clock)
                 RETURNING epoch",
            );
            let epoch: Option<i64> =
                upsert.bind(name).bind(holder).bind(ttl_ms).fetch_optional(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(epoch.map(|epoch| Lease { name: name.to_owned(), holder: holder.to_owned(), epoch }))
        });
        taking.await
    }

    /// Gives a lease back, so that nobody has to wait for its end.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down; the lease then ends by itself.
    pub async fn release(&self, lease: &Lease) -> Result<(), Error> {
        let releasing = self.database.bounded(async {
            let mut transaction = self.database.begin().await?;
            sqlx::query("UPDATE leases SET expires_at = 0 WHERE name = $1 AND holder = $2 AND epoch = $3")
                .bind(&lease.name)
                .bind(&lease.holder)
                .bind(lease.epoch)
                .execute(&mut *transaction)
                .await?;
            Ok(transaction.commit().await?)
        });
        releasing.await
    }
}
