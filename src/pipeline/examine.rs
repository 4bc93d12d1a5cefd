//! Assignment, pictures, reading, verdict: the part of the path between admission and record.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::readers::{Read, Readers};
use super::{Clock, Config, Error, Reservation, SecondReader};
use crate::domain::{
    Analysis, AnalysisId, AnalysisRequest, Assignment, Content, Language, Legibility, MediaFacts, Pictures,
    ProviderName, Reading, Status, Strategy, Timings, Upload, Verdict,
};
use crate::experiment;
use crate::ingredients::{Engine, Evidence, Wishes};
use crate::media::Pool;
use crate::providers::Providers;
use crate::store::Attempts;
use crate::telemetry::events;

/// The name under which typed text is answered: no reader was asked.
const TEXT_MODEL: &str = "lexicon";

/// Examines uploads: assigns, prepares, reads, decides. Admits nothing and keeps nothing.
pub struct Examiner {
    config: Config,
    experiment: experiment::Config,
    media: Pool,
    readers: Readers,
    engine: Engine,
    clock: Clock,
}

/// An upload, examined.
#[derive(Debug)]
pub struct Examined {
    /// The result.
    pub analysis: Analysis,
    /// The pictures that were read, if they were asked for.
    pub pictures: Option<Pictures>,
}

/// Why not, and the attempts that were made on the way.
#[derive(Debug)]
pub struct Failure {
    /// The step that failed.
    pub error: Error,
    /// What providers were asked before, for the comparison.
    pub attempts: Option<Attempts>,
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { error: error.into(), attempts: None }
    }
}

impl Examiner {
    /// Puts the rooms of the path together.
    #[must_use]
    pub fn new(
        config: Config,
        experiment: experiment::Config,
        media: Pool,
        providers: Providers,
        engine: Engine,
        clock: Clock,
    ) -> Self {
        let readers = Readers::new(&config, media.clone(), providers, clock.clone());
        Self { config, experiment, media, readers, engine, clock }
    }

    /// Examines a photo, several, or a clip, within the request's deadline counted from now.
    ///
    /// `reservation` is given back once the upload is decoded. `left` says that the caller left: it ends the work until
    /// a provider is asked, and not after.
    ///
    /// # Errors
    /// The step that failed, with the attempts that were made.
    pub async fn examine(
        &self,
        request: AnalysisRequest,
        reservation: Option<Reservation>,
        began: Instant,
        left: &CancellationToken,
    ) -> Result<Examined, Failure> {
        let created_at_ms = self.clock.now_ms();
        let deadline = began + Duration::from_secs(self.config.request_deadline_seconds.into());
        let AnalysisRequest { id, content, language, watched, forced_provider, include_label_image, .. } = request;
        let Content::Media(upload) = content else { return self.examine_typed(id, content, language, watched).await };
        let mut watch = Stopwatch::start(began);
        let mut timings = Timings { intake_ms: watch.lap(), ..Timings::default() };

        let assignment = self.assign(forced_provider)?;
        let pictures = tokio::select! {
            pictures = self.prepare(&upload, began, deadline) => pictures?,
            () = left.cancelled() => return Err(Error::CallerLeft.into()),
        };
        drop((upload, reservation));
        timings.media_ms = watch.lap();

        let failed = |error, calls| {
            let attempts = Attempts { id, created_at_ms, assignment: assignment.clone(), calls };
            Failure { error, attempts: Some(attempts) }
        };
        let read = self.readers.read(&assignment, &pictures, language, deadline).await;
        let read = read.map_err(|(error, calls)| failed(error, calls))?;
        timings.provider_ms = watch.lap();

        let decided = self.decide(&read, &pictures, (language, &watched), deadline).await;
        let (reading, verdict) = decided.map_err(|error| failed(error, read.calls.clone()))?;
        timings.verdict_ms = watch.lap();
        timings.total_ms = watch.total();

        let analysis = Analysis {
            id,
            created_at_ms,
            language,
            serving: read.serving,
            model: read.model,
            degraded: read.serving != assignment.arm,
            assignment,
            label_text: reading.label_text,
            image_quality_issues: reading.issues,
            verdict,
            media: Some(MediaFacts { bytes_sent: read.bytes_sent, image_tokens: read.image_tokens, ..pictures.facts }),
            calls: read.calls,
            timings,
        };
        Ok(Examined { analysis, pictures: include_label_image.then_some(pictures) })
    }

    /// Decides typed ingredients and text: no reader is asked, nothing is partial.
    async fn examine_typed(
        &self,
        id: AnalysisId,
        content: Content,
        language: Language,
        watched: Vec<String>,
    ) -> Result<Examined, Failure> {
        let Content::Text { ingredients, text } = content else { return Err(Error::Interrupted.into()) };
        let mut watch = Stopwatch::start(Instant::now());
        let label_text = text.clone().unwrap_or_else(|| ingredients.join(", "));
        let engine = self.engine.clone();
        let deciding = tokio::task::spawn_blocking(move || {
            let evidence = Evidence::Typed { ingredients: &ingredients, text: text.as_deref() };
            engine.decide(&evidence, &Wishes { language, watched: &watched })
        });
        let verdict = deciding.await.map_err(|_panicked| Error::Interrupted)?;
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
            timings,
        };
        Ok(Examined { analysis, pictures: None })
    }

    fn assign(&self, forced: Option<ProviderName>) -> Result<Assignment, Error> {
        let assignment = experiment::assign(&self.experiment, forced, &self.readers.assignable())?;
        events::arm_assigned(&assignment);
        Ok(assignment)
    }

    async fn prepare(&self, upload: &Upload, began: Instant, deadline: Instant) -> Result<Pictures, Error> {
        let media_deadline = began + Duration::from_secs(self.config.media_deadline_seconds.into());
        self.media.prepare(upload, Strategy::Flat, media_deadline.min(deadline)).await.map_err(Error::Media)
    }

    /// Decides; a "vegan" that a remote model read must also stand against a local reading of the same pictures.
    async fn decide(
        &self,
        read: &Read,
        pictures: &Pictures,
        wishes: (Language, &[String]),
        deadline: Instant,
    ) -> Result<(Reading, Verdict), Error> {
        let mut reading = read.reading.clone();
        reading.issues.extend(&pictures.issues);
        reading.issues.sort_unstable();
        reading.issues.dedup();
        let verdict = self.judge(&reading, read.confident_text.clone(), wishes).await?;
        let unchecked = verdict.status == Status::Vegan && read.serving != ProviderName::Local;
        if !unchecked || self.config.vegan_second_reading == SecondReader::Off {
            return Ok((reading, verdict));
        }
        let second = match self.media.read_text(pictures, deadline).await {
            Ok(local) => Some(local.confident_text),
            Err(error) => {
                events::second_reading_failed(&error);
                reading.legibility = Legibility::Partial;
                None
            }
        };
        let verdict = self.judge(&reading, second, wishes).await?;
        Ok((reading, verdict))
    }

    /// Asks the engine, off the reactor: a hostile label takes its time.
    async fn judge(
        &self,
        reading: &Reading,
        second: Option<String>,
        (language, watched): (Language, &[String]),
    ) -> Result<Verdict, Error> {
        let (engine, reading, watched) = (self.engine.clone(), reading.clone(), watched.to_vec());
        let deciding = tokio::task::spawn_blocking(move || {
            let evidence = Evidence::Picture { reading: &reading, second: second.as_deref() };
            engine.decide(&evidence, &Wishes { language, watched: &watched })
        });
        deciding.await.map_err(|_panicked| Error::Interrupted)
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn media_ready(&self) -> bool {
        self.media.can_start()
    }
}

/// Laps in whole milliseconds.
struct Stopwatch {
    began: Instant,
    last: Instant,
}

impl Stopwatch {
    fn start(began: Instant) -> Self {
        Self { began, last: began }
    }

    fn lap(&mut self) -> u32 {
        let now = Instant::now();
        let took = now - self.last;
        self.last = now;
        millis(took)
    }

    fn total(&self) -> u32 {
        millis(self.began.elapsed())
    }
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
