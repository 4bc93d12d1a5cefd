//! Who is at work on which key: on this instance in memory, on all of them in the store. While that is down, memory is
//! all there is.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::error::Problem;
use crate::domain::AnalysisId;
use crate::store::{Claim, Claimed, Store};
use crate::telemetry::events;

/// Answers that are held in memory at most, because the store could not take them.
const MOST_HELD: usize = 500;

/// This instance's keys: those in flight, and those whose answer the store could not take.
#[derive(Default)]
pub struct Keys(Mutex<HashMap<String, Entry>>);

struct Entry {
    claim: Claim,
    /// Whether the store knows of it.
    stored: bool,
    answer: Option<String>,
}

impl Keys {
    /// Claims a key; a fresh one is to be answered or released.
    ///
    /// # Errors
    /// A fault of the store other than being down.
    pub(super) async fn claim(&self, store: &Store, claim: &Claim, now_ms: i64) -> Result<Claimed, Problem> {
        let standing = self.enter(claim, now_ms);
        if standing != Claimed::Fresh {
            return Ok(standing);
        }
        match store.claim_key(claim, now_ms).await {
            Ok(Claimed::Fresh) => {
                if let Some(entry) = self.entries().get_mut(&claim.scope) {
                    entry.stored = true;
                }
                Ok(Claimed::Fresh)
            }
            Err(error) if error.try_later() => Ok(Claimed::Fresh),
            other => {
                self.entries().remove(&claim.scope);
                Ok(other?)
            }
        }
    }

    /// Keeps the answer for whoever asks again.
    pub(super) async fn answer(&self, store: &Store, claim: &Claim, answer: String) {
        let stored = self.entries().get(&claim.scope).is_some_and(|entry| entry.stored);
        if stored && store.answer_key(claim, &answer).await.is_ok() {
            self.entries().remove(&claim.scope);
        } else {
            self.hold(claim, answer);
        }
    }

    /// Frees the key, and keeps why for whoever comes to fetch its answer.
    pub(super) async fn fail(&self, store: &Store, claim: &Claim, failure: &str) {
        let entry = self.entries().remove(&claim.scope);
        if entry.is_some_and(|entry| entry.stored)
            && let Err(error) = store.fail_key(claim, failure).await
        {
            events::background_failed("freeing a request's key", &error);
        }
    }

    /// Whether this instance is at an analysis.
    pub fn works_on(&self, analysis: AnalysisId, now_ms: i64) -> bool {
        let is_at = |entry: &Entry| entry.answer.is_none() && entry.claim.lease_until_ms > now_ms;
        self.entries().values().any(|entry| entry.claim.analysis == analysis && is_at(entry))
    }

    /// Enters a key that nobody here is at, or says how it stands.
    fn enter(&self, claim: &Claim, now_ms: i64) -> Claimed {
        let mut entries = self.entries();
        let standing = match entries.get(&claim.scope) {
            None => Claimed::Fresh,
            Some(entry) if entry.claim.expires_at_ms <= now_ms => Claimed::Fresh,
            Some(entry) if entry.claim.body != claim.body => Claimed::Conflict,
            Some(Entry { answer: Some(answer), .. }) => Claimed::Answered(answer.clone()),
            Some(entry) if entry.claim.lease_until_ms <= now_ms => Claimed::Fresh,
            Some(_) => Claimed::InFlight,
        };
        if standing == Claimed::Fresh {
            entries.insert(claim.scope.clone(), Entry { claim: claim.clone(), stored: false, answer: None });
        }
        standing
    }

    fn hold(&self, claim: &Claim, answer: String) {
        let mut entries = self.entries();
        if entries.values().filter(|entry| entry.answer.is_some()).count() >= MOST_HELD {
            let held = entries.iter().filter(|(_, entry)| entry.answer.is_some());
            let oldest = held.min_by_key(|(_, entry)| entry.claim.expires_at_ms).map(|(scope, _)| scope.clone());
            oldest.and_then(|scope| entries.remove(&scope));
        }
        entries.insert(claim.scope.clone(), Entry { claim: claim.clone(), stored: false, answer: Some(answer) });
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn claim(scope: usize, body: &str) -> Claim {
        Claim {
            scope: scope.to_string(),
            body: body.to_owned(),
            analysis: AnalysisId::new(Uuid::nil()),
            user: None,
            lease_until_ms: 100,
            expires_at_ms: 1000 + i64::try_from(scope).unwrap(),
        }
    }

    #[test]
    fn a_key_is_in_flight_then_answered_then_forgotten() {
        let keys = Keys::default();
        assert_eq!(keys.enter(&claim(1, "a"), 0), Claimed::Fresh);
        assert_eq!(keys.enter(&claim(1, "a"), 1), Claimed::InFlight);
        assert_eq!(keys.enter(&claim(1, "b"), 1), Claimed::Conflict);
        keys.hold(&claim(1, "a"), "yes".to_owned());
        assert_eq!(keys.enter(&claim(1, "a"), 500), Claimed::Answered("yes".to_owned()));
        assert_eq!(keys.enter(&claim(1, "b"), 2000), Claimed::Fresh);
    }

    #[test]
    fn answers_held_in_memory_are_bounded_and_the_oldest_go_first() {
        let keys = Keys::default();
        (0..MOST_HELD + 10).for_each(|scope| keys.hold(&claim(scope, "a"), String::new()));
        assert_eq!(keys.entries().len(), MOST_HELD);
        assert!(!keys.entries().contains_key("9") && keys.entries().contains_key("10"));
    }
}
