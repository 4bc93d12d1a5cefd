//! KoaLens: tells from a photo or a short video of a pack whether a food is vegan.
//!
//! The straight path of one analysis, one public function of one room an arrow:
//!
//! ```text
//! http::analyze → pipeline::analyze → gate.enter → experiment::assign → media::prepare
//!     → providers::read | media::read_text → ingredients::decide → store::record → http::wire
//! ```
//!
//! Each module here is a *room*; its `mod.rs` is its door. Which room may use which is written down, and checked, in
//! `tests/tidy.rs`.

pub mod app;
pub mod cli;
pub mod domain;
pub mod experiment;
pub mod http;
pub mod ingredients;
pub mod jobs;
pub mod media;
pub mod ocr;
pub mod pipeline;
pub mod plot;
pub mod providers;
pub mod store;
pub mod stub;
pub mod telemetry;
pub mod texts;
pub mod tokens;
