//! What `providers::read` adds to a direct call with the same HTTP client: `cargo bench --bench providers`.
//!
//! The vendors' stand-in runs as a process of its own, so that the CPU time counted here is the reader's alone. Calls are
//! made at a steady rate, as many of each kind, taking turns, so that both meet the same machine.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on ends")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use clap::Parser;
use koalens_backend::domain::{CallRole, EncodedPicture, Language, ProviderName};
use koalens_backend::providers::{Config, Hints, Providers, Purse, Shown};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Calls of each kind.
const CALLS: usize = 300;
/// Between two calls: fifty a second.
const PACE: Duration = Duration::from_millis(20);

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    providers: Config,
    /// Cargo's own.
    #[arg(long)]
    bench: bool,
}

struct Stub(Child, String);

impl Stub {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_koalens"))
            .args(["stub-providers", "--stub-port", "0"])
            .env_clear()
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.strip_prefix("listening on ").unwrap().split(';').next().unwrap().to_owned();
        Self(child, url)
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// CPU time of this process so far.
fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    // Fields 14 and 15 of proc(5), in hundredths of a second.
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

fn readers(url: &str) -> Providers {
    let flags = ["bench", "--gemini-api-key", "x", "--gemini-model-name", "stub-ok", "--gemini-base-url", url];
    Providers::new(&Settings::parse_from(flags).providers, Purse::unlimited()).unwrap()
}

/// The median and the 95th percentile, and the CPU time of one call.
struct Figures {
    p50: Duration,
    p95: Duration,
    cpu: Duration,
}

async fn measure(mut call: impl AsyncFnMut()) -> Figures {
    for _ in 0..20 {
        call().await;
    }
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut took, before) = (Vec::with_capacity(CALLS), cpu());
    for _ in 0..CALLS {
        pace.tick().await;
        let began = Instant::now();
        call().await;
        took.push(began.elapsed());
    }
    let cpu = (cpu() - before) / u32::try_from(CALLS).unwrap();
    took.sort_unstable();
    Figures { p50: took[CALLS / 2], p95: took[CALLS * 95 / 100], cpu }
}

/// A body of the same size, sent with the same client and read whole.
async fn directly(client: &reqwest::Client, url: &str, body: &bytes::Bytes) {
    let request = client.post(format!("{url}/v1beta/models/stub-ok:generateContent"));
    let request = request.header("x-goog-api-key", "x").header("content-type", "application/json");
    let answer = request.body(body.clone()).send().await.unwrap();
    assert!(answer.bytes().await.unwrap().len() > 100);
}

async fn through(readers: &Providers, pictures: &[EncodedPicture]) {
    let (shown, hints) = (Shown { pictures, clip: None }, Hints { language: Language::Sv });
    let deadline = Instant::now() + Duration::from_secs(30);
    let answer = readers.read(ProviderName::Gemini, CallRole::Primary, shown, hints, 1_795_219_200_000, deadline).await;
    assert!(answer.unwrap().reading.is_ok());
}

#[tokio::main]
async fn main() {
    let stub = Stub::start();
    let (readers, client) = (readers(&stub.1), reqwest::Client::builder().no_proxy().build().unwrap());
    println!("{CALLS} calls each at {} a second, milliseconds", 1000 / PACE.as_millis());
    println!("{:>12} {:>8} {:>22} {:>22} {:>22}", "picture", "", "direct", "providers::read", "added");
    for bytes in [30 << 10, 1 << 20] {
        let pixels: Vec<u8> = (0..bytes).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect();
        let picture = EncodedPicture { width: 1500, height: 1000, media_type: "image/jpeg", bytes: pixels };
        let text = format!("{{\"contents\": [], \"x\": \"{}\"}}", "A".repeat(bytes / 3 * 4 + 7000));
        let body = bytes::Bytes::from(text);
        let direct = measure(async || directly(&client, &stub.1, &body).await).await;
        let ours = measure(async || through(&readers, std::slice::from_ref(&picture)).await).await;
        let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
        for (name, direct, ours) in
            [("p50", direct.p50, ours.p50), ("p95", direct.p95, ours.p95), ("cpu", direct.cpu, ours.cpu)]
        {
            let (direct, ours) = (ms(direct), ms(ours));
            println!("{bytes:>12} {name:>8} {direct:>22.3} {ours:>22.3} {:>22.3}", ours - direct);
        }
    }
}
