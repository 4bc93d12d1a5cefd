//! The schema: numbered migrations, the same numbers on both engines, and what the database has had of them.

use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, Connection, SqlSafeStr};

use super::config::{Config, DatabaseUrl, Engine};
use super::database;
use super::error::Error;

/// Number, name, SQLite's text, PostgreSQL's text. Expand, then contract: older programs run against a newer schema.
const MIGRATIONS: [(i64, &str, &str, &str); 5] = [
    (
        1,
        "first",
        include_str!("../../migrations/sqlite/0001_first.sql"),
        include_str!("../../migrations/postgres/0001_first.sql"),
    ),
    (
        2,
        "rollout",
        include_str!("../../migrations/sqlite/0002_rollout.sql"),
        include_str!("../../migrations/postgres/0002_rollout.sql"),
    ),
    (
        3,
        "budgets",
        include_str!("../../migrations/sqlite/0003_budgets.sql"),
        include_str!("../../migrations/postgres/0003_budgets.sql"),
    ),
    (
        4,
        "counters_reports_keys",
        include_str!("../../migrations/sqlite/0004_counters_reports_keys.sql"),
        include_str!("../../migrations/postgres/0004_counters_reports_keys.sql"),
    ),
    (
        5,
        "awaited_and_callers",
        include_str!("../../migrations/sqlite/0005_awaited_and_callers.sql"),
        include_str!("../../migrations/postgres/0005_awaited_and_callers.sql"),
    ),
];

/// The schema this program needs.
pub(super) const NEWEST: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// How long one statement may take, waiting for another process that is migrating the same database included: an index
/// over a large table takes minutes.
const PATIENCE: Duration = Duration::from_secs(600);

/// Brings the database up to this program's schema; does nothing when it is there. Safe to run from several processes
/// at once.
///
/// # Errors
/// [`Error::Migrate`] when a migration fails (it is rolled back), [`Error::Unavailable`] when the database is down.
pub async fn migrate(config: &Config) -> Result<(), Error> {
    let location = config.location();
    if let DatabaseUrl::Sqlite(path) = &location {
        make_private_file(path)?;
    }
    let mut connection = database::connect(&location, PATIENCE).await?;
    // `run` takes an `Acquire`, whose bounds make a future that cannot be spawned; `run_direct` is what it calls.
    let migrated = match config.engine() {
        // sqlx takes no lock on SQLite: one transaction around all of it does.
        Engine::Sqlite => {
            let mut transaction = connection.begin_with("BEGIN EXCLUSIVE").await?;
            let migrated = migrator(Engine::Sqlite).run_direct(None, &mut *transaction, false).await;
            transaction.commit().await?;
            migrated
        }
        Engine::Postgres => migrator(Engine::Postgres).run_direct(None, &mut connection, false).await,
    };
    connection.close().await?;
    migrated.map_err(Error::Migrate)
}

/// Makes a directory that only this user can enter, unless it is there.
pub(super) fn make_private_dir(path: &Path) -> Result<(), Error> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(Error::Directory)
}

/// Makes the database file for this user alone, unless it is there: it holds user ids. SQLite gives the files beside it
/// the same mode.
fn make_private_file(path: &Path) -> Result<(), Error> {
    make_private_dir(path.parent().unwrap_or(Path::new(".")))?;
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop).map_err(Error::Directory)
}

/// Refuses a database whose schema is older than this program; a newer one is fine.
pub(super) async fn check(connection: &mut AnyConnection) -> Result<(), Error> {
    let newest = sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations WHERE success");
    let found = match newest.fetch_one(connection).await {
        Ok(version) => Option::<i64>::unwrap_or_default(version),
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(UNDEFINED_TABLE) => 0,
        Err(error) => return Err(error.into()),
    };
    if found < NEWEST { Err(Error::SchemaOlder { found, needed: NEWEST }) } else { Ok(()) }
}

/// PostgreSQL's code for a table that does not exist: the database was never migrated.
const UNDEFINED_TABLE: &str = "42P01";

fn migrator(engine: Engine) -> Migrator {
    let mut migrator = Migrator::with_migrations(
        MIGRATIONS
            .into_iter()
            .map(|(version, name, sqlite, postgres)| {
                let text = match engine {
                    Engine::Sqlite => sqlite,
                    Engine::Postgres => postgres,
                };
                Migration::new(version, name.into(), MigrationType::Simple, text.into_sql_str(), false)
            })
            .collect(),
    );
    migrator.set_ignore_missing(true);
    migrator
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_have_the_same_numbers_and_every_file_is_built_in() {
        let listed = |engine: &str| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
            let mut names: Vec<_> =
                std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        let built_in: Vec<_> = MIGRATIONS.iter().map(|(number, name, ..)| format!("{number:04}_{name}.sql")).collect();
        assert_eq!((listed("sqlite"), listed("postgres")), (built_in.clone(), built_in));
    }
}
