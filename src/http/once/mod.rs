//! Runs an analysis and writes its answer; for a request with a key of its own, once.
//!
//! The same key and body get the same answer: the stored one, or word that another request is at it. A key counts for
//! its caller and route, and for a day. Work with a key goes on when its caller leaves: the answer waits for the retry.
//! A failure frees the key, so that a retry tries again.

mod awaited;
mod digest;
mod keys;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse};
use tokio::sync::watch;

use super::Service;
use super::error::{Code, Problem};
use super::intake::Taken;
use crate::domain::{AnalysisId, AnalysisRequest, Listener, PathStep, Progress, Stage, UserId};
use crate::pipeline::{Finished, Reservation};
use crate::store::{Claim, Claimed};
use crate::telemetry::events;

pub use awaited::standing;
pub use keys::Keys;

/// How long a key and its answer are kept.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// How much longer than its deadline work may take before it counts as dead.
const LEASE_BEYOND_DEADLINE: Duration = Duration::from_secs(10);
/// When to ask again about work that is in flight: about the time an analysis takes.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// A body, written.
pub type Written = serde_json::Result<Vec<u8>>;

/// Writes a body.
pub type Write = fn(&Finished) -> Written;

/// An analysis that may begin.
pub struct Job {
    service: Arc<Service>,
    wanted: AnalysisRequest,
    reservation: Reservation,
    /// Its key, with all that it counts for.
    scope: Option<String>,
    write: Write,
}

impl Job {
    /// Makes a job of what was taken in, to be answered as `write` writes it. A key counts on this `route` alone.
    ///
    /// # Errors
    /// `RATE_LIMITED`.
    pub fn new(
        service: &Arc<Service>,
        request: &HttpRequest,
        route: &'static str,
        taken: Taken,
        write: Write,
    ) -> Result<Self, Problem> {
        let Taken { request: wanted, reservation, key } = taken;
        service.limits.user(wanted.user.as_ref())?;
        let scope = key.map(|key| scope(wanted.user.as_ref(), service.limits.client(request), route, &key));
        Ok(Self { service: Arc::clone(service), wanted, reservation, scope, write })
    }

    /// Has `listener` told how far it has come.
    pub fn listen(&mut self, listener: Listener) {
        self.wanted.listener = listener;
    }

    /// Does the work and answers.
    ///
    /// # Errors
    /// As [`Job::done`].
    pub async fn answer(self) -> Result<HttpResponse, Problem> {
        Ok(HttpResponse::Ok().content_type("application/json").body(self.done().await?))
    }

    /// Does the work; the body of its answer. Dropping this says that the caller left.
    ///
    /// # Errors
    /// Those of the pipeline; of a key `DUPLICATE_REQUEST`, `IDEMPOTENCY_CONFLICT`, `INTERRUPTED`.
    pub async fn done(self) -> Result<Vec<u8>, Problem> {
        let Self { service, wanted, reservation, scope, write } = self;
        let clip = service.clips.begin(&wanted);
        let body = match scope {
            None => {
                let finished = service.pipeline.start(wanted, Some(reservation)).finish().await?;
                events::step(PathStep::Answer)
                    .in_scope(|| write(&finished))
                    .map_err(|_| Problem::new(Code::Internal))?
            }
            Some(scope) => {
                let work = once(Arc::clone(&service), scope, wanted, reservation, write);
                service.pipeline.see_through(work).await??
            }
        };
        if let Some(clip) = clip {
            clip.answered();
        }
        Ok(body)
    }

    /// Begins the work for a caller who fetches its result later; a key may have its answer already. Work without a key
    /// gets one of its own, because it is the keys' record that says how it stands.
    ///
    /// # Errors
    /// Of a key, as [`Job::done`].
    pub async fn begin(mut self) -> Result<Begun, Problem> {
        let id = self.wanted.id;
        let scope = self.scope.take().unwrap_or_else(|| format!("analysis {id}"));
        let claim = claim(&self.service, scope, &self.wanted).await?;
        if let Some(answer) = take(&self.service, &claim, self.write).await? {
            return Ok(Begun::Answered(answer));
        }
        let (tell, heard) = watch::channel(Progress::begins(Stage::Intake));
        self.listen(Listener::new(move |progress| {
            let _before = tell.send_replace(progress);
        }));
        let Self { service, wanted, reservation, write, .. } = self;
        let pipeline = Arc::clone(&service.pipeline);
        let working = async move {
            let clip = service.clips.begin(&wanted);
            let work = work(&service, &claim, wanted, reservation, write);
            let done = awaited::noting(&service.store, &claim, heard, work).await;
            if let (Ok(_), Some(clip)) = (done, clip) {
                clip.answered();
            }
        };
        // Nobody waits for it here.
        drop(pipeline.see_through(working));
        Ok(Begun::Running(id))
    }
}

/// What came of beginning.
pub enum Begun {
    /// The analysis is worked on.
    Running(AnalysisId),
    /// This is the answer already.
    Answered(Vec<u8>),
}

/// All that a key counts for. Who gives no name is known by their address.
fn scope(user: Option<&UserId>, address: IpAddr, route: &str, key: &str) -> String {
    let caller = user.map_or_else(|| format!("address {address}"), |user| format!("user {}", user.as_str()));
    // Neither callers nor keys hold control characters.
    [&caller, route, key].join("\n")
}

async fn once(
    service: Arc<Service>,
    scope: String,
    wanted: AnalysisRequest,
    reservation: Reservation,
    write: Write,
) -> Result<Vec<u8>, Problem> {
    let claim = claim(&service, scope, &wanted).await?;
    match take(&service, &claim, write).await? {
        Some(answer) => Ok(answer),
        None => work(&service, &claim, wanted, reservation, write).await,
    }
}

/// Takes the key: the answer that there is already, or nothing, and then the work is to be done.
async fn take(service: &Service, claim: &Claim, write: Write) -> Result<Option<Vec<u8>>, Problem> {
    match service.keys.claim(&service.store, claim, service.pipeline.clock().now_ms()).await? {
        Claimed::Fresh => Ok(None),
        Claimed::Answered(answer) => Ok(Some(answer.into_bytes())),
        Claimed::InFlight => Err(Problem { retry_after: Some(ASK_AGAIN), ..Problem::new(Code::DuplicateRequest) }),
        Claimed::Interrupted(dead) => recovered(service, claim, dead, write).await.map(Some),
        Claimed::Conflict => Err(Problem::new(Code::IdempotencyConflict)),
    }
}

async fn work(
    service: &Service,
    claim: &Claim,
    wanted: AnalysisRequest,
    reservation: Reservation,
    write: Write,
) -> Result<Vec<u8>, Problem> {
    let outcome = service.pipeline.start(wanted, Some(reservation)).finish().await;
    let outcome = outcome.map_err(Problem::from).and_then(|finished| both(finished, write));
    match outcome {
        Ok((answer, kept)) => {
            service.keys.answer(&service.store, claim, kept).await;
            Ok(answer)
        }
        Err(problem) => {
            service.keys.fail(&service.store, claim, &awaited::kept(&problem)).await;
            Err(problem)
        }
    }
}

/// The answer of an analysis that was recorded before whoever was at it died.
async fn recovered(service: &Service, claim: &Claim, dead: AnalysisId, write: Write) -> Result<Vec<u8>, Problem> {
    let analysis = service.store.analysis(dead).await?.ok_or_else(|| Problem::new(Code::Interrupted))?;
    let usage = match &claim.user {
        Some(user) => service.pipeline.usage(user, false).await.ok(),
        None => None,
    };
    let (answer, kept) = both(Finished { analysis, label_image: None, usage }, write)?;
    // The key is free again. Where another request took it meanwhile, that one answers the next.
    if service.keys.claim(&service.store, claim, service.pipeline.clock().now_ms()).await? == Claimed::Fresh {
        service.keys.answer(&service.store, claim, kept).await;
    }
    Ok(answer)
}

async fn claim(service: &Service, scope: String, wanted: &AnalysisRequest) -> Result<Claim, Problem> {
    let (analysis, user, asked) = (wanted.id, wanted.user.clone(), wanted.clone());
    let hashing = tokio::task::spawn_blocking(move || digest::of(&asked)).await;
    let Ok(Ok(body)) = hashing else { return Err(Problem::new(Code::Internal)) };
    let now_ms = service.pipeline.clock().now_ms();
    let lease_until_ms = later(now_ms, service.pipeline.deadline() + LEASE_BEYOND_DEADLINE);
    Ok(Claim { scope, body, analysis, user, lease_until_ms, expires_at_ms: later(now_ms, KEPT) })
}

/// The answer, and what is kept of it: pictures never are.
fn both(mut finished: Finished, write: Write) -> Result<(Vec<u8>, String), Problem> {
    let internal = || Problem::new(Code::Internal);
    let answer = events::step(PathStep::Answer).in_scope(|| write(&finished)).map_err(|_| internal())?;
    let kept = if finished.label_image.take().is_some() { write(&finished) } else { Ok(answer.clone()) };
    let kept = String::from_utf8(kept.map_err(|_| internal())?).map_err(|_| internal())?;
    Ok((answer, kept))
}

fn later(now_ms: i64, by: Duration) -> i64 {
    now_ms.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX))
}
