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

/// Bounds the analyses that run and wait. Clones share it.
#[derive(Debug, Clone)]
pub struct Gate {
    name: Queue,
    places: usize,
    slots: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    queue: usize,
}

/// The right to work; given back when dropped.
#[derive(Debug)]
pub struct Slot(Option<Inside>);

#[derive(Debug)]
struct Inside {
    gate: Gate,
    /// Nothing only while its holder waits outside.
    working: Option<(OwnedSemaphorePermit, Counted)>,
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
        Self { name, places: slots, slots: Arc::new(Semaphore::new(slots)), waiting: Arc::default(), queue }
    }

    /// Enters at once, or waits in the queue until `deadline`.
    ///
    /// # Errors
    /// [`Full`] when the queue is full or the deadline passes first.
    pub async fn enter(&self, deadline: Instant) -> Result<Slot, Full> {
        let came = Instant::now();
        let permit = self.permit(deadline).await.inspect_err(|Full| events::turned_away(self.name))?;
        let working = Some((permit, events::admitted(self.name, came.elapsed())));
        Ok(Slot(Some(Inside { gate: self.clone(), working })))
    }

    async fn permit(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, Full> {
        if let Ok(permit) = Arc::clone(&self.slots).try_acquire_owned() {
            return Ok(permit);
        }
        let _place = self.queue_up()?;
        let _counted = events::waits(self.name);
        self.turn(deadline).await
    }

    async fn turn(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, Full> {
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

    fn queue_up(&self) -> Result<Place, Full> {
        self.waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |waiting| (waiting < self.queue).then_some(waiting + 1))
            .map(|_| Place(Arc::clone(&self.waiting)))
            .map_err(|_| Full)
    }
}

impl Slot {
    /// The right to work where nobody else does.
    #[must_use]
    pub fn alone() -> Self {
        Self(None)
    }

    /// Waits for somebody else's work outside, where the queue has room for one more: others work meanwhile. Then it
    /// takes its turn again.
    ///
    /// # Errors
    /// [`Full`] when that does not come before `deadline`.
    pub async fn outside<T>(&mut self, wait: impl Future<Output = T>, deadline: Instant) -> Result<T, Full> {
        let Some(Inside { gate, working }) = &mut self.0 else { return Ok(wait.await) };
        let Ok(_place) = gate.queue_up() else { return Ok(wait.await) };
        let left = Instant::now();
        let waits = events::waits(gate.name);
        *working = None;
        let done = wait.await;
        let permit = gate.turn(deadline).await?;
        drop(waits);
        *working = Some((permit, events::admitted(gate.name, left.elapsed())));
        Ok(done)
    }
}

/// A place in the queue; left when dropped, also by a caller who stops waiting.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
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
    async fn who_waits_for_somebody_else_lets_others_work_and_takes_a_turn_afterwards() {
        let gate = Gate::new(Queue::Media, 1, 1);
        let mut slot = gate.enter(soon()).await.unwrap();
        let other = async { gate.enter(soon()).await.is_ok() };
        assert_eq!(slot.outside(other, soon()).await, Ok(true));
        assert!(gate.enter(soon()).await.is_err(), "the turn was taken again");
        let mut taken = None;
        let other = async { taken = gate.enter(soon()).await.ok() };
        assert_eq!(slot.outside(other, soon()).await, Err(Full), "nobody gave the place back in time");
        assert!(taken.is_some());
        drop(slot);
        assert_eq!(gate.waiting.load(Ordering::Acquire), 0);
    }

    #[tokio::test]
    async fn without_room_in_the_queue_one_waits_inside() {
        let gate = Gate::new(Queue::Media, 1, 0);
        let mut slot = gate.enter(soon()).await.unwrap();
        let other = async { gate.enter(soon()).await.is_ok() };
        assert_eq!(slot.outside(other, soon()).await, Ok(false));
    }

    #[tokio::test]
    async fn a_place_in_the_queue_is_given_back_when_the_wait_ends() {
        let gate = Gate::new(Queue::Media, 1, 1);
        let _held = gate.enter(soon()).await.unwrap();
        assert!(gate.enter(soon()).await.is_err());
        assert_eq!(gate.waiting.load(Ordering::Acquire), 0);
    }
}
