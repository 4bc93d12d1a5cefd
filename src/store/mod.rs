//! SQLite and PostgreSQL: analyses, every attempt at a provider, history, usage, counters, feedback, reports, keys.
//!
//! An analysis is recorded in one transaction, and idempotently by its id. While the database is down its record waits
//! on disk ([`Recorded::Spooled`]) until [`Store::drain_spool`]; everything else then fails with an error whose
//! [`Error::try_later`] is true. Nothing that a caller waits for takes longer than `DATABASE_TIMEOUT_SECONDS`.
//!
//! What this room never does: keep a picture; keep a raw user id anywhere but in the history table (and in the spool,
//! on its way there); ask the clock or make a random number.

mod analyses;
mod api_keys;
mod backup;
mod budgets;
mod config;
mod counters;
mod database;
mod drain;
mod error;
mod feedback;
mod figures;
mod hints;
mod insert;
mod keys;
mod lease;
mod migrations;
mod pairs;
mod record;
mod reports;
mod retention;
mod rollout;
mod spool;
mod tally;
mod timeline;
mod users;

use tokio::sync::OnceCell;

pub use api_keys::{ApiKey, hash_of};
pub use backup::backup;
pub use budgets::{Budget, Slice, Unreturned};
pub use config::{Config, DatabaseUrl, Engine, HashKey};
pub use error::Error;
pub use feedback::{Complaint, Feedback};
pub use figures::{ArmAndModel, Said};
pub use hints::Hints;
pub use keys::{Awaited, Claim, Claimed, Noted};
pub use lease::Lease;
pub use migrations::migrate;
pub use pairs::{Shadowed, Side};
pub use record::{Attempts, Recorded};
pub use reports::Report;
pub use rollout::{LogEntry, Logged};
pub use tally::figures_of;
pub use timeline::Timeline;

use database::Database;
use spool::Spool;

use crate::telemetry::events;

/// All that is kept. Share it behind an `Arc`.
pub struct Store {
    database: Database,
    spool: Spool,
    location: DatabaseUrl,
    key: OnceCell<HashKey>,
    /// Becomes the stored key if no setting names one and the database has none yet.
    spare_key: [u8; 32],
}

impl Store {
    /// Opens the store. SQLite is migrated first. A PostgreSQL that is down does not stop the service: it is used, and
    /// its schema checked, when it comes up.
    ///
    /// `spare_key` is fresh randomness: it becomes the key for hashing user ids if `USER_HASH_KEY` is unset and the
    /// database holds none.
    ///
    /// # Errors
    /// [`Error::SchemaOlder`] for a PostgreSQL that was not migrated, [`Error::Directory`] and [`Error::Spool`] for a
    /// `DATA_DIR` that cannot be used, [`Error::Migrate`] and [`Error::Unavailable`] for such a SQLite file.
    pub async fn open(config: &Config, spare_key: [u8; 32]) -> Result<Self, Error> {
        if config.engine() == Engine::Sqlite {
            migrate(config).await?;
        }
        let store = Self {
            database: Database::new(config)?,
            spool: Spool::open(config.spool_dir(), config.spool_max_bytes)?,
            location: config.location(),
            key: OnceCell::new_with(config.user_hash_key.clone()),
            spare_key,
        };
        match store.ask().await {
            Err(error @ (Error::Unavailable(_) | Error::TimedOut)) if config.engine() == Engine::Postgres => {
                events::starting_without_database(&error);
            }
            outcome => outcome?,
        }
        Ok(store)
    }

    /// Whether the database answers now, with a schema that is new enough.
    pub async fn is_up(&self) -> bool {
        self.ask().await.is_ok()
    }

    /// Whether records could no longer be kept if the database went down: new analyses are to be refused.
    #[must_use]
    pub fn spool_full(&self) -> bool {
        self.spool.is_full()
    }

    /// Lets go of the database, waiting a bounded time for what still uses it.
    pub async fn close(&self) {
        self.database.close().await;
    }

    async fn ask(&self) -> Result<(), Error> {
        self.database
            .probe(async {
                let mut connection = self.database.read().await?;
                sqlx::query("SELECT 1").execute(&mut *connection).await?;
                Ok(())
            })
            .await
    }
}
