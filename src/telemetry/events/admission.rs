//! Admission: who works, who waits, who is told to come back. These are too many to log; they are counted.

use std::time::Duration;

use super::super::instruments::{self, Level};
use super::number;
use crate::domain::Queue;

/// One that is counted for as long as this lives.
pub struct Counted {
    level: &'static Level<1>,
    label: &'static str,
}

impl Counted {
    pub(super) fn new(level: &'static Level<1>, label: &'static str) -> Self {
        level.change(1, [label.into()]);
        Self { level, label }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.level.change(-1, [self.label.into()]);
    }
}

impl std::fmt::Debug for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.label)
    }
}

/// So many may work and so many wait.
pub fn gate_opened(queue: Queue, slots: usize, places: usize) {
    let (instruments, queue) = (instruments::get(), queue.as_str());
    instruments.slots.set(number(slots as u64), [queue.into()]);
    instruments.queue_limit.set(number(places as u64), [queue.into()]);
    instruments.running.change(0, [queue.into()]);
    instruments.waiting.change(0, [queue.into()]);
    instruments.refused.add(0, [queue.into()]);
}

/// An analysis waits for a place.
#[must_use]
pub fn waits(queue: Queue) -> Counted {
    Counted::new(&instruments::get().waiting, queue.as_str())
}

/// An analysis has a place, after so long.
#[must_use]
pub fn admitted(queue: Queue, waited: Duration) -> Counted {
    instruments::get().wait_seconds.record(waited.as_secs_f64(), [queue.as_str().into()]);
    Counted::new(&instruments::get().running, queue.as_str())
}

/// An analysis found no place.
pub fn turned_away(queue: Queue) {
    instruments::get().refused.add(1, [queue.as_str().into()]);
}

/// So many bytes are set aside for uploads.
pub fn upload_memory_set_aside(bytes: u64) {
    instruments::get().upload_memory_limit.set(number(bytes), []);
}

/// So many bytes of it were reserved (or given back, below 0).
pub fn upload_memory_changed(bytes: i64) {
    instruments::get().upload_memory.change(bytes, []);
}

/// An upload was refused because there was not enough of it.
pub fn upload_memory_refused() {
    instruments::get().upload_memory_refused.add(1, []);
}
