//! The service as a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A running `koalens serve` with a cleared environment; killed when dropped.
pub struct Process {
    child: Child,
    /// `http://127.0.0.1:port`
    pub url: String,
    log: Arc<Mutex<Vec<String>>>,
    reading: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts it over `data` with further `settings`, and waits until it listens.
    pub fn start(data: &TempDir, settings: &[(&str, &str)]) -> Self {
        let mut child = koalens()
            .arg("serve")
            .envs([("HOST", "127.0.0.1"), ("PORT", "0")])
            .env("DATA_DIR", data.path())
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let kept = Arc::clone(&log);
        let reading = std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(line)));
        let mut process = Self { child, url: String::new(), log, reading: Some(reading) };
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
                let mut said = String::new();
                self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
                panic!("it ended with {status}: {said}");
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

    /// Sends it a signal, by name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it has ended by itself, and returns how, with everything it logged.
    pub fn wait(mut self, patience: Duration) -> (ExitStatus, Vec<String>) {
        let until = Instant::now() + patience;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < until, "it does not end");
            pause();
        };
        self.reading.take().unwrap().join().unwrap();
        (status, self.log())
    }
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
