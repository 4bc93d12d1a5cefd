//! What came of each file with each arm, kept line by line, so that a run that was killed goes on where it ended.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::domain::{Assignment, ProviderCall, Quality, Status};

/// One file, read by one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome {
    /// The file's name.
    pub file: String,
    /// SHA-256 of its bytes, hex: a file that changed is read anew.
    pub sha256: String,
    /// The arm's name.
    pub arm: String,
    /// Provider, model, prompt and strategy: an arm that changed is asked anew.
    pub asked: String,
    /// How it is counted.
    pub assignment: Assignment,
    /// The verdict; `None` where there is none.
    pub status: Option<Status>,
    /// Why there is none.
    pub error: Option<String>,
    /// The declared ingredients as they were read.
    pub ingredients: Vec<String>,
    /// What the answer was worth.
    pub quality: Option<Quality>,
    /// Every attempt.
    pub calls: Vec<ProviderCall>,
}

/// What one result is of: file, its hash, arm, what was asked.
pub(super) type Key = [String; 4];

impl Outcome {
    pub fn key(&self) -> Key {
        [&self.file, &self.sha256, &self.arm, &self.asked].map(Clone::clone)
    }
}

/// The file of results, one JSON object a line.
#[derive(Debug)]
pub(super) struct Results {
    file: Mutex<File>,
    /// What was there at the beginning.
    pub before: BTreeMap<Key, Outcome>,
}

impl Results {
    /// Opens it, or begins it. A last line without an end, of a run that was killed, is cut off.
    ///
    /// # Errors
    /// When it cannot be read or written, or holds something else.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        let (mut before, mut whole) = (BTreeMap::new(), 0);
        for line in BufReader::new(&file).split(b'\n') {
            let line = line?;
            let end = whole + line.len() as u64 + 1;
            if end > file.metadata()?.len() {
                break;
            }
            let outcome: Outcome = serde_json::from_slice(&line)?;
            before.insert(outcome.key(), outcome);
            whole = end;
        }
        file.set_len(whole)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file: Mutex::new(file), before })
    }

    /// Keeps one more, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, outcome: &Outcome) -> io::Result<()> {
        let mut line = serde_json::to_vec(outcome)?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line)?;
        file.flush()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::ProviderName;
    use crate::experiment::{Arm, alone};

    pub fn outcome(file: &str, arm: &str, status: Option<Status>, ingredients: &[&str]) -> Outcome {
        Outcome {
            file: file.to_owned(),
            sha256: "0".to_owned(),
            arm: arm.to_owned(),
            asked: "x".to_owned(),
            assignment: alone(&Arm { name: arm.to_owned(), ..Arm::of(ProviderName::Local) }),
            status,
            error: status.is_none().then(|| "no answer".to_owned()),
            ingredients: ingredients.iter().map(|name| (*name).to_owned()).collect(),
            quality: None,
            calls: Vec::new(),
        }
    }

    #[test]
    fn a_run_that_was_killed_in_the_middle_of_a_line_goes_on_behind_the_last_whole_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("results.jsonl");
        let kept = outcome("a.jpg", "gemini", Some(Status::Vegan), &["vatten"]);
        let results = Results::open(&path).unwrap();
        assert!(results.before.is_empty());
        results.keep(&kept).unwrap();
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"file\":\"b.jp").unwrap();
        let results = Results::open(&path).unwrap();
        assert_eq!(results.before.values().collect::<Vec<_>>(), [&kept]);
        results.keep(&outcome("b.jpg", "gemini", None, &[])).unwrap();
        let results = Results::open(&path).unwrap();
        assert_eq!(results.before.len(), 2);
    }
}
