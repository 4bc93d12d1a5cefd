//! The path of one analysis, one line a step, and what guards it: admission, one deadline, one task.
//!
//! [`Pipeline::start`] begins an analysis in a task of its own and returns its [`Running`]; dropping that tells the
//! task that the caller left, which stops it only while nothing was spent on a provider yet. [`Examiner`] is the path
//! without admission and record, for the command line.

mod about;
mod choice;
mod clock;
mod config;
mod error;
mod examine;
mod gate;
mod kept;
mod label;
mod memory;
mod quality;
mod readers;
mod shadow;
mod steer;
mod stopwatch;

pub use choice::Choice;
pub use clock::Clock;
pub use config::{Config, SecondReader, Switch, Thrift, WhenSpent};
pub use error::Error;
pub use examine::{Examined, Examiner};
pub use gate::Slot;
pub use memory::{Exhausted, FACTOR_TENTHS, Reservation};
pub use readers::callable;
pub use shadow::Waiting;
pub use steer::{Order, Refusal, carry_out, follow, steer};

pub use crate::providers::Purse;

use memory::UploadMemory;

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::domain::{
    Analysis, AnalysisRequest, Assignment, Confinement, Content, EncodedPicture, Language, MediaKind, PathStep,
    ProviderName, Queue, Upload, UserId,
};
use crate::ingredients::Engine;
use crate::media;
use crate::store::{self, Attempts, Side, Store};
use crate::telemetry::events;
use gate::Gate;
use shadow::{Seen, Shadows};

/// Text analyses that may wait to be decided, and to be recorded; of the latter, more are recorded before their answer
/// leaves, as pictures are.
const TEXT_BACKLOG: usize = 1024;

/// An analysis and whose it is, on its way to the store.
pub type Unrecorded = (Analysis, Option<UserId>);

/// The path, with everything it needs. Share it behind an `Arc`.
pub struct Pipeline {
    config: Config,
    examiner: Examiner,
    store: Arc<Store>,
    gate: Gate,
    text_gate: Gate,
    memory: UploadMemory,
    tasks: TaskTracker,
    runtime: Handle,
    texts: mpsc::Sender<Unrecorded>,
    shadows: Shadows,
}

/// How much a user has used this month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Picture analyses so far.
    pub used: u64,
    /// `FREE_ANALYSES_PER_MONTH`; `None` = no limit, which premium users have not.
    pub limit: Option<u32>,
    /// Whether the user is premium.
    pub is_premium: bool,
}

/// One answer.
#[derive(Debug)]
pub struct Finished {
    /// What is kept of it.
    pub analysis: Analysis,
    /// The picture that was read, if the caller asked for it. Never kept.
    pub label_image: Option<EncodedPicture>,
    /// The user's usage, this analysis included; `None` without a user or while the store is down.
    pub usage: Option<Usage>,
}

/// An analysis under way. Dropping it says that the caller left.
#[derive(Debug)]
pub struct Running {
    task: JoinHandle<Result<Finished, Error>>,
    _caller: DropGuard,
}

impl Running {
    /// Waits for the answer.
    ///
    /// # Errors
    /// The step that failed; [`Error::Interrupted`] when the task panicked.
    pub async fn finish(self) -> Result<Finished, Error> {
        let Self { task, _caller } = self;
        match task.await {
            Ok(outcome) => outcome,
            Err(_panicked) => {
                events::request_panicked();
                Err(Error::Interrupted)
            }
        }
    }
}

impl Pipeline {
    /// Puts the path together. Text analyses arrive at the first returned receiver, to be recorded in batches; pictures
    /// to be shown to another arm too at the second.
    ///
    /// `runtime` is where the work runs: it outlives the threads that serve connections.
    #[must_use]
    pub fn new(
        config: Config,
        examiner: Examiner,
        store: Arc<Store>,
        runtime: Handle,
    ) -> (Self, mpsc::Receiver<Unrecorded>, mpsc::Receiver<Waiting>) {
        let (texts, unrecorded) = mpsc::channel(TEXT_BACKLOG);
        let (shadows, waiting) = Shadows::new(config.shadow.clone());
        let gate = Gate::new(Queue::Media, config.slots(), usize::from(config.analyses_queued));
        let text_gate = Gate::new(Queue::Text, config.slots(), TEXT_BACKLOG);
        let memory = UploadMemory::new(config.upload_memory());
        let pipeline = Self {
            config,
            examiner,
            store,
            gate,
            text_gate,
            memory,
            tasks: TaskTracker::new(),
            runtime,
            texts,
            shadows,
        };
        (pipeline, unrecorded, waiting)
    }

    /// Reserves memory for a body of `body_bytes` (its Content-Length, or 0 where it is unknown) before it is read.
    ///
    /// # Errors
    /// [`Exhausted`] when uploads under way have taken it all.
    pub fn reserve(&self, body_bytes: u64) -> Result<Reservation, Exhausted> {
        self.memory.reserve(body_bytes)
    }

    /// Begins an analysis; `reservation` is given back as soon as the upload is decoded.
    #[must_use]
    pub fn start(self: &Arc<Self>, request: AnalysisRequest, reservation: Option<Reservation>) -> Running {
        let caller = CancellationToken::new();
        let pipeline = Arc::clone(self);
        let left = caller.clone();
        let id = request.id;
        let work = async move {
            let outcome = pipeline.analyze(request, reservation, left).await;
            if matches!(outcome, Err(Error::CallerLeft)) {
                events::analysis_abandoned(id);
            }
            outcome
        };
        let span = tracing::Span::current();
        let task = self.tasks.spawn_on(work.instrument(span), &self.runtime);
        Running { task, _caller: caller.drop_guard() }
    }

    /// Begins `work` and sees it through to its end, whoever goes on waiting for it; [`Pipeline::drain`] waits for it too.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when it panicked.
    pub fn see_through<T, W>(&self, work: W) -> impl Future<Output = Result<T, Error>> + use<T, W>
    where
        T: Send + 'static,
        W: Future<Output = T> + Send + 'static,
    {
        let task = self.tasks.spawn_on(work.in_current_span(), &self.runtime);
        async move {
            task.await.map_err(|_panicked| {
                events::request_panicked();
                Error::Interrupted
            })
        }
    }

    /// How long one analysis may take.
    #[must_use]
    pub fn deadline(&self) -> Duration {
        Duration::from_secs(self.config.request_deadline_seconds.into())
    }

    /// The straight path.
    async fn analyze(
        &self,
        request: AnalysisRequest,
        reservation: Option<Reservation>,
        left: CancellationToken,
    ) -> Result<Finished, Error> {
        let began = Instant::now();
        self.refuse_what_cannot_be_answered(&request).await?;
        let (user, premium) = (request.user.clone(), request.premium);
        let (language, shows_label) = (request.language, request.include_label_image);
        let mut slot = self.enter(&request, began, &left).instrument(events::step(PathStep::Admission)).await?;
        let examined = self.examiner.examine(request, reservation, &mut slot, began, &left).await;
        let examined = self.keep_failed_attempts(examined, user.as_ref(), language).await?;
        self.record(examined, user, premium, shows_label).instrument(events::step(PathStep::Record)).await
    }

    /// Waits for a place to work. Typed text has places of its own: it takes a millisecond, and does not wait for clips.
    async fn enter(&self, request: &AnalysisRequest, began: Instant, left: &CancellationToken) -> Result<Slot, Error> {
        let gate = match request.content {
            Content::Media(_) => &self.gate,
            Content::Text { .. } => &self.text_gate,
        };
        let deadline = began + self.deadline();
        tokio::select! {
            slot = gate.enter(deadline) => Ok(slot?),
            () = left.cancelled() => Err(Error::CallerLeft),
        }
    }

    /// What is known to end without an answer is refused before any work.
    async fn refuse_what_cannot_be_answered(&self, request: &AnalysisRequest) -> Result<(), Error> {
        let Content::Media(upload) = &request.content else { return Ok(()) };
        if self.store.spool_full() {
            return Err(Error::SpoolFull);
        }
        if is_video(upload) {
            events::video_asked_for();
            if !self.config.enable_video_analysis {
                return Err(Error::VideoDisabled);
            }
        }
        let (Some(_), Some(user)) = (self.monthly_limit(), &request.user) else { return Ok(()) };
        match self.usage(user, request.premium).await {
            Ok(Usage { used, limit: Some(limit), .. }) if used >= u64::from(limit) => Err(Error::UsageLimit { limit }),
            Ok(_) => Ok(()),
            // While the database is down usage limits are not enforced.
            Err(_down) => Ok(()),
        }
    }

    /// A provider that failed is part of the comparison even where the user got no answer.
    async fn keep_failed_attempts(
        &self,
        examined: Result<Examined, examine::Failure>,
        user: Option<&UserId>,
        language: Language,
    ) -> Result<Examined, Error> {
        let failure = match examined {
            Ok(examined) => return Ok(examined),
            Err(failure) => failure,
        };
        if let Some(attempts) = failure.attempts {
            self.keep_attempts(&attempts, user).await;
            let seen = failure.pictures.map(|pictures| Seen { pictures, second: None });
            let about = (attempts.id, attempts.created_at_ms, language);
            self.shadow(about, || Side::of_attempts(&attempts), user, seen);
        }
        Err(failure.error)
    }

    async fn keep_attempts(&self, attempts: &Attempts, user: Option<&UserId>) {
        if let Err(error) = self.store.record_attempts(attempts, user).await {
            events::record_lost(attempts.id, &error);
        }
    }

    /// Pictures are recorded before the answer leaves, text after it.
    async fn record(
        &self,
        examined: Examined,
        user: Option<UserId>,
        premium: bool,
        shows_label: bool,
    ) -> Result<Finished, Error> {
        let Examined { analysis, pictures, second } = examined;
        events::analysis_finished(&analysis);
        let typed = analysis.media.is_none();
        let handed_over = typed && self.texts.try_send((analysis.clone(), user.clone())).is_ok();
        if !handed_over {
            self.keep(&analysis, user.as_ref()).await?;
        }
        let usage = self.usage_of(user.as_ref(), premium).await;
        let label_image = match &pictures {
            Some(pictures) if shows_label => label::picture(pictures.clone()).await,
            Some(_) | None => None,
        };
        let about = (analysis.id, analysis.created_at_ms, analysis.language);
        let seen = pictures.map(|pictures| Seen { pictures, second });
        self.shadow(about, || Side::of_analysis(&analysis), user.as_ref(), seen);
        Ok(Finished { analysis, label_image, usage })
    }

    async fn keep(&self, analysis: &Analysis, user: Option<&UserId>) -> Result<(), Error> {
        self.store
            .record(analysis, user)
            .await
            .map(|_| ())
            .inspect_err(|error| events::record_lost(analysis.id, error))?;
        Ok(())
    }

    async fn usage_of(&self, user: Option<&UserId>, premium: bool) -> Option<Usage> {
        self.usage(user?, premium).await.ok()
    }

    /// How much a user has used this month; `premium` if their token says that they are.
    ///
    /// # Errors
    /// The store's, when it is down.
    pub async fn usage(&self, user: &UserId, premium: bool) -> Result<Usage, store::Error> {
        let used = self.store.usage(user, self.examiner.clock().now_ms()).await?;
        let is_premium = premium || self.store.is_premium(user).await?;
        Ok(Usage { used, limit: self.monthly_limit().filter(|_| !is_premium), is_premium })
    }

    fn monthly_limit(&self) -> Option<u32> {
        self.config.free_analyses_per_month
    }

    /// What is known of one ingredient, without an analysis.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        self.examiner.engine()
    }

    /// The choice between arms, and the state of the rollout that it follows.
    #[must_use]
    pub fn choice(&self) -> &Arc<Choice> {
        self.examiner.choice()
    }

    /// Which arm a user gets, and why in words.
    ///
    /// # Errors
    /// None without a forced provider.
    pub fn explain(&self, user: &UserId) -> Result<(Assignment, String), Error> {
        self.examiner.explain(user)
    }

    /// Time and ids.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        self.examiner.clock()
    }

    /// Whether uploads can be prepared: false while no worker starts.
    #[must_use]
    pub fn media_ready(&self) -> bool {
        self.examiner.media_ready()
    }

    /// The providers whose model is gone or whose key is not taken.
    #[must_use]
    pub fn troubled_providers(&self) -> Vec<ProviderName> {
        self.examiner.troubled_providers()
    }

    /// What holds the processes that see uploads.
    #[must_use]
    pub fn confinement(&self) -> Confinement {
        self.examiner.confinement()
    }

    /// Waits until every analysis under way has ended, at most `until`; returns how many had not.
    pub async fn drain(&self, until: Instant) -> usize {
        self.tasks.close();
        let _timed_out = tokio::time::timeout_at(until, self.tasks.wait()).await;
        self.tasks.len()
    }
}

/// By its sender's word, else by its first bytes.
fn is_video(upload: &Upload) -> bool {
    let sniffed = || {
        let mut head = [0; media::SNIFF_BYTES];
        let length = upload.files.first()?.read_at(&mut head, 0).ok()?;
        media::sniff(&head[..length]).map(media::Container::kind)
    };
    upload.claimed.or_else(sniffed) == Some(MediaKind::Video)
}
