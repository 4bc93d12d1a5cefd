//! Keeping an analysis: the row itself, its attempts, the user's history and usage, in one transaction.

use std::borrow::Cow;
use std::slice;

use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use crate::domain::{Analysis, AnalysisId, Assignment, CallOutcome, CallRole, MediaKind, ProviderCall, Status, UserId};

use super::database::storable;
use super::users::month_of;
use super::{Error, HashKey, Store};

/// Where a record went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// Into the database.
    Stored,
    /// Onto the disk, because the database is down.
    Spooled,
}

/// The attempts of an analysis that came to nothing: there is no answer to keep, but its providers did fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// Id of the analysis.
    pub id: AnalysisId,
    /// When it was asked for, UTC milliseconds.
    pub created_at_ms: i64,
    /// Which arm was drawn.
    pub assignment: Assignment,
    /// Every attempt at a provider, in order.
    pub calls: Vec<ProviderCall>,
}

/// One record, as it is spooled too. The raw user id is for the history table.
#[derive(Serialize, Deserialize)]
pub(super) struct Entry<'a> {
    user: Option<Cow<'a, str>>,
    what: What<'a>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What<'a> {
    Analysis(Box<Cow<'a, Analysis>>),
    Attempts(Cow<'a, Attempts>),
}

impl<'a> Entry<'a> {
    fn analysis(analysis: &'a Analysis, user: Option<&'a UserId>) -> Self {
        Self { user: user.map(|user| user.as_str().into()), what: What::Analysis(Box::new(Cow::Borrowed(analysis))) }
    }

    fn attempts(attempts: &'a Attempts, user: Option<&'a UserId>) -> Self {
        Self { user: user.map(|user| user.as_str().into()), what: What::Attempts(Cow::Borrowed(attempts)) }
    }

    /// The analysis, if this is the record of a finished one.
    pub(super) fn into_analysis(self) -> Option<Analysis> {
        match self.what {
            What::Analysis(analysis) => Some(analysis.into_owned()),
            What::Attempts(_) => None,
        }
    }

    /// Id, time, assignment and attempts: what both kinds of record have.
    fn parts(&self) -> (AnalysisId, i64, &Assignment, &[ProviderCall]) {
        match &self.what {
            What::Analysis(it) => (it.id, it.created_at_ms, &it.assignment, &it.calls),
            What::Attempts(it) => (it.id, it.created_at_ms, &it.assignment, &it.calls),
        }
    }
}

impl Store {
    /// Keeps a finished analysis; keeping it again changes nothing. An analysis of pictures that found a list counts
    /// once against the month's usage of its user.
    ///
    /// # Errors
    /// [`Error::SpoolFull`] or [`Error::Spool`] when the database is down and the record cannot wait either,
    /// [`Error::Refused`] when the database will never take it.
    pub async fn record(&self, analysis: &Analysis, user: Option<&UserId>) -> Result<Recorded, Error> {
        self.keep(&Entry::analysis(analysis, user)).await
    }

    /// Keeps the attempts of an analysis that came to nothing.
    ///
    /// # Errors
    /// As [`Store::record`].
    pub async fn record_attempts(&self, attempts: &Attempts, user: Option<&UserId>) -> Result<Recorded, Error> {
        self.keep(&Entry::attempts(attempts, user)).await
    }

    /// As [`Store::record`] for many in one transaction. If that fails each is tried alone, so that none suffers from
    /// its neighbour.
    ///
    /// # Errors
    /// As [`Store::record`], of the first that could not be kept; the others are kept nevertheless.
    pub async fn record_many(&self, batch: &[(Analysis, Option<UserId>)]) -> Result<Recorded, Error> {
        let entries: Vec<_> = batch.iter().map(|(analysis, user)| Entry::analysis(analysis, user.as_ref())).collect();
        if self.database.bounded(self.insert(&entries)).await.is_ok() {
            return Ok(Recorded::Stored);
        }
        let mut outcome = Ok(Recorded::Stored);
        for entry in &entries {
            match (self.keep(entry).await, &outcome) {
                (Ok(Recorded::Spooled), Ok(_)) => outcome = Ok(Recorded::Spooled),
                (Err(error), Ok(_)) => outcome = Err(error),
                (Ok(_) | Err(_), _) => {}
            }
        }
        outcome
    }

    async fn keep(&self, entry: &Entry<'_>) -> Result<Recorded, Error> {
        match self.database.bounded(self.insert(slice::from_ref(entry))).await {
            Ok(()) => Ok(Recorded::Stored),
            Err(error) if error.try_later() => {
                let analysis = entry.parts().0;
                self.spool.put(analysis.to_string(), serde_json::to_vec(entry).map_err(Error::Corrupt)?).await?;
                let error: &dyn std::error::Error = &error;
                tracing::warn!(%analysis, error, "record spooled, the database is down");
                Ok(Recorded::Spooled)
            }
            Err(error) => Err(error),
        }
    }

    /// Inserts all of them or none.
    pub(super) async fn insert(&self, entries: &[Entry<'_>]) -> Result<(), Error> {
        let key = self.key().await?;
        let mut transaction = self.database.begin().await?;
        for entry in entries {
            insert_one(&mut transaction, entry, key).await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// The user of a record: the raw id for the history, its hash for everything else.
struct Owner<'a> {
    id: &'a str,
    hash: String,
}

async fn insert_one(db: &mut AnyConnection, entry: &Entry<'_>, key: &HashKey) -> Result<(), Error> {
    let (id, created_at_ms, assignment, calls) = entry.parts();
    let owner = match entry.user.as_deref() {
        Some(user) => owner(db, user, key, created_at_ms).await?,
        None => None,
    };
    if let What::Analysis(analysis) = &entry.what {
        if !insert_analysis(db, analysis, owner.as_ref()).await? {
            return Ok(());
        }
        if let Some(owner) = &owner {
            insert_history(db, analysis, owner).await?;
        }
    }
    let unit = owner.map_or_else(|| id.to_string(), |owner| owner.hash);
    for (attempt, call) in (0..).zip(calls) {
        if insert_call(db, id, attempt, assignment, &unit, call).await? && is_exposure(call) {
            insert_unit(db, assignment, &unit, call).await?;
        }
    }
    Ok(())
}

/// `None` when the user was forgotten after the analysis began: it is then kept without an owner.
async fn owner<'a>(
    db: &mut AnyConnection,
    user: &'a str,
    key: &HashKey,
    created_at_ms: i64,
) -> Result<Option<Owner<'a>>, Error> {
    let hash = key.hash(user);
    let forgotten = sqlx::query("SELECT 1 FROM forgotten WHERE user_hash = $1 AND forgotten_at >= $2")
        .bind(&hash)
        .bind(created_at_ms);
    let is_forgotten = forgotten.fetch_optional(db).await?.is_some();
    Ok((!is_forgotten).then_some(Owner { id: user, hash }))
}

/// Whether it is new.
async fn insert_analysis(
    db: &mut AnyConnection,
    analysis: &Analysis,
    owner: Option<&Owner<'_>>,
) -> Result<bool, Error> {
    let kind = analysis.media.map_or(MediaKind::Text, |media| media.kind);
    let inserted = sqlx::query(
        "INSERT INTO analyses (id, created_at, user_hash, kind, status, legibility, assigned_arm, serving_arm, model,
             degraded, total_ms, language, result)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(analysis.id.to_string())
    .bind(analysis.created_at_ms)
    .bind(owner.map(|owner| owner.hash.as_str()))
    .bind(kind.as_str())
    .bind(analysis.verdict.status.as_str())
    .bind(analysis.verdict.legibility.as_str())
    .bind(analysis.assignment.arm.as_str())
    .bind(analysis.serving.as_str())
    .bind(storable(&analysis.model).as_ref())
    .bind(i64::from(analysis.degraded))
    .bind(i64::from(analysis.timings.total_ms))
    .bind(analysis.language.tag())
    .bind(serde_json::to_string(analysis).map_err(Error::Corrupt)?);
    Ok(inserted.execute(db).await?.rows_affected() == 1)
}

async fn insert_history(db: &mut AnyConnection, analysis: &Analysis, owner: &Owner<'_>) -> Result<(), Error> {
    sqlx::query("INSERT INTO user_analyses (user_id, analysis_id) VALUES ($1, $2)")
        .bind(owner.id)
        .bind(analysis.id.to_string())
        .execute(&mut *db)
        .await?;
    if analysis.media.is_some() && analysis.verdict.status != Status::Unknown {
        sqlx::query(
            "INSERT INTO usage (user_hash, month, used) VALUES ($1, $2, 1)
             ON CONFLICT (user_hash, month) DO UPDATE SET used = usage.used + 1",
        )
        .bind(&owner.hash)
        .bind(month_of(analysis.created_at_ms))
        .execute(db)
        .await?;
    }
    Ok(())
}

/// Whether it is new.
async fn insert_call(
    db: &mut AnyConnection,
    id: AnalysisId,
    attempt: i64,
    assignment: &Assignment,
    unit: &str,
    call: &ProviderCall,
) -> Result<bool, Error> {
    let inserted = sqlx::query(
        "INSERT INTO provider_calls (analysis_id, attempt, started_at, experiment, step, unit_hash, assigned_arm,
             serving_arm, role, outcome, requested_model, served_model, prompt_hash, provider_ms, input_tokens,
             cached_tokens, output_tokens, thinking_tokens, cost_nano_usd)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
         ON CONFLICT (analysis_id, attempt) DO NOTHING",
    )
    .bind(id.to_string())
    .bind(attempt)
    .bind(call.started_at_ms)
    .bind(assignment.experiment.as_deref())
    .bind(call.step.map(i64::from))
    .bind(unit)
    .bind(assignment.arm.as_str())
    .bind(call.serving.as_str())
    .bind(call.role.as_str())
    .bind(call.outcome.as_str())
    .bind(storable(&call.requested_model).as_ref())
    .bind(call.served_model.as_deref().map(storable).as_deref())
    .bind(call.prompt_hash.as_deref())
    .bind(i64::from(call.provider_ms))
    .bind(i64::from(call.tokens.input))
    .bind(i64::from(call.tokens.cached))
    .bind(i64::from(call.tokens.output))
    .bind(i64::from(call.tokens.thinking))
    .bind(call.cost.0);
    Ok(inserted.execute(db).await?.rows_affected() == 1)
}

/// A unit is exposed when its provider is tried: not by an answer from the cache, a missing budget or a shadow call.
fn is_exposure(call: &ProviderCall) -> bool {
    call.role != CallRole::Shadow && !matches!(call.outcome, CallOutcome::Budget | CallOutcome::Cached)
}

async fn insert_unit(
    db: &mut AnyConnection,
    assignment: &Assignment,
    unit: &str,
    call: &ProviderCall,
) -> Result<(), Error> {
    if let (Some(experiment), Some(step)) = (&assignment.experiment, call.step) {
        sqlx::query(
            "INSERT INTO step_units (experiment, step, unit, first_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (experiment, step, unit) DO NOTHING",
        )
        .bind(experiment)
        .bind(i64::from(step))
        .bind(unit)
        .bind(call.started_at_ms)
        .execute(db)
        .await?;
    }
    Ok(())
}
