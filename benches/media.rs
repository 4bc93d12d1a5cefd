//! What preparing costs beside what one would use instead: `cargo bench --bench media`.
//!
//! In one run, for a bundled clip and what is made of it in 1080p and 4K: processor time of a worker that makes the flat
//! label, of nothing but decoding, and of `ffmpeg -vf fps=4,scale` writing JPEGs; the most memory that a worker took; how
//! soon it says that it has begun; how long the hand-over of a large upload takes; how soon files that pose as clips are
//! refused. Needs the `ffmpeg` command. `cargo bench --profile dev --bench media` measures what `cargo run` runs.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot go on fails, and prints what it saw"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant as StdInstant};

use clap::Parser;
use koalens_backend::domain::{Blob, Listener, Strategy, Upload};
use koalens_backend::media::{Config, Pool};
use koalens_backend::ocr;
use procfs::process::Process;
use tokio::time::Instant;

const ROUNDS: u32 = 5;
/// Times that a large clip is prepared, and taken apart: each takes seconds.
const LARGE_ROUNDS: u32 = 2;
const LARGE: usize = 20 << 20;
/// Workers that are kept ready are started anew after each job; nobody waits for that here.
const REST: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    media: Config,
    #[command(flatten)]
    ocr: ocr::Config,
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn upload(bytes: &[u8]) -> Upload {
    Upload { claimed: None, files: vec![Blob::copy_of(bytes).unwrap()] }
}

/// Processor time of all ended children, seconds.
fn children_seconds() -> f64 {
    let stat = Process::myself().unwrap().stat().unwrap();
    (stat.cutime + stat.cstime) as f64 / procfs::ticks_per_second() as f64
}

/// Has `ffmpeg` make `output` of a clip, with as many threads as a worker decodes with.
fn ffmpeg(before: &[&str], clip: &Path, output: &[&str]) {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-y", "-threads", "2"]).args(before).arg("-i").arg(clip).args(output);
    assert!(ffmpeg.stdin(Stdio::null()).status().unwrap().success());
}

fn ffmpeg_seconds(rounds: u32, clip: &Path, output: &[&str]) -> f64 {
    let before = children_seconds();
    (0..rounds).for_each(|_| ffmpeg(&[], clip, output));
    (children_seconds() - before) / f64::from(rounds)
}

/// Eight seconds of a bundled clip, enlarged to so many columns.
fn enlarged(name: &str, columns: u32, folder: &Path) -> PathBuf {
    let to = folder.join(format!("{columns}-{name}"));
    let scale = format!("scale={columns}:-2");
    let coded = ["-t", "8", "-vf", &scale, "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-an"];
    ffmpeg(&["-stream_loop", "1"], &fixture(name), &[&coded[..], &[to.to_str().unwrap()]].concat());
    to
}

/// Watches the most memory that any child takes, until it is dropped.
struct Watch {
    most_kb: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Watch {
    #[expect(clippy::disallowed_methods, reason = "a thread of its own that only watches")]
    fn start() -> Self {
        let watch = Self { most_kb: Arc::default(), over: Arc::default() };
        let (most_kb, over) = (Arc::clone(&watch.most_kb), Arc::clone(&watch.over));
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let tasks = std::fs::read_dir("/proc/self/task").unwrap().filter_map(Result::ok);
                let children = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
                for child in children.collect::<Vec<_>>().join(" ").split_whitespace() {
                    let status = Process::new(child.parse().unwrap()).and_then(|process| process.status());
                    let kb = status.ok().and_then(|status| status.vmhwm);
                    most_kb.fetch_max(kb.unwrap_or_default(), Ordering::Relaxed);
                }
                std::thread::sleep(Duration::from_millis(3));
            }
        });
        watch
    }

    fn most_mb(&self) -> u64 {
        self.over.store(true, Ordering::Relaxed);
        self.most_kb.load(Ordering::Relaxed) / 1000
    }
}

async fn prepare(pool: &Pool, upload: &Upload, listener: &Listener) -> Result<usize, String> {
    let prepared = pool.prepare(upload, Strategy::Flat, listener, Instant::now() + PATIENCE).await;
    prepared.map(|pictures| pictures.pictures.len()).map_err(|error| error.to_string())
}

/// Prepares a file some times: processor time of one, seconds; the most memory, MB; and the longest until the first word
/// of it, milliseconds.
async fn prepared(pool: &Pool, file: &Path, rounds: u32) -> (f64, u64, f64) {
    let file = upload(&std::fs::read(file).unwrap());
    let (watch, before) = (Watch::start(), children_seconds());
    let mut latest = 0.0_f64;
    for _ in 0..rounds {
        let (begun, first) = (StdInstant::now(), Arc::new(OnceLock::new()));
        let told = Arc::clone(&first);
        let listener = Listener::new(move |_| {
            let _later = told.set(begun.elapsed());
        });
        prepare(pool, &file, &listener).await.unwrap();
        let first = first.get().copied().unwrap_or_else(|| begun.elapsed());
        latest = latest.max(first.as_secs_f64() * 1000.0);
        tokio::time::sleep(REST).await;
    }
    ((children_seconds() - before) / f64::from(rounds), watch.most_mb(), latest)
}

/// The median of the times that refusing an upload takes, milliseconds.
async fn refusal_ms(pool: &Pool, upload: &Upload) -> f64 {
    let mut took = Vec::new();
    for _ in 0..=2 * ROUNDS {
        tokio::time::sleep(REST).await;
        let begun = StdInstant::now();
        assert!(prepare(pool, upload, &Listener::default()).await.is_err());
        took.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    took.sort_by(f64::total_cmp);
    took[took.len() / 2]
}

#[tokio::main]
async fn main() {
    let settings = Settings::parse_from(["bench", "--media-workers", "1"]);
    let program = PathBuf::from(env!("CARGO_BIN_EXE_koalens"));
    let pool = Pool::start(&settings.media, &settings.ocr, program).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let jpegs = folder.path().join("%d.jpg");

    let clips = [
        (fixture("can-soup.mp4"), ROUNDS),
        (fixture("hevc-10bit.mov"), ROUNDS),
        (enlarged("can-soup.mp4", 1080, folder.path()), LARGE_ROUNDS),
        (enlarged("can-soup.mp4", 2160, folder.path()), LARGE_ROUNDS),
    ];
    println!("{:<20} flat s  decode s  fps=4 JPEGs s  flat/decode  flat/JPEGs  peak MB  first word ms", "clip");
    for (clip, rounds) in &clips {
        let (flat, peak, first) = prepared(&pool, clip, *rounds).await;
        let decode = ffmpeg_seconds(*rounds, clip, &["-f", "null", "-"]);
        let frames = ["-vf", "fps=4,scale=1080:-2", "-q:v", "3", jpegs.to_str().unwrap()];
        let instead = ffmpeg_seconds(*rounds, clip, &frames);
        println!(
            "{:<20} {flat:>6.2} {decode:>9.2} {instead:>14.2} {:>12.2} {:>11.2} {peak:>8} {first:>14.1}",
            clip.file_name().unwrap().display(),
            flat / decode,
            flat / instead
        );
    }
    for name in ["photo.jpg", "photo.heic"] {
        let (flat, peak, first) = prepared(&pool, &fixture(name), ROUNDS).await;
        println!("{name:<20} {flat:>6.2} {peak:>59} {first:>14.1}");
    }

    let unknown = refusal_ms(&pool, &upload(b"neither a clip nor a photo")).await;
    let large = refusal_ms(&pool, &upload(&vec![7; LARGE])).await;
    println!(
        "hand-over of {} MB: {:.2} ms (refused without being read: {large:.2}, small: {unknown:.2})",
        LARGE >> 20,
        large - unknown
    );
    for name in ["hls-playlist-posing-as.mp4", "ffconcat-posing-as.mp4", "dash-posing-as.mp4"] {
        let took = refusal_ms(&pool, &upload(&std::fs::read(fixture(name)).unwrap())).await;
        println!("{name:<28} refused in {took:.2} ms");
    }
    for (name, text) in [("subfile", "subfile,,start,0,end,9,,:/etc/passwd"), ("data", "data:video/mp4;base64,AAAA")] {
        println!("{name:<28} refused in {:.2} ms", refusal_ms(&pool, &upload(text.as_bytes())).await);
    }
    pool.stop().await;
}
