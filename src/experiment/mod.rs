//! Which arm answers a request, and why; how a new arm is rolled out step by step. Pure: state, measurements, clock and
//! randomness come in.

mod arms;
mod assign;
pub mod bucket;
pub mod compare;
mod config;
pub mod paired;
pub mod rollout;
pub mod statistics;

pub use arms::{Arm, Callable, Experiment};
pub use assign::{Ask, Rules, Standing, Unassignable, alone, assign, explain, opposite, typed};
pub use config::{Config, TestUnit};
