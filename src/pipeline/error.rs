//! Which step failed. Each source keeps its own words; this adds the step alone.

use crate::{experiment, media, providers, store};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No place to work and none to wait.
    #[error("the work gate is full")]
    Gate(#[from] super::gate::Full),
    /// The database is down and the spool that stands in for it is full.
    #[error("results could not be kept")]
    SpoolFull,
    /// Videos are switched off.
    #[error("video analysis is switched off")]
    VideoDisabled,
    /// The user has had this month's analyses.
    #[error("the user's {limit} analyses of this month are used")]
    UsageLimit {
        /// `FREE_ANALYSES_PER_MONTH`.
        limit: u32,
    },
    /// The forced provider cannot be called.
    #[error("assigning")]
    Assign(#[from] experiment::Unassignable),
    /// Decoding, or reading locally, failed.
    #[error("preparing or reading pictures")]
    Media(#[source] media::Error),
    /// The remote reader failed and nothing else was allowed to answer.
    #[error("asking the provider")]
    Provider(#[source] providers::Error),
    /// The caller left before anything was spent.
    #[error("the caller left")]
    CallerLeft,
    /// The work died of a fault of ours.
    #[error("the work was interrupted")]
    Interrupted,
}

impl From<store::Error> for Error {
    /// Records are kept or spooled; the only way to lose one is a full spool.
    fn from(_: store::Error) -> Self {
        Self::SpoolFull
    }
}
