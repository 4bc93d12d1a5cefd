//! How much is read a second time, by the other arm of an experiment.

use crate::domain::{NanoUsd, Share};

/// Settings of readings for comparison alone.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Comparison on the same pictures")]
pub struct Config {
    /// Percent of the picture analyses of an experiment that are shown to its other arm too, after the answer has left.
    #[arg(long, env = "SHADOW_PERCENTAGE", default_value = "0", value_parser = Share::parse)]
    pub shadow_percentage: Share,
    /// Memory for pictures that wait to be shown, bytes; what does not fit is not shown.
    #[arg(long, env = "SHADOW_MEMORY_BYTES", default_value_t = 128 << 20, value_parser = clap::value_parser!(u64).range(1 << 20..=1 << 34))]
    pub shadow_memory_bytes: u64,
    /// Most that it may cost in a day (UTC) on all machines together, USD; it counts in BUDGET_USD_PER_DAY too.
    #[arg(long, env = "SHADOW_USD_PER_DAY", default_value = "1", value_parser = usd)]
    pub shadow_usd_per_day: NanoUsd,
}

/// An amount of money up to a million dollars.
fn usd(text: &str) -> Result<NanoUsd, String> {
    let usd: f64 = text.trim().parse().map_err(|_| "no amount of USD".to_owned())?;
    if !(0.0..=1e6).contains(&usd) {
        return Err("an amount from 0 to 1000000 USD".to_owned());
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 10^15, checked above")]
    Ok(NanoUsd((usd * 1e9).round() as i64))
}
