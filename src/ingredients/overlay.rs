//! An operator's own rows, laid over the data shipped with the program: one file, checked before it counts.

use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use super::check::{Findings, check};
use super::lexicon::{Lexicon, rows_of};

/// Why an overlay is not used.
#[derive(Debug, thiserror::Error)]
pub enum OverlayError {
    /// The file cannot be read.
    #[error("the lexicon overlay {0} cannot be read")]
    Unreadable(PathBuf, #[source] io::Error),
    /// The file holds rows that must not be used.
    #[error("the lexicon overlay {} is refused:\n{}", .0.display(), .1.join("\n"))]
    Faulty(PathBuf, Vec<String>),
}

/// The file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    path: PathBuf,
}

impl Overlay {
    /// A file that was not read yet.
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// When the file was last changed; `None` while there is none.
    #[must_use]
    pub fn modified(&self) -> Option<SystemTime> {
        fs::metadata(&self.path).and_then(|file| file.modified()).ok()
    }

    /// The shipped data with the file's rows over it, and how many those are.
    pub(super) fn load(&self) -> Result<(Lexicon, usize), OverlayError> {
        let text = fs::read_to_string(&self.path);
        let text = text.map_err(|error| OverlayError::Unreadable(self.path.clone(), error))?;
        let Findings { faults, .. } = check(&text);
        if !faults.is_empty() {
            return Err(OverlayError::Faulty(self.path.clone(), faults));
        }
        let rows: Vec<_> = rows_of(&text).filter_map(|(_, row)| row.ok()).collect();
        let count = rows.len();
        Ok((Lexicon::load().overlaid(rows), count))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Engine, Policies};
    use super::*;
    use crate::domain::{Language, Status};

    fn status(engine: &Engine, name: &str) -> Option<Status> {
        engine.look_up(name, Language::Sv).map(|entry| entry.status)
    }

    #[test]
    fn an_overlay_counts_at_once_and_a_faulty_version_leaves_the_old_one_in_force() {
        let path = std::env::temp_dir().join(format!("overlay-{}.psv", std::process::id()));
        fs::write(&path, "zyx | plant | zyxört").unwrap();
        let config = Config { policies: Policies::default(), lexicon_overlay: Some(path.clone()) };
        let engine = Engine::open(&config).unwrap();
        assert_eq!(status(&engine, "zyxört"), Some(Status::Vegan));
        fs::write(&path, "zyx | meat | zyxört").unwrap();
        assert_eq!(engine.reload().unwrap(), 1);
        assert_eq!(status(&engine, "zyxört"), Some(Status::NonVegan));
        fs::write(&path, "zyx | weed | zyxört").unwrap();
        assert!(matches!(engine.reload(), Err(OverlayError::Faulty(_, faults)) if faults.len() == 1));
        assert_eq!(status(&engine, "zyxört"), Some(Status::NonVegan));
        fs::remove_file(&path).unwrap();
        assert!(matches!(Engine::open(&config), Err(OverlayError::Unreadable(..))));
    }
}
