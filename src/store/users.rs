//! What is known of a user: a hash, a count a month, and how to forget both.

use hmac::Mac;

use crate::domain::{Month, UserHash, UserId};

use super::{Error, HashKey, Store};

/// Name of the key in `service_keys`.
const KEY_NAME: &str = "user_hash";

/// Everything that ties rows to a user, each with the user's hash as `$1`. An attempt of a forgotten user becomes a
/// unit of its own, as if nobody had been named.
const FORGET: [&str; 8] = [
    "DELETE FROM premium_users WHERE user_hash = $1",
    "DELETE FROM usage WHERE user_hash = $1",
    "DELETE FROM counters WHERE user_hash = $1",
    "DELETE FROM request_keys WHERE user_hash = $1",
    "DELETE FROM step_units WHERE unit = $1",
    "UPDATE provider_calls SET unit_hash = analysis_id WHERE unit_hash = $1",
    "UPDATE analyses SET user_hash = NULL WHERE user_hash = $1",
    "UPDATE reports SET user_hash = NULL WHERE user_hash = $1",
];

impl Store {
    /// The keyed hash of a user id (HMAC-SHA-256, hex): what statistics know of a user.
    ///
    /// # Errors
    /// [`Error::try_later`] ones while the key is in the database only and that is down.
    pub async fn user_hash(&self, user: &UserId) -> Result<UserHash, Error> {
        let key = match self.key.get() {
            Some(key) => key,
            None => self.database.bounded(self.key()).await?,
        };
        Ok(UserHash::from_hex(key.hash(user.as_str())))
    }

    /// How many analyses of a user count in the calendar month (UTC) of `now_ms`.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn usage(&self, user: &UserId, now_ms: i64) -> Result<u64, Error> {
        let used = self.database.bounded(async {
            let hash = self.key().await?.hash(user.as_str());
            let select = sqlx::query_scalar("SELECT used FROM usage WHERE user_hash = $1 AND month = $2");
            let select = select.bind(hash).bind(Month::of(now_ms).number());
            let used: Option<i64> = select.fetch_optional(&mut *self.database.read().await?).await?;
            Ok(used.unwrap_or_default())
        });
        Ok(used.await?.unsigned_abs())
    }

    /// Whether a user was made premium.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn is_premium(&self, user: &UserId) -> Result<bool, Error> {
        let reading = self.database.bounded(async {
            let hash = self.key().await?.hash(user.as_str());
            let select = sqlx::query_scalar("SELECT since FROM premium_users WHERE user_hash = $1").bind(hash);
            let since: Option<i64> = select.fetch_optional(&mut *self.database.read().await?).await?;
            Ok(since.is_some())
        });
        reading.await
    }

    /// Makes a user premium from `now_ms` on, or no longer.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down; nothing is changed then.
    pub async fn set_premium(&self, user: &UserId, premium: bool, now_ms: i64) -> Result<(), Error> {
        let setting = self.database.bounded(async {
            let hash = self.key().await?.hash(user.as_str());
            let mut transaction = self.database.begin().await?;
            let insert =
                "INSERT INTO premium_users (user_hash, since) VALUES ($1, $2) ON CONFLICT (user_hash) DO NOTHING";
            let set = if premium {
                sqlx::query(insert).bind(hash).bind(now_ms)
            } else {
                sqlx::query("DELETE FROM premium_users WHERE user_hash = $1").bind(hash)
            };
            set.execute(&mut *transaction).await?;
            Ok(transaction.commit().await?)
        });
        setting.await
    }

    /// Forgets a user: history, usage, and every link from an analysis or an attempt to them. What began before
    /// `now_ms` and is stored later, on whatever machine, is kept without an owner.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down; nothing is forgotten then.
    pub async fn forget_user(&self, user: &UserId, now_ms: i64) -> Result<(), Error> {
        let forgetting = self.database.bounded(async {
            let hash = self.key().await?.hash(user.as_str());
            let mut transaction = self.database.begin().await?;
            sqlx::query(
                "INSERT INTO forgotten (user_hash, forgotten_at) VALUES ($1, $2)
                 ON CONFLICT (user_hash) DO UPDATE SET forgotten_at = excluded.forgotten_at",
            )
            .bind(&hash)
            .bind(now_ms)
            .execute(&mut *transaction)
            .await?;
            let history = sqlx::query("DELETE FROM user_analyses WHERE user_id = $1").bind(user.as_str());
            history.execute(&mut *transaction).await?;
            for statement in FORGET {
                sqlx::query(statement).bind(&hash).execute(&mut *transaction).await?;
            }
            Ok(transaction.commit().await?)
        });
        forgetting.await
    }

    /// The key from the settings, else from the database, made there when it has none. Several machines share it.
    pub(super) async fn key(&self) -> Result<&HashKey, Error> {
        self.key
            .get_or_try_init(|| async {
                let mut transaction = self.database.begin().await?;
                sqlx::query("INSERT INTO service_keys (name, secret) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
                    .bind(KEY_NAME)
                    .bind(hex(&self.spare_key))
                    .execute(&mut *transaction)
                    .await?;
                let select = sqlx::query_scalar("SELECT secret FROM service_keys WHERE name = $1").bind(KEY_NAME);
                let secret: String = select.fetch_one(&mut *transaction).await?;
                transaction.commit().await?;
                HashKey::parse(&secret).map_err(|reason| Error::Refused(sqlx::Error::Decode(reason.into())))
            })
            .await
    }
}

impl HashKey {
    pub(super) fn hash(&self, user: &str) -> String {
        let mut mac = self.keyed();
        mac.update(user.as_bytes());
        hex(&mac.finalize().into_bytes())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_hashed_with_hmac_sha_256() {
        // RFC 4231, test case 1.
        let key = HashKey::parse(&"\u{b}".repeat(20)).unwrap();
        assert_eq!(key.hash("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    }
}
