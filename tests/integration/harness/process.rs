//! The service as a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder};
use rustix::process::{Signal, kill_process_group};
use tempfile::TempDir;

use super::proc;

/// A running `koalens serve` with a cleared environment; killed when dropped.
pub struct Process {
    child: Child,
    /// `http://127.0.0.1:port`
    pub url: String,
    client: Client,
    log: Arc<Mutex<Vec<String>>>,
    said: Arc<Mutex<Vec<String>>>,
    reading: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts it over `data` with further `settings`, and waits until it listens.
    pub fn start(data: &TempDir, settings: &[(&str, &str)]) -> Self {
        Self::spawn(koalens().envs(settings.iter().copied()), data)
    }

    /// As [`Process::start`] from a terminal: at the head of a process group, which a Ctrl-C reaches as a whole.
    pub fn start_at_terminal(data: &TempDir) -> Self {
        Self::spawn(koalens().process_group(0), data)
    }

    fn spawn(command: &mut Command, data: &TempDir) -> Self {
        let mut child = command
            .arg("serve")
            .envs([("HOST", "127.0.0.1"), ("PORT", "0"), ("METRICS_PORT", "0")])
            .env("DATA_DIR", data.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (log, said) = (Arc::default(), Arc::default());
        let reading = vec![keep(child.stdout.take().unwrap(), &log), keep(child.stderr.take().unwrap(), &said)];
        let client = super::client(Duration::from_secs(90));
        let mut process = Self { child, url: String::new(), client, log, said, reading };
        process.url = process.wait_for_address();
        process
    }

    fn wait_for_address(&mut self) -> String {
        let patience = Instant::now() + Duration::from_secs(30);
        loop {
            let listening = self.log().iter().find_map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).ok()?;
                Some(format!("http://{}", line["address"].as_str()?))
            });
            if let Some(url) = listening {
                return url;
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("it ended with {status}: {}", self.said());
            }
            assert!(Instant::now() < patience, "it does not listen: {:?}", self.log());
            pause();
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The lines it has logged so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// What it has written on standard error so far.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }

    /// A GET of `path`.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    /// Everything that it has counted so far.
    pub async fn metrics(&self) -> String {
        let log = self.log();
        let lines = log.iter().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let address = lines.filter_map(|line| Some(line["metrics_address"].as_str()?.to_owned())).next().unwrap();
        self.client.get(format!("http://{address}/metrics")).send().await.unwrap().text().await.unwrap()
    }

    /// A POST to `path`.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    /// A POST of a file to `/analyze`.
    pub fn post_file(&self, media_type: &str, bytes: Vec<u8>) -> RequestBuilder {
        self.post("/analyze").header("Content-Type", media_type).body(bytes)
    }

    /// Waits until it has logged `count` lines with `text` in them.
    pub async fn wait_for_log(&self, count: usize, text: &str) {
        let enough = async || self.log().iter().filter(|line| line.contains(text)).count() >= count;
        super::until(text, Duration::from_secs(30), enough).await;
    }

    /// Its media workers of a role (`prepare`, `read`, or `` for both), those at work and those that wait.
    pub fn workers(&self, role: &str) -> Vec<u32> {
        let worker = format!("media-worker --role {role}");
        proc::children(self.id()).into_iter().filter(|id| proc::command_line(*id).contains(&worker)).collect()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        proc::signal(self.id(), signal);
    }

    /// Types Ctrl-C in the terminal it was started at.
    pub fn ctrl_c(&self) {
        kill_process_group(proc::pid(self.id()), Signal::INT).unwrap();
    }

    /// Waits until it has ended by itself, and returns how, with everything it logged.
    pub fn wait(mut self, patience: Duration) -> (ExitStatus, Vec<String>) {
        let until = Instant::now() + patience;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < until, "it does not end: {:?}", self.log());
            pause();
        };
        self.reading.drain(..).for_each(|reading| reading.join().unwrap());
        (status, self.log())
    }
}

/// Keeps the lines of a pipe, so that it never fills up.
fn keep(pipe: impl Read + Send + 'static, lines: &Arc<Mutex<Vec<String>>>) -> JoinHandle<()> {
    let kept = Arc::clone(lines);
    let lines = BufReader::new(pipe).lines();
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(line)))
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The program, with a cleared environment but for the path.
pub fn koalens() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_koalens"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command
}

#[expect(clippy::disallowed_methods, reason = "a test's own thread waits for another process")]
fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}
