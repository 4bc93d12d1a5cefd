//! Pictures to a [`Reading`] by remote models. Never decides a verdict, never decodes media, never falls back to
//! another arm: `pipeline` does that, because only it knows the local reader too.
//!
//! A closed set of readers is an enum (`remote`), of which [`Providers`] holds one each that is configured; the scripted
//! one is for tests and staging: the name of its model selects what it does. Each vendor has a folder with two files:
//! `wire` is its JSON, which never leaves the folder, `mod` composes a `Call` from pictures and attempts it once. What
//! they share:
//!
//! - `prompt` (with `prompts/`) is what models are told, `body` writes requests, `http` sends them;
//! - `answer` reads what a model wrote and believes none of it, `failing` what a vendor refused, `lenient` what is said
//!   around both;
//! - `models` is what each model takes and costs, as data; `presence` asks at start whether they live;
//! - `target` is a model as that which pictures are made for, `purse` what may be spent;
//! - `attempt` is one attempt with the row that is kept of it, `resilience` how many are made and when.

mod answer;
mod attempt;
mod base_url;
mod body;
mod call;
mod claude;
mod config;
mod error;
mod failing;
mod gemini;
mod http;
mod lenient;
mod models;
mod openai;
mod presence;
mod prompt;
mod purse;
mod remote;
mod resilience;
mod scripted;
mod secret;
mod target;

pub use config::Config;
pub use error::{Error, SetUpError};
pub use purse::Purse;
pub use target::Target;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use crate::domain::{
    CallOutcome, CallRole, EncodedClip, EncodedPicture, Language, ProviderCall, ProviderName, Reading, Strategy, Tier,
    Tokens,
};
use config::Vendor;
use http::Http;
use models::Models;
use prompt::Words;
use remote::Remote;
use resilience::{Arm, Errand};
use scripted::Scripted;

/// What one attempt uses, about.
const TYPICAL: Tokens = Tokens { input: 3000, cached: 0, output: 600, thinking: 0 };

/// What a reader is told beside the pictures.
#[derive(Debug, Clone, Copy)]
pub struct Hints {
    /// The language the caller prefers: of several lists on a pack, this one first.
    pub language: Language,
}

/// What a reader is shown.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The pictures, encoded to its tier.
    pub pictures: &'a [EncodedPicture],
    /// The same as a short film: where there is one, models that take video are shown it instead of the pictures.
    pub clip: Option<&'a EncodedClip>,
}

/// What one call came to: the reading or the error, and one row per attempt.
#[derive(Debug)]
pub struct Answer {
    /// The reading, or why there is none.
    pub reading: Result<Reading, Error>,
    /// Every attempt, in order; at least one.
    pub calls: Vec<ProviderCall>,
    /// Tokens that the pictures cost by the vendor's rule.
    pub image_tokens: u32,
}

/// The remote readers that this instance can call. Clones share everything.
#[derive(Debug, Clone)]
pub struct Providers {
    arms: Arc<[Arm]>,
    purse: Purse,
    models: Arc<Models>,
    gemini_media: Strategy,
    troubled: Arc<Mutex<Vec<ProviderName>>>,
    /// The readers that arms of an experiment have for themselves, by the arm's name: one each.
    special: BTreeMap<String, Providers>,
}

/// What an arm of an experiment wants of its provider.
#[derive(Debug, Clone)]
pub struct Special {
    /// Whose.
    pub provider: ProviderName,
    /// The model; `None` = the configured one.
    pub model: Option<String>,
    /// The instructions; `None` = those in force.
    pub prompt: Option<String>,
}

impl Providers {
    /// Sets up every reader that the settings make callable, in order of preference; all are paid from `purse`.
    ///
    /// # Errors
    /// When the HTTP client has no certificates to trust, or the table of models is faulty.
    pub fn new(config: &Config, purse: Purse) -> Result<Self, SetUpError> {
        let models = Arc::new(Models::load(config.models_file.as_deref()).map_err(SetUpError::Models)?);
        let mut remotes = Vec::new();
        if Vendor::ALL.into_iter().any(|vendor| config.access(vendor).is_some()) {
            let http = Http::new().map_err(SetUpError::Client)?;
            for vendor in Vendor::ALL {
                remotes.extend(Remote::of_vendor(vendor, config, &models, &http).map_err(SetUpError::Models)?);
            }
        }
        remotes.extend(config.scripted_model.clone().map(|model| Remote::Scripted(Scripted::new(model))));
        let arms = remotes.into_iter().map(|remote| Arm::new(remote, purse.clone(), config)).collect();
        Ok(Self {
            arms,
            purse,
            models,
            gemini_media: config.gemini_media,
            troubled: Arc::default(),
            special: BTreeMap::new(),
        })
    }

    /// Sets up a reader for the arm `name` alone, with a model or instructions of its own; nothing where its provider
    /// cannot be called.
    ///
    /// # Errors
    /// As [`Providers::new`].
    pub fn add_arm(&mut self, name: &str, special: Special, config: &Config) -> Result<(), SetUpError> {
        let words = special.prompt.map(Words::own).unwrap_or_default();
        let vendor = Vendor::ALL.into_iter().find(|vendor| vendor.name() == special.provider);
        let remote = match vendor.and_then(|vendor| Some((vendor, config.access(vendor)?))) {
            Some((vendor, access)) => {
                let model = special.model.unwrap_or_else(|| access.model.clone());
                let http = Http::new().map_err(SetUpError::Client)?;
                Remote::new(vendor, config, config::Access { model, ..access }, words, &self.models, &http)
                    .map_err(SetUpError::Models)?
            }
            None if self.arm(special.provider).is_some() => {
                Remote::Scripted(Scripted::new(special.model.unwrap_or_default()))
            }
            None => return Ok(()),
        };
        let arm = Arm::new(remote, self.purse.clone(), config);
        let alone = Self { arms: Arc::new([arm]), special: BTreeMap::new(), ..self.clone() };
        self.special.insert(name.to_owned(), alone);
        Ok(())
    }

    /// The readers among which the arm `name` of an experiment finds its own.
    #[must_use]
    pub fn of_arm(&self, name: &str) -> &Self {
        self.special.get(name).unwrap_or(self)
    }

    /// No reader: nothing outside is ever called.
    #[must_use]
    pub fn none() -> Self {
        Self {
            arms: Arc::new([]),
            purse: Purse::unlimited(),
            models: Arc::default(),
            gemini_media: Strategy::default(),
            troubled: Arc::default(),
            special: BTreeMap::new(),
        }
    }

    /// The readers that can be called, in order of preference.
    pub fn callable(&self) -> impl Iterator<Item = ProviderName> + '_ {
        self.arms.iter().map(|arm| arm.remote.name())
    }

    /// What the reader `name` makes use of; `None` if it cannot be called.
    #[must_use]
    pub fn tier(&self, name: ProviderName) -> Option<Tier> {
        self.arm(name).map(|arm| arm.remote.tier())
    }

    /// Everything that a reading by `name` depends on beside the upload: this program, where and how the model is asked,
    /// what is known of it, prompt and strategy. `None` if it cannot be called.
    #[must_use]
    pub fn describe(&self, name: ProviderName, wished: Option<Strategy>) -> Option<String> {
        let remote = &self.arm(name)?.remote;
        let (prompt, strategy) = (remote.prompt_hash().unwrap_or_default(), self.strategy(name, wished));
        let program = env!("CARGO_PKG_VERSION");
        let of_vendor = Vendor::ALL.into_iter().find(|vendor| vendor.name() == name);
        let api = of_vendor.map(|vendor| self.models.version(vendor)).unwrap_or_default();
        Some(format!("{program}/{}/{api}/{}/{prompt}/{strategy:?}", name.as_str(), remote.describe()))
    }

    /// How much of the budget all machines have taken together, percent; 0 without one.
    #[must_use]
    pub fn budget_taken_percent(&self) -> u8 {
        self.purse.taken_percent()
    }

    /// The readers that can be called, the cheapest first: by what a typical attempt costs now.
    #[must_use]
    pub fn cheapest_first(&self, now_ms: i64) -> Vec<ProviderName> {
        let mut arms: Vec<&Remote> = self.arms.iter().map(|arm| &arm.remote).collect();
        arms.sort_by_key(|remote| remote.price(TYPICAL, now_ms));
        arms.into_iter().map(Remote::name).collect()
    }

    /// How an upload is prepared for the reader `name`: as `wished`, else by the settings, as far as its model can.
    #[must_use]
    pub fn strategy(&self, name: ProviderName, wished: Option<Strategy>) -> Strategy {
        let takes_video = || self.arm(name).and_then(|arm| arm.remote.entry()).is_some_and(|model| model.video);
        let set = if name == ProviderName::Gemini { self.gemini_media } else { Strategy::default() };
        match wished.unwrap_or(set) {
            Strategy::Clip if !takes_video() => Strategy::default(),
            chosen @ (Strategy::Flat | Strategy::Frames | Strategy::Clip) => chosen,
        }
    }

    /// The readers whose model was found to be gone, or whose key is not taken.
    #[must_use]
    pub fn troubled(&self) -> Vec<ProviderName> {
        self.troubled.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The answer of a reader that would not be called now, for who wants to spare the work of preparing the call.
    #[must_use]
    pub fn refusal(&self, name: ProviderName, role: CallRole, now_ms: i64) -> Option<Answer> {
        let row = self.arm(name)?.refusal(role, now_ms)?;
        Some(Answer { reading: Err(Error::CircuitOpen), calls: vec![row], image_tokens: 0 })
    }

    /// The model of the reader `name`; `None` if it cannot be called.
    #[must_use]
    pub fn model(&self, name: ProviderName) -> Option<&str> {
        self.arm(name).map(|arm| arm.remote.model())
    }

    /// Asks the reader `name` what the label says, within `deadline`.
    ///
    /// `None` if that reader cannot be called; `now_ms` is the wall clock, UTC milliseconds.
    pub async fn read(
        &self,
        name: ProviderName,
        role: CallRole,
        shown: Shown<'_>,
        hints: Hints,
        now_ms: i64,
        deadline: Instant,
    ) -> Option<Answer> {
        let arm = self.arm(name)?;
        let began = Instant::now();
        let call = match arm.remote.compose(shown, hints) {
            Ok(call) => call,
            Err(failure) => {
                return Some(Answer { reading: Err(failure.kind.into()), calls: Vec::new(), image_tokens: 0 });
            }
        };
        let (reading, calls) = arm.run(Errand { call: &call, role, now_ms, began, deadline }).await;
        if calls.last().is_some_and(is_as_asked_for) {
            self.mark_sound(name);
        }
        Some(Answer { reading, calls, image_tokens: call.image_tokens })
    }

    fn arm(&self, name: ProviderName) -> Option<&Arm> {
        self.arms.iter().find(|arm| arm.remote.name() == name)
    }

    /// What was wrong at start is not any more.
    fn mark_sound(&self, name: ProviderName) {
        self.troubled.lock().unwrap_or_else(PoisonError::into_inner).retain(|other| *other != name);
    }

    fn mark_troubled(&self, name: ProviderName) {
        let mut troubled = self.troubled.lock().unwrap_or_else(PoisonError::into_inner);
        if !troubled.contains(&name) {
            troubled.push(name);
        }
    }
}

/// Whether the model that was asked for gave a reading.
fn is_as_asked_for(call: &ProviderCall) -> bool {
    let served = call.served_model.as_deref().unwrap_or(&call.requested_model);
    call.outcome == CallOutcome::Ok && attempt::is_same_model(&call.requested_model, served)
}
