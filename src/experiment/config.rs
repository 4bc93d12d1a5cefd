//! Which arm is configured, and what the environment says of the experiment.

use clap::ValueEnum;
use clap::builder::BoolishValueParser;

use super::rollout::Limits;
use super::{Arm, Experiment};
use crate::domain::{ProviderName, Share};

/// Settings of the choice between arms.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Which provider answers")]
pub struct Config {
    /// The reader that answers: `gemini`, `claude`, `openai` or `local`; unset = the first that can be called, else
    /// `local`. With `local` nothing outside is ever called.
    #[arg(long, env = "AI_PROVIDER", value_parser = provider)]
    pub ai_provider: Option<ProviderName>,
    /// Whether Gemini may be used: `true` rolls it out to GEMINI_ROLLOUT_PERCENTAGE of the users, `false` keeps
    /// everyone off it at once.
    #[arg(long, env = "ENABLE_GEMINI", value_parser = BoolishValueParser::new())]
    pub enable_gemini: Option<bool>,
    /// `true` is `ENABLE_GEMINI=false`, and counts more.
    #[arg(long, env = "DISABLE_GEMINI", default_value_t = false, action = clap::ArgAction::Set,
          value_parser = BoolishValueParser::new())]
    pub disable_gemini: bool,
    /// Percent of the users who get the new arm; a value other than at the last start is an instruction, the same
    /// value is none. Unset = 0 when the rollout begins.
    #[arg(long, env = "GEMINI_ROLLOUT_PERCENTAGE", value_parser = Share::parse)]
    pub gemini_rollout_percentage: Option<Share>,
    /// Whether the staging environment draws arms by AB_TEST_PERCENTAGE; elsewhere it changes nothing.
    #[arg(long, env = "ENABLE_AB_TEST", default_value_t = false, action = clap::ArgAction::Set,
          value_parser = BoolishValueParser::new())]
    pub enable_ab_test: bool,
    /// Percent of the units that get the new arm in that test.
    #[arg(long, env = "AB_TEST_PERCENTAGE", default_value = "50", value_parser = Share::parse)]
    pub ab_test_percentage: Share,
    /// What is drawn for in that test.
    #[arg(long, env = "AB_TEST_UNIT", default_value = "request", ignore_case = true)]
    pub ab_test_unit: TestUnit,
    /// File (TOML) that declares the experiment's arms, the new one first; unset = Gemini against Claude.
    #[arg(long, env = "EXPERIMENT_FILE", value_parser = Experiment::read)]
    pub experiment_file: Option<Experiment>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type documents it")]
    pub limits: Limits,
}

/// What an arm is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestUnit {
    /// Each request anew.
    Request,
    /// A user, once.
    User,
}

impl Config {
    /// The declared experiment.
    #[must_use]
    pub fn experiment(&self) -> Experiment {
        self.experiment_file.clone().unwrap_or_default()
    }

    /// Whether Gemini is switched off, whatever a rollout says.
    #[must_use]
    pub fn gemini_is_off(&self) -> bool {
        self.disable_gemini || self.enable_gemini == Some(false)
    }

    /// Whether the environment asks for a rollout.
    #[must_use]
    pub fn wants_rollout(&self) -> bool {
        !self.gemini_is_off() && self.enable_gemini == Some(true)
    }

    /// Whether the environment switches this arm off.
    #[must_use]
    pub fn switches_off(&self, arm: &Arm) -> bool {
        arm.provider == ProviderName::Gemini && self.gemini_is_off()
    }
}

fn provider(text: &str) -> Result<ProviderName, String> {
    ProviderName::parse(text).ok_or_else(|| "no such provider".to_owned())
}

/// Settings given as flags.
#[cfg(test)]
pub(super) fn of_flags(flags: &[&str]) -> Config {
    use clap::Parser;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        config: Config,
    }
    Program::try_parse_from([&["koalens"], flags].concat()).unwrap_or_else(|error| panic!("{error}")).config
}
