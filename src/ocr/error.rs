//! What can go wrong in local reading.

use thiserror::Error;

/// A failure of the local reader.
#[derive(Debug, Error)]
pub enum Error {
    /// The language list or the data folder cannot be handed to Tesseract.
    #[error("the language list or the data folder holds a zero byte or is not UTF-8")]
    Settings(#[source] Option<std::ffi::NulError>),
    /// A model is missing or unreadable.
    #[error("the reading models could not be loaded for languages {languages:?}")]
    Models {
        /// As configured.
        languages: String,
    },
    /// A variable that this version of Tesseract does not know.
    #[error("the reader does not know its own setting")]
    Variable(#[source] tesseract::plumbing::TessBaseApiSetVariableError),
    /// Pixels and size disagree, or the size is out of bounds.
    #[error("{bytes} luma bytes are not a picture of {width} × {height} within the reader's bounds")]
    Size {
        /// Bytes given.
        bytes: usize,
        /// Columns claimed.
        width: u32,
        /// Rows claimed.
        height: u32,
    },
    /// Tesseract gave up on a picture of good size.
    #[error("the picture could not be read")]
    Recognition(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Pictures reach this room with their size already checked, so no failure here is the caller's fault; those of the
    /// set-up will meet every picture, the others only this one.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Settings(_) | Self::Models { .. } | Self::Variable(_) => true,
            Self::Size { .. } | Self::Recognition(_) => false,
        }
    }
}
