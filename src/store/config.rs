//! Settings of the store.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use hmac::{Hmac, KeyInit};
use sha2::Sha256;
use sqlx::postgres::PgConnectOptions;

/// Where analyses are kept, and for how long.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Storage")]
pub struct Config {
    /// Where to keep analyses: `sqlite:///path/to/file` or `postgres://user:password@host/name`; unset is
    /// `koalens.db` in DATA_DIR.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_parser = Hidden(DatabaseUrl::parse))]
    pub database_url: Option<DatabaseUrl>,
    /// Directory for the SQLite file and for records that wait while the database is down.
    #[arg(long, env = "DATA_DIR", default_value = "data")]
    pub data_dir: PathBuf,
    /// Days after which analyses, their provider calls and histories are deleted.
    #[arg(long, env = "RETENTION_DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub retention_days: u32,
    /// Key for hashing user ids, at least 16 bytes; unset is a random one, made once and kept in the database.
    #[arg(long, env = "USER_HASH_KEY", hide_env_values = true, value_parser = Hidden(HashKey::parse))]
    pub user_hash_key: Option<HashKey>,
    /// Bytes of records that may wait on disk while the database is down; when full, new analyses are refused.
    #[arg(long, env = "SPOOL_MAX_BYTES", default_value_t = 64 << 20)]
    #[arg(value_parser = clap::value_parser!(u64).range(1 << 20..))]
    pub spool_max_bytes: u64,
    /// Seconds the database has for one act; an analysis is spooled after that.
    #[arg(long, env = "DATABASE_TIMEOUT_SECONDS", default_value_t = 3)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=30))]
    pub database_timeout_seconds: u64,
    /// Connections to the database; SQLite uses them for reading and one more for writing.
    #[arg(long, env = "DATABASE_CONNECTIONS", default_value_t = 8)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=200))]
    pub database_connections: u32,
}

/// The engines that analyses can be kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One file, one machine; `serve` migrates it.
    Sqlite,
    /// A server, several machines; `koalens migrate` migrates it.
    Postgres,
}

impl Config {
    /// Which engine these settings name.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self.database_url {
            Some(DatabaseUrl::Postgres(_)) => Engine::Postgres,
            Some(DatabaseUrl::Sqlite(_)) | None => Engine::Sqlite,
        }
    }

    /// Time (UTC milliseconds) before which records are to be purged.
    #[must_use]
    pub fn retention_cutoff_ms(&self, now_ms: i64) -> i64 {
        now_ms - i64::from(self.retention_days) * 86_400_000
    }

    pub(super) fn location(&self) -> DatabaseUrl {
        self.database_url.clone().unwrap_or_else(|| DatabaseUrl::Sqlite(self.data_dir.join("koalens.db")))
    }

    pub(super) fn spool_dir(&self) -> PathBuf {
        self.data_dir.join("spool")
    }

    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(self.database_timeout_seconds)
    }
}

/// Where the database is. `Debug` hides what could hold a password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// A connection string.
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads `sqlite:///path` (absolute) and `postgres://…` or `postgresql://…`.
    ///
    /// # Errors
    /// What a well-formed one looks like; never the text itself, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text.split_once("://") {
            Some(("sqlite", path)) if Path::new(path).is_absolute() => Ok(Self::Sqlite(path.into())),
            Some(("postgres" | "postgresql", _)) if text.parse::<PgConnectOptions>().is_ok() => {
                Ok(Self::Postgres(text.to_owned()))
            }
            _ => Err("DATABASE_URL must be sqlite:///path/to/file or postgres://user:password@host/name"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres://(hidden)"),
        }
    }
}

/// The secret that user ids are hashed with. `Debug` hides it.
#[derive(Clone)]
pub struct HashKey(Hmac<Sha256>);

impl HashKey {
    /// Takes a key as it stands in the settings or in the database.
    ///
    /// # Errors
    /// When it is shorter than 16 bytes: user ids could then be guessed back from their hashes.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match Hmac::new_from_slice(text.as_bytes()) {
            Ok(keyed) if text.len() >= 16 => Ok(Self(keyed)),
            _ => Err("USER_HASH_KEY must have at least 16 bytes"),
        }
    }

    /// An HMAC-SHA-256 under this key that has seen nothing yet.
    pub(super) fn keyed(&self) -> Hmac<Sha256> {
        self.0.clone()
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Reads a setting that may hold a secret: unlike clap's own parsers it never repeats the value in its complaint.
#[derive(Clone)]
struct Hidden<T>(fn(&str) -> Result<T, &'static str>);

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Hidden<T> {
    type Value = T;

    fn parse_ref(&self, cmd: &clap::Command, _: Option<&clap::Arg>, value: &OsStr) -> Result<T, clap::Error> {
        let complain = |reason: &str| clap::Error::raw(ErrorKind::ValueValidation, format!("{reason}\n")).with_cmd(cmd);
        let text = value.to_str().ok_or_else(|| complain("a secret setting must be UTF-8"))?;
        (self.0)(text).map_err(complain)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        store: Config,
    }

    fn parse(arguments: &[&str]) -> Result<Config, clap::Error> {
        Program::try_parse_from([&["koalens"], arguments].concat()).map(|program| program.store)
    }

    #[test]
    fn nothing_set_means_a_file_in_the_data_directory() {
        let config = parse(&[]).unwrap();
        assert_eq!(config.engine(), Engine::Sqlite);
        assert_eq!(config.location(), DatabaseUrl::Sqlite("data/koalens.db".into()));
    }

    #[test]
    fn a_secret_shows_neither_in_debug_output_nor_in_a_complaint() {
        let config = parse(&["--database-url=postgres://a:geheim@h/d", "--user-hash-key=geheim-0123456789"]).unwrap();
        assert_eq!(config.engine(), Engine::Postgres);
        assert!(!format!("{config:?}").contains("geheim"));
        for bad in ["--database-url=mysql://a:geheim@h/d", "--user-hash-key=geheim"] {
            let complaint = parse(&[bad]).err().unwrap().to_string();
            assert!(!complaint.contains("geheim") && complaint.contains("must"), "{complaint}");
        }
    }

    #[test]
    fn a_relative_sqlite_path_is_refused() {
        assert!(DatabaseUrl::parse("sqlite://data/koalens.db").is_err());
        assert_eq!(DatabaseUrl::parse("sqlite:///d/k.db"), Ok(DatabaseUrl::Sqlite("/d/k.db".into())));
    }

    #[test]
    fn retention_is_counted_back_from_now() {
        assert_eq!(parse(&["--retention-days=2"]).unwrap().retention_cutoff_ms(172_800_001), 1);
    }
}
