//! The worker process: loads what it needs, locks itself down, says so, does one job under limits, answers, and exits.

mod confine;
mod gallery;
mod prepare;
mod read;

use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use self::gallery::Gallery;
use super::config::{Role, Sandbox, WorkerArgs};
use super::ffmpeg;
use super::wire::{self, Event, FailureKind, Job};
use crate::domain::{Blob, Confinement};
use crate::ocr;

/// The whole life of a worker. Ends with failure when it cannot load what it needs or loses its channel.
#[must_use]
pub fn run_worker(args: &WorkerArgs) -> ExitCode {
    match serve(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The pool keeps the last of this for its log. When even this fails, the exit status has to do.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// What a worker has loaded.
enum Tools {
    Prepare,
    Read(ocr::Reader),
}

fn serve(args: &WorkerArgs) -> io::Result<()> {
    let channel = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut tools = match args.role {
        Role::Prepare => {
            ffmpeg::quiet();
            Tools::Prepare
        }
        Role::Read => {
            Tools::Read(ocr::Reader::new(args.data_dir.as_deref(), &args.languages).map_err(io::Error::other)?)
        }
    };
    let confinement = match args.sandbox {
        Sandbox::On => confine::lock_down()?,
        Sandbox::Off => Confinement::NONE,
    };
    wire::tell(&channel, &Event::Ready(confinement))?;
    let Some((job, descriptors)) = wire::receive_job(&channel)? else { return Ok(()) };
    confine::limit(job.limits())?;
    match answer(&mut tools, job, descriptors, channel.try_clone()?) {
        Some(event) => wire::tell(&channel, &event),
        None => Ok(()),
    }
}

/// Does the job. `None` when the answer has gone out already.
fn answer(tools: &mut Tools, job: Job, descriptors: Vec<OwnedFd>, channel: UnixStream) -> Option<Event> {
    let until = Instant::now() + Duration::from_millis(job.limits().soft_ms);
    let blobs: Vec<Blob> = descriptors.into_iter().map(Blob::from_fd).collect();
    let done = match (tools, job) {
        (Tools::Prepare, Job::Prepare { claimed, files, strategy, film, limits }) => {
            let tell = |percent| {
                // The pool ends this process when nobody waits for it any more.
                let _ = wire::tell(&channel, &Event::Progress { percent });
            };
            let (files, outputs) = blobs.split_at(files.min(blobs.len()));
            let gallery = Gallery::new(outputs, film, &limits, &tell);
            prepare::prepare(claimed, files, gallery, strategy, &limits, until)
                .map(|prepared| Some(Event::Prepared(prepared)))
        }
        (Tools::Read(reader), Job::Read { pictures, .. }) => {
            let early = move |reading| {
                // The pool ends this process as soon as it has heard; if it is gone, nobody is left to tell.
                let _ = wire::tell(&channel, &Event::Read(reading));
            };
            read::read(reader, &pictures, &blobs, until, early).map(|reading| reading.map(Event::Read))
        }
        (Tools::Prepare, Job::Read { .. }) | (Tools::Read(_), Job::Prepare { .. }) => {
            Err(FailureKind::Internal.because("a job for the other role"))
        }
    };
    done.unwrap_or_else(|failure| Some(Event::Failed(failure)))
}
