//! How far a rollout goes by itself, and what stops it.

use clap::ValueEnum;
use clap::builder::BoolishValueParser;

use super::Plan;
use crate::domain::PlanName;

/// Settings of the staged rollout.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Rollout")]
pub struct Limits {
    /// The plan `standard`: percent and bake time (`s`, `m`, `h`) of each step.
    #[arg(long, env = "ROLLOUT_PLAN_STANDARD", default_value = "10:48h,50:48h,100:48h", value_parser = Plan::parse)]
    pub rollout_plan_standard: Plan,
    /// The plan `quick`.
    #[arg(long, env = "ROLLOUT_PLAN_QUICK", default_value = "10:15m,50:30m,100:30m", value_parser = Plan::parse)]
    pub rollout_plan_quick: Plan,
    /// Whether each step waits for someone's approval before the next.
    #[arg(long, env = "ROLLOUT_APPROVAL", default_value_t = false, action = clap::ArgAction::Set,
          value_parser = BoolishValueParser::new())]
    pub rollout_approval: bool,
    /// Units that each arm must have had before a step may end.
    #[arg(long, env = "ROLLOUT_MINIMUM_UNITS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub rollout_minimum_units: u32,
    /// How often a healthy arm may be rolled back, at most, by all gates and limits together and however long it is
    /// watched.
    #[arg(long, env = "ROLLOUT_ALPHA", default_value_t = 0.01, value_parser = alpha)]
    pub rollout_alpha: f64,
    /// How many times as often as the old arm the new one may fail.
    #[arg(long, env = "ROLLOUT_TOLERATED_RATIO", default_value_t = 1.0, value_parser = ratio)]
    pub rollout_tolerated_ratio: f64,
    /// Whether a percentage that was set by hand is rolled back too when a guardrail is lost; `false` only says so.
    #[arg(long, env = "ROLLOUT_GUARD_MANUAL", default_value_t = true, action = clap::ArgAction::Set,
          value_parser = BoolishValueParser::new())]
    pub rollout_guard_manual: bool,
    /// What happens when the arms do not get the units they should.
    #[arg(long, env = "ROLLOUT_ON_MISMATCH", default_value = "hold", ignore_case = true)]
    pub rollout_on_mismatch: OnTrouble,
    /// Hours that a step which nobody is in waits beyond its bake time.
    #[arg(long, env = "ROLLOUT_NO_DATA_HOURS", default_value_t = 24)]
    pub rollout_no_data_hours: u32,
    /// What happens then.
    #[arg(long, env = "ROLLOUT_ON_NO_DATA", default_value = "hold", ignore_case = true)]
    pub rollout_on_no_data: OnTrouble,
    /// Failed analyses of the new arm above which there is a warning, percent.
    #[arg(long, env = "ROLLOUT_ERRORS_WARNING_PERCENT", default_value_t = 1.0)]
    pub rollout_errors_warning_percent: f64,
    /// Failed analyses above which it is rolled back, percent.
    #[arg(long, env = "ROLLOUT_ERRORS_CRITICAL_PERCENT", default_value_t = 5.0)]
    pub rollout_errors_critical_percent: f64,
    /// Analyses that succeed, below which there is a warning, percent.
    #[arg(long, env = "ROLLOUT_SUCCESS_WARNING_PERCENT", default_value_t = 99.0)]
    pub rollout_success_warning_percent: f64,
    /// Analyses that succeed, below which it is rolled back, percent.
    #[arg(long, env = "ROLLOUT_SUCCESS_CRITICAL_PERCENT", default_value_t = 95.0)]
    pub rollout_success_critical_percent: f64,
    /// Mean response above which there is a warning, milliseconds.
    #[arg(long, env = "ROLLOUT_MEAN_WARNING_MS", default_value_t = 3_000)]
    pub rollout_mean_warning_ms: u32,
    /// Mean response above which it is rolled back, milliseconds.
    #[arg(long, env = "ROLLOUT_MEAN_CRITICAL_MS", default_value_t = 5_000)]
    pub rollout_mean_critical_ms: u32,
    /// 95th percentile of the response above which there is a warning, milliseconds.
    #[arg(long, env = "ROLLOUT_P95_WARNING_MS", default_value_t = 5_000)]
    pub rollout_p95_warning_ms: u32,
    /// 95th percentile of the response above which it is rolled back, milliseconds.
    #[arg(long, env = "ROLLOUT_P95_CRITICAL_MS", default_value_t = 10_000)]
    pub rollout_p95_critical_ms: u32,
}

/// What to do about something that is neither good nor bad for an arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnTrouble {
    /// Stay at the step.
    Hold,
    /// Roll back.
    RollBack,
    /// Go on; the figures say it.
    Warn,
}

impl Limits {
    /// The plan of that name.
    #[must_use]
    pub fn plan(&self, name: PlanName) -> &Plan {
        match name {
            PlanName::Standard => &self.rollout_plan_standard,
            PlanName::Quick => &self.rollout_plan_quick,
        }
    }
}

fn alpha(text: &str) -> Result<f64, String> {
    within(text, 1e-6, 0.2)
}

fn ratio(text: &str) -> Result<f64, String> {
    within(text, 1.0, 10.0)
}

fn within(text: &str, low: f64, high: f64) -> Result<f64, String> {
    let number: f64 = text.trim().parse().map_err(|_| "not a number".to_owned())?;
    if (low..=high).contains(&number) { Ok(number) } else { Err(format!("must be from {low} to {high}")) }
}
