//! Reading analyses back.

use uuid::Uuid;

use crate::domain::{Analysis, AnalysisId, UserId};

use super::record::Entry;
use super::{Error, Store};

impl Store {
    /// One analysis, also while it waits on this machine's disk for the database.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when it may be in the database, which is down.
    pub async fn analysis(&self, id: AnalysisId) -> Result<Option<Analysis>, Error> {
        let stored = self.database.bounded(async {
            let select = sqlx::query_scalar("SELECT result FROM analyses WHERE id = $1").bind(id.to_string());
            let result: Option<String> = select.fetch_optional(&mut *self.database.read().await?).await?;
            result.map(|json| parse(&json)).transpose()
        });
        match stored.await {
            Ok(Some(analysis)) => Ok(Some(analysis)),
            other => match self.spooled(id).await? {
                Some(analysis) => Ok(Some(analysis)),
                None => other,
            },
        }
    }

    /// At most `limit` analyses of a user, newest first, those older than `before` if it is given.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn history(&self, user: &UserId, limit: u32, before: Option<AnalysisId>) -> Result<Vec<Analysis>, Error> {
        let before = before.unwrap_or(AnalysisId::new(Uuid::max()));
        let page = self.database.bounded(async {
            let select = sqlx::query_scalar(
                "SELECT analyses.result FROM user_analyses JOIN analyses ON analyses.id = user_analyses.analysis_id
                 WHERE user_analyses.user_id = $1 AND user_analyses.analysis_id < $2
                 ORDER BY user_analyses.analysis_id DESC LIMIT $3",
            );
            let select = select.bind(user.as_str()).bind(before.to_string()).bind(i64::from(limit));
            let results: Vec<String> = select.fetch_all(&mut *self.database.read().await?).await?;
            results.iter().map(|json| parse(json)).collect()
        });
        page.await
    }

    /// At most `limit` analyses of everyone, newest first, those older than `before` if it is given.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn recent(&self, limit: u32, before: Option<AnalysisId>) -> Result<Vec<Analysis>, Error> {
        let before = before.unwrap_or(AnalysisId::new(Uuid::max()));
        let page = self.database.bounded(async {
            let select = sqlx::query_scalar("SELECT result FROM analyses WHERE id < $1 ORDER BY id DESC LIMIT $2");
            let select = select.bind(before.to_string()).bind(i64::from(limit));
            let results: Vec<String> = select.fetch_all(&mut *self.database.read().await?).await?;
            results.iter().map(|json| parse(json)).collect()
        });
        page.await
    }

    /// The analysis, if it waits on this machine's disk.
    pub(super) async fn spooled(&self, id: AnalysisId) -> Result<Option<Analysis>, Error> {
        let Some(record) = self.spool.get(id.to_string()).await? else { return Ok(None) };
        let entry: Entry<'static> = serde_json::from_slice(&record).map_err(Error::Corrupt)?;
        Ok(entry.into_analysis())
    }
}

fn parse(json: &str) -> Result<Analysis, Error> {
    serde_json::from_str(json).map_err(Error::Corrupt)
}
