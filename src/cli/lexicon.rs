//! `koalens lexicon …`: for people who tend what is known of ingredients.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use crate::app::Settings;
use crate::domain::{Language, Status};
use crate::ingredients::{self, Engine, Findings, STATES, Score};
use crate::store::{self, Complaint, Store};

#[derive(Subcommand)]
pub(super) enum Task {
    /// Check a file of rows as it would stand over the data shipped with the program.
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Print rows to consider for the overlay: the ingredients that people say were judged wrongly. Each is a remark
    /// until someone names its kind.
    Candidates {
        /// Most rows.
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
        limit: u16,
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

pub(super) fn run(task: &Task, settings: &Settings) -> ExitCode {
    let with_engine = |work: &dyn Fn(&Engine) -> ExitCode| match Engine::open(&settings.ingredients) {
        Ok(engine) => work(&engine),
        Err(error) => super::fail(&error),
    };
    match task {
        Task::Check { file } => check(file),
        Task::Candidates { limit } => {
            with_engine(&|engine| super::block_on(candidates(engine, &settings.store, *limit)))
        }
        Task::Explain { text, language } => {
            with_engine(&|engine| super::say(&ingredients::explain(engine, text, Language::from_tag(language))))
        }
        Task::Score { file, errors } => with_engine(&|engine| score(engine, file, *errors)),
    }
}

async fn candidates(engine: &Engine, config: &store::Config, limit: u16) -> ExitCode {
    let complaints = match Store::open(config, rand::random()).await {
        Ok(store) => {
            let complaints = store.complaints(limit.into()).await;
            store.close().await;
            complaints
        }
        Err(error) => Err(error),
    };
    match complaints {
        Ok(complaints) => super::say(&complaints.iter().map(|one| candidate(engine, one)).collect::<String>()),
        Err(error) => super::fail(&error),
    }
}

/// A complaint as a row that counts for nothing until its kind is named and its `#` is gone.
fn candidate(engine: &Engine, complaint: &Complaint) -> String {
    let name = complaint.ingredient.replace(['|', ',', '\n', '\r'], " ");
    let id: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let ours = engine.look_up(&name, complaint.language).map_or("unknown", |entry| entry.status.as_str());
    let said = complaint.correct_status.as_deref().unwrap_or("something else");
    let columns = " |".repeat(complaint.language.place());
    format!("# {} say {said}, judged {ours}\n# {id} | KIND |{columns} {name}\n", complaint.count)
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
