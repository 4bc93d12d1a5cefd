//! The media room with real worker processes: what comes of good and of bad files, and what becomes of the workers.

#![expect(clippy::unwrap_used, reason = "what a test cannot set up, it cannot test")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant as StdInstant};

use clap::Parser;
use koalens_backend::domain::{
    Blob, Legibility, Listener, MediaKind, Picture, Pictures, QualityIssue, Stage, Strategy, Upload,
};
use koalens_backend::media::{Config, Error, Fault, Pool};
use koalens_backend::ocr;
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::Instant;

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    media: Config,
    #[command(flatten)]
    ocr: ocr::Config,
}

/// A pool with default settings but for two workers of each role.
async fn pool() -> Pool {
    pool_with(&["--media-workers", "2"]).await
}

async fn pool_with(arguments: &[&str]) -> Pool {
    let settings = Settings::parse_from(std::iter::once(&"test").chain(arguments));
    Pool::start(&settings.media, &settings.ocr, PathBuf::from(env!("CARGO_BIN_EXE_koalens"))).await.unwrap()
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn upload(claimed: Option<MediaKind>, files: &[&[u8]]) -> Upload {
    Upload { claimed, files: files.iter().map(|bytes| Blob::copy_of(bytes).unwrap()).collect() }
}

async fn prepare(pool: &Pool, upload: &Upload) -> Result<Pictures, Error> {
    prepare_by(Strategy::Frames, pool, upload).await
}

async fn prepare_by(strategy: Strategy, pool: &Pool, upload: &Upload) -> Result<Pictures, Error> {
    pool.prepare(upload, strategy, &Listener::default(), Instant::now() + Duration::from_secs(30)).await
}

async fn prepare_fixture(pool: &Pool, name: &str) -> Result<Pictures, Error> {
    prepare(pool, &upload(None, &[&fixture(name)])).await
}

/// Ids of all workers, dead ones not yet reaped too, that were started under this name.
fn processes(name: &str) -> Vec<Pid> {
    let named = |entry: &std::fs::DirEntry| {
        std::fs::read_to_string(entry.path().join("comm")).is_ok_and(|comm| comm.trim() == name)
    };
    let entries = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok).filter(named);
    entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// A pool whose workers, so many of each role, run under a name of their own.
async fn named_pool(folder: &Path, name: &str, workers: u16) -> Pool {
    let program = folder.join(name);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_koalens"), &program).unwrap();
    let settings = Settings::parse_from(["test", "--media-workers", &workers.to_string()]);
    Pool::start(&settings.media, &settings.ocr, program).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn good_files_become_upright_pictures() {
    let pool = pool().await;
    let files = [
        ("can-soup.mp4", 8, (720, 1280)),
        ("hevc-10bit.mov", 8, (720, 1280)),
        ("vp8.webm", 8, (720, 1280)),
        ("vp9.webm", 8, (720, 1280)),
        ("av1.webm", 8, (720, 1280)),
        ("rotated-90.mp4", 8, (720, 1280)),
        ("one-frame.mp4", 1, (720, 1280)),
        ("truncated-tail.mp4", 8, (720, 1280)),
    ];
    for (name, count, size) in files {
        let pictures = prepare_fixture(&pool, name).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(pictures.pictures.len(), count, "{name}");
        assert!(pictures.pictures.iter().all(|picture| (picture.width, picture.height) == size), "{name}");
        assert_eq!(pictures.facts.kind, MediaKind::Video);
    }
    for name in ["photo.jpg", "orientation-6.jpg", "photo.png", "photo.webp", "photo.heic"] {
        let pictures = prepare_fixture(&pool, name).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let picture = &pictures.pictures[0];
        assert!(pictures.facts.duration_ms.is_none() && picture.width.max(picture.height) <= 3072, "{name}");
    }
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turning_can_is_shown_as_little_but_its_print() {
    let pool = pool().await;
    for (name, printed) in [("can-soup.mp4", "grädde"), ("can-stew.mp4", "kokosmjölk")] {
        let clip = upload(None, &[&fixture(name)]);
        let (label, frames) =
            (prepare_by(Strategy::default(), &pool, &clip).await.unwrap(), prepare(&pool, &clip).await.unwrap());
        let pixels = |picture: &Picture| u64::from(picture.width * picture.height);
        let ample = |picture: &Picture| pixels(picture).min(picture.ample_pixels);
        let sum = |shown: &Pictures| shown.pictures.iter().map(ample).sum::<u64>();
        let needed = sum(&label);
        assert!(needed <= 1_300_000 && 5 * needed < sum(&frames), "{name}: {needed}");
        assert!(!frames.facts.flattened, "{name}: frames are no label");
        let read = pool.read_text(&label, Instant::now() + Duration::from_secs(60)).await.unwrap();
        assert!(read.reading.label_text.to_lowercase().contains(printed), "{name}: {read:?}");
    }
    for name in ["hevc-10bit.mov", "vp9.webm", "av1.webm", "rotated-90.mp4", "one-frame.mp4", "truncated-tail.mp4"] {
        let label = prepare_by(Strategy::Flat, &pool, &upload(None, &[&fixture(name)])).await;
        let label = label.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(label.pictures.iter().all(|picture| picture.width.max(picture.height) <= 3072), "{name}");
    }
    let label = prepare_by(Strategy::Flat, &pool, &upload(None, &[&fixture("hevc-10bit.mov")])).await.unwrap();
    assert!(label.facts.flattened, "its frames agree at every seam");
    let photo = prepare_by(Strategy::Flat, &pool, &upload(None, &[&fixture("photo.jpg")])).await.unwrap();
    let (label, whole) = (&photo.pictures[0], &prepare_fixture(&pool, "photo.jpg").await.unwrap().pictures[0]);
    assert!(photo.facts.flattened && photo.pictures.len() == 1);
    assert!(2 * label.width * label.height < whole.width * whole.height, "a photo is cut to its print");
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_of_a_flat_label_is_traced_to_a_frame() {
    let pool = pool().await;
    let until = || Instant::now() + Duration::from_secs(60);
    let clip = upload(None, &[&fixture("hevc-10bit.mov")]);
    let traced = pool.trace(&clip, until()).await.unwrap();
    assert!(traced.label.facts.flattened && traced.label.facts.images_sent as usize == traced.label.pictures.len());
    let mut columns: Vec<_> =
        traced.sources.iter().flat_map(|(_, lent)| lent.iter().map(|lent| lent.columns)).collect();
    columns.sort_unstable();
    assert!(columns.len() > 1 && columns[0].0 == 0 && columns.last().unwrap().1 >= 999, "{columns:?}");
    assert!(columns.windows(2).all(|pair| pair[0].1.abs_diff(pair[1].0) <= 1), "{columns:?}");
    for (frame, lent) in &traced.sources {
        assert!(frame.height == 640 && lent.iter().all(|lent| lent.band.0 < lent.band.1), "{lent:?}");
    }
    let photo = pool.trace(&upload(None, &[&fixture("photo.jpg")]), until()).await.unwrap();
    assert!(photo.sources.is_empty() && photo.label.pictures.len() == 1);
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_photos_and_clips_hard_to_read_is_told() {
    let pool = pool().await;
    for (name, issues) in [
        ("photo.jpg", vec![]),
        ("photo.heic", vec![]),
        ("orientation-6.jpg", vec![]),
        ("blurred.jpg", vec![QualityIssue::Blur]),
        ("no-text.jpg", vec![QualityIssue::LowResolution, QualityIssue::NoText]),
        ("no-text.mp4", vec![QualityIssue::NoText]),
        ("one-frame.mp4", vec![]),
    ] {
        let label = prepare_by(Strategy::Flat, &pool, &upload(None, &[&fixture(name)])).await.unwrap();
        assert_eq!(label.issues, issues, "{name}");
    }
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_with_little_print_comes_after_the_one_with_the_list() {
    let pool = pool().await;
    let photos = upload(None, &[&fixture("no-text.jpg"), &fixture("photo.jpg")]);
    let label = prepare_by(Strategy::Flat, &pool, &photos).await.unwrap();
    let sizes: Vec<_> = label.pictures.iter().map(|picture| (picture.width, picture.height)).collect();
    assert_eq!(sizes[1], (360, 480), "{sizes:?}");
    assert!(label.facts.flattened);
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_photos_become_several_pictures() {
    let pool = pool().await;
    let photos = upload(Some(MediaKind::Image), &[&fixture("photo-left.jpg"), &fixture("photo-right.jpg")]);
    let pictures = prepare(&pool, &photos).await.unwrap();
    assert_eq!((pictures.pictures.len(), pictures.facts.frames_decoded), (2, 2));
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_files_are_refused_by_their_fault() {
    let pool = pool().await;
    let files = [
        ("truncated.mp4", "Unreadable"),
        ("truncated.jpg", "Unreadable"),
        ("empty.mp4", "UnsupportedType"),
        ("text-posing-as.mp4", "UnsupportedType"),
        ("hls-playlist-posing-as.mp4", "UnsupportedType"),
        ("ffconcat-posing-as.mp4", "UnsupportedType"),
        ("dash-posing-as.mp4", "UnsupportedType"),
        ("not-an-image.jpg", "UnsupportedType"),
        ("unsupported.gif", "UnsupportedType"),
        ("lying-header.mp4", "TooLargeDimensions"),
        ("understating-header.mp4", "TooLargeDimensions"),
        ("huge-dimensions.png", "TooLargeDimensions"),
        ("no-video-track.mp4", "NoFrames"),
        ("too-long.mp4", "TooLong"),
    ];
    for ((name, kind), strategy) in
        files.into_iter().flat_map(|file| [(file, Strategy::Flat), (file, Strategy::Frames)])
    {
        let error = prepare_by(strategy, &pool, &upload(None, &[&fixture(name)])).await.expect_err(name);
        assert!(format!("{error:?}").starts_with(kind), "{name}: {error:?}");
        assert_eq!(error.fault(), Fault::Caller, "{name}");
    }
    let lie = upload(Some(MediaKind::Image), &[&fixture("can-soup.mp4")]);
    assert!(matches!(prepare(&pool, &lie).await, Err(Error::UnsupportedType { .. })));
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_measured_is_reported() {
    let pool = pool().await;
    assert_eq!(prepare_fixture(&pool, "blurred.jpg").await.unwrap().issues, [QualityIssue::Blur]);
    for name in ["photo.jpg", "photo.png", "photo-left.jpg", "can-soup.mp4", "can-stew.mp4"] {
        assert_eq!(prepare_fixture(&pool, name).await.unwrap().issues, [], "{name}");
    }
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_is_read() {
    let pool = pool().await;
    let pictures = prepare_fixture(&pool, "photo.jpg").await.unwrap();
    let read = pool.read_text(&pictures, Instant::now() + Duration::from_secs(60)).await.unwrap();
    assert!(read.reading.label_text.to_lowercase().contains("rapsolja"), "{read:?}");
    assert_eq!(read.reading.ingredients, None);
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_is_short_of_time_answers_with_what_it_has() {
    let pool = pool().await;
    let photos = upload(None, &vec![fixture("photo.jpg"); 16].iter().map(Vec::as_slice).collect::<Vec<_>>());
    let pictures = prepare(&pool, &photos).await.unwrap();
    let begun = StdInstant::now();
    let deadline = Duration::from_secs(6);
    let read = pool.read_text(&pictures, Instant::now() + deadline).await.unwrap();
    assert!(begun.elapsed() < deadline);
    assert_eq!(read.reading.legibility, Legibility::Partial);
    assert!(!read.reading.label_text.is_empty());
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_becomes_a_short_film_beside_its_pictures() {
    let pool = pool_with(&["--media-workers", "1", "--video-clip-max-bytes", "300000"]).await;
    let deadline = || Instant::now() + Duration::from_secs(30);
    let silent = Listener::default();
    for (name, size) in [("can-soup.mp4", (720, 1280)), ("rotated-90.mp4", (720, 1280))] {
        let clip = upload(None, &[&fixture(name)]);
        let pictures = pool.prepare(&clip, Strategy::Clip, &silent, deadline()).await.unwrap();
        let film = pictures.clip.unwrap();
        assert_eq!((film.width, film.height, film.media_type), (size.0, size.1, "video/mp4"), "{name}");
        assert!(film.bytes.len() <= 300_000 && film.duration_ms.abs_diff(pictures.facts.duration_ms.unwrap()) <= 200);
        assert_eq!(pictures.pictures.len(), 8);
        // It is a clip that the service itself would take, and the same seen from its frames.
        let again = prepare(&pool, &upload(Some(MediaKind::Video), &[&film.bytes])).await.unwrap();
        assert!((10..=25).contains(&again.facts.frames_decoded), "{}", again.facts.frames_decoded);
    }
    let photo = upload(None, &[&fixture("photo.jpg")]);
    assert_eq!(pool.prepare(&photo, Strategy::Clip, &silent, deadline()).await.unwrap().clip, None);
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_told_soon_and_goes_forwards() {
    let pool = pool().await;
    for strategy in [Strategy::Flat, Strategy::Frames, Strategy::Clip] {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (begun, ears) = (StdInstant::now(), Arc::clone(&heard));
        let listener = Listener::new(move |progress| ears.lock().unwrap().push((progress, begun.elapsed())));
        let clip = upload(None, &[&fixture("can-soup.mp4")]);
        pool.prepare(&clip, strategy, &listener, Instant::now() + Duration::from_secs(30)).await.unwrap();
        let heard = heard.lock().unwrap();
        assert!(heard.len() >= 10, "{heard:?}");
        assert!(heard.iter().all(|(progress, _)| progress.stage == Stage::Media && progress.percent <= 100));
        assert!(heard.is_sorted_by(|(before, _), (after, _)| before.percent < after.percent), "{heard:?}");
        let (first, last) = (heard[0].1, heard[heard.len() - 1].1);
        assert!(first < Duration::from_millis(500) && first < last / 2, "the first came after {first:?} of {last:?}");
    }
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_past_its_deadline_is_killed() {
    let pool = pool().await;
    let begun = StdInstant::now();
    let clip = upload(None, &[&fixture("can-soup.mp4")]);
    let late =
        pool.prepare(&clip, Strategy::Frames, &Listener::default(), Instant::now() + Duration::from_millis(5)).await;
    assert!(matches!(late, Err(Error::Deadline)), "{late:?}");
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(prepare(&pool, &clip).await.is_ok(), "the next job finds a worker");
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_are_replaced_and_none_is_left_over() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("repl{}", std::process::id());
    let pool = named_pool(folder.path(), &name, 1).await;
    let clip = upload(None, &[&fixture("one-frame.mp4")]);
    for _ in 0..5 {
        // A caller that leaves takes its worker with it.
        let _ = tokio::time::timeout(Duration::from_millis(3), prepare(&pool, &clip)).await;
        assert!(prepare(&pool, &clip).await.is_ok());
    }
    assert!(pool.can_start());
    assert!((1..=4).contains(&processes(&name).len()), "{:?}", processes(&name));
    pool.stop().await;
    assert!(matches!(prepare(&pool, &clip).await, Err(Error::Unavailable { .. })));
    let patience = StdInstant::now() + Duration::from_secs(5);
    while !processes(&name).is_empty() && StdInstant::now() < patience {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(processes(&name), Vec::<Pid>::new(), "zombies count too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ready_worker_is_locked_down() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("lock{}", std::process::id());
    let pool = named_pool(folder.path(), &name, 1).await;
    assert!(pool.confinement().seccomp);
    let workers = processes(&name);
    assert!(workers.len() >= 2, "one of each role at least");
    // A worker on its way to be the next one is not locked down yet; after a while all of them are.
    let says = |id: &Pid, line: &str| {
        let status = std::fs::read_to_string(format!("/proc/{}/status", id.as_raw_nonzero())).unwrap_or_default();
        status.lines().any(|found| found.split_whitespace().eq(line.split_whitespace()))
    };
    let patience = StdInstant::now() + Duration::from_secs(5);
    while !workers.iter().all(|id| says(id, "Seccomp: 2")) && StdInstant::now() < patience {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for line in ["Seccomp: 2", "NoNewPrivs: 1", "Threads: 1"] {
        assert!(workers.iter().all(|id| says(id, line)), "{line}");
    }
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_its_sandbox_kills_costs_only_its_request() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("kill{}", std::process::id());
    let pool = named_pool(folder.path(), &name, 1).await;
    let clip = upload(None, &[&fixture("can-soup.mp4")]);
    let strike = async {
        tokio::time::sleep(Duration::from_millis(60)).await;
        // The oldest of its role is the one at work.
        let prepares = |id: &Pid| {
            let command = std::fs::read_to_string(format!("/proc/{}/cmdline", id.as_raw_nonzero()));
            command.is_ok_and(|command| command.contains("prepare"))
        };
        let worker = processes(&name).into_iter().filter(prepares).min_by_key(|id| id.as_raw_nonzero()).unwrap();
        kill_process(worker, Signal::SYS).unwrap();
    };
    let (outcome, ()) = tokio::join!(prepare(&pool, &clip), strike);
    let Err(Error::Crashed { how }) = outcome else { panic!("{outcome:?}") };
    assert!(how.contains("SIGSYS"), "{how}");
    assert!(prepare(&pool, &clip).await.is_ok());
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_died_while_it_waited_costs_nobody_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("wait{}", std::process::id());
    let pool = named_pool(folder.path(), &name, 1).await;
    processes(&name).into_iter().for_each(|id| kill_process(id, Signal::KILL).unwrap());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(prepare_fixture(&pool, "one-frame.mp4").await.is_ok());
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_cannot_start_is_reported() {
    let settings = Settings::parse_from(["test", "--ocr-languages", "klingon"]);
    let started = Pool::start(&settings.media, &settings.ocr, PathBuf::from(env!("CARGO_BIN_EXE_koalens"))).await;
    let Err(Error::Unavailable { detail }) = started else { panic!("started without its reading model") };
    assert!(detail.contains("klingon"), "{detail}");
    let settings = Settings::parse_from(["test"]);
    assert!(Pool::start(&settings.media, &settings.ocr, PathBuf::from("/nowhere")).await.is_err());
}

/// How many damaged files are tried; `make soak` asks for more.
const DAMAGED_FILES: &str = "DAMAGED_FILES";

/// File `number` of the damaged ones: the same in every run.
fn damaged(number: u64) -> (&'static str, Vec<u8>) {
    const NAMES: [&str; 12] = [
        "one-frame.mp4",
        "rotated-90.mp4",
        "hevc-10bit.mov",
        "vp8.webm",
        "vp9.webm",
        "av1.webm",
        "understating-header.mp4",
        "photo.heic",
        "photo.webp",
        "photo.png",
        "orientation-6.jpg",
        "photo-left.jpg",
    ];
    let mut random = 0x2545_F491_4F6C_DD1D_u64 ^ (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut next = move || {
        // xorshift64.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random >> 16).unwrap()
    };
    let name = NAMES[usize::try_from(number).unwrap() % NAMES.len()];
    let mut bytes = fixture(name);
    match next() % 8 {
        0 => bytes.truncate(next() % bytes.len()),
        1 => {
            // A piece of it stands where another should.
            let (from, to, length) = (next() % bytes.len(), next() % bytes.len(), next() % 4096);
            let piece = bytes[from..bytes.len().min(from + length)].to_vec();
            bytes.splice(to..bytes.len().min(to + length), piece);
        }
        _ => {
            // Half of the damage goes where the structure is, at the file's ends.
            for hit in 0..=next() % 60 {
                let span = if hit % 2 == 0 { bytes.len() } else { bytes.len().min(2000) };
                let at = if hit % 4 == 1 { bytes.len() - 1 - next() % span } else { next() % span };
                bytes[at] ^= 1 << (next() % 8);
            }
        }
    }
    (name, bytes)
}

/// Has every second damaged file prepared, from `first` on; how many were good enough for pictures.
async fn outcomes(pool: &Pool, first: u64, count: u64) -> u64 {
    let mut taken = 0;
    for number in (first..count).step_by(2) {
        let (name, bytes) = damaged(number);
        let begun = StdInstant::now();
        let strategy = if number % 4 < 2 { Strategy::Frames } else { Strategy::Flat };
        let outcome = prepare_by(strategy, pool, &upload(None, &[&bytes])).await;
        assert!(begun.elapsed() < Duration::from_secs(20), "{name} {number} took {:?}", begun.elapsed());
        match outcome {
            Ok(_) => taken += 1,
            Err(error) => assert_eq!(error.fault(), Fault::Caller, "{name} {number}: {error}"),
        }
    }
    taken
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_files_end_within_bounds() {
    let count = std::env::var(DAMAGED_FILES).map_or(500, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let process_name = format!("dmg{}", std::process::id());
    let pool = named_pool(folder.path(), &process_name, 2).await;
    let open_files = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let before = open_files();
    let (even, odd) = tokio::join!(outcomes(&pool, 0, count), outcomes(&pool, 1, count));
    let taken = even + odd;
    assert!(
        taken > count / 10 && taken < count,
        "{taken} of {count} were good enough: the damage is not what it should be"
    );
    // Tests beside this one open files too, and close them; what a job leaves stays.
    let enough = Instant::now() + Duration::from_secs(120);
    while open_files() > before + 16 {
        assert!(Instant::now() < enough, "files are left over: {before} before, {} now", open_files());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(processes(&process_name).len() <= 8, "{:?}", processes(&process_name));
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_that_claims_more_than_it_holds_is_its_senders_fault() {
    let mut clip = fixture("one-frame.mp4");
    // The set-up data of its decoder, and what they lie in: the first byte of each one's size.
    for (part, size) in [(b"avc1", 0x20), (b"avcC", 0x40)] {
        let name = clip.windows(4).rposition(|four| four == part).unwrap();
        clip[name - 4] = size;
    }
    let pool = pool_with(&["--media-workers", "1"]).await;
    let error = prepare(&pool, &upload(None, &[&clip])).await.unwrap_err();
    assert_eq!(error.fault(), Fault::Caller, "{error}");
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_runs_out_of_memory_harms_only_its_job() {
    let pool = pool_with(&["--media-workers", "1", "--media-memory-bytes", "268435456"]).await;
    let big = image::RgbImage::from_pixel(8000, 6000, image::Rgb([9, 99, 199]));
    let mut jpeg = std::io::Cursor::new(Vec::new());
    big.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let refused = prepare(&pool, &upload(None, &[jpeg.get_ref()])).await;
    assert!(refused.is_err());
    assert!(prepare_fixture(&pool, "photo.jpg").await.is_ok());
    pool.stop().await;
}
