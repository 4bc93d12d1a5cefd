//! Keeping an analysis: in the database, or on disk while that is down.

use std::borrow::Cow;
use std::slice;

use serde::{Deserialize, Serialize};

use crate::domain::{Analysis, AnalysisId, Assignment, ProviderCall, UserId};

use super::insert::insert;
use super::tally::Tally;
use super::{Error, Store};
use crate::telemetry::events;

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
    pub(super) user: Option<Cow<'a, str>>,
    pub(super) what: What<'a>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum What<'a> {
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
    pub(super) fn parts(&self) -> (AnalysisId, i64, &Assignment, &[ProviderCall]) {
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
        if self.database.bounded(self.insert_all(&entries)).await.is_ok() {
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
        match self.database.bounded(self.insert_all(slice::from_ref(entry))).await {
            Ok(()) => Ok(Recorded::Stored),
            Err(error) if error.try_later() => {
                let analysis = entry.parts().0;
                self.spool.put(analysis.to_string(), serde_json::to_vec(entry).map_err(Error::Corrupt)?).await?;
                events::record_spooled(analysis, &error);
                Ok(Recorded::Spooled)
            }
            Err(error) => Err(error),
        }
    }

    /// Inserts all of them or none.
    pub(super) async fn insert_all(&self, entries: &[Entry<'_>]) -> Result<(), Error> {
        let key = self.key().await?;
        let mut transaction = self.database.begin().await?;
        let mut tally = Tally::default();
        for entry in entries {
            insert(&mut transaction, entry, key, &mut tally).await?;
        }
        tally.write(&mut transaction).await?;
        Ok(transaction.commit().await?)
    }
}
