//! `koalens lexicon …`: for people who tend what is known of ingredients.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use crate::domain::{Language, Status};
use crate::ingredients::{self, Config, Engine, Findings, STATES, Score};

#[derive(Subcommand)]
pub(super) enum Task {
    /// Check a file of rows as it would stand over the data shipped with the program.
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Show each step of judging a name, a list or a label.
    Explain {
        /// As printed on the pack.
        text: String,
        /// The language of who asks.
        #[arg(long, default_value = "sv")]
        language: String,
    },
    /// Judge the names of a table and print, for each language, what was expected against what was given.
    Score {
        /// Tab-separated: language, name, status (vegan, non-vegan, uncertain, unknown), in any order.
        file: PathBuf,
        /// List the names that were judged otherwise than expected.
        #[arg(long)]
        errors: bool,
    },
}

pub(super) fn run(task: &Task, config: &Config) -> ExitCode {
    if let Task::Check { file } = task {
        return check(file);
    }
    let engine = match Engine::open(config) {
        Ok(engine) => engine,
        Err(error) => return super::fail(&error),
    };
    match task {
        Task::Check { file } => check(file),
        Task::Explain { text, language } => {
            super::say(&ingredients::explain(&engine, text, Language::from_tag(language)))
        }
        Task::Score { file, errors } => score(&engine, file, *errors),
    }
}

fn score(engine: &Engine, file: &Path, errors: bool) -> ExitCode {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return super::fail(&error),
    };
    match ingredients::score(engine, &text) {
        Ok(scores) => super::say(&scores.iter().map(|score| table(score, errors)).collect::<String>()),
        Err(why) => super::complain(&why),
    }
}

/// One language's counts, the rates that matter, and its misjudged names.
fn table(score: &Score, errors: bool) -> String {
    let mut out = format!("{}\n  {:<10}", score.language.tag(), "expected");
    let _infallible = STATES.iter().try_for_each(|given| write!(out, " {:>10}", given.as_str()));
    for (expected, row) in STATES.iter().zip(score.counts) {
        let _infallible = write!(out, "\n  {:<10}", expected.as_str());
        let _infallible = row.iter().try_for_each(|count| write!(out, " {count:>10}"));
    }
    out.push('\n');
    let rates = [
        ("non-vegan called vegan", Status::NonVegan, &[Status::Vegan] as &[Status]),
        ("non-vegan called non-vegan or uncertain", Status::NonVegan, &[Status::NonVegan, Status::Uncertain]),
        ("vegan called vegan", Status::Vegan, &[Status::Vegan]),
        ("vegan called non-vegan", Status::Vegan, &[Status::NonVegan]),
    ];
    for (name, expected, given) in rates {
        if let Some(share) = score.share(expected, given) {
            let _infallible = writeln!(out, "  {name}: {:.2} %", 100.0 * share);
        }
    }
    for row in score.misjudged.iter().filter(|_| errors) {
        let (expected, given) = (row.expected.as_str(), row.given.as_str());
        let _infallible = writeln!(out, "  {expected} given as {given}: {}", row.name);
    }
    out
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
