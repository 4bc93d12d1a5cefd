//! The connections, and the patience we have with them. Statements see no engine: `sqlx::Any` runs the same text,
//! `$1` placeholders included, on both.

use std::borrow::Cow;
use std::future::Future;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions, Connection, Transaction};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use super::config::{Config, DatabaseUrl, Engine};
use super::error::Error;
use super::migrations;
use crate::telemetry::events;

/// How long after an outage was noticed nobody else waits for the database: requests go straight to the spool, so that
/// each of them does not cost a whole timeout.
const REST: Duration = Duration::from_secs(1);

/// Pools of one database. SQLite has one writer, so that writers queue here instead of failing as busy; PostgreSQL's
/// two pools are the same one.
pub(super) struct Database {
    engine: Engine,
    writers: AnyPool,
    readers: AnyPool,
    timeout: Duration,
    checked: OnceCell<()>,
    rests_until: Mutex<Option<Instant>>,
}

impl Database {
    /// Prepares the pools; nothing is connected yet.
    pub(super) fn new(config: &Config) -> Result<Self, Error> {
        let location = config.location();
        let options = options(&location)?;
        let timeout = config.timeout();
        let pool = |size: u32, setup: String| {
            AnyPoolOptions::new()
                .max_connections(size)
                .acquire_timeout(timeout)
                .after_connect(move |connection, _| {
                    let setup = AssertSqlSafe(setup.clone());
                    Box::pin(async move { sqlx::raw_sql(setup).execute(connection).await.map(drop) })
                })
                .connect_lazy_with(options.clone())
        };
        let setup = setup(&location, timeout);
        let writers =
            pool(if config.engine() == Engine::Sqlite { 1 } else { config.database_connections }, setup.clone());
        let readers = match config.engine() {
            Engine::Sqlite => pool(config.database_connections, format!("{setup}; PRAGMA query_only = ON")),
            Engine::Postgres => writers.clone(),
        };
        let (checked, rests_until) = (OnceCell::new(), Mutex::new(None));
        Ok(Self { engine: config.engine(), writers, readers, timeout, checked, rests_until })
    }

    /// A connection that reads, on a schema that is new enough.
    pub(super) async fn read(&self) -> Result<PoolConnection<Any>, Error> {
        let mut connection = self.readers.acquire().await?;
        self.checked.get_or_try_init(|| migrations::check(&mut connection)).await?;
        Ok(connection)
    }

    /// A transaction that may write, on a schema that is new enough. Dropped without a commit, it never was.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Any>, Error> {
        if !self.checked.initialized() {
            self.read().await?;
        }
        // A SQLite transaction that begins by reading cannot wait for its turn to write; it fails as busy at once.
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN",
        };
        Ok(self.writers.begin_with(begin).await?)
    }

    /// Does `work` within the timeout, or not at all shortly after an outage.
    pub(super) async fn bounded<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let rests_until = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        if rests_until.is_some_and(|until| Instant::now() < until) {
            Err(Error::Resting)
        } else {
            self.probe(work).await
        }
    }

    /// As [`Self::bounded`], but also during the rest: for background work, which finds out that an outage is over.
    pub(super) async fn probe<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let outcome = timeout(self.timeout, work).await.unwrap_or(Err(Error::TimedOut));
        let is_down = outcome.as_ref().is_err_and(Error::try_later);
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = is_down.then(|| Instant::now() + REST);
        outcome
    }

    /// Does `work` within the timeout, and draws no conclusion from how it ends: where many machines want the same row,
    /// a wait that was too long says nothing of the database.
    pub(super) async fn aside<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        timeout(self.timeout, work).await.unwrap_or(Err(Error::TimedOut))
    }

    /// Closes all connections once they are idle, waiting at most the timeout for them.
    pub(super) async fn close(&self) {
        let closing = async {
            self.readers.close().await;
            self.writers.close().await;
        };
        if timeout(self.timeout, closing).await.is_err() {
            events::database_left_busy();
        }
    }
}

/// One connection outside the pools, for migrations and backups.
pub(super) async fn connect(location: &DatabaseUrl, patience: Duration) -> Result<AnyConnection, Error> {
    let mut connection = AnyConnection::connect_with(&options(location)?).await?;
    sqlx::raw_sql(AssertSqlSafe(setup(location, patience))).execute(&mut connection).await?;
    Ok(connection)
}

/// Text as both engines can hold it: PostgreSQL has no place for U+0000.
pub(super) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

fn options(location: &DatabaseUrl) -> Result<AnyConnectOptions, Error> {
    sqlx::any::install_default_drivers();
    let options = match location {
        DatabaseUrl::Sqlite(path) => {
            let path = std::path::absolute(path).map_err(Error::Directory)?;
            AnyConnectOptions::from_url(&sqlite_options(&path).to_url_lossy())
        }
        DatabaseUrl::Postgres(url) => url.parse(),
    };
    // Statements would be logged with the rows' sizes and times at every level; the store logs what matters itself.
    Ok(options?.disable_statement_logging())
}

fn sqlite_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).create_if_missing(true)
}

/// What each new connection is told. `synchronous = FULL`: an answer that left was recorded, power cut or not.
/// `secure_delete`: what a user wants forgotten is overwritten, not only unlinked.
fn setup(location: &DatabaseUrl, patience: Duration) -> String {
    let patience_ms = patience.as_millis();
    match location {
        DatabaseUrl::Sqlite(_) => format!(
            "PRAGMA busy_timeout = {patience_ms}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON"
        ),
        // A statement that we no longer wait for must not go on holding its locks.
        DatabaseUrl::Postgres(_) => format!("SET statement_timeout = {patience_ms}; SET lock_timeout = {patience_ms}"),
    }
}
