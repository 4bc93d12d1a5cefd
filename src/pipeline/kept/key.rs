//! What makes two requests equal.

use std::fmt;
use std::io;

use sha2::{Digest, Sha256};

use crate::domain::{Language, Upload};

/// SHA-256 of an upload, the arm that reads it and the language it is read for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// Hashes an upload: some ten milliseconds for a large one, so not on the reactor.
    ///
    /// `arm` names everything that the answer depends on: provider, model, prompt and media strategy.
    ///
    /// # Errors
    /// When the upload cannot be read.
    pub fn of(upload: &Upload, arm: &str, language: Language) -> io::Result<Self> {
        let mut hash = Sha256::new();
        for part in [arm, language.tag()] {
            hash.update(part);
            hash.update([0]);
        }
        for file in &upload.files {
            hash.update(file.len()?.to_be_bytes());
            file.each_piece(|piece| hash.update(piece))?;
        }
        Ok(Self(hash.finalize().into()))
    }

    /// Under this name other machines find it.
    pub fn name(&self) -> String {
        format!("koalens:reading:{self:?}")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
