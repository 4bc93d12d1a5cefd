//! What typed lists cost the service beside `/health`: `cargo bench --bench analyze_text`.
//!
//! Starts the program itself and sends both routes the same paced load over 64 connections, far below what saturates
//! it. Prints the processor time of the service for each request, and the median time to the answer.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot go on fails, and prints what it saw"
)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder};

const CONNECTIONS: usize = 64;
/// Requests of each connection in one round, and the time from one to the next.
const REQUESTS: u32 = 60;
const EVERY: Duration = Duration::from_millis(128);
const ROUNDS: usize = 3;

const BODY: &str = r#"{"text": "Ingredienser: Vetemjöl, vatten, socker, rapsolja, palmfett, havregryn, mandelmassa (socker, mandel), glukossirap, salt, jäst, emulgeringsmedel (E471, lecitin), kokosmjölkspulver, kakaopulver, vetegluten, surhetsreglerande medel (citronsyra), arom, tomatpuré, lökpulver, vitlökspulver, svartpeppar."}"#;

struct Service {
    child: Child,
    url: String,
}

impl Service {
    fn start(data: &std::path::Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_koalens"))
            .arg("serve")
            .env_clear()
            .envs([("HOST", "127.0.0.1"), ("PORT", "0"), ("METRICS_PORT", "0"), ("RATE_LIMIT_PER_MINUTE", "1000000")])
            .envs([("ANALYSES_PER_HOUR_PER_ADDRESS", "1000000"), ("PATH", "/usr/bin:/bin")])
            .env("DATA_DIR", data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(&line).ok()?;
            line["address"].as_str().map(str::to_owned)
        });
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url: format!("http://{}", address.unwrap()) }
    }

    /// Its processor time so far, in milliseconds: ticks of 10 ms from `/proc`.
    fn cpu_ms(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) * 10.0
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Sends the load; the service's milliseconds for each request, and the median milliseconds to the answer.
async fn load(service: &Service, request: impl Fn(&Client) -> RequestBuilder + Clone + Send + 'static) -> (f64, f64) {
    let before = service.cpu_ms();
    let clients = (0..CONNECTIONS).map(|number| {
        let request = request.clone();
        tokio::spawn(async move {
            let client = Client::builder().no_proxy().build().unwrap();
            tokio::time::sleep(EVERY * u32::try_from(number).unwrap() / u32::try_from(CONNECTIONS).unwrap()).await;
            let mut pace = tokio::time::interval(EVERY);
            let mut took = Vec::new();
            for _ in 0..REQUESTS {
                pace.tick().await;
                let begun = Instant::now();
                let answer = request(&client).send().await.unwrap();
                assert_eq!(answer.status(), 200);
                let _body = answer.bytes().await.unwrap();
                took.push(begun.elapsed());
            }
            took
        })
    });
    let mut took: Vec<Duration> = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        took.extend(client.await.unwrap());
    }
    took.sort_unstable();
    let cpu = (service.cpu_ms() - before) / took.len() as f64;
    (cpu, took[took.len() / 2].as_secs_f64() * 1000.0)
}

#[tokio::main]
async fn main() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let (health, texts) = (format!("{}/health", service.url), format!("{}/analyze-text", service.url));
    let post = move |client: &Client| client.post(&texts).header("Content-Type", "application/json").body(BODY);
    for round in 1..=ROUNDS {
        let health = health.clone();
        let (health_cpu, health_median) = load(&service, move |client| client.get(&health)).await;
        let (text_cpu, text_median) = load(&service, post.clone()).await;
        println!("round {round}: /health {health_cpu:.3} ms of processor, median {health_median:.2} ms");
        println!("         /analyze-text {text_cpu:.3} ms of processor, median {text_median:.2} ms");
        println!(
            "         difference {:.3} ms, medians 1 to {:.2}",
            text_cpu - health_cpu,
            text_median / health_median
        );
    }
}
