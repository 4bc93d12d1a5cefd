//! Pictures to a [`Reading`] by remote models. Never decides a verdict, never decodes media, never falls back to
//! another arm: `pipeline` does that, because only it knows the local reader too.
//!
//! A closed set of readers is an enum ([`Providers`] holds one of each that is configured); the scripted one is for
//! tests and staging: the name of its model selects what it does.

mod config;
mod error;
mod scripted;

pub use config::Config;
pub use error::Error;

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::domain::{
    CallOutcome, CallRole, EncodedPicture, Language, NanoUsd, ProviderCall, ProviderName, Reading, Tier, Tokens,
};
use scripted::Scripted;

/// What a reader is told beside the pictures.
#[derive(Debug, Clone, Copy)]
pub struct Hints {
    /// The language the caller prefers: of several lists on a pack, this one first.
    pub language: Language,
}

/// What one call came to: the reading or the error, and one row per attempt.
#[derive(Debug)]
pub struct Answer {
    /// The reading, or why there is none.
    pub reading: Result<Reading, Error>,
    /// Every attempt, in order; at least one.
    pub calls: Vec<ProviderCall>,
    /// Tokens that the pictures cost, all attempts together.
    pub image_tokens: u32,
}

/// The remote readers that this instance can call.
#[derive(Debug, Clone)]
pub struct Providers {
    remotes: Vec<Remote>,
}

#[derive(Debug, Clone)]
enum Remote {
    Scripted(Scripted),
}

impl Providers {
    /// Sets up every reader that the settings make callable.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let scripted = config.scripted_model.clone().map(|model| Remote::Scripted(Scripted::new(model)));
        Self { remotes: scripted.into_iter().collect() }
    }

    /// The readers that can be called, in order of preference.
    pub fn callable(&self) -> impl Iterator<Item = ProviderName> + '_ {
        self.remotes.iter().map(Remote::name)
    }

    /// What the reader `name` makes use of; `None` if it cannot be called.
    #[must_use]
    pub fn tier(&self, name: ProviderName) -> Option<Tier> {
        self.remote(name).map(Remote::tier)
    }

    /// The model of the reader `name`; `None` if it cannot be called.
    #[must_use]
    pub fn model(&self, name: ProviderName) -> Option<&str> {
        self.remote(name).map(Remote::model)
    }

    /// Asks the reader `name` what the label says, within `deadline`.
    ///
    /// `None` if that reader cannot be called; `now_ms` is the wall clock, UTC milliseconds.
    pub async fn read(
        &self,
        name: ProviderName,
        role: CallRole,
        pictures: &[EncodedPicture],
        hints: Hints,
        now_ms: i64,
        deadline: Instant,
    ) -> Option<Answer> {
        let remote = self.remote(name)?;
        let began = Instant::now();
        let reading = match timeout_at(deadline, remote.read(pictures, hints)).await {
            Ok(reading) => reading,
            Err(_elapsed) => Err(Error::TimedOut),
        };
        let outcome = reading.as_ref().map_or_else(Error::outcome, |_| CallOutcome::Ok);
        let call = ProviderCall {
            started_at_ms: now_ms,
            step: None,
            serving: name,
            role,
            outcome,
            requested_model: remote.model().to_owned(),
            served_model: reading.is_ok().then(|| remote.model().to_owned()),
            prompt_hash: None,
            provider_ms: millis(began.elapsed()),
            tokens: Tokens::default(),
            cost: NanoUsd(0),
        };
        Some(Answer { reading, calls: vec![call], image_tokens: 0 })
    }

    fn remote(&self, name: ProviderName) -> Option<&Remote> {
        self.remotes.iter().find(|remote| remote.name() == name)
    }
}

impl Remote {
    fn name(&self) -> ProviderName {
        match self {
            Self::Scripted(_) => ProviderName::Scripted,
        }
    }

    fn model(&self) -> &str {
        match self {
            Self::Scripted(scripted) => scripted.model(),
        }
    }

    fn tier(&self) -> Tier {
        match self {
            Self::Scripted(_) => Scripted::TIER,
        }
    }

    async fn read(&self, pictures: &[EncodedPicture], hints: Hints) -> Result<Reading, Error> {
        match self {
            Self::Scripted(scripted) => scripted.read(pictures, hints).await,
        }
    }
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
