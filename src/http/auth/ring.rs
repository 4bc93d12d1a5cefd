//! The keys that are taken, and how often each may call.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::super::error::{Code, Problem};
use super::super::limits::Limit;
use crate::store::{Store, hash_of};
use crate::telemetry::events;

/// How old what is known of keys may be: when a new one is taken, and a revoked one no more.
const FRESH_FOR: Duration = Duration::from_secs(5);

/// The keys as they were read last. While the database is down they go on to be taken.
#[derive(Default)]
pub struct Ring(Mutex<Known>);

#[derive(Default)]
struct Known {
    read: Option<Instant>,
    tried: Option<Instant>,
    /// By the hash of the key.
    keys: HashMap<String, Key>,
}

#[derive(Clone)]
struct Key {
    per_minute: u32,
    rate: Arc<Limit<()>>,
}

impl Ring {
    /// Counts a request against `key`.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, `RATE_LIMITED`; `AUTH_UNAVAILABLE` while no keys could be read yet.
    pub async fn count(&self, store: &Store, key: &str) -> Result<(), Problem> {
        let hash = hash_of(key);
        let mut known = self.0.lock().await;
        if known.tried.is_none_or(|at| at.elapsed() >= FRESH_FOR) {
            known.read(store).await;
        }
        if known.read.is_none() {
            return Err(Problem::new(Code::AuthUnavailable));
        }
        let Some(Key { rate, .. }) = known.keys.get(&hash) else {
            return Err(super::unauthenticated("ApiKey error=\"invalid_key\""));
        };
        rate.count(&())
    }
}

impl Known {
    async fn read(&mut self, store: &Store) {
        self.tried = Some(Instant::now());
        let stored = match store.api_keys().await {
            Ok(stored) => stored,
            Err(error) => return events::background_failed("reading the keys of callers", &error),
        };
        let taken = stored.into_iter().filter(|key| key.revoked_at_ms.is_none());
        self.keys = taken
            .map(|key| {
                let same = self.keys.remove(&key.hash).filter(|known| known.per_minute == key.per_minute);
                let per_minute = key.per_minute;
                let key_of = || Key { per_minute, rate: Arc::new(Limit::per_minute(per_minute)) };
                (key.hash, same.unwrap_or_else(key_of))
            })
            .collect();
        self.read = self.tried;
    }
}
