//! `koalens eval providers`: a labelled folder through several arms, and a report of how they did.
//!
//! Every result is kept at once in `results.jsonl`, so that a run that was stopped or killed goes on where it ended, and
//! the report is written from all of them.

mod report;
mod results;
mod score;
mod truth;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::load;
use crate::app::{self, Settings};
use crate::domain::{
    AnalysisId, AnalysisRequest, CallOutcome, Content, Listener, NanoUsd, ProviderCall, ProviderName, Source, Upload,
};
use crate::experiment::{Arm, alone};
use crate::pipeline::{Choice, Clock, Examiner, Purse, Slot};
use results::{Key, Outcome, Results};
use truth::Sample;

/// Longer than any run.
const LONG: Duration = Duration::from_secs(30 * 24 * 3600);

#[derive(clap::Args)]
pub(super) struct Args {
    /// The labelled folder: pictures and clips, also in folders of it.
    #[arg(long, value_name = "DIR")]
    dataset: PathBuf,
    /// What is printed on them (JSON); unset = `truth.json` in the dataset. By file name: `verdict`, `declared`, `language`;
    /// or `products` with those and `files` that name their `product`.
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// The arms: providers, or names from EXPERIMENT_FILE; unset = all that can be called.
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    arms: Vec<String>,
    /// Where results and reports go (`results.jsonl`, `report.md`, `report.html`); what is there already is not asked for
    /// again.
    #[arg(long, value_name = "DIR", default_value = "eval-providers")]
    out: PathBuf,
    /// Most that all runs into that folder may cost together, USD; `none` = no limit. With a limit every model needs a
    /// price.
    #[arg(long, value_name = "USD", default_value = "1", value_parser = budget)]
    budget_usd: Budget,
    /// Files read at once.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    at_once: u16,
}

/// What may be spent.
#[derive(Debug, Clone, Copy)]
enum Budget {
    Unlimited,
    Of(NanoUsd),
}

/// One file and the arm that is to read it.
struct Task {
    sample: Sample,
    arm: Arm,
    key: Key,
}

/// What all tasks share.
struct Run {
    examiner: Examiner,
    results: Results,
    /// Nothing more is to be asked: there is no money left.
    spent: AtomicBool,
    bar: ProgressBar,
}

pub(super) async fn run(settings: Settings, args: Args) -> ExitCode {
    match compare(settings, &args).await {
        Ok(text) => crate::cli::say(&text),
        Err(error) => crate::cli::fail(error.as_ref()),
    }
}

async fn compare(mut settings: Settings, args: &Args) -> Result<String, Box<dyn Error>> {
    let truth = args.truth.clone().unwrap_or_else(|| args.dataset.join("truth.json"));
    let samples = truth::samples(&args.dataset, &truth)?;
    // Every reading is made anew, nobody waits for it, no failure spares the next file, and what has no price is refused.
    settings.pipeline.answer_cache_seconds = 0;
    (settings.pipeline.media_deadline_seconds, settings.pipeline.request_deadline_seconds) = (120, 300);
    settings.providers.circuit_breaker_failure_threshold = 100;
    (settings.providers.budget_usd_per_day, settings.providers.budget_usd_per_hour) = (args.budget_usd.limit(), None);
    let faults = settings.faults();
    if !faults.is_empty() {
        return Err(faults.join("; ").into());
    }
    let arms = arms(&settings, &args.arms)?;
    std::fs::create_dir_all(&args.out)?;
    let results = Results::open(&args.out.join("results.jsonl"))?;
    let spent = results.before.values().flat_map(|it| &it.calls).map(|call| call.cost.0).sum::<i64>();
    let purse = args.budget_usd.purse(NanoUsd(spent));
    let choice = Arc::new(Choice::without_state(settings.experiment.clone(), settings.app_env));
    let providers = app::providers(&settings, purse)?;
    let (examiner, pool) = app::examiner(&settings, choice, providers, std::env::current_exe()?).await?;
    let tasks = tasks(&samples, &arms, &examiner)?;
    let run = Run { examiner, results, spent: AtomicBool::new(false), bar: ProgressBar::no_length() };
    let all = run.through(tasks, args.at_once.into()).await;
    pool.stop().await;
    let (done, left) = all?;
    let report = report::write(&args.out, &args.dataset, &samples, &done)?;
    let more = if left == 0 {
        String::new()
    } else {
        format!("\n{left} readings are left: the budget is used up, or a circuit was open. Run it again to go on.")
    };
    Ok(format!("{report}\nwritten to {}{more}", args.out.display()))
}

impl Run {
    /// All that is not done yet; returns what there is now, and how many tasks are left.
    async fn through(&self, tasks: Vec<Task>, at_once: usize) -> std::io::Result<(Vec<Outcome>, usize)> {
        let all = tasks.len();
        let mut done = BTreeMap::new();
        let mut to_do = Vec::new();
        for task in tasks {
            match self.results.before.get(&task.key) {
                Some(outcome) => drop(done.insert(task.key, outcome.clone())),
                None => to_do.push(task),
            }
        }
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {elapsed} (left: {eta}) {msg}");
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.bar.set_length(all as u64);
        self.bar.set_position(done.len() as u64);
        let mut outcomes = stream::iter(to_do).map(|task| self.one(task)).buffer_unordered(at_once);
        while let Some(outcome) = outcomes.next().await {
            if let Some(outcome) = outcome? {
                self.bar.inc(1);
                done.insert(outcome.key(), outcome);
            }
        }
        self.bar.finish_and_clear();
        let left = all - done.len();
        Ok((done.into_values().collect(), left))
    }

    /// One file by one arm; `None` where the arm was not asked, for want of money or behind an open circuit.
    async fn one(&self, task: Task) -> std::io::Result<Option<Outcome>> {
        let Task { sample, arm, key: [file, sha256, name, asked] } = task;
        if self.spent.load(Ordering::Relaxed) && arm.provider != ProviderName::Local {
            return Ok(None);
        }
        self.bar.set_message(format!("{name}: {file}"));
        let assignment = alone(&arm);
        let request = AnalysisRequest {
            id: AnalysisId::new(Clock::System.new_uuid()),
            user: None,
            premium: false,
            content: Content::Media(Upload { claimed: None, files: vec![load(&sample.path)?] }),
            language: sample.language,
            watched: Vec::new(),
            forced_provider: None,
            by_admin: true,
            include_label_image: false,
            listener: Listener::default(),
        };
        let never = CancellationToken::new();
        let read = self
            .examiner
            .examine_as(assignment.clone(), request, None, &mut Slot::alone(), Instant::now(), &never)
            .await;
        let outcome = match read {
            Ok(examined) => {
                let analysis = examined.analysis;
                let declared = analysis.verdict.ingredients.iter().filter(|it| it.source == Source::Declared);
                let ingredients = declared.map(|it| it.name.clone()).collect();
                let (status, quality) = (Some(analysis.verdict.status), analysis.quality);
                let calls = analysis.calls;
                Outcome { file, sha256, arm: name, asked, assignment, status, error: None, ingredients, quality, calls }
            }
            Err(failure) => {
                let calls = failure.attempts.map(|attempts| attempts.calls).unwrap_or_default();
                if calls.last().is_some_and(not_asked) {
                    self.spent.fetch_or(
                        calls.last().is_some_and(|call| call.outcome == CallOutcome::Budget),
                        Ordering::Relaxed,
                    );
                    return Ok(None);
                }
                let error = Some(failure.error.to_string());
                let ingredients = Vec::new();
                Outcome {
                    file,
                    sha256,
                    arm: name,
                    asked,
                    assignment,
                    status: None,
                    error,
                    ingredients,
                    quality: None,
                    calls,
                }
            }
        };
        self.results.keep(&outcome)?;
        Ok(Some(outcome))
    }
}

fn not_asked(call: &ProviderCall) -> bool {
    matches!(call.outcome, CallOutcome::Budget | CallOutcome::BreakerOpen)
}

/// Every file with every arm; the remote ones in turn, so that a budget that ends spends alike on each.
fn tasks(samples: &[Sample], arms: &[Arm], examiner: &Examiner) -> std::io::Result<Vec<Task>> {
    let mut tasks = Vec::new();
    for sample in samples {
        let digest = Sha256::digest(std::fs::read(&sample.path)?);
        let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        for arm in arms {
            let asked = examiner.describe(&alone(arm));
            let key = [sample.name.clone(), sha256.clone(), arm.name.clone(), asked];
            tasks.push(Task { sample: sample.clone(), arm: arm.clone(), key });
        }
    }
    Ok(tasks)
}

/// The arms by name: those of the experiment first, then providers.
fn arms(settings: &Settings, names: &[String]) -> Result<Vec<Arm>, Box<dyn Error>> {
    let callable = app::callable(settings)?;
    let declared = settings.experiment.experiment().arms;
    if names.is_empty() {
        let mut arms: Vec<Arm> = declared.into_iter().filter(|arm| arm.is_callable(&callable)).collect();
        let others = callable.iter().map(|it| it.provider);
        let others: Vec<_> = others.filter(|it| arms.iter().all(|arm| arm.provider != *it)).map(Arm::of).collect();
        arms.extend(others);
        return Ok(arms);
    }
    let named = |name: &String| {
        let found = declared.iter().find(|arm| arm.name == *name).cloned();
        let arm = found.or_else(|| ProviderName::parse(name).map(Arm::of));
        let arm = arm.ok_or_else(|| format!("there is no arm `{name}`"))?;
        if arm.is_callable(&callable) {
            Ok(arm)
        } else {
            Err(format!("the arm `{name}` cannot be called: there is no key"))
        }
    };
    Ok(names.iter().map(named).collect::<Result<_, _>>()?)
}

impl Budget {
    fn limit(self) -> Option<NanoUsd> {
        match self {
            Self::Unlimited => None,
            Self::Of(limit) => Some(limit),
        }
    }

    /// All that is left of it at once, and no more.
    fn purse(self, spent: NanoUsd) -> Purse {
        let Self::Of(limit) = self else { return Purse::unlimited() };
        let (purse, end) = (Purse::empty(), Instant::now() + LONG);
        purse.fill(NanoUsd((limit.0 - spent.0).max(0)), 0, end);
        purse.fill(NanoUsd(0), 0, end);
        purse
    }
}

fn budget(text: &str) -> Result<Budget, String> {
    if text.trim() == "none" {
        return Ok(Budget::Unlimited);
    }
    let usd: f64 = text.trim().parse().map_err(|_| "no amount of USD".to_owned())?;
    if !(0.0..=1e6).contains(&usd) {
        return Err("an amount from 0 to 1000000 USD".to_owned());
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 10^15, checked above")]
    Ok(Budget::Of(NanoUsd((usd * 1e9).round() as i64)))
}
