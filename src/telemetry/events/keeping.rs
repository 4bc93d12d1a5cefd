//! What is kept: records, the spool, readings from before.

use std::error::Error;

use super::super::instruments;
use super::{chain, number};
use crate::domain::AnalysisId;

/// A finished analysis could not be kept anywhere.
pub fn record_lost(id: AnalysisId, cause: &dyn Error) {
    instruments::get().records_lost.add(1, []);
    tracing::error!(analysis_id = %id, cause = chain(cause), "analysis {id} could not be recorded");
}

/// The database is down: a record waits on disk.
pub fn record_spooled(id: AnalysisId, cause: &dyn Error) {
    tracing::warn!(analysis_id = %id, cause = chain(cause), "record spooled, the database is down");
}

/// So much waits on disk for the database, of so many bytes that may.
pub fn spool_changed(records: u64, bytes: u64, max_bytes: u64) {
    let instruments = instruments::get();
    instruments.spool_records.set(number(records), []);
    instruments.spool_bytes.set(number(bytes), []);
    instruments.spool_limit.set(number(max_bytes), []);
}

/// Spooled records reached the database.
pub fn spool_drained(records: usize) {
    tracing::info!(records, "{records} spooled records stored");
}

/// A spooled record that the database will never take was put aside.
pub fn spool_file_set_aside(file: &str, cause: &dyn Error) {
    instruments::get().spool_set_aside.add(1, []);
    tracing::error!(file, cause = chain(cause), "spooled record set aside");
}

/// The service starts although its database cannot be reached.
pub fn starting_without_database(cause: &dyn Error) {
    tracing::warn!(cause = chain(cause), "starting without the database");
}

/// The database was not idle in time.
pub fn database_left_busy() {
    tracing::warn!("database connections were still busy when the store closed");
}

/// Readings may take so many bytes of memory.
pub fn cache_opened(max_bytes: u64) {
    instruments::get().cache_limit.set(number(max_bytes), []);
}

/// A reading from before was looked for.
pub fn kept_reading_sought(found: bool) {
    let instruments = instruments::get();
    if found { &instruments.cache_hits } else { &instruments.cache_misses }.add(1, []);
}

/// Kept readings take so many bytes of memory now.
pub fn cache_holds(bytes: u64) {
    instruments::get().cache_bytes.set(number(bytes), []);
}

/// The cache that machines share did not answer.
pub fn shared_cache_failed(cause: &dyn Error) {
    instruments::get().shared_cache_failures.add(1, []);
    tracing::warn!(cause = chain(cause), "the shared cache of readings failed; this machine's own is used");
}
