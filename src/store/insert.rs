//! The rows of one record: the analysis, its attempts, the user's history and usage.

use sqlx::AnyConnection;

use crate::domain::{Analysis, AnalysisId, Assignment, MediaKind, Month, ProviderCall, Status, UnitKind, measure};

use super::database::storable;
use super::record::{Entry, What};
use super::tally::{Account, Tally};
use super::{Error, HashKey};

/// The user of a record: the raw id for the history, its hash for everything else.
pub(super) struct Owner<'a> {
    id: &'a str,
    hash: String,
}

/// Inserts one record and adds it to `tally`; nothing if its analysis is there.
pub(super) async fn insert(
    db: &mut AnyConnection,
    entry: &Entry<'_>,
    key: &HashKey,
    tally: &mut Tally,
) -> Result<(), Error> {
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
    let unit = unit_of(id, assignment, owner.as_ref());
    let mut is_new = false;
    for (attempt, call) in (0..).zip(calls) {
        is_new |= insert_call(db, id, attempt, assignment, &unit, call).await? && attempt == 0;
    }
    match Account::of(assignment, calls) {
        Some(account) if is_new => count(db, entry, &account, &unit, tally).await,
        _ => Ok(()),
    }
}

/// Adds a new record to the sums, and to what its unit did in the step.
async fn count(
    db: &mut AnyConnection,
    entry: &Entry<'_>,
    account: &Account<'_>,
    unit: &str,
    tally: &mut Tally,
) -> Result<(), Error> {
    let (status, quality) = match &entry.what {
        What::Analysis(analysis) => (Some(analysis.verdict.status), analysis.quality),
        What::Attempts(_) => (None, None),
    };
    tally.add(account, status, quality);
    if account.exposed() {
        let unusable = quality.is_some_and(|quality| quality.unusable) && !account.failed();
        count_unit(db, account, unit, unusable, tally).await?;
    }
    Ok(())
}

/// What an analysis is counted under in its step: its user, or itself.
pub(super) fn unit_of(id: AnalysisId, assignment: &Assignment, owner: Option<&Owner<'_>>) -> String {
    let by_request = assignment.exposure.as_ref().is_some_and(|exposure| exposure.unit == UnitKind::Request);
    owner.filter(|_| !by_request).map_or_else(|| id.to_string(), |owner| owner.hash.clone())
}

/// `None` when the user was forgotten after the analysis began: it is then kept without an owner.
pub(super) async fn owner<'a>(
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
    .bind(analysis.assignment.arm_name())
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
        .bind(Month::of(analysis.created_at_ms).number())
        .execute(db)
        .await?;
    }
    Ok(())
}

/// Whether it is new.
pub(super) async fn insert_call(
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
    .bind(assignment.arm_name())
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

/// Counts a unit once in its step, and once each thing that happened to it.
async fn count_unit(
    db: &mut AnyConnection,
    account: &Account<'_>,
    unit: &str,
    unusable: bool,
    tally: &mut Tally,
) -> Result<(), Error> {
    let Some((experiment, step)) = account.step() else { return Ok(()) };
    let inserted = sqlx::query(
        "INSERT INTO step_units (experiment, step, unit, first_at, arm) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (experiment, step, unit) DO NOTHING",
    );
    let inserted = inserted.bind(experiment).bind(i64::from(step)).bind(unit).bind(account.began_at_ms());
    let inserted = inserted.bind(account.arm()).execute(&mut *db).await?;
    if inserted.rows_affected() == 1 {
        tally.in_step(account, measure::UNITS, 1);
    }
    let marks = [
        (account.failed(), measure::UNITS_FAILED, MARK_FAILED),
        (unusable, measure::UNITS_UNUSABLE, MARK_UNUSABLE),
        (account.slow(), measure::UNITS_SLOW, MARK_SLOW),
        (inserted.rows_affected() == 0, measure::UNITS_CROSSED, MARK_CROSSED),
    ];
    for (_, name, mark) in marks.into_iter().filter(|(happened, ..)| *happened) {
        let marked = sqlx::query(mark).bind(experiment).bind(i64::from(step)).bind(unit).bind(account.arm());
        if marked.execute(&mut *db).await?.rows_affected() == 1 {
            tally.in_step(account, name, 1);
        }
    }
    Ok(())
}

/// Each marks a unit (`$1` to `$3`) that was assigned to the arm `$4`, unless it bears the mark.
const MARK_FAILED: &str =
    "UPDATE step_units SET failed = 1 WHERE experiment = $1 AND step = $2 AND unit = $3 AND arm = $4 AND failed = 0";
const MARK_UNUSABLE: &str = "UPDATE step_units SET unusable = 1
    WHERE experiment = $1 AND step = $2 AND unit = $3 AND arm = $4 AND unusable = 0";
const MARK_SLOW: &str =
    "UPDATE step_units SET slow = 1 WHERE experiment = $1 AND step = $2 AND unit = $3 AND arm = $4 AND slow = 0";
const MARK_CROSSED: &str = "UPDATE step_units SET crossed = 1
    WHERE experiment = $1 AND step = $2 AND unit = $3 AND arm <> $4 AND crossed = 0";
