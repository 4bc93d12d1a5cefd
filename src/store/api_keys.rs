//! Who may call while `AUTH=keys`: names, rates, and hashes of keys. A key itself is shown once and kept nowhere.

use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Error, Store};

/// One caller's key, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Whose it is.
    pub name: String,
    /// [`hash_of`] the key.
    pub hash: String,
    /// Requests a minute.
    pub per_minute: u32,
    /// When it was made, UTC milliseconds.
    pub created_at_ms: i64,
    /// Since when it is not taken any more, UTC milliseconds.
    pub revoked_at_ms: Option<i64>,
}

/// What is kept of a key: SHA-256, hex. A key has 256 random bits, so that nothing slower is called for.
#[must_use]
pub fn hash_of(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Store {
    /// Keeps a new key; false where the name is taken, by a revoked one too.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn add_api_key(&self, key: &ApiKey) -> Result<bool, Error> {
        let adding = self.database.bounded(async {
            let mut transaction = self.database.begin().await?;
            let insert = sqlx::query(
                "INSERT INTO api_keys (name, key_hash, per_minute, created_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (name) DO NOTHING",
            );
            let insert = insert.bind(&key.name).bind(&key.hash).bind(i64::from(key.per_minute)).bind(key.created_at_ms);
            let added = insert.execute(&mut *transaction).await?.rows_affected() == 1;
            transaction.commit().await?;
            Ok(added)
        });
        adding.await
    }

    /// Every key, by name.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn api_keys(&self) -> Result<Vec<ApiKey>, Error> {
        let reading = self.database.bounded(async {
            let select = "SELECT name, key_hash, per_minute, created_at, revoked_at FROM api_keys ORDER BY name";
            let rows = sqlx::query(select).fetch_all(&mut *self.database.read().await?).await?;
            rows.iter().map(read).collect()
        });
        reading.await
    }

    /// Takes a key no more; false where there is none of this name that was taken.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn revoke_api_key(&self, name: &str, now_ms: i64) -> Result<bool, Error> {
        let revoking = self.database.bounded(async {
            let mut transaction = self.database.begin().await?;
            let update = sqlx::query("UPDATE api_keys SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL");
            let revoked = update.bind(name).bind(now_ms).execute(&mut *transaction).await?.rows_affected() == 1;
            transaction.commit().await?;
            Ok(revoked)
        });
        revoking.await
    }
}

fn read(row: &AnyRow) -> Result<ApiKey, Error> {
    Ok(ApiKey {
        name: row.try_get("name")?,
        hash: row.try_get("key_hash")?,
        per_minute: u32::try_from(row.try_get::<i64, _>("per_minute")?).unwrap_or(u32::MAX),
        created_at_ms: row.try_get("created_at")?,
        revoked_at_ms: row.try_get("revoked_at")?,
    })
}
