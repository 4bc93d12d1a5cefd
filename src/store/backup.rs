//! A copy of the whole database in one file, taken while the service runs.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use sqlx::Connection;
use sqlx::any::AnyConnectOptions;
use tokio::process::Command;

use super::config::{Config, DatabaseUrl};
use super::database;
use super::error::Error;

/// How long to wait for a writer before giving up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes a consistent copy of the database to `target`, a new file that only this user can read: a SQLite file, or an
/// archive for `pg_restore` (written by the `pg_dump` on `PATH`). It holds raw user ids and the key for hashing them.
///
/// # Errors
/// [`Error::Backup`] when `target` exists or cannot be written or `pg_dump` fails (it says why on standard error),
/// [`Error::Unavailable`] when the database is down.
pub async fn backup(config: &Config, target: &Path) -> Result<(), Error> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(target).map_err(Error::Backup)?;
    let copied = match config.location() {
        DatabaseUrl::Sqlite(path) => vacuum(&path, target).await,
        DatabaseUrl::Postgres(url) => pg_dump(&url, target).await,
    };
    if copied.is_err() {
        fs::remove_file(target).map_err(Error::Backup)?;
    }
    copied
}

async fn vacuum(path: &Path, target: &Path) -> Result<(), Error> {
    // Connecting would make the file, and the backup of a mistyped path would be an empty one.
    fs::metadata(path).map_err(Error::Backup)?;
    let mut connection = database::connect(&DatabaseUrl::Sqlite(path.to_owned()), PATIENCE).await?;
    let vacuum = sqlx::query("VACUUM INTO $1").bind(target.to_string_lossy().into_owned());
    let copied = vacuum.execute(&mut connection).await;
    connection.close().await?;
    copied?;
    OpenOptions::new().write(true).open(target).and_then(|file| file.sync_all()).map_err(Error::Backup)
}

/// The password travels in the environment: a command line is public to every user of the machine.
async fn pg_dump(url: &str, target: &Path) -> Result<(), Error> {
    let mut url = url.parse::<AnyConnectOptions>()?.database_url;
    let mut command = Command::new("pg_dump");
    if let Some(password) = url.password() {
        let password = percent_decode_str(password).decode_utf8_lossy().into_owned();
        command.env("PGPASSWORD", password);
    }
    // Fails only for URLs without a host, which have no password either.
    let _ = url.set_password(None);
    command.args(["--format=custom", "--no-owner", "--no-privileges"]).arg("--file").arg(target);
    command.arg("--dbname").arg(url.as_str()).stdin(Stdio::null()).kill_on_drop(true);
    let status = command.status().await.map_err(Error::Backup)?;
    if status.success() { Ok(()) } else { Err(Error::Backup(io::Error::other(format!("pg_dump: {status}")))) }
}
