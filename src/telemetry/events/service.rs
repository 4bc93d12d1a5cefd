//! The service: its start and its end, its workers, its work in the background.

use std::error::Error;

use super::super::instruments;
use super::{Counted, chain, number};
use crate::domain::{Confinement, MediaStage};

/// The service listens.
pub fn listening(address: &str, metrics_address: &str, environment: &str) {
    tracing::info!(
        address,
        metrics_address,
        environment,
        version = env!("CARGO_PKG_VERSION"),
        "listening on {address}"
    );
}

/// The service was told to stop.
pub fn draining(signal: &str) {
    tracing::info!(signal, "stopping: finishing what was admitted");
}

/// The service stopped; `unfinished` counts the analyses that the grace time was too short for.
pub fn stopped(unfinished: usize) {
    tracing::info!(unfinished, "stopped");
}

/// What the processes that see uploads are held by.
pub fn workers_confined(confinement: Confinement) {
    let Confinement { seccomp, landlock } = confinement;
    let landlock = landlock.as_str();
    if seccomp {
        tracing::info!(seccomp, landlock, "media workers are confined: seccomp, landlock {landlock}");
    } else {
        tracing::warn!(seccomp, landlock, "MEDIA_SANDBOX=off: nothing but limits holds a media worker");
    }
}

/// So many workers may do this work at once.
pub fn pool_opened(work: MediaStage, size: usize) {
    let (instruments, role) = (instruments::get(), work.as_str());
    instruments.pool_size.set(number(size as u64), [role.into()]);
    instruments.pool_ready.change(0, [role.into()]);
    instruments.pool_busy.change(0, [role.into()]);
    instruments.worker_start_failures.add(0, [role.into()]);
}

/// A worker waits for this work.
#[must_use]
pub fn worker_ready(work: MediaStage) -> Counted {
    Counted::new(&instruments::get().pool_ready, work.as_str())
}

/// A worker is at it.
#[must_use]
pub fn worker_busy(work: MediaStage) -> Counted {
    Counted::new(&instruments::get().pool_busy, work.as_str())
}

/// A media worker could not be started; it will be tried again.
pub fn worker_not_started(work: MediaStage, cause: &dyn Error) {
    let role = work.as_str();
    instruments::get().worker_start_failures.add(1, [role.into()]);
    tracing::error!(role, cause = chain(cause), "no media worker could be started");
}

/// Code of ours panicked there; `cause` is as much of its words as can quote nothing.
pub(in crate::telemetry) fn panicked(at: &str, cause: &str) {
    instruments::get().panics.add(1, []);
    tracing::error!(at, cause, "the program panicked at {at}");
}

/// Something an operator should know at start.
pub fn start_warning(text: &str) {
    tracing::warn!("{text}");
}

/// A background task failed and will be tried again.
pub fn background_failed(task: &'static str, cause: &dyn Error) {
    instruments::get().background_failures.add(1, [task.into()]);
    tracing::warn!(task, cause = chain(cause), "{task} failed; it will be tried again");
}

/// The lexicon's overlay was read anew.
pub fn lexicon_loaded(rows: usize) {
    tracing::info!(rows, "the lexicon overlay was read: {rows} rows");
}

/// A new version of the lexicon's overlay is not used; what was in force stays so.
pub fn lexicon_refused(cause: &dyn Error) {
    tracing::error!(cause = chain(cause), "a new version of the lexicon overlay is refused");
}
