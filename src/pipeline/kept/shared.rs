//! Kept readings that all machines share, in a Redis. It may be slow or down: then there is no reading, and nobody waits.

use std::fmt;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands, Client, RedisError};
use tokio::time::timeout;

use super::{Kept, Key};
use crate::telemetry::events;

/// Longest wait for an answer or a connection.
const PATIENCE: Duration = Duration::from_millis(150);
/// Largest value that is taken for one of ours.
const MAX_BYTES: usize = 1 << 20;

/// Where the Redis is. `Debug` hides what could hold a password.
#[derive(Clone)]
pub struct RedisUrl(Client);

impl RedisUrl {
    /// Reads `redis://…` and `rediss://…` (with TLS).
    ///
    /// # Errors
    /// What a well-formed one looks like; never the text itself, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        Client::open(text).map(Self).map_err(|_| "REDIS_URL must be redis://user:password@host:port/database")
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("redis://(hidden)")
    }
}

/// The connection, made when it is first needed and again when it broke.
#[derive(Clone)]
pub struct Shared {
    connection: Option<ConnectionManager>,
}

impl Shared {
    /// Connects when it is first asked.
    pub fn new(url: &RedisUrl) -> Self {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        let connection = ConnectionManager::new_lazy_with_config(url.0.clone(), config)
            .inspect_err(|error| events::shared_cache_failed(error))
            .ok();
        Self { connection }
    }

    /// The reading under `key`, if there is one and it is well formed, and how long it still lives.
    pub async fn get(&self, key: Key) -> Option<(Kept, Duration)> {
        let mut connection = self.connection.clone()?;
        let mut both = redis::pipe();
        both.get(key.name()).pttl(key.name());
        let asking = timeout(PATIENCE, both.query_async(&mut connection));
        // Connecting is not within the limits that the connection itself keeps.
        let got: Result<(Option<Vec<u8>>, i64), RedisError> = asking.await.ok()?;
        let (bytes, left_ms) = got.inspect_err(|error| events::shared_cache_failed(error)).ok()?;
        let bytes = bytes.filter(|bytes| bytes.len() <= MAX_BYTES)?;
        // Without an end of its own it is none of ours; it may also have ended between the two questions.
        let left_ms = u64::try_from(left_ms).ok()?;
        Some((serde_json::from_slice(&bytes).ok()?, Duration::from_millis(left_ms)))
    }

    /// Puts a reading there, for a time.
    pub async fn put(&self, key: Key, kept: &Kept, time_left: Duration) {
        let (Some(mut connection), Ok(bytes)) = (self.connection.clone(), serde_json::to_vec(kept)) else { return };
        let Some(left_ms) = u64::try_from(time_left.as_millis()).ok().filter(|left_ms| *left_ms > 0) else { return };
        let put: Result<(), RedisError> = connection.pset_ex(key.name(), bytes, left_ms).await;
        if let Err(error) = put {
            events::shared_cache_failed(&error);
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
