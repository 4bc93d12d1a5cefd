//! Figures that stay right however often one looks at them while an experiment runs.
//!
//! A rollout is watched all the time, so tests made for one look at the end do not hold: watched every 50 requests, a
//! z-test at 5 % condemns a third of the healthy arms. What decides here is valid at every moment: [`error_gate`] and
//! [`sequence`] for rates, means and latency, [`mismatch`] for the assignment itself. [`proportion`] is for display.

pub mod error_gate;
pub mod mismatch;
pub mod proportion;
pub mod sequence;

#[cfg(test)]
mod simulations;
#[cfg(test)]
mod vectors;
