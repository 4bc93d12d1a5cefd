//! Requests that carry a key of their own: one of them does the work, the others get its answer.

use sqlx::Row;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;

use crate::domain::{AnalysisId, InvalidId, UserId};

use super::database::storable;
use super::{Error, Store};

type Statement<'q> = Query<'q, sqlx::Any, AnyArguments>;

/// A request that wants to do the work of its key.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The caller's key together with all that it counts for (caller, route). Kept as a keyed hash alone.
    pub scope: String,
    /// SHA-256 of what is asked for, hex.
    pub body: String,
    /// The analysis that would do the work.
    pub analysis: AnalysisId,
    /// Who asks.
    pub user: Option<UserId>,
    /// By when it will have answered, UTC milliseconds.
    pub lease_until_ms: i64,
    /// Until when its answer is kept, UTC milliseconds.
    pub expires_at_ms: i64,
}

/// What becomes of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// Nobody had it: the work is to be done, then answered or released.
    Fresh,
    /// Another request is at it.
    InFlight,
    /// This was the answer.
    Answered(String),
    /// Whoever was at it, with this analysis, did not live to answer. The key is free again.
    Interrupted(AnalysisId),
    /// The key was used for something else.
    Conflict,
}

/// How an analysis stands that is to be fetched later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Awaited {
    /// It is worked on. Where it stands, as it was noted last.
    Running(Option<Noted>),
    /// It came to this, in the words it was kept with.
    Failed(String),
    /// Whoever was at it did not live to answer.
    Interrupted,
}

/// How far the work on an analysis has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// The part of the work, in the spelling of the API.
    pub stage: String,
    /// Percent of the whole.
    pub percent: u8,
}

impl Store {
    /// Claims a key.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn claim_key(&self, claim: &Claim, now_ms: i64) -> Result<Claimed, Error> {
        let claiming = self.database.bounded(async {
            let key = self.key().await?;
            let scope = key.hash(&claim.scope);
            let mut transaction = self.database.begin().await?;
            let expire = sqlx::query(
                "DELETE FROM request_keys WHERE key_hash = $1 AND (expires_at <= $2 OR failure IS NOT NULL)",
            );
            expire.bind(&scope).bind(now_ms).execute(&mut *transaction).await?;
            let insert = sqlx::query(
                "INSERT INTO request_keys (key_hash, body_hash, analysis_id, user_hash, lease_until, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key_hash) DO NOTHING",
            )
            .bind(&scope)
            .bind(&claim.body)
            .bind(claim.analysis.to_string())
            .bind(claim.user.as_ref().map(|user| key.hash(user.as_str())))
            .bind(claim.lease_until_ms)
            .bind(claim.expires_at_ms);
            let is_new = insert.execute(&mut *transaction).await?.rows_affected() == 1;
            let claimed =
                if is_new { Claimed::Fresh } else { standing(&mut transaction, &scope, claim, now_ms).await? };
            transaction.commit().await?;
            Ok(claimed)
        });
        claiming.await
    }

    /// Keeps the answer of a claim that is still held.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn answer_key(&self, claim: &Claim, answer: &str) -> Result<(), Error> {
        let update = "UPDATE request_keys SET answer = $3 WHERE key_hash = $1 AND analysis_id = $2";
        self.settle_key(claim, sqlx::query(update), answer).await
    }

    /// Gives up a claim that is still held, and says why: the next request with the key does the work.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down; its lease then ends it.
    pub async fn fail_key(&self, claim: &Claim, failure: &str) -> Result<(), Error> {
        let update = "UPDATE request_keys SET failure = $3, lease_until = 0 WHERE key_hash = $1 AND analysis_id = $2";
        self.settle_key(claim, sqlx::query(update), failure).await
    }

    /// Notes how far the work of a claim has come.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn note_key(&self, claim: &Claim, noted: &Noted) -> Result<(), Error> {
        let noting = self.database.bounded(async {
            let scope = self.key().await?.hash(&claim.scope);
            let mut transaction = self.database.begin().await?;
            let update = "UPDATE request_keys SET stage = $3, percent = $4 WHERE key_hash = $1 AND analysis_id = $2";
            let update = sqlx::query(update).bind(scope).bind(claim.analysis.to_string());
            update.bind(&noted.stage).bind(i64::from(noted.percent)).execute(&mut *transaction).await?;
            Ok(transaction.commit().await?)
        });
        noting.await
    }

    /// How an analysis stands that has no result; `None` where nobody is to fetch it.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn awaited(&self, analysis: AnalysisId, now_ms: i64) -> Result<Option<Awaited>, Error> {
        let reading = self.database.bounded(async {
            let select = sqlx::query(
                "SELECT lease_until, stage, percent, failure FROM request_keys
                 WHERE analysis_id = $1 AND answer IS NULL AND expires_at > $2",
            );
            let select = select.bind(analysis.to_string()).bind(now_ms);
            let row = select.fetch_optional(&mut *self.database.read().await?).await?;
            row.map(|row| awaited(&row, now_ms)).transpose()
        });
        reading.await
    }

    async fn settle_key(&self, claim: &Claim, statement: Statement<'_>, outcome: &str) -> Result<(), Error> {
        let settling = self.database.bounded(async {
            let scope = self.key().await?.hash(&claim.scope);
            let mut transaction = self.database.begin().await?;
            let settle = statement.bind(scope).bind(claim.analysis.to_string()).bind(storable(outcome).into_owned());
            settle.execute(&mut *transaction).await?;
            Ok(transaction.commit().await?)
        });
        settling.await
    }

    /// Deletes the keys whose time is over.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn purge_keys(&self, now_ms: i64) -> Result<(), Error> {
        let purging = self.database.probe(async {
            let mut transaction = self.database.begin().await?;
            let delete = sqlx::query("DELETE FROM request_keys WHERE expires_at <= $1").bind(now_ms);
            delete.execute(&mut *transaction).await?;
            Ok(transaction.commit().await?)
        });
        purging.await
    }
}

/// How a key stands that somebody else claimed. One whose lease is over is freed.
async fn standing(db: &mut sqlx::AnyConnection, scope: &str, claim: &Claim, now_ms: i64) -> Result<Claimed, Error> {
    let select =
        sqlx::query("SELECT body_hash, analysis_id, lease_until, answer FROM request_keys WHERE key_hash = $1");
    // Released this very moment: whoever asks again will find it free.
    let Some(row) = select.bind(scope).fetch_optional(&mut *db).await? else { return Ok(Claimed::InFlight) };
    let claimed = claimed(&row, claim, now_ms)?;
    if matches!(claimed, Claimed::Interrupted(_)) {
        let free = sqlx::query("DELETE FROM request_keys WHERE key_hash = $1 AND answer IS NULL AND lease_until <= $2");
        free.bind(scope).bind(now_ms).execute(db).await?;
    }
    Ok(claimed)
}

fn awaited(row: &AnyRow, now_ms: i64) -> Result<Awaited, Error> {
    let (lease_until, failure): (i64, Option<String>) = (row.try_get("lease_until")?, row.try_get("failure")?);
    let (stage, percent): (Option<String>, Option<i64>) = (row.try_get("stage")?, row.try_get("percent")?);
    let percent = percent.and_then(|percent| u8::try_from(percent).ok());
    Ok(match failure {
        Some(failure) => Awaited::Failed(failure),
        None if lease_until <= now_ms => Awaited::Interrupted,
        None => Awaited::Running(stage.zip(percent).map(|(stage, percent)| Noted { stage, percent })),
    })
}

fn claimed(row: &AnyRow, claim: &Claim, now_ms: i64) -> Result<Claimed, Error> {
    let (body, lease_until): (String, i64) = (row.try_get("body_hash")?, row.try_get("lease_until")?);
    let (analysis, answer): (String, Option<String>) = (row.try_get("analysis_id")?, row.try_get("answer")?);
    Ok(match answer {
        _ if body != claim.body => Claimed::Conflict,
        Some(answer) => Claimed::Answered(answer),
        None if lease_until <= now_ms => Claimed::Interrupted(AnalysisId::parse(&analysis).map_err(unreadable)?),
        None => Claimed::InFlight,
    })
}

fn unreadable(error: InvalidId) -> Error {
    Error::Refused(sqlx::Error::Decode(error.into()))
}
