//! What people say about a verdict: a signal of the comparison, never a gate.

use sqlx::AnyConnection;

use crate::domain::{AnalysisId, Language, Status, measure};

use super::database::storable;
use super::tally::Tally;
use super::{Error, Store};

/// One person's word on one analysis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// Whether the verdict was right.
    pub verdict_correct: bool,
    /// What it should have been.
    pub correct_status: Option<Status>,
    /// The ingredient it is about.
    pub ingredient: Option<String>,
    /// In their own words.
    pub comment: Option<String>,
}

/// An ingredient that people say was judged wrongly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// As they wrote it.
    pub ingredient: String,
    /// The language they were answered in.
    pub language: Language,
    /// What they say it is, as a status of ours where they chose one.
    pub correct_status: Option<String>,
    /// How many say so.
    pub count: i64,
}

impl Store {
    /// The ingredients that people complained of, the most frequent first, at most `limit`.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn complaints(&self, limit: i64) -> Result<Vec<Complaint>, Error> {
        self.database.bounded(self.select_complaints(limit)).await
    }

    async fn select_complaints(&self, limit: i64) -> Result<Vec<Complaint>, Error> {
        let select = sqlx::query_as::<_, (String, String, Option<String>, i64)>(
            "SELECT ingredient, language, correct_status, CAST(COUNT(*) AS BIGINT) AS complaints
             FROM feedback JOIN analyses ON analyses.id = feedback.analysis_id
             WHERE verdict_correct = 0 AND ingredient IS NOT NULL
             GROUP BY ingredient, language, correct_status ORDER BY complaints DESC, ingredient LIMIT $1",
        );
        let rows = select.bind(limit).fetch_all(&mut *self.database.read().await?).await?;
        let complaint = |(ingredient, tag, correct_status, count): (String, String, _, _)| Complaint {
            ingredient,
            language: Language::from_tag(&tag),
            correct_status,
            count,
        };
        Ok(rows.into_iter().map(complaint).collect())
    }

    /// Keeps feedback on an analysis, in place of what was said before; `false` when there is no such analysis.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down or does not have the analysis yet.
    pub async fn set_feedback(&self, id: AnalysisId, feedback: &Feedback, now_ms: i64) -> Result<bool, Error> {
        let found = self.database.bounded(self.upsert_feedback(id, feedback, now_ms)).await?;
        if !found && self.spooled(id).await?.is_some() { Err(Error::Resting) } else { Ok(found) }
    }

    async fn upsert_feedback(&self, id: AnalysisId, feedback: &Feedback, now_ms: i64) -> Result<bool, Error> {
        let mut transaction = self.database.begin().await?;
        // An update, so that the row is ours until the end: two who change their mind at once are counted one by one.
        let update = sqlx::query_scalar("UPDATE analyses SET id = id WHERE id = $1 RETURNING assigned_arm");
        let arm: Option<String> = update.bind(id.to_string()).fetch_optional(&mut *transaction).await?;
        let Some(arm) = arm else { return Ok(false) };
        let select = sqlx::query_scalar("SELECT verdict_correct FROM feedback WHERE analysis_id = $1");
        let before: Option<i64> = select.bind(id.to_string()).fetch_optional(&mut *transaction).await?;
        upsert(&mut transaction, id, feedback, now_ms).await?;
        count(&mut transaction, id, &arm, (before, feedback.verdict_correct)).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

async fn upsert(db: &mut AnyConnection, id: AnalysisId, feedback: &Feedback, now_ms: i64) -> Result<(), Error> {
    let upsert = sqlx::query(
        "INSERT INTO feedback (analysis_id, created_at, verdict_correct, correct_status, ingredient, comment)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (analysis_id) DO UPDATE SET
             created_at = excluded.created_at, verdict_correct = excluded.verdict_correct,
             correct_status = excluded.correct_status, ingredient = excluded.ingredient,
             comment = excluded.comment",
    )
    .bind(id.to_string())
    .bind(now_ms)
    .bind(i64::from(feedback.verdict_correct))
    .bind(feedback.correct_status.map(Status::as_str))
    .bind(feedback.ingredient.as_deref().map(storable).as_deref())
    .bind(feedback.comment.as_deref().map(storable).as_deref());
    upsert.execute(db).await?;
    Ok(())
}

/// Adds what changed to the sums of the arm, in the minute of its first attempt. Typed text has no attempt and no arm.
async fn count(
    db: &mut AnyConnection,
    id: AnalysisId,
    arm: &str,
    (before, right): (Option<i64>, bool),
) -> Result<(), Error> {
    let select = "SELECT requested_model, started_at FROM provider_calls WHERE analysis_id = $1 AND attempt = 0";
    let first: Option<(String, i64)> = sqlx::query_as(select).bind(id.to_string()).fetch_optional(&mut *db).await?;
    let Some((model, at_ms)) = first else { return Ok(()) };
    let mut tally = Tally::default();
    tally.in_time(at_ms, arm, &model, measure::SAID, i64::from(before.is_none()));
    tally.in_time(at_ms, arm, &model, measure::SAID_RIGHT, i64::from(right) - before.unwrap_or_default());
    tally.write(db).await
}
