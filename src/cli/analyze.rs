//! `koalens analyze FILE…`: the path without a server and without a record.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::app::{self, Settings};
use crate::domain::{
    Analysis, AnalysisId, AnalysisRequest, Blob, Content, Language, Listener, PictureFormat, PicturePrice, Pictures,
    Source, Strategy, Tier, Upload,
};
use crate::media::Pool;
use crate::pipeline::{Choice, Clock, Examined, Slot};
use crate::{http, media};

/// Size and quality of dumped pictures: what they hold, as it was read.
const DUMP: Tier = Tier {
    max_edge: 8000,
    max_pixels: 50_000_000,
    price: PicturePrice::Flat { sheet_pixels: 0 },
    format: PictureFormat::Jpeg,
    quality: 92,
};

/// Time to take a clip apart for the contact sheet.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub(super) struct Args {
    /// One clip, or photos of one pack.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print the answer as the HTTP API gives it.
    #[arg(long)]
    json: bool,
    /// Write the pictures that were read into this directory, and a contact sheet: the frames that a clip's flat label comes
    /// from, with a bar in the same colour under what each lent and under where that stands on the label; else the sharpest
    /// frames, or the photos as they were sent in, above what was made of them.
    #[arg(long, value_name = "DIR")]
    dump_pictures: Option<PathBuf>,
    /// Language of the answer.
    #[arg(long, default_value = "sv")]
    language: String,
}

pub(super) async fn run(settings: Settings, args: Args) -> ExitCode {
    match analyze(&settings, &args).await {
        Ok(text) => super::say(&text),
        Err(error) => super::fail(error.as_ref()),
    }
}

async fn analyze(settings: &Settings, args: &Args) -> Result<String, Box<dyn std::error::Error>> {
    let files = args.files.iter().map(|path| load(path)).collect::<io::Result<_>>()?;
    let upload = Upload { claimed: None, files };
    let request = AnalysisRequest {
        id: AnalysisId::new(Clock::System.new_uuid()),
        user: None,
        premium: false,
        content: Content::Media(upload.clone()),
        language: Language::from_tag(&args.language),
        watched: Vec::new(),
        forced_provider: None,
        by_admin: false,
        include_label_image: args.dump_pictures.is_some(),
        listener: Listener::default(),
    };
    let choice = Arc::new(Choice::without_state(settings.experiment.clone(), settings.app_env));
    let purse = app::purse(settings);
    let providers = app::providers(settings, purse.clone())?;
    let (examiner, pool) = app::examiner(settings, choice, providers, std::env::current_exe()?).await?;
    let filled = app::fill(settings, purse).await?;
    let examined = examiner.examine(request, None, &mut Slot::alone(), Instant::now(), &CancellationToken::new()).await;
    let written = match (&args.dump_pictures, &examined) {
        (Some(directory), Ok(Examined { pictures: Some(pictures), .. })) => {
            dump(&pool, &upload, pictures, directory).await
        }
        _ => Ok(()),
    };
    pool.stop().await;
    if let Some(filled) = filled {
        filled.end().await;
    }
    let Examined { analysis, .. } = examined.map_err(|failure| failure.error)?;
    written?;
    if args.json {
        Ok(serde_json::to_string_pretty(&http::Answer::of(&analysis, None, None))?)
    } else {
        Ok(readable(&analysis))
    }
}

async fn dump(
    pool: &Pool,
    upload: &Upload,
    pictures: &Pictures,
    directory: &Path,
) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(directory)?;
    for (number, picture) in media::encode(pictures, &DUMP)?.iter().enumerate() {
        std::fs::write(directory.join(format!("picture-{}.jpg", number + 1)), &picture.bytes)?;
    }
    let deadline = Instant::now() + PATIENCE;
    let traced = pool.trace(upload, deadline).await?;
    let plain = match traced.sources.is_empty() {
        true => Some(pool.prepare(upload, Strategy::Frames, &Listener::default(), deadline).await?),
        false => None,
    };
    let sheet = media::contact_sheet(plain.as_ref(), &traced, &DUMP)?;
    std::fs::write(directory.join("contact-sheet.jpg"), sheet.bytes)?;
    Ok(())
}

pub(super) fn load(path: &Path) -> io::Result<Blob> {
    let in_file = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut file = File::open(path).map_err(in_file)?;
    let mut blob = Blob::new()?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(in_file)? {
            0 => return Ok(blob),
            length => blob.append(&buffer[..length])?,
        }
    }
}

fn readable(analysis: &Analysis) -> String {
    let verdict = &analysis.verdict;
    let mut text = format!("{}\n{}\n\n", verdict.status.as_str().to_uppercase(), verdict.reasoning);
    for item in &verdict.ingredients {
        let trace = if item.source == Source::Trace { " (trace)" } else { "" };
        let _infallible = writeln!(text, "  {:<10} {}{trace}  {}", item.status.as_str(), item.name, item.reason);
    }
    let timings = &analysis.timings;
    let _infallible = writeln!(
        text,
        "\nread by {} ({}), legibility {}, {} ms: media {}, reading {}, verdict {}",
        analysis.serving.as_str(),
        analysis.model,
        verdict.legibility.as_str(),
        timings.total_ms,
        timings.media_ms,
        timings.provider_ms,
        timings.verdict_ms
    );
    text
}
