//! Every setting of every room, and what must hold between them.

use crate::domain::{Environment, ProviderName};
use crate::pipeline::FACTOR_TENTHS;
use crate::{experiment, http, ingredients, media, ocr, pipeline, providers, store, telemetry, tokens};

/// All settings; each is declared in the room it belongs to.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Where the service runs: `development`, `staging` or `production`.
    #[arg(long, env = "APP_ENV", default_value = "production", value_parser = environment, help_heading = "Service")]
    pub app_env: Environment,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the room documents it")]
    pub http: http::Config,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the room documents it")]
    pub tokens: tokens::Config,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the room documents it")]
    pub pipeline: pipeline::Config,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the room documents it")]
    pub media: media::Config,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the room documents it")]
    pub ocr: ocr::Config,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the room documents it")]
    pub experiment: experiment::Config,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the room documents it")]
    pub providers: providers::Config,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the room documents it")]
    pub ingredients: ingredients::Config,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the room documents it")]
    pub store: store::Config,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the room documents it")]
    pub telemetry: telemetry::Config,
}

impl Settings {
    /// What does not fit together, one sentence each; empty when all is well.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.app_env == Environment::Production && self.providers.scripted_model.is_some() {
            faults.push("SCRIPTED_MODEL: the scripted reader is not allowed in production".to_owned());
        }
        if self.app_env == Environment::Production && self.media.media_sandbox == media::Sandbox::Off {
            faults.push("MEDIA_SANDBOX: off is not allowed in production".to_owned());
        }
        if self.experiment.ai_provider.is_some_and(|name| !self.providers.makes_callable(name)) {
            faults.push("AI_PROVIDER: this provider cannot be called with the settings given".to_owned());
        }
        faults.extend(self.providers.faults());
        faults.extend(self.faults_of_auth());
        let experiment = self.experiment.experiment();
        let special = experiment.arms.iter().filter_map(|arm| Some((arm.provider, arm.model.as_deref()?)));
        faults.extend(special.filter_map(|(provider, model)| self.providers.fault_of(provider, model)));
        let largest = self.http.max_upload_bytes / 10 * FACTOR_TENTHS;
        if self.pipeline.upload_memory() < largest {
            faults.push(format!(
                "UPLOAD_MEMORY_BYTES: one upload of MAX_UPLOAD_BYTES needs {largest} bytes, there are {}",
                self.pipeline.upload_memory()
            ));
        }
        if self.pipeline.media_deadline_seconds >= self.pipeline.request_deadline_seconds {
            faults.push("MEDIA_DEADLINE_SECONDS: must be shorter than REQUEST_DEADLINE_SECONDS".to_owned());
        }
        faults
    }

    fn faults_of_auth(&self) -> Vec<String> {
        let mut faults = self.tokens.faults();
        if self.http.auth == http::Mode::Jwt && !self.tokens.has_keys() {
            faults.push("AUTH: jwt needs JWT_SECRET or JWKS_URL".to_owned());
        }
        faults
    }

    /// Whether pictures are read locally alone: then nothing outside is called, not even by a request that asks for it.
    #[must_use]
    pub fn reads_locally_alone(&self) -> bool {
        self.experiment.ai_provider == Some(ProviderName::Local)
    }

    /// What an operator should know although nothing is wrong.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.http.cors_origin.iter().any(|origin| origin.trim() == "*") {
            warnings.push("CORS_ORIGIN: `*` names no origin; list each one".to_owned());
        }
        if self.http.admin_token.is_none() {
            warnings.push("ADMIN_TOKEN is unset: admin routes answer 404".to_owned());
        }
        if self.http.auth != http::Mode::Jwt && self.tokens.has_keys() {
            warnings.push("JWT_SECRET and JWKS_URL change nothing without AUTH=jwt".to_owned());
        }
        warnings.extend(self.warnings_of_the_experiment());
        warnings
    }

    fn warnings_of_the_experiment(&self) -> Vec<String> {
        let (config, mut warnings) = (&self.experiment, Vec::new());
        if config.wants_rollout() && config.gemini_rollout_percentage.is_none() {
            warnings.push("GEMINI_ROLLOUT_PERCENTAGE is unset: a rollout that begins now begins at 0 %".to_owned());
        }
        if config.enable_ab_test && self.app_env != Environment::Staging {
            warnings.push("ENABLE_AB_TEST changes nothing outside staging".to_owned());
        }
        let tries = config.wants_rollout() || config.enable_ab_test || config.experiment_file.is_some();
        // Why they cannot be set up is said by who does so next.
        let Ok(callable) = super::callable(self) else { return warnings };
        for arm in config.experiment().arms.iter().filter(|arm| tries && !arm.is_callable(&callable)) {
            let name = &arm.name;
            warnings.push(format!("the arm `{name}` cannot be called here (there is no key): nobody is given it"));
        }
        warnings
    }
}

fn environment(text: &str) -> Result<Environment, String> {
    Environment::parse(text).ok_or_else(|| "one of development, staging, production".to_owned())
}
