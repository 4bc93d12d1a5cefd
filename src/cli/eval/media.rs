//! `koalens eval media DIR --truth FILE`: how much of each file's print can be read off what would be sent, and what that
//! costs, beside other ways of sending it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use super::beside::{self, Stills};
use super::load;
use super::spent::{own_seconds, program, workers_seconds};
use super::words::{readable, seen, words};
use crate::app::{self, Settings, Target};
use crate::domain::{Blob, EncodedPicture, Listener, MediaFacts, MediaKind, Pictures, Strategy, Upload};
use crate::media::{self, Pool};

type Error = Box<dyn std::error::Error>;

/// Time for each step of a file.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

#[derive(clap::Args)]
pub(super) struct Args {
    /// Where the files are.
    directory: PathBuf,
    /// What is printed on them: a JSON object of file names, each with a `text`.
    #[arg(long)]
    truth: PathBuf,
    /// The model that pictures are made for, from the table of models; unset = the one that these settings would ask.
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// Also read what one would send without this service: eight frames of a clip at equal distances, a photo as it is.
    #[arg(long)]
    beside_plain: bool,
    /// Also read one frame a second of two films of a clip: of 480 columns at CRF 30, as chats and older versions of this
    /// service make them, and that of the strategy `clip`.
    #[arg(long)]
    beside_films: bool,
}

#[derive(Deserialize)]
struct Printed {
    text: String,
}

/// What came of one file.
struct Row {
    readable: f64,
    plain: Option<f64>,
    film: Option<f64>,
    clip: Option<f64>,
    pictures: usize,
    flattened: bool,
    tokens: u32,
    bytes: usize,
    cpu: Cpu,
}

/// Processor time, seconds.
#[derive(Clone, Copy)]
struct Cpu {
    /// Of preparing and encoding.
    ours: f64,
    /// Of nothing but decoding, by the `ffmpeg` command; none of a photo.
    decode: Option<f64>,
    /// Of its writing four JPEGs a second.
    jpegs: Option<f64>,
}

/// What all files share.
struct Run<'a> {
    pool: &'a Pool,
    target: &'a Target,
    args: &'a Args,
}

pub(super) async fn table(settings: &Settings, args: &Args) -> Result<String, Error> {
    let truth: BTreeMap<String, Printed> = serde_json::from_slice(&std::fs::read(&args.truth)?)?;
    let target = app::target(settings, args.model.as_deref())?;
    let pool = Pool::start(&settings.media, &settings.ocr, std::env::current_exe()?).await?;
    let mut table = format!("pictures for {}: {:?}\n{HEADING}\n", target.model(), target.tier());
    let run = Run { pool: &pool, target: &target, args };
    let mut rows = Vec::new();
    for (name, printed) in truth.iter().filter(|(name, _)| args.directory.join(name).is_file()) {
        let row = run.examine(&args.directory.join(name), &printed.text).await?;
        let _infallible = writeln!(table, "{}", line(name, &row));
        rows.push(row);
    }
    pool.stop().await;
    if rows.is_empty() {
        return Err("none of the files in the truth is in the directory".into());
    }
    let _infallible = writeln!(table, "{}", summary(&rows));
    Ok(table)
}

impl Run<'_> {
    async fn examine(&self, path: &Path, text: &str) -> Result<Row, Error> {
        let upload = Upload { claimed: None, files: vec![load(path)?] };
        let printed = words(text);
        let before = workers_seconds();
        let pictures = self.prepare(&upload, Strategy::default()).await?;
        let prepared = workers_seconds() - before;
        let before = own_seconds();
        let encoded = media::encode(&pictures, &self.target.tier())?;
        let ours = prepared + own_seconds() - before;
        let [plain, film, clip] = self.beside(path, &upload, pictures.facts).await?;
        let share = async |stills: Option<Stills>| -> Result<Option<f64>, media::Error> {
            match stills {
                Some(stills) => Ok(Some(readable(&printed, &seen(self.pool, stills).await?))),
                None => Ok(None),
            }
        };
        Ok(Row {
            readable: readable(&printed, &seen(self.pool, sent(&encoded)?).await?),
            plain: share(plain).await?,
            film: share(film).await?,
            clip: share(clip).await?,
            pictures: encoded.len(),
            flattened: pictures.facts.flattened,
            tokens: self.target.tokens(&encoded),
            bytes: encoded.iter().map(|picture| picture.bytes.len()).sum(),
            cpu: cpu(path, pictures.facts.kind, ours),
        })
    }

    /// What the other ways would send of a file: frames at equal distances, those of a small film, those of ours.
    async fn beside(&self, path: &Path, upload: &Upload, facts: MediaFacts) -> Result<[Option<Stills>; 3], Error> {
        let is_clip = facts.kind == MediaKind::Video;
        let plain = match (self.args.beside_plain, is_clip) {
            (false, _) => None,
            (true, false) => Some(vec![load(path)?]),
            (true, true) => beside::frames(path, facts.duration_ms.unwrap_or(1))?,
        };
        if !(self.args.beside_films && is_clip) {
            return Ok([plain, None, None]);
        }
        let film = self.prepare(upload, Strategy::Clip).await?.clip;
        let clip = film.map(|film| beside::seconds_of(&film.bytes)).transpose()?.flatten();
        Ok([plain, beside::seconds_of_small_film(path)?, clip])
    }

    async fn prepare(&self, upload: &Upload, strategy: Strategy) -> Result<Pictures, media::Error> {
        self.pool.prepare(upload, strategy, &Listener::default(), Instant::now() + PATIENCE).await
    }
}

/// The files that leave for the model: what is read is what they hold, not the pixels that they were made from.
fn sent(encoded: &[EncodedPicture]) -> std::io::Result<Stills> {
    encoded.iter().map(|picture| Blob::copy_of(&picture.bytes)).collect()
}

/// Beside what one would use instead: decoding with as many threads as here, and frames written as JPEGs.
fn cpu(path: &Path, kind: MediaKind, ours: f64) -> Cpu {
    let ffmpeg = |output: &[&str]| {
        let before = workers_seconds();
        let done = kind == MediaKind::Video && program(path, output);
        done.then(|| workers_seconds() - before)
    };
    let decode = ffmpeg(&["-f", "null", "-"]);
    let jpegs = ffmpeg(&["-vf", "fps=4,scale=1080:-2", "-q:v", "3", "-f", "image2pipe", "-c:v", "mjpeg", "-"]);
    Cpu { ours, decode, jpegs }
}

const HEADING: &str = concat!(
    "file                             words plain  film  clip pictures flat tokens     kB",
    "  cpu s decode s  ratio JPEGs s  ratio"
);

#[expect(clippy::cast_precision_loss, reason = "to show")]
fn line(name: &str, row: &Row) -> String {
    let Cpu { ours, decode, jpegs } = row.cpu;
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"));
    let over = |other: Option<f64>| shown(other.map(|other| ours / other));
    let flat = if row.flattened { "yes" } else { "no" };
    format!(
        "{name:<32} {:>5.2} {:>5} {:>5} {:>5} {:>8} {flat:>4} {:>6} {:>6.0} {ours:>6.2} {:>8} {:>6} {:>7} {:>6}",
        row.readable,
        shown(row.plain),
        shown(row.film),
        shown(row.clip),
        row.pictures,
        row.tokens,
        row.bytes as f64 / 1000.0,
        shown(decode),
        over(decode),
        shown(jpegs),
        over(jpegs),
    )
}

#[expect(clippy::cast_precision_loss, reason = "to show")]
fn summary(rows: &[Row]) -> String {
    let of_all = |value: fn(&Row) -> f64| rows.iter().map(value).sum::<f64>() / rows.len() as f64;
    let known = |value: fn(&Row) -> Option<f64>| {
        let known: Vec<f64> = rows.iter().filter_map(value).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    let ratio = |other: fn(&Cpu) -> Option<f64>| {
        let both: Vec<(f64, f64)> = rows.iter().filter_map(|row| Some((row.cpu.ours, other(&row.cpu)?))).collect();
        let sum = |pick: fn(&(f64, f64)) -> f64| both.iter().map(pick).sum::<f64>();
        (!both.is_empty()).then(|| sum(|both| both.0) / sum(|both| both.1))
    };
    let least = rows.iter().map(|row| row.readable).fold(1.0, f64::min);
    let mut text = format!(
        "mean of {}: words {:.3} (least {least:.2}), pictures {:.1}, tokens {:.0}, {:.0} kB, cpu {:.2} s",
        rows.len(),
        of_all(|row| row.readable),
        of_all(|row| row.pictures as f64),
        of_all(|row| f64::from(row.tokens)),
        of_all(|row| row.bytes as f64 / 1000.0),
        of_all(|row| row.cpu.ours),
    );
    for (what, value) in [
        ("words plain", known(|row| row.plain)),
        ("words of a small film", known(|row| row.film)),
        ("words of our clip", known(|row| row.clip)),
        ("times the cpu of decoding", ratio(|cpu| cpu.decode)),
        ("times the cpu of ffmpeg's JPEGs", ratio(|cpu| cpu.jpegs)),
    ] {
        if let Some(value) = value {
            let _infallible = write!(text, "; {what} {value:.3}");
        }
    }
    text
}
