//! The second reading itself: whether it may be made now, and what came of it.

use std::time::Duration;

use tokio::time::Instant;

use super::Seen;
use crate::domain::{Assignment, Language};
use crate::pipeline::Examiner;
use crate::pipeline::about::in_step;
use crate::pipeline::examine::with_issues;
use crate::pipeline::quality::quality;
use crate::store::Side;

impl Examiner {
    /// Everything that a reading by the assigned arm depends on beside the upload.
    #[must_use]
    pub fn describe(&self, assignment: &Assignment) -> String {
        let strategy = || format!("{}/{:?}", assignment.arm.as_str(), self.readers.strategy(assignment));
        self.readers.describe(assignment).unwrap_or_else(strategy)
    }

    /// Whether these two may be shown the same pictures: both want them prepared alike, and the other may be called now.
    pub(super) fn may_shadow(&self, assigned: &Assignment, other: &Assignment) -> bool {
        let callable = self.readers.assignable();
        self.readers.strategy(assigned) == self.readers.strategy(other)
            && callable.iter().any(|it| it.provider == other.arm)
            && !self.choice.barred(&callable).contains(&other.arm)
            && !self.readers.saves_money()
    }

    /// What `other` makes of pictures that were read by another arm before; nobody stands in for it.
    pub(super) async fn shadow(&self, other: Assignment, language: Language, seen: &Seen) -> Side {
        let deadline = Instant::now() + Duration::from_secs(self.config.request_deadline_seconds.into());
        let read = match self.readers.shadow(&other, &seen.pictures, language, deadline).await {
            Ok(read) => read,
            Err((_why, calls)) => {
                return Side { calls: in_step(&other, calls), assignment: other, quality: None, status: None };
            }
        };
        let reading = with_issues(&read.reading, &seen.pictures.issues);
        let second = read.confident_text.or_else(|| seen.second.clone());
        let verdict = self.judge(&reading, second, (language, &[]), seen.pictures.facts.kind).await.ok();
        let quality = verdict.as_ref().map(|verdict| quality(&read.reading, verdict));
        let status = verdict.map(|verdict| verdict.status);
        Side { calls: in_step(&other, read.calls), assignment: other, quality, status }
    }
}
