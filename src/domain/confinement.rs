//! What keeps the processes that see hostile bytes from reaching anything else.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is in force in media workers, beside their limits on memory, time and descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, Deserialize)]
pub struct Confinement {
    /// Whether only the system calls on a short list are allowed; off only where `MEDIA_SANDBOX=off` says so.
    pub seccomp: bool,
    /// Whether the kernel's rules for files and sockets forbid all of them once more.
    pub landlock: Landlock,
}

/// How much of Landlock the kernel has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Landlock {
    /// Files, network and other processes.
    Full,
    /// An older kernel's part of that, files at least.
    Partial,
    /// Nothing: the kernel is built or started without it.
    Absent,
}

impl Confinement {
    /// Nothing but limits.
    pub const NONE: Self = Self { seccomp: false, landlock: Landlock::Absent };
}

impl Landlock {
    /// The spelling of the API and the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::Absent => "absent",
        }
    }
}
