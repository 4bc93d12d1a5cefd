//! The one integration binary: the program as a caller, an operator and a broken machine meet it.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod api;
mod auth;
mod cli;
mod deploy;
mod described;
mod errors;
mod harness;
mod later;
mod media;
mod once;
mod pages;
mod process;
mod providers;
mod readme;
mod rollout;
mod shadow;
mod shipped;
mod steering;
mod store;
mod telemetry;
