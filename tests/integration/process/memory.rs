//! What uploads cost: measured, and bounded however many come at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::harness::process::Process;
use crate::harness::wire::{Answered, Wire};
use crate::harness::{proc, until};

/// The largest body that is taken.
const LARGEST: usize = 50 << 20;
/// Bytes sent at a time.
const PIECE: usize = 256 << 10;

/// A JSON body of `length` bytes: a clip whose first bytes are in order and whose rest is not.
fn body(length: usize) -> Vec<u8> {
    const HEAD: &[u8] = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41";
    let (before, after) = (br#"{"video":""#, br#""}"#);
    let room = length - before.len() - after.len();
    let mut clip = HEAD.to_vec();
    clip.resize(room / 4 * 3, 0xA5);
    let mut body = [before.as_slice(), STANDARD.encode(clip).as_bytes(), after].concat();
    body.resize(length, b' ');
    body
}

/// The most memory that a process and its workers hold while `busy`, above what they hold now, bytes.
struct Peak {
    done: Arc<AtomicBool>,
    watching: std::thread::JoinHandle<u64>,
}

impl Peak {
    fn above_now(id: u32) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&done);
        let idle = proc::memory_bytes(id);
        let watching = std::thread::spawn(move || {
            let mut most = idle;
            while !end.load(Ordering::Acquire) {
                most = most.max(proc::memory_bytes(id));
            }
            most - idle
        });
        Self { done, watching }
    }

    fn reached(self) -> u64 {
        self.done.store(true, Ordering::Release);
        self.watching.join().unwrap()
    }
}

/// Waits until all workers that are kept ready have started: from then on an idle service stays as large as it is.
async fn idle(process: &Process, workers: usize) {
    until("all workers wait", Duration::from_secs(20), async || process.workers("").len() == 2 * workers).await;
    let mut last = 0;
    let settled = async || std::mem::replace(&mut last, proc::memory_bytes(process.id())) >> 20 == last >> 20;
    until("the memory settles", Duration::from_secs(20), settled).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_json_upload_costs_at_most_two_and_a_half_times_its_size() {
    let data = TempDir::new().unwrap();
    let process = Process::start(&data, &[("MEDIA_WORKERS", "1")]);
    idle(&process, 1).await;
    let peak = Peak::above_now(process.id());
    let upload = process.post("/analyze").header("Content-Type", "application/json").body(body(LARGEST));
    let response = upload.send().await.unwrap();
    let factor = peak.reached() as f64 / LARGEST as f64;
    assert_eq!(response.status(), 422);
    // One body and its decoded copy are 1.75 times the body. Less than the body would mean that nothing was measured.
    assert!((1.0..=2.5).contains(&factor), "{factor:.2} times its size");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_large_uploads_at_once_two_are_taken_and_all_are_answered() {
    const MEMORY: u64 = 300_000_000;
    let data = TempDir::new().unwrap();
    let process = Process::start(&data, &[("MEDIA_WORKERS", "1"), ("UPLOAD_MEMORY_BYTES", "300000000")]);
    idle(&process, 1).await;
    let peak = Peak::above_now(process.id());

    let body = Arc::new(body(LARGEST));
    let (answered, _) = tokio::sync::watch::channel(0);
    let mut uploads = JoinSet::new();
    for _ in 0..64 {
        let mut wire = Wire::connect(&process.url).await;
        wire.post_head("application/json", LARGEST, "").await;
        uploads.spawn(upload(wire, Arc::clone(&body), answered.clone()));
    }
    let answers = tokio::time::timeout(Duration::from_secs(60), uploads.join_all()).await.expect("somebody waits");
    let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(422), count(503)), (2, 62));
    for refused in answers.iter().filter(|answer| answer.status == 503) {
        assert_eq!(refused.body["error"], "OVERLOADED");
        assert!(refused.header("retry-after").is_some());
    }
    let reached = peak.reached();
    assert!(reached <= MEMORY, "{} MB above idle", reached / 1_000_000);
}

/// Sends a first piece; the rest once all that are to be refused were: so the two that are taken are there all the time.
async fn upload(mut wire: Wire, body: Arc<Vec<u8>>, answered: tokio::sync::watch::Sender<usize>) -> Answered {
    wire.send(&body[..PIECE]).await.unwrap();
    let mut others = answered.subscribe();
    let refused = tokio::select! {
        answer = wire.answer() => Some(answer),
        _ = others.wait_for(|answered| *answered == 62) => None,
    };
    if let Some(answer) = refused {
        answered.send_modify(|answered| *answered += 1);
        return answer;
    }
    wire.send(&body[PIECE..]).await.unwrap();
    wire.answer().await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_everything_before_listening_reads_the_refusal_too() {
    let data = TempDir::new().unwrap();
    let process = Process::start(&data, &[("UPLOAD_MEMORY_BYTES", "131072000")]);
    let mut first = Wire::connect(&process.url).await;
    first.post_head("application/json", LARGEST, "").await;
    first.send(&[b' '; 1]).await.unwrap();

    let (too_large, too_many) =
        tokio::join!(refused_blindly(&process.url, LARGEST + 1), refused_blindly(&process.url, LARGEST));
    assert_eq!((too_large.status, &too_large.body["error"]), (413, &"PAYLOAD_TOO_LARGE".into()));
    assert_eq!((too_many.status, &too_many.body["error"]), (503, &"OVERLOADED".into()));
}

/// Sends `length` bytes without looking, as some phones do, and over a slow connection; then reads.
async fn refused_blindly(url: &str, length: usize) -> Answered {
    let mut wire = Wire::connect(url).await;
    wire.post_head("application/json", length, "").await;
    for piece in vec![b' '; length].chunks(length.div_ceil(8)) {
        tokio::time::sleep(Duration::from_millis(500)).await;
        wire.send(piece).await.unwrap_or_else(|error| panic!("cut off while sending: {error}"));
    }
    wire.answer().await
}
