//! Which remote readers there are.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::base_url::BaseUrl;
use super::resilience::{Limits, Persistence};
use super::secret::ApiKey;
use crate::domain::{NanoUsd, ProviderName, Strategy};

/// The models that are asked for where none is named: the cheapest of each vendor that read small print well, by their
/// vendors' word.
pub(super) const DEFAULT_GEMINI: &str = "gemini-3.8-flash";
pub(super) const DEFAULT_CLAUDE: &str = "claude-haiku-5-5";

/// Settings of the remote readers.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Remote readers")]
pub struct Config {
    /// Key of Gemini; makes it callable. Older name: `GOOGLE_API_KEY`.
    #[arg(long, env = "GEMINI_API_KEY", hide_env_values = true, value_parser = ApiKey::parse)]
    pub gemini_api_key: Option<ApiKey>,
    /// Its model. Older name: `GEMINI_MODEL`.
    #[arg(long, env = "GEMINI_MODEL_NAME", default_value = DEFAULT_GEMINI, value_parser = model)]
    pub gemini_model_name: String,
    /// Where it is called.
    #[arg(long, env = "GEMINI_BASE_URL", default_value = "https://generativelanguage.googleapis.com", value_parser = BaseUrl::parse)]
    pub gemini_base_url: BaseUrl,
    /// Time for one attempt at it, seconds.
    #[arg(long, env = "GEMINI_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=300))]
    pub gemini_timeout: u16,
    /// Most output tokens it is asked for, thinking included; a model's own limit bounds it.
    #[arg(long, env = "GEMINI_MAX_TOKENS", default_value_t = 8192, value_parser = clap::value_parser!(u32).range(256..=65_536))]
    pub gemini_max_tokens: u32,
    /// What it is shown of a video: `flat`, the label unrolled into one picture; `frames`; or `clip`, a short film without
    /// sound, where its model takes video.
    #[arg(long, env = "GEMINI_MEDIA", default_value = "flat", value_parser = strategy)]
    pub gemini_media: Strategy,
    /// Largest clip that goes inside a request to it, bytes; a larger one is uploaded to its Files API first and deleted
    /// after use. (The vendor takes requests of 100 MB, and older ones took 20 MB; base64 makes a clip a third larger.)
    #[arg(long, env = "GEMINI_INLINE_BYTES", default_value_t = 14 << 20, value_parser = clap::value_parser!(u64).range(0..=70 << 20))]
    pub gemini_inline_bytes: u64,
    /// Key of Claude; makes it callable.
    #[arg(long, env = "ANTHROPIC_API_KEY", hide_env_values = true, value_parser = ApiKey::parse)]
    pub anthropic_api_key: Option<ApiKey>,
    /// Its model.
    #[arg(long, env = "CLAUDE_MODEL_NAME", default_value = DEFAULT_CLAUDE, value_parser = model)]
    pub claude_model_name: String,
    /// Where it is called.
    #[arg(long, env = "ANTHROPIC_BASE_URL", default_value = "https://api.anthropic.com", value_parser = BaseUrl::parse)]
    pub anthropic_base_url: BaseUrl,
    /// Time for one attempt at it, seconds.
    #[arg(long, env = "CLAUDE_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=300))]
    pub claude_timeout: u16,
    /// Most output tokens it is asked for, thinking included; a model's own limit bounds it.
    #[arg(long, env = "CLAUDE_MAX_TOKENS", default_value_t = 8192, value_parser = clap::value_parser!(u32).range(256..=21_333))]
    pub claude_max_tokens: u32,
    /// Key of an OpenAI-compatible service; with `OPENAI_MODEL_NAME` it makes that callable. Older name:
    /// `OPENROUTER_API_KEY`.
    #[arg(long, env = "OPENAI_API_KEY", hide_env_values = true, value_parser = ApiKey::parse)]
    pub openai_api_key: Option<ApiKey>,
    /// Its model; there is no default. Older name: `OPENROUTER_MODEL`.
    #[arg(long, env = "OPENAI_MODEL_NAME", value_parser = model)]
    pub openai_model_name: Option<String>,
    /// Where it is called; unset = `https://openrouter.ai/api/v1` for keys that begin with `sk-or-`, else
    /// `https://api.openai.com/v1`.
    #[arg(long, env = "OPENAI_BASE_URL", value_parser = BaseUrl::parse)]
    pub openai_base_url: Option<BaseUrl>,
    /// Time for one attempt at it, seconds.
    #[arg(long, env = "OPENAI_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=300))]
    pub openai_timeout: u16,
    /// Most output tokens it is asked for, thinking included; a model's own limit bounds it.
    #[arg(long, env = "OPENAI_MAX_TOKENS", default_value_t = 8192, value_parser = clap::value_parser!(u32).range(256..=65_536))]
    pub openai_max_tokens: u32,
    /// File with what models take and cost, in the form of `src/providers/models/models.toml`: its entries replace or
    /// extend those that come with the program.
    #[arg(long, env = "MODELS_FILE")]
    pub models_file: Option<PathBuf>,
    /// Attempts after a failed one, where trying again can help.
    #[arg(long, env = "MAX_RETRIES", default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=5))]
    pub max_retries: u32,
    /// Failures in a row that make a provider be left alone.
    #[arg(long, env = "CIRCUIT_BREAKER_FAILURE_THRESHOLD", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub circuit_breaker_failure_threshold: u32,
    /// For how long it is left alone before one call probes it, seconds.
    #[arg(long, env = "CIRCUIT_BREAKER_RECOVERY_TIMEOUT", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub circuit_breaker_recovery_timeout: u64,
    /// Whether a call that takes longer than 95 % of its provider's newest ones gets a second one beside it, for at
    /// most 5 % of all calls.
    #[arg(long, env = "HEDGE_SLOW_CALLS", default_value_t = false, action = clap::ArgAction::Set,
          value_parser = clap::builder::BoolishValueParser::new())]
    pub hedge_slow_calls: bool,
    /// Most that all providers together may cost in a day (UTC), USD; unset = no limit. It holds for all machines that
    /// share a database.
    #[arg(long, env = "BUDGET_USD_PER_DAY", value_parser = usd)]
    pub budget_usd_per_day: Option<NanoUsd>,
    /// The same for an hour.
    #[arg(long, env = "BUDGET_USD_PER_HOUR", value_parser = usd)]
    pub budget_usd_per_hour: Option<NanoUsd>,
    /// Makes the scripted reader callable (refused in production); the model selects what it does: `vegan`, `cream`,
    /// `partial`, `nothing`, `invents`, `refuses`, `garbage`, `fails`, `stalls`, `panics`.
    #[arg(long, env = "SCRIPTED_MODEL")]
    pub scripted_model: Option<String>,
}

/// A wire that is spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Vendor {
    Gemini,
    Claude,
    Openai,
}

impl Vendor {
    pub const ALL: [Self; 3] = [Self::Gemini, Self::Claude, Self::Openai];

    pub fn name(self) -> ProviderName {
        match self {
            Self::Gemini => ProviderName::Gemini,
            Self::Claude => ProviderName::Claude,
            Self::Openai => ProviderName::Openai,
        }
    }
}

/// What one vendor is called with.
#[derive(Debug, Clone)]
pub(super) struct Access {
    pub key: ApiKey,
    pub model: String,
    pub base_url: BaseUrl,
    pub timeout: Duration,
    pub max_tokens: u32,
}

impl Config {
    /// How `vendor` is called; `None` where it cannot be.
    pub(super) fn access(&self, vendor: Vendor) -> Option<Access> {
        let (key, model, base_url, timeout, max_tokens) = match vendor {
            Vendor::Gemini => (
                self.gemini_api_key.clone()?,
                self.gemini_model_name.clone(),
                self.gemini_base_url.clone(),
                self.gemini_timeout,
                self.gemini_max_tokens,
            ),
            Vendor::Claude => (
                self.anthropic_api_key.clone()?,
                self.claude_model_name.clone(),
                self.anthropic_base_url.clone(),
                self.claude_timeout,
                self.claude_max_tokens,
            ),
            Vendor::Openai => {
                let key = self.openai_api_key.clone()?;
                let base_url = self.openai_base_url.clone().unwrap_or_else(|| BaseUrl::of_key(&key));
                (key, self.openai_model_name.clone()?, base_url, self.openai_timeout, self.openai_max_tokens)
            }
        };
        Some(Access { key, model, base_url, timeout: Duration::from_secs(timeout.into()), max_tokens })
    }

    /// Whether spending is limited.
    #[must_use]
    pub fn has_budget(&self) -> bool {
        self.budget_usd_per_day.is_some() || self.budget_usd_per_hour.is_some()
    }

    pub(super) fn limits(&self) -> Limits {
        let recovery = Duration::from_secs(self.circuit_breaker_recovery_timeout);
        Limits { failures: self.circuit_breaker_failure_threshold, recovery }
    }

    pub(super) fn persistence(&self) -> Persistence {
        Persistence { retries: self.max_retries, hedges: self.hedge_slow_calls }
    }

    /// Whether the reader `name` can be called with these settings.
    #[must_use]
    pub fn makes_callable(&self, name: ProviderName) -> bool {
        match name {
            ProviderName::Local => true,
            ProviderName::Scripted => self.scripted_model.is_some(),
            ProviderName::Gemini => self.access(Vendor::Gemini).is_some(),
            ProviderName::Claude => self.access(Vendor::Claude).is_some(),
            ProviderName::Openai => self.access(Vendor::Openai).is_some(),
        }
    }

    /// With a budget every model needs a price: without one its calls would count as free.
    fn unpriced(&self, models: &super::models::Models) -> Vec<String> {
        let callable = Vendor::ALL.into_iter().filter_map(|vendor| Some((vendor, self.access(vendor)?)));
        let without = callable.filter(|(vendor, access)| {
            self.has_budget() && models.find(*vendor, &access.model).is_ok_and(|model| model.prices.is_empty())
        });
        let fault = |(_, access): (Vendor, Access)| {
            format!("MODELS_FILE: there is a budget and no price for the model {}; give it one there", access.model)
        };
        without.map(fault).collect()
    }

    /// What does not fit together about a model that an arm of an experiment has for itself, if anything.
    #[must_use]
    pub fn fault_of(&self, provider: ProviderName, model: &str) -> Option<String> {
        let vendor = Vendor::ALL.into_iter().find(|vendor| vendor.name() == provider)?;
        self.access(vendor)?;
        // A faulty table is told of in `faults`.
        let models = super::models::Models::load(self.models_file.as_deref()).ok()?;
        match models.find(vendor, model) {
            Err(fault) => Some(format!("EXPERIMENT_FILE: {fault}")),
            Ok(found) if self.has_budget() && found.prices.is_empty() => Some(format!(
                "EXPERIMENT_FILE: there is a budget and no price for the model {model}; MODELS_FILE can give it one"
            )),
            Ok(_) => None,
        }
    }

    /// What does not fit together, one sentence each.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.openai_api_key.is_some() && self.openai_model_name.is_none() {
            faults.push("OPENAI_MODEL_NAME: OPENAI_API_KEY is set and no model is named".to_owned());
        }
        match super::models::Models::load(self.models_file.as_deref()) {
            Ok(models) => faults.extend(self.unpriced(&models)),
            Err(fault) => faults.push(format!("MODELS_FILE: {fault}")),
        }
        faults
    }
}

/// An amount of money, from a cent of a cent to a million dollars.
fn usd(text: &str) -> Result<NanoUsd, String> {
    let usd: f64 = text.parse().map_err(|_| "no amount of USD".to_owned())?;
    if !(0.0001..=1e6).contains(&usd) {
        return Err("an amount from 0.0001 to 1000000 USD".to_owned());
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 10^15, checked above")]
    Ok(NanoUsd((usd * 1e9).round() as i64))
}

fn strategy(text: &str) -> Result<Strategy, String> {
    Strategy::parse(text).ok_or_else(|| "one of flat, frames, clip".to_owned())
}

/// A model's name stands in URLs and logs.
fn model(text: &str) -> Result<String, String> {
    let fits = (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:/@".contains(&byte))
        && !text.contains("..");
    if fits { Ok(text.to_owned()) } else { Err("no name of a model".to_owned()) }
}
