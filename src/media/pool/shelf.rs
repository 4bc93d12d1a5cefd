//! Ready workers of one role: taken from one end, replaced in the background at the other.

use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::process::{Launch, Worker};
use crate::domain::Confinement;
use crate::media::Error;
use crate::telemetry::events;

/// Pause after the first failed start; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Longest pause between attempts to start a worker.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Ready workers and the task that keeps them coming.
pub struct Shelf {
    ready: Mutex<mpsc::Receiver<Worker>>,
    turns: Semaphore,
    starts: watch::Receiver<bool>,
    confinement: Confinement,
    keeper: JoinHandle<()>,
}

impl Shelf {
    /// Starts a first worker and then keeps `count` ready; at most as many work at once.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the first cannot be started.
    pub async fn open(launch: Launch, count: usize) -> Result<Self, Error> {
        let first = Worker::start(&launch).await?;
        let confinement = first.confinement();
        let (put, ready) = mpsc::channel(count);
        let (tell, starts) = watch::channel(true);
        let keeper = tokio::spawn(async move {
            if put.send(first).await.is_ok() {
                keep(&launch, &put, &tell).await;
            }
        });
        Ok(Self { ready: Mutex::new(ready), turns: Semaphore::new(count), starts, confinement, keeper })
    }

    /// Waits until fewer than `count` workers are at work.
    ///
    /// # Errors
    /// [`Error::Unavailable`] once the shelf is closed.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, Error> {
        self.turns.acquire().await.map_err(|_| closed())
    }

    /// Takes a ready worker, or waits for one while they can be started.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when none is ready and none can be started, or the shelf is closed.
    pub async fn take(&self) -> Result<Worker, Error> {
        let mut ready = self.ready.lock().await;
        let mut starts = self.starts.clone();
        tokio::select! {
            biased;
            worker = ready.recv() => worker.ok_or_else(closed),
            _ = starts.wait_for(|starts| !starts) => {
                Err(Error::Unavailable { detail: "the last attempts to start one failed".to_owned() })
            }
        }
    }

    /// What its workers are held by: the kernel is the same for all of them.
    pub fn confinement(&self) -> Confinement {
        self.confinement
    }

    /// Whether the last attempt to start a worker succeeded.
    pub fn can_start(&self) -> bool {
        *self.starts.borrow() && !self.keeper.is_finished()
    }

    /// Ends the ready workers and starts no more.
    pub async fn close(&self) {
        self.keeper.abort();
        self.turns.close();
        let mut ready = self.ready.lock().await;
        ready.close();
        while let Some(worker) = ready.recv().await {
            worker.end().await;
        }
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

fn closed() -> Error {
    Error::Unavailable { detail: "the pool is closed".to_owned() }
}

/// Puts a new worker on the shelf whenever there is room. Ends when the shelf is gone.
async fn keep(launch: &Launch, shelf: &mpsc::Sender<Worker>, starts: &watch::Sender<bool>) {
    let mut pause = FIRST_PAUSE;
    while let Ok(place) = shelf.reserve().await {
        match Worker::start(launch).await {
            Ok(worker) => {
                place.send(worker);
                starts.send_replace(true);
                pause = FIRST_PAUSE;
            }
            Err(error) => {
                starts.send_replace(false);
                events::worker_not_started(launch.role.as_str(), &error);
                sleep(pause).await;
                pause = LONGEST_PAUSE.min(2 * pause);
            }
        }
    }
}
