//! Local text reading: luma pixels of a checked size in, words with their places and confidences out.
//!
//! This is the only room that names the Tesseract binding. It never opens a picture file, never decides what a word
//! means, and never starts a thread of its own choosing: Tesseract's OpenMP team is bounded by `OMP_THREAD_LIMIT` in the
//! environment of the process that reads ([`THREAD_LIMIT`]).

mod bare;
mod config;
mod error;
mod light;
mod page;
mod reader;
mod sag;
mod tsv;

pub use config::Config;
pub use error::Error;
pub use page::{Line, Page, Word};
pub use reader::{Reader, THREAD_LIMIT};
