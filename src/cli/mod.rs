//! The command line.

use std::process::ExitCode;

use clap::Parser;

use crate::media::{WorkerArgs, run_worker};

/// Tells from a photo or a short video of a pack whether a food is vegan.
#[derive(Parser)]
#[command(name = "koalens")]
enum Command {
    /// One worker of the media pool: started by the service, never by hand.
    #[command(hide = true)]
    MediaWorker(WorkerArgs),
}

/// Does what the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    match Command::parse() {
        Command::MediaWorker(args) => run_worker(&args),
    }
}
