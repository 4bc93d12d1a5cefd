//! Settings of local reading.

use std::path::PathBuf;

use clap::Args;

/// Which models Tesseract loads, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[group(skip)]
pub struct Config {
    /// Languages of the local reader, joined by `+`, the likeliest first; each one more costs time on every picture.
    #[arg(long, env = "OCR_LANGUAGES", default_value = "swe")]
    pub ocr_languages: String,

    /// Folder of the `*.traineddata` files; unset, the one Tesseract was built with.
    #[arg(long, env = "OCR_DATA_DIR")]
    pub ocr_data_dir: Option<PathBuf>,
}
