//! `koalens lexicon …`: for people who tend what is known of ingredients.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use crate::ingredients::{self, Findings};

#[derive(Subcommand)]
pub(super) enum Task {
    /// Check a file of rows as it would stand over the data shipped with the program.
    Check {
        /// The file.
        file: PathBuf,
    },
}

pub(super) fn run(task: &Task) -> ExitCode {
    match task {
        Task::Check { file } => check(file),
    }
}

fn check(file: &Path) -> ExitCode {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return super::fail(&error),
    };
    let Findings { faults, notes } = ingredients::check(&text);
    let say = |what: &str, lines: &[String]| lines.iter().map(|line| format!("{what} {line}\n")).collect::<String>();
    let summary = format!("{} faults, {} notes", faults.len(), notes.len());
    let said = super::say(&[say("note ", &notes), say("FAULT", &faults), summary].concat());
    if faults.is_empty() { said } else { ExitCode::FAILURE }
}
