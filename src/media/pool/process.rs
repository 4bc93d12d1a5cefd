//! One worker process, from its start to its end.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::answer;
use crate::domain::{Confinement, Listener};
use crate::media::Error;
use crate::media::config::{Role, Sandbox};
use crate::media::wire::{self, Event, Job};
use crate::ocr;

/// A worker that takes longer to load its models will not serve anyone.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// What is kept of a dead worker's last words.
const LAST_WORDS_BYTES: u64 = 1024;

/// How workers of one role are started.
pub struct Launch {
    pub program: PathBuf,
    pub role: Role,
    pub sandbox: Sandbox,
    pub ocr: ocr::Config,
}

impl Launch {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("media-worker").arg("--role").arg(self.role.as_str());
        command.arg("--sandbox").arg(self.sandbox.as_str());
        if self.role == Role::Read {
            command.arg("--languages").arg(&self.ocr.ocr_languages);
            if let Some(folder) = &self.ocr.ocr_data_dir {
                command.arg("--data-dir").arg(folder);
            }
        }
        let (name, value) = ocr::THREAD_LIMIT;
        command.env_clear().env(name, value).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        // A Ctrl-C in the terminal reaches the whole process group: the service drains, so its workers must go on.
        command.process_group(0);
        command
    }
}

/// A worker that is ready for its one job. Dropping it kills it; the runtime reaps it.
pub struct Worker {
    child: Child,
    channel: UnixStream,
    confinement: Confinement,
}

/// What came of giving a worker a job.
pub enum Outcome {
    /// It answered.
    Answered(Event),
    /// It had died before the job could reach it.
    WasDead,
}

impl Worker {
    /// Starts a worker and waits until it is ready.
    ///
    /// # Errors
    /// [`Error::Unavailable`], with what it said.
    pub async fn start(launch: &Launch) -> Result<Self, Error> {
        let spawn = || -> io::Result<Self> {
            let (ours, theirs) = StdUnixStream::pair()?;
            ours.set_nonblocking(true)?;
            let child = launch.command().stdin(Stdio::from(OwnedFd::from(theirs))).spawn()?;
            Ok(Self { child, channel: UnixStream::from_std(ours)?, confinement: Confinement::NONE })
        };
        let unavailable = |detail: String| Error::Unavailable { detail };
        let mut worker = spawn().map_err(|error| unavailable(error.to_string()))?;
        match timeout(START_TIMEOUT, worker.listen()).await {
            Ok(Ok(Event::Ready(confinement))) => Ok(Self { confinement, ..worker }),
            Ok(_) => Err(unavailable(worker.death().await)),
            Err(_) => Err(unavailable("it took too long to load".to_owned())),
        }
    }

    /// What it is held by, as it said before it had met a hostile byte.
    pub fn confinement(&self) -> Confinement {
        self.confinement
    }

    /// Gives the worker its job and waits for the answer. The worker is dead and reaped when this returns, so nothing
    /// that it shared can change any more.
    ///
    /// # Errors
    /// [`Error::Crashed`] when it dies over the job, [`Error::Protocol`] when it talks nonsense.
    pub async fn run(
        mut self,
        job: &Job,
        descriptors: &[BorrowedFd<'_>],
        listener: &Listener,
    ) -> Result<Outcome, Error> {
        let message = wire::pack(job).map_err(Error::System)?;
        match self.send(&message, descriptors).await {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => {
                self.end().await;
                return Ok(Outcome::WasDead);
            }
            Err(error) => return Err(Error::System(error)),
        }
        let mut percent_before = None;
        let answer = loop {
            match self.listen().await {
                Ok(Event::Progress { percent }) => match answer::progress(percent_before.replace(percent), percent) {
                    Ok(progress) => listener.tell(progress),
                    Err(error) => break Err(error),
                },
                Ok(event) => break Ok(Outcome::Answered(event)),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    break Err(Error::Protocol("a message that is none"));
                }
                Err(_) => return Err(Error::Crashed { how: self.death().await }),
            }
        };
        self.end().await;
        answer
    }

    /// Kills and reaps the worker.
    pub async fn end(mut self) {
        // It may have ended by itself: then there is nothing left to kill.
        let _ = self.child.kill().await;
    }

    async fn send(&mut self, message: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        let channel = &self.channel;
        let first = || wire::send_with(channel.as_fd(), message, descriptors);
        let sent = channel.async_io(Interest::WRITABLE, first).await?;
        self.channel.write_all(&message[sent..]).await
    }

    async fn listen(&mut self) -> io::Result<Event> {
        let length = wire::check_length(self.channel.read_u32().await?)?;
        let mut body = vec![0; length];
        self.channel.read_exact(&mut body).await?;
        serde_json::from_slice(&body).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// How a worker that closed its channel died, and what it last said.
    async fn death(mut self) -> String {
        let stderr = self.child.stderr.take();
        // A worker that closed its channel without dying is helped along.
        let status = match timeout(Duration::from_secs(1), self.child.wait()).await {
            Ok(status) => status.map_or_else(|error| error.to_string(), |status| status.to_string()),
            Err(_) => "closed its channel and lived on".to_owned(),
        };
        self.end().await;
        let mut words = Vec::new();
        if let Some(stderr) = stderr {
            // Only words for a log: what cannot be read is left out.
            let _ = stderr.take(LAST_WORDS_BYTES).read_to_end(&mut words).await;
        }
        format!("{status}: {}", String::from_utf8_lossy(&words).trim())
    }
}
