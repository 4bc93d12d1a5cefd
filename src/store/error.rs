//! What can go wrong in this room, and whether waiting helps.

use std::io;

/// A failure of the store. None is the caller's fault: what callers send was parsed before it came here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be reached, is busy, full or read-only.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The database did not answer within `DATABASE_TIMEOUT_SECONDS`.
    #[error("the database did not answer in time")]
    TimedOut,
    /// Not tried: the database was down a moment ago.
    #[error("the database was down a moment ago")]
    Resting,
    /// The database waits for `koalens migrate`.
    #[error("the database has schema {found}, this program needs {needed}: run `koalens migrate`")]
    SchemaOlder {
        /// Newest migration the database has had; 0 for none.
        found: i64,
        /// Newest migration this program knows.
        needed: i64,
    },
    /// A migration failed and was rolled back.
    #[error("the database could not be migrated")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The database works and will never take this row or statement.
    #[error("the database refused a statement")]
    Refused(#[source] sqlx::Error),
    /// A stored value is not what this program writes.
    #[error("a stored value cannot be read")]
    Corrupt(#[source] serde_json::Error),
    /// The database is down and `SPOOL_MAX_BYTES` are waiting for it.
    #[error("the spool is full")]
    SpoolFull,
    /// The spool directory cannot be read or written.
    #[error("the spool cannot be used")]
    Spool(#[source] io::Error),
    /// `DATA_DIR`, or the database file or its directory, cannot be made.
    #[error("the data directory cannot be used")]
    Directory(#[source] io::Error),
    /// The backup could not be written.
    #[error("the backup could not be written")]
    Backup(#[source] io::Error),
}

impl Error {
    /// Whether the same call can succeed later without anyone changing it: the caller is answered 503, not 500.
    #[must_use]
    pub fn try_later(&self) -> bool {
        match self {
            Self::Unavailable(_)
            | Self::TimedOut
            | Self::Resting
            | Self::SchemaOlder { .. }
            | Self::SpoolFull
            | Self::Spool(_) => true,
            Self::Migrate(_) | Self::Refused(_) | Self::Corrupt(_) | Self::Directory(_) | Self::Backup(_) => false,
        }
    }
}

impl From<sqlx::Error> for Error {
    /// Whatever is not about the values or the shape of the answer is about the database, and passes.
    fn from(error: sqlx::Error) -> Self {
        let is_refusal = match error.as_database_error() {
            Some(database) => is_about_values(database),
            None => {
                matches!(error, sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. })
            }
        };
        if is_refusal { Self::Refused(error) } else { Self::Unavailable(error) }
    }
}

/// PostgreSQL's classes 22 (data exception) and 23 (constraint), SQLite's TOOBIG (18), CONSTRAINT (19), MISMATCH (20).
fn is_about_values(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    match code.parse::<u32>() {
        // SQLite: extended result codes keep the primary one in the low byte. SQLSTATEs have five characters.
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 18..=20),
        _ => code.starts_with("22") || code.starts_with("23"),
    }
}
