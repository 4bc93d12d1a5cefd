//! What a worker gives up before it looks at the first hostile byte.

use std::io;

use rlimit::Resource;

use crate::media::wire::{Limits, MAX_DESCRIPTORS};

/// Descriptors of a worker beside those of a job: its channel, three standard ones, and a few for libraries.
const OWN_DESCRIPTORS: u64 = 16;

/// Takes away what the job does not need, for the rest of the process's life. Called once, after everything is loaded
/// and the job has arrived; further confinement belongs here.
///
/// # Errors
/// The system's: then the job must not be done.
pub fn confine(limits: &Limits) -> io::Result<()> {
    let picture_bytes = 3 * u64::from(limits.max_edge) * u64::from(limits.max_edge);
    let bounds = [
        (Resource::AS, limits.memory_bytes),
        (Resource::CPU, limits.cpu_seconds),
        (Resource::FSIZE, picture_bytes),
        (Resource::NOFILE, MAX_DESCRIPTORS as u64 + OWN_DESCRIPTORS),
        (Resource::CORE, 0),
    ];
    for (resource, bound) in bounds {
        let (_, most) = rlimit::getrlimit(resource)?;
        rlimit::setrlimit(resource, bound.min(most), bound.min(most))?;
    }
    Ok(())
}
