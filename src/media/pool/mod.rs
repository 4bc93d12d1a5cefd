//! The pool of worker processes: takes a ready one, gives it one job, checks the answer, ends it.

mod answer;
mod process;
mod shelf;

use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use self::process::{Launch, Outcome};
use self::shelf::Shelf;
use super::wire::{Event, Hung, Job, Limits, LocalReading, MAX_FILES, MAX_FRAMES, Size};
use super::{Config, Error, Role};
use crate::domain::{Blob, Confinement, Listener, Picture, Pictures, Strategy, Upload};
use crate::ocr;
use crate::telemetry::events;

/// Longest edge of a finished picture, pixels: the most that any reader makes use of.
const MAX_EDGE: u32 = 3072;

/// Share of the time given after which a worker begins nothing new, in percent: the rest is for finishing and answering.
const SOFT_PERCENT: u32 = 80;

/// Worker processes, kept ready. Cheap to clone.
#[derive(Clone)]
pub struct Pool(Arc<Inner>);

struct Inner {
    config: Config,
    prepare: Shelf,
    read: Shelf,
}

impl Pool {
    /// Starts the first worker of each role, and keeps `config.workers()` of each ready from then on. `worker` is the
    /// program to start with `media-worker`: this one.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with what the worker said, a missing reading model for example.
    pub async fn start(config: &Config, ocr: &ocr::Config, worker: PathBuf) -> Result<Self, Error> {
        let launch = |role| Launch { program: worker.clone(), role, sandbox: config.media_sandbox, ocr: ocr.clone() };
        let (prepare, read) = tokio::try_join!(
            Shelf::open(launch(Role::Prepare), config.workers()),
            Shelf::open(launch(Role::Read), config.workers())
        )?;
        events::workers_confined(prepare.confinement());
        Ok(Self(Arc::new(Inner { config: config.clone(), prepare, read })))
    }

    /// Turns an upload into upright pictures, at most 3072 pixels long, and tells `listener` how far that is. Dropping the
    /// future kills the worker.
    ///
    /// # Errors
    /// Every kind of [`Error`] but [`Error::Encoding`].
    pub async fn prepare(
        &self,
        upload: &Upload,
        strategy: Strategy,
        listener: &Listener,
        deadline: Instant,
    ) -> Result<Pictures, Error> {
        let film = match strategy {
            Strategy::Flat | Strategy::Frames => None,
            Strategy::Clip => Some(self.0.config.film()),
        };
        let files = upload.files.len();
        if !(1..=MAX_FILES).contains(&files) {
            return Err(Error::Internal { detail: format!("a job of {files} files") });
        }
        // A worker may read an upload, not change it: it may be handed out again.
        upload.files.iter().try_for_each(Blob::seal).map_err(Error::System)?;
        let outputs = (0..files.max(MAX_FRAMES)).map(|_| Blob::new()).collect::<Result<Vec<_>, _>>();
        let outputs = outputs.map_err(Error::System)?;
        let film_file = film.map(|_| Blob::new()).transpose().map_err(Error::System)?;
        let job = Job::Prepare { claimed: upload.claimed, files, strategy, film, limits: self.0.limits(deadline) };
        let blobs: Vec<&Blob> = upload.files.iter().chain(&outputs).chain(&film_file).collect();
        match run(&self.0.prepare, &job, &blobs, listener, deadline).await? {
            Event::Prepared(prepared) => {
                let clip = match (prepared.film, film_file, film) {
                    (Some(facts), Some(file), Some(film)) => {
                        Some(answer::film(facts, &file, film.max_bytes, MAX_EDGE)?)
                    }
                    _ => None,
                };
                Ok(Pictures { clip, ..answer::pictures(prepared, outputs, MAX_EDGE)? })
            }
            other @ (Event::Failed(_) | Event::Progress { .. } | Event::Ready(_) | Event::Read(_)) => {
                Err(answer::failure(other))
            }
        }
    }

    /// Reads the text of pictures with the local reader.
    ///
    /// # Errors
    /// [`Error::Deadline`], [`Error::Crashed`], [`Error::Unavailable`], [`Error::Internal`], [`Error::Protocol`],
    /// [`Error::System`]: none is the caller's fault.
    pub async fn read_text(&self, pictures: &Pictures, deadline: Instant) -> Result<LocalReading, Error> {
        let pictures = &pictures.pictures;
        let hung = |picture: &Picture| Hung {
            size: Size { width: picture.width, height: picture.height },
            ample_pixels: picture.ample_pixels,
        };
        let job = Job::Read { pictures: pictures.iter().map(hung).collect(), limits: self.0.limits(deadline) };
        let blobs: Vec<&Blob> = pictures.iter().map(|picture| &picture.pixels).collect();
        match run(&self.0.read, &job, &blobs, &Listener::default(), deadline).await? {
            Event::Read(reading) => answer::reading(reading),
            other @ (Event::Failed(_) | Event::Progress { .. } | Event::Ready(_) | Event::Prepared(_)) => {
                Err(answer::failure(other))
            }
        }
    }

    /// Whether workers of both roles start, as far as is known from the last attempts.
    #[must_use]
    pub fn can_start(&self) -> bool {
        self.0.prepare.can_start() && self.0.read.can_start()
    }

    /// What holds the workers.
    #[must_use]
    pub fn confinement(&self) -> Confinement {
        self.0.prepare.confinement()
    }

    /// Ends all idle workers and starts no more. Jobs under way end with their callers.
    pub async fn stop(&self) {
        tokio::join!(self.0.prepare.close(), self.0.read.close());
    }
}

impl Inner {
    /// The processor time allowed is what two threads can use before the deadline: a second line behind the kill.
    fn limits(&self, deadline: Instant) -> Limits {
        let left = deadline.saturating_duration_since(Instant::now());
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Limits {
            max_video_ms: self.config.max_video_seconds * 1000,
            analyze_ms: self.config.video_max_analyze_seconds * 1000,
            max_pixels: self.config.max_pixels,
            max_edge: MAX_EDGE,
            memory_bytes: self.config.media_memory_bytes,
            cpu_seconds: 2 * (left.as_secs() + 1),
            soft_ms: ms(left * SOFT_PERCENT / 100),
        }
    }
}

/// Gives a job to ready workers until one takes it: one that died while it waited costs nobody an answer.
async fn run(
    shelf: &Shelf,
    job: &Job,
    blobs: &[&Blob],
    listener: &Listener,
    deadline: Instant,
) -> Result<Event, Error> {
    let work = async {
        let _turn = shelf.turn().await?;
        loop {
            let descriptors: Vec<_> = blobs.iter().map(|blob| blob.as_fd()).collect();
            match shelf.take().await?.run(job, &descriptors, listener).await? {
                Outcome::Answered(event) => return Ok(event),
                Outcome::WasDead => {}
            }
        }
    };
    let began = Instant::now();
    let done = timeout_at(deadline, work).await.unwrap_or(Err(Error::Deadline));
    events::media_worked(shelf.work(), began.elapsed());
    done
}
