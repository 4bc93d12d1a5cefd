//! The rollout's state and its log. Every write names the version it knows; the log is only appended to.

use sqlx::AnyConnection;

use crate::domain::{Decision, Rollout};

use super::database::storable;
use super::lease::Lease;
use super::{Error, Store};

/// A line of the log, to be written with a change or alone.
#[derive(Debug, Clone, Copy)]
pub struct LogEntry<'a> {
    /// Who did it: `admin`, `env`, `leader`, …
    pub who: &'a str,
    /// Why, in their words.
    pub why: &'a str,
    /// What: the name of a command, or `decide`.
    pub action: &'a str,
    /// The decision that it follows from.
    pub decision: Option<&'a Decision>,
}

/// A line of the log as it was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    /// When, UTC milliseconds, by the database's clock.
    pub at_ms: i64,
    /// The version after it.
    pub version: i64,
    /// Who did it.
    pub who: String,
    /// Why.
    pub why: String,
    /// What.
    pub action: String,
    /// The state before; `None` for the first, or where nothing changed.
    pub before: Option<Rollout>,
    /// The state after; `None` where nothing changed.
    pub after: Option<Rollout>,
    /// The decision it follows from.
    pub decision: Option<Decision>,
}

impl Store {
    /// The state of an experiment's rollout, and the time by the database's clock.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn rollout(&self, experiment: &str) -> Result<(Option<Rollout>, i64), Error> {
        let reading = self.database.probe(async {
            let mut connection = self.database.read().await?;
            let now_ms = sqlx::query_scalar("SELECT now_ms FROM database_clock").fetch_one(&mut *connection).await?;
            let select = sqlx::query_scalar("SELECT state FROM rollout_state WHERE experiment = $1").bind(experiment);
            let state: Option<String> = select.fetch_optional(&mut *connection).await?;
            Ok((parse(state)?, now_ms))
        });
        reading.await
    }

    /// Puts `after` in the place of `before` and logs it; `false` when `before` is no longer what is stored, or when
    /// `lease` has passed to someone else: then nothing happened.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down; nothing happened then, or it did and shows at the next read.
    pub async fn change_rollout(
        &self,
        before: Option<&Rollout>,
        after: &Rollout,
        entry: &LogEntry<'_>,
        lease: Option<&Lease>,
    ) -> Result<bool, Error> {
        let writing = self.database.bounded(async {
            let mut transaction = self.database.begin().await?;
            let changed = holds(&mut transaction, lease).await? && put(&mut transaction, before, after).await?;
            if changed {
                append(&mut transaction, &after.experiment, after.version, before, Some(after), entry).await?;
            }
            transaction.commit().await?;
            Ok(changed)
        });
        writing.await
    }

    /// Logs a decision that changes nothing; `false` when `lease` has passed to someone else.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn log_decision(&self, rollout: &Rollout, entry: &LogEntry<'_>, lease: &Lease) -> Result<bool, Error> {
        let writing = self.database.bounded(async {
            let mut transaction = self.database.begin().await?;
            let held = holds(&mut transaction, Some(lease)).await?;
            if held {
                append(&mut transaction, &rollout.experiment, rollout.version, None, None, entry).await?;
            }
            transaction.commit().await?;
            Ok(held)
        });
        writing.await
    }

    /// The newest lines of the log, newest first.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn rollout_log(&self, experiment: &str, limit: u32) -> Result<Vec<Logged>, Error> {
        let reading = self.database.bounded(async {
            let select = sqlx::query_as(
                "SELECT logged_at, version, who, why, action, before, after, decision FROM rollout_log
                 WHERE experiment = $1 ORDER BY id DESC LIMIT $2",
            );
            let rows: Vec<Row> =
                select.bind(experiment).bind(i64::from(limit)).fetch_all(&mut *self.database.read().await?).await?;
            rows.into_iter().map(logged).collect()
        });
        reading.await
    }
}

type Row = (i64, i64, String, String, String, Option<String>, Option<String>, Option<String>);

fn logged((at_ms, version, who, why, action, before, after, decision): Row) -> Result<Logged, Error> {
    let (before, after, decision) = (parse(before)?, parse(after)?, parse(decision)?);
    Ok(Logged { at_ms, version, who, why, action, before, after, decision })
}

fn parse<T: serde::de::DeserializeOwned>(json: Option<String>) -> Result<Option<T>, Error> {
    json.map(|json| serde_json::from_str(&json)).transpose().map_err(Error::Corrupt)
}

fn write<T: serde::Serialize>(value: Option<&T>) -> Result<Option<String>, Error> {
    value.map(serde_json::to_string).transpose().map_err(Error::Corrupt)
}

/// Whether the lease is still its holder's; the row stays locked until the transaction ends.
async fn holds(db: &mut AnyConnection, lease: Option<&Lease>) -> Result<bool, Error> {
    let Some(lease) = lease else { return Ok(true) };
    let touch = sqlx::query(
        "UPDATE leases SET epoch = epoch WHERE name = $1 AND holder = $2 AND epoch = $3
             AND expires_at > (SELECT now_ms FROM database_clock)",
    );
    let touched = touch.bind(&lease.name).bind(&lease.holder).bind(lease.epoch).execute(db).await?;
    Ok(touched.rows_affected() == 1)
}

async fn put(db: &mut AnyConnection, before: Option<&Rollout>, after: &Rollout) -> Result<bool, Error> {
    let state = serde_json::to_string(after).map_err(Error::Corrupt)?;
    let written = match before {
        None => {
            sqlx::query(
                "INSERT INTO rollout_state (experiment, version, state) VALUES ($1, $2, $3)
                 ON CONFLICT (experiment) DO NOTHING",
            )
            .bind(&after.experiment)
            .bind(after.version)
            .bind(state)
            .execute(db)
            .await?
        }
        Some(before) => {
            sqlx::query("UPDATE rollout_state SET version = $1, state = $2 WHERE experiment = $3 AND version = $4")
                .bind(after.version)
                .bind(state)
                .bind(&after.experiment)
                .bind(before.version)
                .execute(db)
                .await?
        }
    };
    Ok(written.rows_affected() == 1)
}

async fn append(
    db: &mut AnyConnection,
    experiment: &str,
    version: i64,
    before: Option<&Rollout>,
    after: Option<&Rollout>,
    entry: &LogEntry<'_>,
) -> Result<(), Error> {
    let insert = sqlx::query(
        "INSERT INTO rollout_log (experiment, version, logged_at, who, why, action, before, after, decision)
         SELECT $1, $2, now_ms, $3, $4, $5, $6, $7, $8 FROM database_clock",
    );
    insert
        .bind(experiment)
        .bind(version)
        .bind(entry.who)
        .bind(storable(entry.why).as_ref())
        .bind(entry.action)
        .bind(write(before)?)
        .bind(write(after)?)
        .bind(write(entry.decision)?)
        .execute(db)
        .await?;
    Ok(())
}
