//! The command line: `serve`, `migrate`, `analyze`, `rollout`, `compare`, `eval`, `lexicon`, `keys`, `config`, `backup`,
//! `stub-providers`, and `media-worker` for the service itself.

mod analyze;
mod compare;
mod eval;
mod keys;
mod lexicon;
mod rollout;
mod serve;
mod settings;
mod stub;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::app::Settings;
use crate::media::{WorkerArgs, run_worker};
use crate::{store, telemetry};

pub use settings::{markdown_table, names};

/// Tells from a photo or a short video of a pack whether a food is vegan.
///
/// Every setting is an environment variable and a flag. With nothing set, `koalens serve` listens on port 8080, reads
/// pictures locally and keeps its results in ./data.
#[derive(Parser)]
#[command(name = "koalens", version, max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the HTTP API until SIGTERM or SIGINT.
    Serve,
    /// Bring the database's schema up to date (PostgreSQL; a SQLite file is migrated by `serve`).
    Migrate,
    /// Analyse photos of one pack, or a clip, without a server; prints the verdict.
    Analyze(analyze::Args),
    /// Measure the service on files whose print is known.
    Eval(eval::Args),
    /// Look into what is known of ingredients: check a file of rows, explain a judgement, score judged names.
    #[command(subcommand)]
    Lexicon(lexicon::Task),
    /// Where the rollout of a new reader stands; start, pause, promote or roll it back.
    #[command(subcommand, after_long_help = rollout::GUIDE)]
    Rollout(rollout::Task),
    /// Keys of callers, for `AUTH=keys`: make one, list them, revoke one.
    #[command(subcommand)]
    Keys(keys::Task),
    /// What each arm did between two moments, as a table (Markdown).
    Compare(compare::Args),
    /// Print the settings in force, with secrets hidden.
    Config,
    /// Write a consistent copy of the database: a SQLite file, or a dump made by `pg_dump`.
    Backup {
        /// File to write; must not exist.
        target: PathBuf,
    },
    /// Stand in for the vendors' APIs on this machine: for trials without a key. The model's name selects what it does;
    /// point `GEMINI_BASE_URL`, `ANTHROPIC_BASE_URL` or `OPENAI_BASE_URL` (with `/v1`) at it.
    StubProviders(stub::Args),
    /// Work on one upload and exit; started by the service, never by people.
    #[command(hide = true)]
    MediaWorker(WorkerArgs),
}

/// Runs the program with the process's arguments and environment.
#[must_use]
pub fn main() -> ExitCode {
    // A worker has neither settings nor an environment, and must not spend its start-up on them.
    if std::env::args_os().nth(1).is_some_and(|first| first == "media-worker") {
        return media_worker();
    }
    // Help comes first: a faulty setting is when people ask for it.
    if let Err(error) = settings::everywhere(Cli::command()).try_get_matches()
        && error.exit_code() == 0
    {
        error.exit();
    }
    let command = settings::from_environment(Cli::command());
    let faults = settings::faults(&command);
    if !faults.is_empty() {
        return refuse(&faults);
    }
    let matches = command.get_matches();
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let faults = cli.settings.faults();
    if !faults.is_empty() {
        return refuse(&faults);
    }
    match cli.command {
        Command::Lexicon(task) => lexicon::run(&task, &cli.settings),
        Command::Config => say(&settings::in_force(&matches)),
        Command::MediaWorker(args) => run_worker(&args),
        Command::Serve => block_on(serve::run(cli.settings)),
        Command::Keys(task) => block_on(keys::run(cli.settings, task)),
        Command::Compare(args) => block_on(compare::run(cli.settings, args)),
        Command::Rollout(task) => block_on(rollout::run(cli.settings, task)),
        Command::Analyze(args) => block_on(analyze::run(cli.settings, args)),
        Command::StubProviders(args) => block_on(stub::run(args)),
        Command::Eval(args) => block_on(eval::run(cli.settings, args)),
        Command::Migrate => block_on(migrate(&cli.settings.store)),
        Command::Backup { target } => block_on(backup(&cli.settings.store, &target)),
    }
}

fn block_on(command: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(command),
        Err(error) => fail(&error),
    }
}

fn media_worker() -> ExitCode {
    #[derive(Parser)]
    struct Worker {
        #[command(flatten)]
        args: WorkerArgs,
    }
    run_worker(&Worker::parse_from(std::env::args_os().skip(1)).args)
}

async fn migrate(config: &store::Config) -> ExitCode {
    if config.engine() == store::Engine::Sqlite {
        return say("DATABASE_URL names no PostgreSQL: nothing to migrate here, `koalens serve` migrates its own file");
    }
    match store::migrate(config).await {
        Ok(()) => say("the database is up to date"),
        Err(error) => fail(&error),
    }
}

async fn backup(config: &store::Config, target: &Path) -> ExitCode {
    match store::backup(config, target).await {
        Ok(()) => say(&format!("backup written to {}", target.display())),
        Err(error) => fail(&error),
    }
}

fn say(text: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_nobody_reads) => ExitCode::FAILURE,
    }
}

fn refuse(faults: &[String]) -> ExitCode {
    let list: String = faults.iter().map(|fault| format!("  {fault}\n")).collect();
    let _nobody_reads =
        writeln!(std::io::stderr(), "koalens cannot start with these settings:\n{list}See koalens --help.");
    ExitCode::from(2)
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    complain(&telemetry::events::chain(error))
}

fn complain(why: &str) -> ExitCode {
    let _nobody_reads = writeln!(std::io::stderr(), "koalens: {why}");
    ExitCode::FAILURE
}
