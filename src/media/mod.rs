//! Bytes to pictures, and pictures to text by local reading: probe, decode, choose, encode.
//!
//! The service process never parses a byte of an upload. [`Pool`] hands each job to a worker process of its own, by
//! descriptor, and believes nothing that comes back before it is checked. What runs where:
//!
//! - in the service: `pool`, `encode`, `sheet`, `sniff` (64 bytes, by comparison alone);
//! - in a worker, which is the same program started as `koalens media-worker`: `worker` and everything it calls
//!   (`frames`, `label`, `flatten`, `sharpness`, `still`, `photo`, `quality`, `join`, `ffmpeg`, `heif`, `jpeg`, and the room `ocr`);
//! - in both: `wire`, the messages between them.
//!
//! This room never opens a file or an address by name, and never keeps a picture.

mod config;
mod encode;
mod error;
mod ffmpeg;
mod flatten;
mod frames;
mod heif;
mod join;
mod jpeg;
mod label;
mod photo;
mod pool;
mod quality;
mod sharpness;
mod sheet;
mod sniff;
mod still;
mod wire;
mod worker;

pub use config::{Config, Role, Sandbox, WorkerArgs};
pub use encode::{contact_sheet, encode};
pub use error::{Error, Fault};
pub use pool::Pool;
pub use sniff::{Container, SNIFF_BYTES, sniff};
pub use wire::{LocalReading, MAX_FILES};
pub use worker::run_worker;
