//! One callable reader, whichever vendor's wire it speaks.

use std::sync::Arc;
use std::time::Duration;

use super::call::{Answered, Call, CallFailure, FailureKind};
use super::claude::Claude;
use super::config::{Access, Config, Vendor};
use super::gemini::Gemini;
use super::http::Http;
use super::models::{Model, Models};
use super::openai::Openai;
use super::presence::Word;
use super::prompt::Words;
use super::scripted::Scripted;
use super::{Hints, Shown};
use crate::domain::{NanoUsd, ProviderName, Tier, Tokens};

#[derive(Debug, Clone)]
pub(super) enum Remote {
    Gemini(Gemini),
    Claude(Claude),
    Openai(Openai),
    Scripted(Scripted),
}

impl Remote {
    /// The reader of `vendor`, where the settings make it callable.
    ///
    /// # Errors
    /// What the table of models lacks for it.
    pub fn of_vendor(
        vendor: Vendor,
        config: &Config,
        models: &Arc<Models>,
        http: &Http,
    ) -> Result<Option<Self>, String> {
        match config.access(vendor) {
            Some(access) => Self::new(vendor, config, access, Words::default(), models, http).map(Some),
            None => Ok(None),
        }
    }

    /// The reader of `vendor` that `access` names, told `words`.
    ///
    /// # Errors
    /// What the table of models lacks for it.
    pub fn new(
        vendor: Vendor,
        config: &Config,
        access: Access,
        words: Words,
        models: &Arc<Models>,
        http: &Http,
    ) -> Result<Self, String> {
        let mut model = models.find(vendor, &access.model)?;
        model.words = words;
        let (http, models) = (http.clone(), Arc::clone(models));
        Ok(match vendor {
            Vendor::Gemini => Self::Gemini(Gemini::new(http, access, config.gemini_inline_bytes, model, models)),
            Vendor::Claude => Self::Claude(Claude::new(http, access, model, models)?),
            Vendor::Openai => Self::Openai(Openai::new(http, access, model, models)),
        })
    }

    pub fn name(&self) -> ProviderName {
        match self {
            Self::Gemini(_) => ProviderName::Gemini,
            Self::Claude(_) => ProviderName::Claude,
            Self::Openai(_) => ProviderName::Openai,
            Self::Scripted(_) => ProviderName::Scripted,
        }
    }

    /// The entry of its model; none for the scripted one.
    pub fn entry(&self) -> Option<&Model> {
        match self {
            Self::Gemini(gemini) => Some(gemini.model()),
            Self::Claude(claude) => Some(claude.model()),
            Self::Openai(openai) => Some(openai.model()),
            Self::Scripted(_) => None,
        }
    }

    /// The name of its model, as it is sent.
    pub fn model(&self) -> &str {
        match self {
            Self::Scripted(scripted) => scripted.model(),
            Self::Gemini(_) | Self::Claude(_) | Self::Openai(_) => {
                self.entry().map(|model| model.id.as_str()).unwrap_or_default()
            }
        }
    }

    /// Where it is asked, for how much, and everything that is known of its model.
    pub fn describe(&self) -> String {
        let (access, model) = match self {
            Self::Gemini(gemini) => (gemini.access(), gemini.model()),
            Self::Claude(claude) => (claude.access(), claude.model()),
            Self::Openai(openai) => (openai.access(), openai.model()),
            Self::Scripted(scripted) => return scripted.model().to_owned(),
        };
        format!("{:?}/{}/{model:?}", access.base_url, access.max_tokens)
    }

    /// What it makes use of.
    pub fn tier(&self) -> Tier {
        self.entry().map_or(Scripted::TIER, Model::tier)
    }

    /// The hash of what it is told; none for the scripted one, which is told nothing.
    pub fn prompt_hash(&self) -> Option<&str> {
        self.entry().map(|model| model.words.hash())
    }

    /// Most input tokens that an attempt at `call` costs; an estimate on the high side.
    pub fn input_at_most(&self, call: &Call) -> u32 {
        self.entry().map_or(0, |model| call.image_tokens.saturating_add(model.words.tokens_at_most()))
    }

    /// Most that an attempt at `call` costs.
    pub fn cost_at_most(&self, call: &Call, now_ms: i64) -> NanoUsd {
        let output = match self {
            Self::Gemini(gemini) => gemini.output_limit(),
            Self::Claude(claude) => claude.output_limit(),
            Self::Openai(openai) => openai.output_limit(),
            Self::Scripted(_) => 0,
        };
        self.price(Tokens { input: self.input_at_most(call), output, ..Tokens::default() }, now_ms)
    }

    /// What so many tokens cost at `now_ms` (UTC milliseconds), by the price of the model that is asked for.
    pub fn price(&self, tokens: Tokens, now_ms: i64) -> NanoUsd {
        self.entry().map_or(NanoUsd(0), |model| model.price(tokens, now_ms))
    }

    /// Composes what one or more attempts send. It turns pictures to base64: some milliseconds for large ones.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn compose(&self, shown: Shown<'_>, hints: Hints) -> Result<Call, CallFailure> {
        let composed = match self {
            Self::Gemini(gemini) => gemini.compose(shown, hints),
            Self::Claude(claude) => claude.compose(shown, hints),
            Self::Openai(openai) => openai.compose(shown, hints),
            Self::Scripted(_) => return Ok(Scripted::compose()),
        };
        composed.map_err(|error| CallFailure::new(FailureKind::Rejected, error.to_string()))
    }

    /// Attempts `call` once: no retry, no wait. Dropping the future ends the attempt.
    ///
    /// `now_ms` is the wall clock, UTC milliseconds: prices change by the day.
    ///
    /// # Errors
    /// Why it gave no reading.
    pub async fn call(&self, call: &Call, now_ms: i64) -> Result<Answered, CallFailure> {
        match self {
            Self::Gemini(gemini) => gemini.call(call, now_ms).await,
            Self::Claude(claude) => claude.call(call, now_ms).await,
            Self::Openai(openai) => openai.call(call, now_ms).await,
            Self::Scripted(scripted) => scripted.call().await,
        }
    }

    /// Asks the vendor about the model; no word of the scripted one.
    ///
    /// # Errors
    /// When there is no answer within `limit`.
    pub async fn look_up(&self, limit: Duration) -> Result<Option<Word>, CallFailure> {
        match self {
            Self::Gemini(gemini) => gemini.look_up(limit).await.map(Some),
            Self::Claude(claude) => claude.look_up(limit).await.map(Some),
            Self::Openai(openai) => openai.look_up(limit).await.map(Some),
            Self::Scripted(_) => Ok(None),
        }
    }
}
