//! Readings that were paid for, kept for whoever sends the same upload again: to the same arm, in the same language.
//!
//! Found before anything is decoded, so a hit costs a hash. It holds what a model said and never a picture; the key is
//! a hash of the upload. One flight for equal uploads at the same time: the first is worked on and the others wait for
//! it, but not longer than leaves them time of their own, and they do it themselves when it fails or leaves.

mod flights;
mod key;
mod shared;

use std::sync::Arc;
use std::time::{Duration, Instant as StdInstant};

use moka::Expiry;
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

pub(super) use flights::Flight;
pub(super) use key::Key;
pub use shared::RedisUrl;

use super::gate::{Full, Slot};
use crate::domain::{MediaFacts, QualityIssue, Reading};
use crate::telemetry::events;
use flights::Flights;
use shared::Shared;

/// What is kept of one reading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// What the label says, by the model's word.
    pub reading: Reading,
    /// What the local reader was sure of on the same pictures, where it was asked.
    pub second: Option<String>,
    /// The model that answered.
    pub model: String,
    /// Where the pictures came from and what was sent.
    pub facts: MediaFacts,
    /// What made the pictures hard to read.
    pub issues: Vec<QualityIssue>,
}

/// A reading that is kept, and until when.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// It.
    pub kept: Arc<Kept>,
    /// One that comes from another machine has some of its age behind it.
    until: Instant,
}

impl Held {
    fn time_left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}

/// What there is for an upload.
#[derive(Debug)]
pub(super) enum Found {
    /// A reading.
    Kept(Held),
    /// None: it is to be read. Others may wait for the flight, if there is one, until it is dropped.
    Fresh(Option<Flight>),
}

/// Readings in memory, bounded by their bytes and their age, and shared with other machines where there is a Redis.
#[derive(Debug)]
pub(super) struct KeptReadings {
    memory: Option<Cache<Key, Held>>,
    age: Duration,
    shared: Option<Shared>,
    flights: Flights,
}

impl KeptReadings {
    /// An empty one, of readings up to `age` and so many bytes in memory; without an age it keeps nothing.
    pub fn new(age: Duration, max_bytes: u64, redis: Option<&RedisUrl>) -> Self {
        let memory = (!age.is_zero())
            .then(|| Cache::builder().max_capacity(max_bytes).expire_after(ByAge).weigher(weight).build());
        events::cache_opened(if memory.is_some() { max_bytes } else { 0 });
        let shared = memory.as_ref().and(redis).map(Shared::new);
        Self { memory, age, shared, flights: Flights::default() }
    }

    /// Whether anything is kept at all.
    pub fn is_on(&self) -> bool {
        self.memory.is_some()
    }

    /// What there is for `key`, waiting at most until `until` for an equal upload that is being worked on.
    /// The wait is outside of `slot`, to which there is time to come back until the deadline beside it.
    ///
    /// # Errors
    /// [`Full`] when that was too late.
    pub async fn find(&self, key: Key, until: Instant, slot: (&mut Slot, Instant)) -> Result<Found, Full> {
        let found = self.seek(key, until, slot).await?;
        events::kept_reading_sought(matches!(found, Found::Kept(_)));
        Ok(found)
    }

    async fn seek(&self, key: Key, until: Instant, (slot, end): (&mut Slot, Instant)) -> Result<Found, Full> {
        if let Some(held) = self.get(key).await {
            return Ok(Found::Kept(held));
        }
        loop {
            let mut other = match self.flights.board(key) {
                // It may have landed since it was looked for.
                Ok(flight) => return Ok(self.in_memory(key).map_or(Found::Fresh(Some(flight)), Found::Kept)),
                Err(other) => other,
            };
            let in_time = slot.outside(timeout_at(until, other.changed()), end).await?.is_ok();
            match self.in_memory(key) {
                Some(held) => return Ok(Found::Kept(held)),
                // It failed: one of those who waited goes next, so that they do not all go at once.
                None if in_time => {}
                None => return Ok(Found::Fresh(None)),
            }
        }
    }

    /// Keeps a reading; in place of an `earlier` one no longer than that would have been.
    pub fn keep(&self, key: Key, kept: Kept, earlier: Option<&Held>) {
        let until = earlier.map_or_else(|| Instant::now() + self.age, |earlier| earlier.until);
        let held = Held { kept: Arc::new(kept), until };
        if let Some(memory) = &self.memory {
            memory.insert(key, held.clone());
            // What it weighs is known once the cache has looked after itself.
            memory.run_pending_tasks();
            events::cache_holds(memory.weighted_size());
        }
        if let Some(shared) = self.shared.clone() {
            tokio::spawn(async move { shared.put(key, &held.kept, held.time_left()).await });
        }
    }

    fn in_memory(&self, key: Key) -> Option<Held> {
        self.memory.as_ref()?.get(&key)
    }

    async fn get(&self, key: Key) -> Option<Held> {
        if let Some(held) = self.in_memory(key) {
            return Some(held);
        }
        let (kept, time_left) = self.shared.as_ref()?.get(key).await?;
        let held = Held { kept: Arc::new(kept), until: Instant::now() + time_left.min(self.age) };
        self.memory.as_ref()?.insert(key, held.clone());
        Some(held)
    }
}

/// Each entry ends when its own time is over, however often it is read or added to.
struct ByAge;

impl Expiry<Key, Held> for ByAge {
    fn expire_after_create(&self, _: &Key, held: &Held, _: StdInstant) -> Option<Duration> {
        Some(held.time_left())
    }

    fn expire_after_update(&self, _: &Key, held: &Held, _: StdInstant, _: Option<Duration>) -> Option<Duration> {
        Some(held.time_left())
    }
}

/// About the memory that an entry takes, bytes.
fn weight(_: &Key, held: &Held) -> u32 {
    let kept = &held.kept;
    let reading = &kept.reading;
    let names = reading
        .ingredients
        .iter()
        .flatten()
        .map(|item| item.name.len() + item.translated_name.as_ref().map_or(0, String::len) + 128)
        .sum::<usize>();
    let texts = reading.label_text.len() + kept.second.as_ref().map_or(0, String::len) + kept.model.len();
    let claims = reading.claims.iter().map(|claim| claim.len() + 24).sum::<usize>();
    u32::try_from(size_of::<Kept>() + names + texts + claims).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
