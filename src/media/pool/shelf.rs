//! Ready workers of one role: taken from one end, replaced in the background at the other.

use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::process::{Launch, Worker};
use crate::domain::{Confinement, MediaStage};
use crate::media::Error;
use crate::telemetry::events::{self, Counted};

/// Pause after the first failed start; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Longest pause between attempts to start a worker.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A ready worker, counted as one.
type Waiting = (Worker, Counted);

/// Ready workers and the task that keeps them coming.
pub struct Shelf {
    work: MediaStage,
    ready: Mutex<mpsc::Receiver<Waiting>>,
    turns: Semaphore,
    starts: watch::Receiver<bool>,
    confinement: Confinement,
    keeper: JoinHandle<()>,
}

/// Leave to have one worker at work.
pub struct Turn<'a> {
    _permit: SemaphorePermit<'a>,
    _counted: Counted,
}

impl Shelf {
    /// Starts a first worker and then keeps `count` ready; at most as many work at once.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the first cannot be started.
    pub async fn open(launch: Launch, count: usize) -> Result<Self, Error> {
        let first = Worker::start(&launch).await?;
        let (work, confinement) = (launch.role.work(), first.confinement());
        events::pool_opened(work, count);
        let (put, ready) = mpsc::channel(count);
        let (tell, starts) = watch::channel(true);
        let keeper = tokio::spawn(async move {
            if put.send((first, events::worker_ready(work))).await.is_ok() {
                keep(&launch, &put, &tell).await;
            }
        });
        Ok(Self { work, ready: Mutex::new(ready), turns: Semaphore::new(count), starts, confinement, keeper })
    }

    /// Waits until fewer than `count` workers are at work.
    ///
    /// # Errors
    /// [`Error::Unavailable`] once the shelf is closed.
    pub async fn turn(&self) -> Result<Turn<'_>, Error> {
        let permit = self.turns.acquire().await.map_err(|_| closed())?;
        Ok(Turn { _permit: permit, _counted: events::worker_busy(self.work) })
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
            worker = ready.recv() => worker.map(|(worker, _waits_no_more)| worker).ok_or_else(closed),
            _ = starts.wait_for(|starts| !starts) => {
                Err(Error::Unavailable { detail: "the last attempts to start one failed".to_owned() })
            }
        }
    }

    /// What its workers do.
    pub fn work(&self) -> MediaStage {
        self.work
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
        while let Some((worker, _waits_no_more)) = ready.recv().await {
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
async fn keep(launch: &Launch, shelf: &mpsc::Sender<Waiting>, starts: &watch::Sender<bool>) {
    let mut pause = FIRST_PAUSE;
    while let Ok(place) = shelf.reserve().await {
        match Worker::start(launch).await {
            Ok(worker) => {
                place.send((worker, events::worker_ready(launch.role.work())));
                starts.send_replace(true);
                pause = FIRST_PAUSE;
            }
            Err(error) => {
                starts.send_replace(false);
                events::worker_not_started(launch.role.work(), &error);
                sleep(pause).await;
                pause = LONGEST_PAUSE.min(2 * pause);
            }
        }
    }
}
