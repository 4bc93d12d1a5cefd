//! How an analysis stands that its caller fetches later: noted beside its key while it runs, and why it failed.

use std::pin::pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::super::Service;
use super::super::delivery::of_the_whole;
use super::super::error::{Code, Problem};
use crate::domain::{AnalysisId, Progress, Stage};
use crate::store::{Awaited, Claim, Noted, Store};
use crate::telemetry::events;

/// How often progress is noted at most.
const NOTE_EVERY: Duration = Duration::from_millis(500);

/// A failure as it is kept: nothing but what its message is made of.
#[derive(Serialize, Deserialize)]
struct Kept {
    code: String,
    particular: String,
}

/// Writes a failure for the store.
pub(super) fn kept(problem: &Problem) -> String {
    let kept = Kept { code: problem.code.as_str().to_owned(), particular: problem.particular.clone() };
    serde_json::to_string(&kept).unwrap_or_default()
}

/// Runs `work` and notes how far it has come.
pub(super) async fn noting<T>(
    store: &Store,
    claim: &Claim,
    mut heard: watch::Receiver<Progress>,
    work: impl Future<Output = T>,
) -> T {
    let mut work = pin!(work);
    let mut ticks = tokio::time::interval(NOTE_EVERY);
    loop {
        tokio::select! {
            biased;
            outcome = &mut work => return outcome,
            _ = ticks.tick() => {}
        }
        if heard.has_changed().unwrap_or(false) {
            let progress = *heard.borrow_and_update();
            let noted = Noted { stage: progress.stage.as_str().to_owned(), percent: of_the_whole(progress) };
            if let Err(error) = store.note_key(claim, &noted).await {
                events::background_failed("noting how far an analysis has come", &error);
            }
        }
    }
}

/// How an analysis without a result stands.
///
/// # Errors
/// What it failed with; `INTERRUPTED`; `NOT_FOUND`; `STORE_UNAVAILABLE`.
pub async fn standing(service: &Service, analysis: AnalysisId) -> Result<Noted, Problem> {
    let now_ms = service.pipeline.clock().now_ms();
    let begun = || Noted { stage: Stage::Intake.as_str().to_owned(), percent: 0 };
    match service.store.awaited(analysis, now_ms).await {
        Ok(Some(Awaited::Running(noted))) => Ok(noted.unwrap_or_else(begun)),
        Ok(Some(Awaited::Failed(kept))) => Err(problem(&kept)),
        Ok(Some(Awaited::Interrupted)) => Err(Problem::new(Code::Interrupted)),
        _ if service.keys.works_on(analysis, now_ms) => Ok(begun()),
        Ok(None) => Err(Problem::new(Code::NotFound)),
        Err(error) => Err(error.into()),
    }
}

fn problem(kept: &str) -> Problem {
    let Ok(Kept { code, particular }) = serde_json::from_str(kept) else { return Problem::new(Code::Internal) };
    Problem::about(Code::parse(&code).unwrap_or(Code::Internal), particular)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_is_told_later_as_it_was() {
        for code in Code::ALL {
            let later = problem(&kept(&Problem::about(*code, "15")));
            assert_eq!((later.code, later.particular.as_str()), (*code, "15"));
        }
        assert_eq!(problem("{}").code, Code::Internal);
    }
}
