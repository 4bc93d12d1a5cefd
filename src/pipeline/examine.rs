//! Assignment, pictures, reading, verdict: the part of the path between admission and record.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::about::{About, Decided};
use super::gate::{Full, Slot};
use super::kept::{Found, Kept, KeptReadings, Key};
use super::readers::{Read, Readers};
use super::stopwatch::Stopwatch;
use super::{Choice, Clock, Config, Error, Reservation, SecondReader};
use crate::domain::{
    Analysis, AnalysisId, AnalysisRequest, Assignment, Confinement, Content, Escalation, Language, Legibility,
    Listener, MediaFacts, MediaKind, PathStep, Pictures, Progress, ProviderName, QualityIssue, Reading, Stage, Status,
    Timings, Upload, UserId, Verdict,
};
use crate::experiment::{self, Ask};
use crate::ingredients::{Engine, Evidence, Wishes};
use crate::media::Pool;
use crate::providers::Providers;
use crate::store::Attempts;
use crate::telemetry::events;

/// The name under which typed text is answered: no reader was asked.
const TEXT_MODEL: &str = "lexicon";

/// Examines uploads: assigns, prepares, reads, decides. Admits nothing and keeps nothing.
pub struct Examiner {
    pub(super) config: Config,
    pub(super) choice: Arc<Choice>,
    media: Pool,
    pub(super) readers: Readers,
    kept: KeptReadings,
    engine: Engine,
    clock: Clock,
}

/// An upload, examined.
#[derive(Debug)]
pub struct Examined {
    /// The result.
    pub analysis: Analysis,
    /// The pictures that were read; `None` where a reading was kept, and for typed text.
    pub pictures: Option<Pictures>,
    /// What the local reader was sure of, where it was asked too.
    pub second: Option<String>,
}

/// Why not, and the attempts that were made on the way.
#[derive(Debug)]
pub struct Failure {
    /// The step that failed.
    pub error: Error,
    /// What providers were asked before, for the comparison.
    pub attempts: Option<Attempts>,
    /// What they were shown.
    pub pictures: Option<Pictures>,
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { error: error.into(), attempts: None, pictures: None }
    }
}

impl Examiner {
    /// Puts the rooms of the path together.
    #[must_use]
    pub fn new(
        config: Config,
        choice: Arc<Choice>,
        media: Pool,
        providers: Providers,
        engine: Engine,
        clock: Clock,
    ) -> Self {
        let readers = Readers::new(&config, media.clone(), providers, clock.clone());
        let kept_for = Duration::from_secs(config.answer_cache_seconds.into());
        let kept = KeptReadings::new(kept_for, config.answer_cache_bytes, config.redis_url.as_ref());
        Self { config, choice, media, readers, kept, engine, clock }
    }

    /// Examines a photo, several, or a clip, within the request's deadline counted from now.
    ///
    /// `reservation` is given back once the upload is decoded, `slot` while an equal upload is waited for. `left` says that
    /// the caller left: it ends the work until a provider is asked, and not after.
    ///
    /// # Errors
    /// The step that failed, with the attempts that were made.
    pub async fn examine(
        &self,
        request: AnalysisRequest,
        reservation: Option<Reservation>,
        slot: &mut Slot,
        began: Instant,
        left: &CancellationToken,
    ) -> Result<Examined, Failure> {
        if matches!(request.content, Content::Text { .. }) {
            request.listener.tell(Progress::begins(Stage::Verdict));
            return self.examine_typed(request).await;
        }
        let forced = request.forced_provider.map(|provider| (provider, request.by_admin));
        let assigning = events::step(PathStep::Assign);
        let assignment = assigning.in_scope(|| self.assign(request.user.as_ref(), request.id, forced))?;
        self.examine_as(assignment, request, reservation, slot, began, left).await
    }

    /// As [`Examiner::examine`], by the arm that was drawn.
    ///
    /// # Errors
    /// As [`Examiner::examine`].
    pub async fn examine_as(
        &self,
        assignment: Assignment,
        request: AnalysisRequest,
        reservation: Option<Reservation>,
        slot: &mut Slot,
        began: Instant,
        left: &CancellationToken,
    ) -> Result<Examined, Failure> {
        let created_at_ms = self.clock.now_ms();
        let deadline = began + Duration::from_secs(self.config.request_deadline_seconds.into());
        let AnalysisRequest { id, content, language, watched, include_label_image, listener, .. } = request;
        let Content::Media(upload) = content else { return Err(Error::Interrupted.into()) };
        let tell = |stage| listener.tell(Progress::begins(stage));
        let mut watch = Stopwatch::start(began);
        let mut timings = Timings { intake_ms: watch.lap(), ..Timings::default() };
        let wishes = (language, watched.as_slice());
        // Who wants to see the label needs the pictures anew.
        let found = if include_label_image {
            Lookup::off()
        } else {
            tokio::select! {
                found = self.look_up(&upload, &assignment, language, (slot, deadline)) => found?,
                () = left.cancelled() => return Err(Error::CallerLeft.into()),
            }
        };
        let about = About { id, created_at_ms, language, assignment };
        if let Some(kept) = found.kept()
            && let Some(decided) = self.decide_kept(kept, wishes).instrument(events::step(PathStep::Verdict)).await?
        {
            let read = self.readers.kept(&about.assignment, kept);
            timings.verdict_ms = watch.lap();
            timings.total_ms = watch.total();
            let analysis = about.analysis(read, decided, kept.facts, timings);
            return Ok(Examined { analysis, pictures: None, second: None });
        }
        tell(Stage::Media);
        let pictures = tokio::select! {
            pictures = self.prepare(&upload, &about.assignment, &listener, began, deadline).instrument(events::step(PathStep::Media)) => pictures?,
            () = left.cancelled() => return Err(Error::CallerLeft.into()),
        };
        drop((upload, reservation));
        timings.media_ms = watch.lap();

        tell(Stage::Provider);
        let barred = self.choice.barred(&self.readers.assignable());
        let read = match found.kept() {
            // What was paid for stands; it only lacks the second reading.
            Some(kept) => Ok(self.readers.kept(&about.assignment, kept)),
            None => {
                let reading = self.readers.read(&about.assignment, &barred, &pictures, language, deadline);
                reading.instrument(events::step(PathStep::Read)).await
            }
        };
        let read = match read {
            Ok(read) => read,
            Err((error, calls)) => return Err(Failure { pictures: Some(pictures), ..about.failed(error, calls) }),
        };
        timings.provider_ms = watch.lap();

        tell(Stage::Verdict);
        let deciding = self.decide(&read, &pictures, wishes, deadline);
        let decided = deciding.instrument(events::step(PathStep::Verdict)).await;
        let decided = decided.map_err(|error| about.failed(error, read.calls.clone()))?;
        timings.verdict_ms = watch.lap();
        timings.total_ms = watch.total();

        let (images_sent, bytes_sent) = (read.sent.images, read.sent.bytes);
        let facts = MediaFacts { images_sent, bytes_sent, image_tokens: read.image_tokens, ..pictures.facts };
        self.keep(found, &about.assignment, &read, &decided, (facts, &pictures.issues));
        let second = decided.second.clone();
        let analysis = about.analysis(read, decided, facts, timings);
        Ok(Examined { analysis, pictures: Some(pictures), second })
    }

    /// Decides typed ingredients and text: no reader is asked, nothing is partial.
    async fn examine_typed(&self, request: AnalysisRequest) -> Result<Examined, Failure> {
        let AnalysisRequest { id, content, language, watched, .. } = request;
        let Content::Text { ingredients, text } = content else { return Err(Error::Interrupted.into()) };
        let mut watch = Stopwatch::start(Instant::now());
        let label_text = text.clone().unwrap_or_else(|| ingredients.join(", "));
        let engine = self.engine.clone();
        let deciding = tokio::task::spawn_blocking(move || {
            let evidence = Evidence::Typed { ingredients: &ingredients, text: text.as_deref() };
            engine.decide(&evidence, &Wishes { language, watched: &watched, filmed: false })
        });
        let verdict =
            deciding.instrument(events::step(PathStep::Verdict)).await.map_err(|_panicked| Error::Interrupted)?;
        let timings = Timings { verdict_ms: watch.lap(), total_ms: watch.total(), ..Timings::default() };
        let analysis = Analysis {
            id,
            created_at_ms: self.clock.now_ms(),
            language,
            assignment: experiment::typed(),
            serving: ProviderName::Local,
            model: TEXT_MODEL.to_owned(),
            degraded: false,
            label_text,
            image_quality_issues: Vec::new(),
            verdict,
            media: None,
            calls: Vec::new(),
            quality: None,
            timings,
        };
        Ok(Examined { analysis, pictures: None, second: None })
    }

    fn assign(
        &self,
        user: Option<&UserId>,
        id: AnalysisId,
        forced: Option<(ProviderName, bool)>,
    ) -> Result<Assignment, Error> {
        let ask = Ask { user: user.map(UserId::as_str), id: &id.to_string(), forced };
        let assignment = self.choice.assign(&self.readers.assignable(), &ask)?;
        events::arm_assigned(&assignment);
        Ok(assignment)
    }

    pub(super) fn explain(&self, user: &UserId) -> Result<(Assignment, String), Error> {
        let ask = Ask { user: Some(user.as_str()), id: "", forced: None };
        Ok(self.choice.explain(&self.readers.assignable(), &ask)?)
    }

    pub(super) fn choice(&self) -> &Arc<Choice> {
        &self.choice
    }

    async fn prepare(
        &self,
        upload: &Upload,
        assignment: &Assignment,
        listener: &Listener,
        began: Instant,
        deadline: Instant,
    ) -> Result<Pictures, Error> {
        let media_deadline = began + Duration::from_secs(self.config.media_deadline_seconds.into());
        let (strategy, deadline) = (self.readers.strategy(assignment), media_deadline.min(deadline));
        self.media.prepare(upload, strategy, listener, deadline).await.map_err(Error::Media)
    }

    /// Decides; a "vegan" that a remote model read must also stand against a local reading of the same pictures.
    async fn decide(
        &self,
        read: &Read,
        pictures: &Pictures,
        wishes: (Language, &[String]),
        deadline: Instant,
    ) -> Result<Decided, Error> {
        let mut reading = with_issues(&read.reading, &pictures.issues);
        let verdict = self.judge(&reading, read.confident_text.clone(), wishes, pictures.facts.kind).await?;
        let unchecked = verdict.status == Status::Vegan && read.serving != ProviderName::Local;
        if !unchecked || self.config.vegan_second_reading == SecondReader::Off {
            return Ok(Decided { reading, second: None, verdict });
        }
        events::escalated(Escalation::VeganCheck);
        let second = match self.media.read_text(pictures, deadline).await {
            Ok(local) => Some(local.confident_text),
            Err(error) => {
                events::second_reading_failed(&error);
                reading.legibility = Legibility::Partial;
                None
            }
        };
        let verdict = self.judge(&reading, second.clone(), wishes, pictures.facts.kind).await?;
        if second.is_some() && verdict.status != Status::Vegan {
            events::escalated(Escalation::VeganOverruled);
        }
        Ok(Decided { reading, second, verdict })
    }

    /// Decides on a kept reading. `None` where that takes a look at the pictures: they are to be prepared anew.
    async fn decide_kept(&self, kept: &Kept, wishes: (Language, &[String])) -> Result<Option<Decided>, Error> {
        let reading = with_issues(&kept.reading, &kept.issues);
        let verdict = self.judge(&reading, kept.second.clone(), wishes, kept.facts.kind).await?;
        let checked = kept.second.is_some() || self.config.vegan_second_reading == SecondReader::Off;
        let sure = verdict.status != Status::Vegan || checked;
        Ok(sure.then(|| Decided { reading, second: kept.second.clone(), verdict }))
    }

    /// A reading of the same upload by the same arm, or leave to be the one that makes it.
    async fn look_up(
        &self,
        upload: &Upload,
        assignment: &Assignment,
        language: Language,
        (slot, deadline): (&mut Slot, Instant),
    ) -> Result<Lookup, Full> {
        let Some(arm) = self.readers.describe(assignment).filter(|_| self.kept.is_on()) else {
            return Ok(Lookup::off());
        };
        let upload = upload.clone();
        let hashing = tokio::task::spawn_blocking(move || Key::of(&upload, &arm, language));
        let Ok(Ok(key)) = hashing.await else { return Ok(Lookup::off()) };
        // Half of the time that is left: enough to do the work oneself if the other fails.
        let until = Instant::now() + deadline.saturating_duration_since(Instant::now()) / 2;
        let found = self.kept.find(key, until, (slot, deadline)).await?;
        Ok(Lookup { key: Some(key), found })
    }

    /// Keeps what the assigned arm itself read.
    fn keep(
        &self,
        lookup: Lookup,
        assignment: &Assignment,
        read: &Read,
        decided: &Decided,
        (facts, issues): (MediaFacts, &[QualityIssue]),
    ) {
        let Some(key) = lookup.key.filter(|_| read.serving == assignment.arm) else { return };
        let (reading, model, second) = (read.reading.clone(), read.model.clone(), decided.second.clone());
        let (flight, earlier) = match lookup.found {
            Found::Fresh(flight) => (flight, None),
            Found::Kept(earlier) => (None, Some(earlier)),
        };
        self.kept.keep(key, Kept { reading, second, model, facts, issues: issues.to_vec() }, earlier.as_ref());
        // Whoever waits for it finds it now.
        drop(flight);
    }

    /// Asks the engine, off the reactor: a hostile label takes its time.
    pub(super) async fn judge(
        &self,
        reading: &Reading,
        second: Option<String>,
        (language, watched): (Language, &[String]),
        kind: MediaKind,
    ) -> Result<Verdict, Error> {
        let (engine, reading, watched) = (self.engine.clone(), reading.clone(), watched.to_vec());
        let deciding = tokio::task::spawn_blocking(move || {
            let evidence = Evidence::Picture { reading: &reading, second: second.as_deref() };
            engine.decide(&evidence, &Wishes { language, watched: &watched, filmed: kind == MediaKind::Video })
        });
        deciding.await.map_err(|_panicked| Error::Interrupted)
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn troubled_providers(&self) -> Vec<ProviderName> {
        self.readers.troubled_providers()
    }

    pub(super) fn media_ready(&self) -> bool {
        self.media.can_start()
    }

    pub(super) fn confinement(&self) -> Confinement {
        self.media.confinement()
    }
}

/// What there was for an upload, and the place to keep what will be.
struct Lookup {
    key: Option<Key>,
    found: Found,
}

impl Lookup {
    fn off() -> Self {
        Self { key: None, found: Found::Fresh(None) }
    }

    fn kept(&self) -> Option<&Kept> {
        match &self.found {
            Found::Kept(held) => Some(&held.kept),
            Found::Fresh(_) => None,
        }
    }
}

/// A reading with the issues that were seen before it was read.
pub(super) fn with_issues(reading: &Reading, issues: &[QualityIssue]) -> Reading {
    let mut reading = reading.clone();
    reading.issues.extend(issues);
    reading.issues.sort_unstable();
    reading.issues.dedup();
    reading
}
