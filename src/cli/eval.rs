//! `koalens eval`: how well pictures are prepared, and how well readers read.

mod beside;
mod media;
mod providers;
mod spent;
mod words;

use std::process::ExitCode;

use super::analyze::load;
use crate::app::Settings;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Readable words, pictures, tokens, bytes and processor time of each clip or photo, as a table.
    Media(media::Args),
    /// How right, fast and dear each reader is on labelled pictures and clips: a report (Markdown, HTML). A run that was
    /// stopped goes on where it ended.
    Providers(providers::Args),
}

pub(super) async fn run(settings: Settings, args: Args) -> ExitCode {
    match args.what {
        What::Media(args) => match media::table(&settings, &args).await {
            Ok(text) => super::say(&text),
            Err(error) => super::fail(error.as_ref()),
        },
        What::Providers(args) => providers::run(settings, args).await,
    }
}
