//! Memory for uploads, reserved before the first byte of a body is read.
//!
//! An upload of `n` bytes reserves [`FACTOR_TENTHS`]/10 × n: the body, its decoded copy, and what the parser needs
//! beside them. A body of unknown length reserves as it grows. What cannot be reserved is refused, so that any number
//! of uploads at once end in answers, not in the system's out-of-memory killer.

use std::fs;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::telemetry::events;

/// Reserved bytes per ten bytes of body.
pub const FACTOR_TENTHS: u64 = 25;
/// The unit of reservation: a semaphore counts in `u32`, a machine's memory does not fit one.
const UNIT_BYTES: u64 = 4096;

/// The memory set aside for uploads.
#[derive(Debug, Clone)]
pub struct UploadMemory(Arc<Semaphore>);

/// A part of it, given back when dropped.
#[derive(Debug)]
pub struct Reservation {
    memory: UploadMemory,
    permit: OwnedSemaphorePermit,
    body_bytes: u64,
}

/// There is not so much left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the memory set aside for uploads is taken")]
pub struct Exhausted;

impl UploadMemory {
    /// Sets `bytes` aside.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        events::upload_memory_set_aside(bytes);
        let units = usize::try_from(bytes / UNIT_BYTES).unwrap_or(usize::MAX);
        Self(Arc::new(Semaphore::new(units.min(Semaphore::MAX_PERMITS))))
    }

    /// Reserves what a body of `body_bytes` needs. Never waits: a phone is better told to come back.
    ///
    /// # Errors
    /// [`Exhausted`] when there is not so much left.
    pub fn reserve(&self, body_bytes: u64) -> Result<Reservation, Exhausted> {
        let permit = self.take(units(body_bytes))?;
        Ok(Reservation { memory: self.clone(), permit, body_bytes })
    }

    fn take(&self, units: u32) -> Result<OwnedSemaphorePermit, Exhausted> {
        let taken = Arc::clone(&self.0).try_acquire_many_owned(units).map_err(|_| Exhausted);
        match &taken {
            Ok(_) => events::upload_memory_changed(bytes(units as usize)),
            Err(Exhausted) => events::upload_memory_refused(),
        }
        taken
    }
}

impl Reservation {
    /// Makes sure that a body of `body_bytes` so far is covered.
    ///
    /// # Errors
    /// [`Exhausted`]; what was reserved before stays.
    pub fn cover(&mut self, body_bytes: u64) -> Result<(), Exhausted> {
        if body_bytes > self.body_bytes {
            let more = units(body_bytes) - units(self.body_bytes);
            self.permit.merge(self.memory.take(more)?);
            self.body_bytes = body_bytes;
        }
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        events::upload_memory_changed(-bytes(self.permit.num_permits()));
    }
}

fn bytes(units: usize) -> i64 {
    i64::try_from(units as u64 * UNIT_BYTES).unwrap_or(i64::MAX)
}

fn units(body_bytes: u64) -> u32 {
    u32::try_from((body_bytes.saturating_mul(FACTOR_TENTHS) / 10).div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX)
}

/// What this process may use: the tightest of the cgroup's limits, else the machine's memory; bytes.
#[must_use]
pub fn machine_limit() -> u64 {
    let cgroup = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok())
        .min();
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| mem_total(&text)).unwrap_or(512 << 20);
    cgroup.map_or(machine, |limit| limit.min(machine))
}

fn mem_total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uploads_are_refused_when_the_memory_is_taken_and_admitted_when_it_is_free_again() {
        let memory = UploadMemory::new(10 << 20);
        let first = memory.reserve(3 << 20).unwrap();
        assert_eq!(memory.reserve(2 << 20).err(), Some(Exhausted));
        drop(first);
        assert!(memory.reserve(4 << 20).is_ok());
    }

    #[test]
    fn a_growing_body_reserves_as_it_grows_and_no_further() {
        let memory = UploadMemory::new(10 << 20);
        let mut growing = memory.reserve(0).unwrap();
        growing.cover(2 << 20).unwrap();
        growing.cover(4 << 20).unwrap();
        assert_eq!(growing.cover(5 << 20), Err(Exhausted));
        assert_eq!(memory.reserve(1 << 10).err(), Some(Exhausted));
    }

    #[test]
    fn the_machines_memory_is_read() {
        assert_eq!(mem_total("MemTotal:       2048 kB\nMemFree: 1 kB\n"), Some(2 << 20));
        assert!(machine_limit() > 64 << 20);
    }
}
