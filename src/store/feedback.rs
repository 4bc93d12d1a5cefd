//! What people say about a verdict: a signal of the comparison, never a gate.

use crate::domain::{AnalysisId, Language, Status};

use super::database::storable;
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
        let upsert = sqlx::query(
            "INSERT INTO feedback (analysis_id, created_at, verdict_correct, correct_status, ingredient, comment)
             SELECT id, $2, $3, $4, $5, $6 FROM analyses WHERE id = $1
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
        let rows = upsert.execute(&mut *transaction).await?.rows_affected();
        transaction.commit().await?;
        Ok(rows == 1)
    }
}
