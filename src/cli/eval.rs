//! `koalens eval media DIR --truth FILE`: how much of each clip's print can be read off the pictures that would be sent.

mod plain;
mod providers;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command as Program, ExitCode, Stdio};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use super::analyze::load;
use crate::app::Settings;
use crate::domain::{EncodedPicture, Listener, PictureFormat, Pictures, Strategy, Tier, Upload};
use crate::media::{self, Pool};

/// The size and quality at which pictures are counted.
const TIER: Tier = Tier { max_edge: 2576, max_pixels: 3_500_000, format: PictureFormat::Jpeg, quality: 85 };
/// Pixels of a token's edge.
const TOKEN_PX: u32 = 28;
/// Likeness from which a word that was read is the printed one; short words must be the same.
const ALIKE: f64 = 0.88;
const SHORT: usize = 4;
/// Time for each step of a clip.
const PATIENCE: Duration = Duration::from_secs(120);
/// Seconds of a tick in `/proc` (`sysconf(_SC_CLK_TCK)` is 100 on every Linux there is today).
const TICK_SECONDS: f64 = 0.01;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Readable words, pictures, tokens, bytes and processor time of each clip or photo, as a table.
    Media {
        /// Where the files are.
        directory: PathBuf,
        /// What is printed on them: a JSON object of file names, each with a `text`.
        #[arg(long)]
        truth: PathBuf,
        /// Also read what one would send without this service: eight frames of a clip at equal distances, a photo as it is.
        #[arg(long)]
        beside_plain: bool,
    },
    /// How right, fast and dear each reader is on labelled pictures and clips: a report (Markdown, HTML). A run that was
    /// stopped goes on where it ended.
    Providers(providers::Args),
}

#[derive(Deserialize)]
struct Printed {
    text: String,
}

/// What came of one file.
struct Row {
    readable: f64,
    pictures: usize,
    flattened: bool,
    tokens: u32,
    bytes: usize,
    cpu_seconds: f64,
    decode_seconds: Option<f64>,
    plain: Option<f64>,
}

pub(super) async fn run(settings: Settings, args: Args) -> ExitCode {
    let (directory, truth, beside_plain) = match args.what {
        What::Media { directory, truth, beside_plain } => (directory, truth, beside_plain),
        What::Providers(args) => return providers::run(settings, args).await,
    };
    match media(&settings, &directory, &truth, beside_plain).await {
        Ok(text) => super::say(&text),
        Err(error) => super::fail(error.as_ref()),
    }
}

async fn media(
    settings: &Settings,
    directory: &Path,
    truth: &Path,
    beside_plain: bool,
) -> Result<String, Box<dyn std::error::Error>> {
    let truth: BTreeMap<String, Printed> = serde_json::from_slice(&std::fs::read(truth)?)?;
    let pool = Pool::start(&settings.media, &settings.ocr, std::env::current_exe()?).await?;
    let mut table = format!("{:<36} words plain pictures flat tokens     kB  cpu s  decode s\n", "file");
    let mut rows = Vec::new();
    for (name, printed) in truth.iter().filter(|(name, _)| directory.join(name).is_file()) {
        let row = examine(&pool, &directory.join(name), &printed.text, beside_plain).await?;
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

async fn examine(pool: &Pool, path: &Path, text: &str, beside_plain: bool) -> Result<Row, Box<dyn std::error::Error>> {
    let upload = Upload { claimed: None, files: vec![load(path)?] };
    let before = children_seconds();
    let silent = Listener::default();
    let pictures = pool.prepare(&upload, Strategy::default(), &silent, Instant::now() + PATIENCE).await?;
    let cpu_seconds = children_seconds() - before;
    let encoded = media::encode(&pictures, &TIER)?;
    let printed = words(text);
    let plain = match beside_plain.then(|| plain::plain(path, pictures.facts)).transpose()?.flatten() {
        Some(upload) => {
            let frames = pool.prepare(&upload, Strategy::Frames, &silent, Instant::now() + PATIENCE).await?;
            Some(readable(&printed, &seen(pool, &frames).await?))
        }
        None => None,
    };
    Ok(Row {
        readable: readable(&printed, &seen(pool, &pictures).await?),
        pictures: encoded.len(),
        flattened: pictures.facts.flattened,
        tokens: encoded.iter().map(tokens).sum(),
        bytes: encoded.iter().map(|picture| picture.bytes.len()).sum(),
        cpu_seconds,
        decode_seconds: decode_seconds(path),
        plain,
    })
}

/// The words that are read off pictures, each by itself.
async fn seen(pool: &Pool, pictures: &Pictures) -> Result<BTreeSet<String>, media::Error> {
    let mut seen = BTreeSet::new();
    for picture in &pictures.pictures {
        let alone = Pictures { pictures: vec![picture.clone()], ..pictures.clone() };
        let read = pool.read_text(&alone, Instant::now() + PATIENCE).await?;
        seen.extend(words(&read.reading.label_text));
    }
    Ok(seen)
}

fn tokens(picture: &EncodedPicture) -> u32 {
    picture.width.div_ceil(TOKEN_PX) * picture.height.div_ceil(TOKEN_PX)
}

/// Words of three letters or more, and E-numbers.
fn words(text: &str) -> BTreeSet<String> {
    let text = text.to_lowercase();
    let split = text.split(|letter: char| !letter.is_alphanumeric());
    let letters = |word: &str| word.chars().count() >= 3 && word.chars().all(char::is_alphabetic);
    let number = |word: &str| {
        word.strip_prefix('e').is_some_and(|rest| rest.len() >= 3 && rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    split.filter(|word| letters(word) || number(word)).map(str::to_owned).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred words")]
fn readable(printed: &BTreeSet<String>, seen: &BTreeSet<String>) -> f64 {
    let alike =
        |word: &str, other: &str| word.chars().count() > SHORT && strsim::normalized_levenshtein(word, other) >= ALIKE;
    let found = |word: &&String| seen.contains(*word) || seen.iter().any(|other| alike(word, other));
    printed.iter().filter(found).count() as f64 / printed.len().max(1) as f64
}

/// Processor time of all ended children of this process; workers end with their job.
fn children_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields 16 and 17 (proc(5)); the second, a name in parentheses, may hold blanks.
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields).split(' ').skip(13).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * TICK_SECONDS
}

/// Processor time of nothing but decoding, by the `ffmpeg` command where there is one.
fn decode_seconds(path: &Path) -> Option<f64> {
    let before = children_seconds();
    let mut ffmpeg = Program::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-threads", "2", "-i"]).arg(path).args(["-f", "null", "-"]);
    let done = ffmpeg.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    done.success().then(|| children_seconds() - before)
}

#[expect(clippy::cast_precision_loss, reason = "to show")]
fn line(name: &str, row: &Row) -> String {
    let decode = row.decode_seconds.map_or_else(|| "–".to_owned(), |seconds| format!("{seconds:.2}"));
    let plain = row.plain.map_or_else(|| "–".to_owned(), |share| format!("{share:.2}"));
    let flat = if row.flattened { "yes" } else { "no" };
    let kilobytes = row.bytes as f64 / 1000.0;
    format!(
        "{name:<36} {:>5.2} {plain:>5} {:>8} {flat:>4} {:>6} {kilobytes:>6.0} {:>6.2} {decode:>9}",
        row.readable, row.pictures, row.tokens, row.cpu_seconds
    )
}

#[expect(clippy::cast_precision_loss, reason = "to show")]
fn summary(rows: &[Row]) -> String {
    let mean = |value: fn(&Row) -> f64| rows.iter().map(value).sum::<f64>() / rows.len() as f64;
    let least = rows.iter().map(|row| row.readable).fold(1.0, f64::min);
    let plain: Vec<f64> = rows.iter().filter_map(|row| row.plain).collect();
    let plain = match plain.len() {
        0 => String::new(),
        count => format!(" beside {:.3} plain", plain.iter().sum::<f64>() / count as f64),
    };
    format!(
        "mean of {}: words {:.3} (least {least:.2}){plain}, pictures {:.1}, tokens {:.0}, {:.0} kB",
        rows.len(),
        mean(|row| row.readable),
        mean(|row| row.pictures as f64),
        mean(|row| f64::from(row.tokens)),
        mean(|row| row.bytes as f64 / 1000.0)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_once_and_misread_letters_of_long_ones_forgiven() {
        let printed = words("Vatten, GRÄDDE (9 %), salt, vatten, E471, ål.");
        assert_eq!(printed.iter().map(String::as_str).collect::<Vec<_>>(), ["e471", "grädde", "salt", "vatten"]);
        let share = |seen: &str| readable(&printed, &words(seen));
        assert!((share("vatten grädde salt E471") - 1.0).abs() < 1e-9);
        assert!((share("vatten grädde salta E471") - 0.75).abs() < 1e-9, "short words must be the same");
        assert!((share("") - 0.0).abs() < 1e-9);
        assert!((readable(&words("surhetsreglerande"), &words("surhetsreglerende")) - 1.0).abs() < 1e-9);
    }
}
