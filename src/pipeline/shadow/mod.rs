//! Pictures that the other arm of an experiment is shown too, after the answer has left: drawn here, held in memory
//! alone and bounded by bytes, and read when nobody waits for anything. The user's request knows nothing of it.

mod config;
mod reading;

pub use config::Config;

use std::sync::Arc;

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::Pipeline;
use crate::domain::{AnalysisId, Assignment, Language, NanoUsd, Pictures, ProviderName, UserId};
use crate::experiment::{bucket, opposite};
use crate::store::{Shadowed, Side};
use crate::telemetry::events;

/// Jobs that may wait, however small.
const WAITING: usize = 64;
/// What is counted as one place of the memory, bytes.
const PLACE: u64 = 1024;
/// Salts the draw, so that it has nothing to do with the arms'.
const SALT: &str = "shadow";

/// Pictures that wait to be shown to the other arm.
#[derive(Debug)]
pub struct Waiting {
    /// Of the analysis.
    pub id: AnalysisId,
    /// Whose it is, for the unit that it counts in.
    pub user: Option<UserId>,
    /// Since when it waits.
    pub since: Instant,
    pub(super) created_at_ms: i64,
    pub(super) assigned: Side,
    pub(super) other: Assignment,
    pub(super) language: Language,
    pub(super) seen: Seen,
    _memory: OwnedSemaphorePermit,
}

impl Waiting {
    /// Whether the other arm is the local reader, which needs this machine's processors.
    #[must_use]
    pub fn is_read_locally(&self) -> bool {
        self.other.arm == ProviderName::Local
    }
}

/// What the assigned arm was shown, and what the local reader was sure of where it was asked.
#[derive(Debug, Clone)]
pub(in crate::pipeline) struct Seen {
    pub pictures: Pictures,
    pub second: Option<String>,
}

/// Draws and hands over.
#[derive(Debug)]
pub(super) struct Shadows {
    config: Config,
    memory: Arc<Semaphore>,
    queue: Sender<Waiting>,
}

impl Shadows {
    /// What is drawn arrives at the receiver.
    pub fn new(config: Config) -> (Self, Receiver<Waiting>) {
        let (queue, waiting) = mpsc::channel(WAITING);
        let places = usize::try_from(config.shadow_memory_bytes / PLACE).unwrap_or(usize::MAX);
        let memory = Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        (Self { config, memory, queue }, waiting)
    }

    /// Whether this analysis is drawn.
    fn draws(&self, id: AnalysisId) -> bool {
        bucket::of(SALT, &id.to_string()) < self.config.shadow_percentage.buckets()
    }

    /// The places that pictures take, while there are any left.
    fn room_for(&self, pictures: &Pictures) -> Option<OwnedSemaphorePermit> {
        let bytes: u64 = pictures.pictures.iter().map(|it| 3 * u64::from(it.width) * u64::from(it.height)).sum();
        let clip = pictures.clip.as_ref().map_or(0, |clip| clip.bytes.len() as u64);
        let places = u32::try_from((bytes + clip).div_ceil(PLACE)).ok()?;
        Arc::clone(&self.memory).try_acquire_many_owned(places).ok()
    }
}

impl Pipeline {
    /// Hands the pictures of a finished analysis over, if it is drawn and there is room; never waits.
    pub(super) fn shadow(
        &self,
        (id, created_at_ms, language): (AnalysisId, i64, Language),
        assigned: impl FnOnce() -> Side,
        user: Option<&UserId>,
        seen: Option<Seen>,
    ) {
        let Some(seen) = seen.filter(|_| self.shadows.draws(id)) else { return };
        let assigned = assigned();
        let Some(other) = opposite(self.choice().experiment(), &assigned.assignment) else { return };
        if !assigned.was_asked() || !self.examiner.may_shadow(&assigned.assignment, &other) {
            return;
        }
        let Some(memory) = self.shadows.room_for(&seen.pictures) else { return events::shadow_dropped("memory") };
        let (user, since) = (user.cloned(), Instant::now());
        let waiting = Waiting { id, user, since, created_at_ms, assigned, other, language, seen, _memory: memory };
        if self.shadows.queue.try_send(waiting).is_err() {
            events::shadow_dropped("queue");
        }
    }

    /// Whether nobody's pictures are being worked on and nobody waits: only then is anything read for comparison.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.gate.is_idle() && !self.tasks.is_closed()
    }

    /// Whether the service is stopping.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.tasks.is_closed()
    }

    /// Most that may be spent a day on readings for comparison.
    #[must_use]
    pub fn shadow_budget(&self) -> NanoUsd {
        self.shadows.config.shadow_usd_per_day
    }

    /// Shows the pictures to the other arm. `None` where that may not be called any more, or the service is stopping:
    /// what came of it then says nothing of the arm.
    pub async fn read_for_comparison(&self, waiting: Waiting) -> Option<Shadowed> {
        let Waiting { id, created_at_ms, assigned, other, language, seen, .. } = waiting;
        if !self.examiner.may_shadow(&assigned.assignment, &other) {
            return None;
        }
        let new = self.choice().experiment().new_arm()?;
        let new_is_assigned = assigned.assignment.arm_name() == new.name;
        let attempts = assigned.calls.len();
        let other = self.examiner.shadow(other, language, &seen).await;
        (!self.is_draining()).then_some(Shadowed { id, created_at_ms, attempts, assigned, other, new_is_assigned })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Blob, MediaFacts, MediaKind, Picture, Share};

    fn shadows(percent: f64, memory_bytes: u64) -> Shadows {
        let config = Config {
            shadow_percentage: Share::of_percent(percent).unwrap(),
            shadow_memory_bytes: memory_bytes,
            shadow_usd_per_day: NanoUsd(1),
        };
        Shadows::new(config).0
    }

    fn pictures(width: u32) -> Pictures {
        let facts = MediaFacts {
            kind: MediaKind::Image,
            duration_ms: None,
            frames_decoded: 1,
            images_sent: 1,
            bytes_sent: 0,
            image_tokens: 0,
            flattened: false,
        };
        let picture = Picture { width, height: 1000, pixels: Blob::new().unwrap(), ample_pixels: u64::MAX };
        Pictures { pictures: vec![picture], facts, issues: Vec::new(), clip: None }
    }

    #[test]
    fn the_share_that_is_drawn_is_met_and_zero_is_nobody() {
        let ids = || (0..2000_u128).map(|n| AnalysisId::new(uuid::Uuid::from_u128(n)));
        let drawn = |percent| ids().filter(|id| shadows(percent, 1 << 20).draws(*id)).count();
        assert_eq!((drawn(0.0), drawn(100.0)), (0, 2000));
        assert!((150..=250).contains(&drawn(10.0)));
    }

    #[test]
    fn pictures_wait_only_while_they_fit() {
        let shadows = shadows(100.0, 4_000_000);
        let first = shadows.room_for(&pictures(1000)).unwrap();
        assert!(shadows.room_for(&pictures(1000)).is_none(), "3 MB of 4 are taken");
        assert!(shadows.room_for(&pictures(100)).is_some());
        drop(first);
        assert!(shadows.room_for(&pictures(1000)).is_some());
    }
}
