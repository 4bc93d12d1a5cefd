//! Time and ids, handed to whoever needs them, so that a test can hold them still.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

/// Where the time of day and fresh ids come from. Durations are measured with the runtime's own monotonic clock.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's.
    System,
    /// Stands still at a moment; ids count up from it.
    Still {
        /// UTC milliseconds.
        now_ms: i64,
        /// Ids made so far.
        made: Arc<AtomicU64>,
    },
}

impl Clock {
    /// A clock that stands at `now_ms`.
    #[must_use]
    pub fn still(now_ms: i64) -> Self {
        Self::Still { now_ms, made: Arc::default() }
    }

    /// UTC milliseconds.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time of day")]
    pub fn now_ms(&self) -> i64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)),
            Self::Still { now_ms, .. } => *now_ms,
        }
    }

    /// A fresh UUIDv7.
    #[must_use]
    pub fn new_uuid(&self) -> Uuid {
        match self {
            Self::System => Uuid::now_v7(),
            Self::Still { now_ms, made } => {
                let count = made.fetch_add(1, Ordering::Relaxed);
                let millis = u64::try_from(*now_ms).unwrap_or_default();
                let mut random = [0; 10];
                random[2..].copy_from_slice(&count.to_be_bytes());
                uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_still_clock_makes_distinct_ids_of_the_same_moment() {
        let clock = Clock::still(1_700_000_000_000);
        assert_ne!(clock.new_uuid(), clock.new_uuid());
        assert_eq!(clock.now_ms(), 1_700_000_000_000);
    }
}
