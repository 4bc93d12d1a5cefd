//! What `providers::read` adds to a direct call with the same HTTP client, beside what nginx adds as a plain proxy between
//! the two: `cargo bench --bench providers`.
//!
//! The vendors' stand-in and nginx run as processes of their own, so that the CPU time counted for the direct call and for
//! the reader is theirs alone; nginx's is counted in its own process. Calls are made at a steady rate, as many of each
//! kind, so that all meet the same machine. Without nginx (`scripts/setup bench`) its column stays empty.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on ends")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use clap::Parser;
use koalens_backend::domain::{CallRole, EncodedPicture, Language, ProviderName};
use koalens_backend::providers::{Config, Hints, Providers, Purse, Shown};
use tempfile::TempDir;
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

/// nginx as a plain proxy before the stand-in.
struct Nginx {
    process: Child,
    url: String,
    _directory: TempDir,
}

impl Nginx {
    /// `None` where it is not installed.
    fn start(stub: &str) -> Option<Self> {
        let directory = TempDir::new().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let upstream = stub.strip_prefix("http://").unwrap();
        let at = directory.path().display();
        let settings = format!(
            "daemon off; master_process off; pid {at}/pid; error_log stderr crit; events {{}}
            http {{
                access_log off; client_max_body_size 100m; client_body_buffer_size 8m;
                client_body_temp_path {at}/body; proxy_temp_path {at}/proxy; fastcgi_temp_path {at}/fastcgi;
                uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;
                upstream stub {{ server {upstream}; keepalive 8; }}
                server {{
                    listen 127.0.0.1:{port};
                    location / {{ proxy_pass http://stub; proxy_http_version 1.1; proxy_set_header Connection \"\"; }}
                }}
            }}"
        );
        let file = directory.path().join("nginx.conf");
        fs::write(&file, settings).unwrap();
        let found = ["/usr/sbin/nginx", "nginx"].into_iter().find_map(|program| {
            Command::new(program).arg("-p").arg(directory.path()).arg("-c").arg(&file).spawn().ok()
        });
        let nginx = Self { process: found?, url: format!("http://127.0.0.1:{port}"), _directory: directory };
        let until = std::time::Instant::now() + Duration::from_secs(5);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(std::time::Instant::now() < until, "nginx does not listen");
            std::thread::yield_now();
        }
        Some(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}

/// CPU time of a process so far.
fn cpu(process: &str) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
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

/// `process` is whose CPU time is counted.
async fn measure(process: &str, mut call: impl AsyncFnMut()) -> Figures {
    for _ in 0..20 {
        call().await;
    }
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut took, before) = (Vec::with_capacity(CALLS), cpu(process));
    for _ in 0..CALLS {
        pace.tick().await;
        let began = Instant::now();
        call().await;
        took.push(began.elapsed());
    }
    let cpu = (cpu(process) - before) / u32::try_from(CALLS).unwrap();
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
    let nginx = Nginx::start(&stub.1);
    println!(
        "{:>12} {:>8} {:>12} {:>16} {:>12} {:>12} {:>12}",
        "picture", "", "direct", "providers::read", "added", "by nginx", "added"
    );
    for bytes in [30 << 10, 1 << 20] {
        let pixels: Vec<u8> = (0..bytes).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect();
        let picture = EncodedPicture { width: 1500, height: 1000, media_type: "image/jpeg", bytes: pixels };
        let text = format!("{{\"contents\": [], \"x\": \"{}\"}}", "A".repeat(bytes / 3 * 4 + 7000));
        let body = bytes::Bytes::from(text);
        let direct = measure("self", async || directly(&client, &stub.1, &body).await).await;
        let ours = measure("self", async || through(&readers, std::slice::from_ref(&picture)).await).await;
        let proxied = match &nginx {
            Some(Nginx { process, url, .. }) => {
                Some(measure(&process.id().to_string(), async || directly(&client, url, &body).await).await)
            }
            None => None,
        };
        let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
        let row = |name: &str, of: fn(&Figures) -> Duration, nginx_adds: fn(f64, f64) -> f64| {
            let (direct, ours) = (ms(of(&direct)), ms(of(&ours)));
            print!("{bytes:>12} {name:>8} {direct:>12.3} {ours:>16.3} {:>12.3}", ours - direct);
            match proxied.as_ref().map(|figures| ms(of(figures))) {
                Some(proxied) => println!(" {proxied:>12.3} {:>12.3}", nginx_adds(proxied, direct)),
                None => println!(" {:>12} {:>12}", "–", "–"),
            }
        };
        row("p50", |figures| figures.p50, |proxied, direct| proxied - direct);
        row("p95", |figures| figures.p95, |proxied, direct| proxied - direct);
        // That of its own process is all added.
        row("cpu", |figures| figures.cpu, |proxied, _| proxied);
    }
}
