//! What only a process can show: signals, memory, logs, and what a killed one leaves behind.

mod leaving;
mod load;
mod logs;
mod memory;
mod outages;
mod stopping;
mod streaming;

use std::time::Duration;

use crate::harness::process::Process;
use crate::harness::{proc, until};

/// Told by the service when an analysis begins to work.
const BEGUN: &str = "Using AI provider";

/// Settings under which the scripted reader answers as its `model` says.
fn scripted(model: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![("APP_ENV", "development"), ("AI_PROVIDER", "scripted"), ("SCRIPTED_MODEL", model)]
}

/// Waits until none of these processes is left.
async fn all_gone(processes: &[u32], patience: Duration) {
    let gone = async || processes.iter().all(|id| proc::command_line(*id).is_empty());
    until("the media workers end", patience, gone).await;
}

/// Waits until these workers have been given their jobs: only then others are started in their places.
async fn at_work(process: &Process, workers: &[u32]) {
    let replaced = async || process.workers("prepare").len() == 2 * workers.len();
    until("other media workers wait", Duration::from_secs(10), replaced).await;
}
