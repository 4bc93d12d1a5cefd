//! The staged rollout: plans, what people and the environment may change, and what is decided from what was measured.
//!
//! A decision never does anything: the leader applies it to the state, with the state's version, and keeps both.

mod change;
mod config;
mod decide;
mod gates;
mod health;
mod plan;

pub use change::{Command, apply, follow_environment};
pub use config::{Limits, OnTrouble};
pub use decide::{Schedule, decide};
pub use gates::{Gate, Gates, gates, has_control};
pub use health::{Check, Health, checks, overall, yardstick};
pub use plan::Plan;

/// What counts as slow where nothing was measured before a step, milliseconds.
pub const OBJECTIVE_MS: u32 = 5_000;

#[cfg(test)]
mod simulations;
#[cfg(test)]
mod tests;
