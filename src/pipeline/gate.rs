//! The work gate: so many analyses at once, so many waiting, the rest told to come back. Never a slow death.
//!
//! ```text
//! let slot = gate.enter(deadline).await?;   // waits in a bounded queue
//! …the costly work…
//! drop(slot);                               // the next one enters
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::domain::Queue;
use crate::telemetry::events::{self, Counted};

/// Bounds the analyses that run and wait.
#[derive(Debug)]
pub struct Gate {
    name: Queue,
    places: usize,
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
}

/// The right to work; given back when dropped.
#[derive(Debug)]
pub struct Slot {
    _permit: OwnedSemaphorePermit,
    _counted: Counted,
}

/// There is no slot and no room to wait for one, or none came free in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("every slot is taken and the queue is full")]
pub struct Full;

impl Gate {
    /// A gate with `slots` places to work and `queue` places to wait.
    #[must_use]
    pub fn new(name: Queue, slots: usize, queue: usize) -> Self {
        events::gate_opened(name, slots, queue);
        Self { name, places: slots, slots: Arc::new(Semaphore::new(slots)), waiting: AtomicUsize::new(0), queue }
    }

    /// Enters at once, or waits in the queue until `deadline`.
    ///
    /// # Errors
    /// [`Full`] when the queue is full or the deadline passes first.
    pub async fn enter(&self, deadline: Instant) -> Result<Slot, Full> {
        let came = Instant::now();
        let permit = self.permit(deadline).await.inspect_err(|Full| events::turned_away(self.name))?;
        Ok(Slot { _permit: permit, _counted: events::admitted(self.name, came.elapsed()) })
    }

    async fn permit(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, Full> {
        if let Ok(permit) = Arc::clone(&self.slots).try_acquire_owned() {
            return Ok(permit);
        }
        let _place = self.queue_up()?;
        let _counted = events::waits(self.name);
        match timeout_at(deadline, Arc::clone(&self.slots).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_closed)) => Err(Full),
            Err(_elapsed) => Err(Full),
        }
    }

    /// Whether nobody works and nobody waits.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.slots.available_permits() == self.places
    }

    fn queue_up(&self) -> Result<Place<'_>, Full> {
        self.waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |waiting| (waiting < self.queue).then_some(waiting + 1))
            .map(|_| Place(&self.waiting))
            .map_err(|_| Full)
    }
}

/// A place in the queue; left when dropped, also by a caller who stops waiting.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(20)
    }

    #[tokio::test]
    async fn who_finds_slots_and_queue_full_is_told_at_once() {
        let gate = Gate::new(Queue::Media, 1, 0);
        let held = gate.enter(soon()).await.unwrap();
        assert_eq!(gate.enter(soon()).await.err(), Some(Full));
        drop(held);
        assert!(gate.enter(soon()).await.is_ok());
    }

    #[tokio::test]
    async fn a_place_in_the_queue_is_given_back_when_the_wait_ends() {
        let gate = Gate::new(Queue::Media, 1, 1);
        let _held = gate.enter(soon()).await.unwrap();
        assert!(gate.enter(soon()).await.is_err());
        assert_eq!(gate.waiting.load(Ordering::Acquire), 0);
    }
}
