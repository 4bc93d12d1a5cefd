//! Which remote readers there are.

/// Settings of the remote readers.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Remote readers")]
pub struct Config {
    /// Makes the scripted reader callable (refused in production); the model selects what it does: `vegan`, `cream`,
    /// `partial`, `nothing`, `invents`, `refuses`, `garbage`, `fails`, `stalls`, `panics`.
    #[arg(long, env = "SCRIPTED_MODEL")]
    pub scripted_model: Option<String>,
}
