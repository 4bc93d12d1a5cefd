//! The two doors to a reading, remote models and the local reader, and the fall from one to the other.

use std::time::Duration;

use tokio::time::Instant;

use super::{Clock, Config, Error, Switch};
use crate::domain::{
    Assignment, CallOutcome, CallRole, EncodedPicture, Language, NanoUsd, Pictures, ProviderCall, ProviderName,
    Reading, Tokens,
};
use crate::experiment::Callable;
use crate::media::{self, Pool};
use crate::providers::{Answer, Hints, Providers};
use crate::telemetry::events;

/// The name under which the local reader is recorded.
const LOCAL_MODEL: &str = "tesseract";
/// Kept of the deadline for the local reader, in case the remote one fails.
const LOCAL_RESERVE: Duration = Duration::from_secs(8);

/// Everything that can read pictures.
pub(super) struct Readers {
    media: Pool,
    providers: Providers,
    local_fallback: bool,
    clock: Clock,
}

/// A reading and how it came about.
#[derive(Debug)]
pub(super) struct Read {
    pub reading: Reading,
    /// What the local reader was sure of, where it was the reader.
    pub confident_text: Option<String>,
    pub serving: ProviderName,
    pub model: String,
    pub calls: Vec<ProviderCall>,
    pub bytes_sent: u64,
    pub image_tokens: u32,
}

type Attempted<T> = Result<T, (Error, Vec<ProviderCall>)>;

impl Readers {
    pub fn new(config: &Config, media: Pool, providers: Providers, clock: Clock) -> Self {
        Self { media, providers, local_fallback: config.local_fallback == Switch::On, clock }
    }

    /// The arms that can be called, in order of preference; the local reader is always last and always there.
    pub fn assignable(&self) -> Vec<Callable> {
        callable(&self.providers)
    }

    /// Asks the assigned arm; where it fails and another may answer, the local reader.
    pub async fn read(
        &self,
        assignment: &Assignment,
        pictures: &Pictures,
        language: Language,
        deadline: Instant,
    ) -> Attempted<Read> {
        if assignment.arm == ProviderName::Local {
            return self.read_locally(CallRole::Primary, pictures, Vec::new(), deadline).await;
        }
        let fall_back = self.local_fallback && assignment.may_fall_back();
        let reserve = if fall_back { LOCAL_RESERVE } else { Duration::ZERO };
        match self.read_remotely(assignment.arm, pictures, language, deadline - reserve).await {
            Err((_, calls)) if fall_back => self.read_locally(CallRole::Fallback, pictures, calls, deadline).await,
            outcome => outcome,
        }
    }

    async fn read_remotely(
        &self,
        arm: ProviderName,
        pictures: &Pictures,
        language: Language,
        deadline: Instant,
    ) -> Attempted<Read> {
        let unassignable = || (Error::from(crate::experiment::Unassignable(arm)), Vec::new());
        let tier = self.providers.tier(arm).ok_or_else(unassignable)?;
        let encoded = encode(pictures, tier).await.map_err(|error| (error, Vec::new()))?;
        let bytes_sent = encoded.iter().map(|picture| picture.bytes.len() as u64).sum();
        let hints = Hints { language };
        let answer = self.providers.read(arm, CallRole::Primary, &encoded, hints, self.clock.now_ms(), deadline).await;
        let Answer { reading, calls, image_tokens } = answer.ok_or_else(unassignable)?;
        calls.iter().for_each(events::provider_called);
        let reading = match reading {
            Ok(reading) => reading,
            Err(error) => return Err((Error::Provider(error), calls)),
        };
        let model = calls.last().and_then(|call| call.served_model.clone()).unwrap_or_default();
        Ok(Read { reading, confident_text: None, serving: arm, model, calls, bytes_sent, image_tokens })
    }

    /// `calls` are the attempts made before.
    async fn read_locally(
        &self,
        role: CallRole,
        pictures: &Pictures,
        mut calls: Vec<ProviderCall>,
        deadline: Instant,
    ) -> Attempted<Read> {
        let (started_at_ms, began) = (self.clock.now_ms(), Instant::now());
        let read = self.media.read_text(pictures, deadline).await;
        let call = ProviderCall {
            started_at_ms,
            step: None,
            serving: ProviderName::Local,
            role,
            outcome: read.as_ref().map_or_else(local_outcome, |_| CallOutcome::Ok),
            requested_model: LOCAL_MODEL.to_owned(),
            served_model: read.is_ok().then(|| LOCAL_MODEL.to_owned()),
            prompt_hash: None,
            provider_ms: u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX),
            tokens: Tokens::default(),
            cost: NanoUsd(0),
        };
        events::provider_called(&call);
        calls.push(call);
        match read {
            Ok(local) => Ok(Read {
                reading: local.reading,
                confident_text: Some(local.confident_text),
                serving: ProviderName::Local,
                model: LOCAL_MODEL.to_owned(),
                calls,
                bytes_sent: 0,
                image_tokens: 0,
            }),
            Err(error) => Err((Error::Media(error), calls)),
        }
    }
}

/// The readers that can be called, in order of preference; the local reader is always last and always there.
#[must_use]
pub fn callable(providers: &Providers) -> Vec<Callable> {
    let remote = providers.callable().map(|provider| {
        let model = providers.model(provider).unwrap_or_default().to_owned();
        Callable { provider, model }
    });
    remote.chain([Callable { provider: ProviderName::Local, model: LOCAL_MODEL.to_owned() }]).collect()
}

fn local_outcome(error: &media::Error) -> CallOutcome {
    if matches!(error, media::Error::Deadline) { CallOutcome::Timeout } else { CallOutcome::Server }
}

async fn encode(pictures: &Pictures, tier: crate::domain::Tier) -> Result<Vec<EncodedPicture>, Error> {
    let pictures = pictures.clone();
    match tokio::task::spawn_blocking(move || media::encode(&pictures, &tier)).await {
        Ok(encoded) => encoded.map_err(Error::Media),
        Err(_panicked) => Err(Error::Interrupted),
    }
}
