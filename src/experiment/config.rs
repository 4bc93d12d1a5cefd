//! Which arm is configured.

use crate::domain::ProviderName;

/// Settings of the choice between arms.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Which provider answers")]
pub struct Config {
    /// The reader that answers: `gemini`, `claude`, `openai` or `local`; unset = the first that can be called, else
    /// `local`. With `local` nothing outside is ever called.
    #[arg(long, env = "AI_PROVIDER", value_parser = provider)]
    pub ai_provider: Option<ProviderName>,
}

fn provider(text: &str) -> Result<ProviderName, String> {
    ProviderName::parse(text).ok_or_else(|| "no such provider".to_owned())
}
