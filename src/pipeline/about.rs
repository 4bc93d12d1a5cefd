//! What becomes of an examination: the analysis, or the failure with the attempts made on the way.

use super::Error;
use super::examine::Failure;
use super::quality::quality;
use super::readers::Read;
use crate::domain::{Analysis, AnalysisId, Assignment, Language, MediaFacts, ProviderCall, Reading, Timings, Verdict};
use crate::store::Attempts;

/// A verdict and what it was made from.
pub(super) struct Decided {
    pub reading: Reading,
    pub second: Option<String>,
    pub verdict: Verdict,
}

/// What an analysis says beside its reading and verdict.
pub(super) struct About {
    pub id: AnalysisId,
    pub created_at_ms: i64,
    pub language: Language,
    pub assignment: Assignment,
}

impl About {
    pub fn failed(&self, error: Error, calls: Vec<ProviderCall>) -> Failure {
        let calls = in_step(&self.assignment, calls);
        let (id, created_at_ms, assignment) = (self.id, self.created_at_ms, self.assignment.clone());
        Failure { error, attempts: Some(Attempts { id, created_at_ms, assignment, calls }), pictures: None }
    }

    pub fn analysis(self, read: Read, decided: Decided, media: MediaFacts, timings: Timings) -> Analysis {
        Analysis {
            id: self.id,
            created_at_ms: self.created_at_ms,
            language: self.language,
            serving: read.serving,
            model: read.model,
            degraded: read.serving != self.assignment.arm,
            calls: in_step(&self.assignment, read.calls),
            quality: Some(quality(&read.reading, &decided.verdict)),
            assignment: self.assignment,
            label_text: decided.reading.label_text,
            image_quality_issues: decided.reading.issues,
            verdict: decided.verdict,
            media: Some(media),
            timings,
        }
    }
}

/// Attempts, each with the step that it counts in.
pub(super) fn in_step(assignment: &Assignment, calls: Vec<ProviderCall>) -> Vec<ProviderCall> {
    let step = assignment.exposure.as_ref().and_then(|exposure| exposure.step);
    calls.into_iter().map(|call| ProviderCall { step, ..call }).collect()
}
