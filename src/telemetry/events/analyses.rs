//! Analyses: assigned, prepared, decided.

use std::error::Error;
use std::time::Duration;

use super::super::instruments;
use super::{ai, chain, number};
use crate::domain::{
    Analysis, AnalysisId, Assignment, AssignmentReason, Escalation, MediaFacts, MediaKind, MediaStage,
};

/// Tokens of one second of a clip as a vendor that takes video bills it: one frame at the resolution that print needs
/// (Gemini 3 and later, `MEDIA_RESOLUTION_HIGH`).
const TOKENS_A_SECOND: f64 = 280.0;

/// A clip is to be analysed.
pub fn video_asked_for() {
    instruments::get().videos.add(1, []);
}

/// An arm was drawn.
pub fn arm_assigned(assignment: &Assignment) {
    let (provider, reason) = (assignment.arm.as_str(), assignment.reason.as_str());
    instruments::get().assignments.add(1, [provider.into(), reason.into()]);
    tracing::info!(
        provider,
        reason,
        experiment = assignment.experiment.as_deref(),
        bucket = assignment.bucket,
        "Using AI provider: {provider}"
    );
    if assignment.reason == AssignmentReason::AbTest {
        tracing::info!(provider, bucket = assignment.bucket, "A/B test: Using provider {provider}");
    }
}

/// A stage of media work took so long, however it ended.
pub fn media_worked(stage: MediaStage, took: Duration) {
    instruments::get().media_seconds.record(took.as_secs_f64(), [stage.as_str().into()]);
}

/// A verdict takes more than one reading.
pub fn escalated(why: Escalation) {
    instruments::get().escalations.add(1, [why.as_str().into()]);
}

/// The second reading could not be made; the answer is as careful as if it had found something.
pub fn second_reading_failed(cause: &dyn Error) {
    escalated(Escalation::CheckFailed);
    tracing::warn!(cause = chain(cause), "second reading failed");
}

/// An analysis was decided.
pub fn analysis_finished(analysis: &Analysis) {
    count(analysis);
    ai::answered(analysis);
    tracing::info!(
        analysis_id = %analysis.id,
        provider = analysis.serving.as_str(),
        status = analysis.verdict.status.as_str(),
        legibility = analysis.verdict.legibility.as_str(),
        degraded = analysis.degraded,
        media_ms = analysis.timings.media_ms,
        provider_ms = analysis.timings.provider_ms,
        total_ms = analysis.timings.total_ms,
        "analysis {} is {}",
        analysis.id,
        analysis.verdict.status.as_str()
    );
}

/// The caller of an analysis left before anything was spent on it: it was given up.
pub fn analysis_abandoned(id: AnalysisId) {
    tracing::info!(analysis_id = %id, "analysis {id} was given up: its caller left");
}

fn count(analysis: &Analysis) {
    let (instruments, serving) = (instruments::get(), analysis.serving.as_str());
    instruments.verdicts.add(1, [analysis.verdict.status.as_str().into(), serving.into()]);
    instruments.confidence.record(f64::from(analysis.verdict.confidence), []);
    if analysis.degraded {
        instruments.fallbacks.add(1, [analysis.assignment.arm.as_str().into(), serving.into()]);
    }
    if let Some(saved) = analysis.media.as_ref().and_then(tokens_saved) {
        instruments.tokens_saved.record(saved, []);
    }
}

/// The part of a clip's own tokens that was saved; `None` where no clip was shown to a remote reader.
fn tokens_saved(media: &MediaFacts) -> Option<f64> {
    let clip = media.duration_ms.filter(|ms| media.kind == MediaKind::Video && *ms > 0)?;
    let whole = f64::from(clip) / 1000.0 * TOKENS_A_SECOND;
    (media.image_tokens > 0).then(|| (1.0 - number(media.image_tokens.into()) / whole).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_label_of_700_tokens_saves_half_of_a_clip_of_five_seconds() {
        let clip = MediaFacts {
            kind: MediaKind::Video,
            duration_ms: Some(5000),
            frames_decoded: 50,
            images_sent: 1,
            bytes_sent: 90_000,
            image_tokens: 700,
            flattened: true,
        };
        assert_eq!(tokens_saved(&clip), Some(0.5));
        assert_eq!(tokens_saved(&MediaFacts { image_tokens: 5000, ..clip }), Some(0.0));
        assert_eq!(tokens_saved(&MediaFacts { image_tokens: 0, ..clip }), None, "the local reader pays no tokens");
        assert_eq!(tokens_saved(&MediaFacts { kind: MediaKind::Image, duration_ms: None, ..clip }), None);
    }
}
