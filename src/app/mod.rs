//! Builds every room in dependency order and stops them in order. Holds no logic of its own.

mod config;
mod error;

pub use crate::providers::Target;
pub use config::Settings;
pub use error::Error;

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::experiment::Callable;
use crate::http::{self, Door, Mode, Service};
use crate::ingredients::Engine;
use crate::jobs::{Allowance, Filled, Jobs};
use crate::media::Pool;
use crate::pipeline::{self, Choice, Clock, Examiner, Pipeline, Purse};
use crate::providers::{Providers, Special};
use crate::store::Store;
use crate::telemetry::events;
use crate::tokens::{self, Tokens};

/// How long `/ready` says that the service is draining before it stops accepting, so that who asks can hear it.
const NOTICE: Duration = Duration::from_secs(1);

/// The running service.
pub struct App {
    address: SocketAddr,
    metrics: Server,
    server: Server,
    service: Arc<Service>,
    pipeline: Arc<Pipeline>,
    store: Arc<Store>,
    media: Pool,
    jobs: Jobs,
    grace: Duration,
}

impl App {
    /// Builds the service and binds its socket; it serves once [`App::run_until`] is awaited.
    ///
    /// `worker` is the program that media workers are started from: this one.
    ///
    /// # Errors
    /// The first room that cannot be built.
    pub async fn build(settings: Settings, worker: PathBuf) -> Result<Self, Error> {
        settings.warnings().iter().for_each(|warning| events::start_warning(warning));
        let grace = Duration::from_secs(settings.http.shutdown_grace_seconds.into());
        let store = Arc::new(Store::open(&settings.store, rand::random()).await?);
        let purse = purse(&settings);
        let providers = providers(&settings, purse.clone())?;
        let choice = Arc::new(Choice::new(settings.experiment.clone(), settings.app_env));
        let (examiner, media) = examiner(&settings, choice, providers.clone(), worker).await?;
        let money = allowance(&settings).map(|allowance| (purse, allowance));
        let (pipeline, unrecorded, waiting) =
            Pipeline::new(settings.pipeline, examiner, Arc::clone(&store), Handle::current());
        let pipeline = Arc::new(pipeline);
        let now_ms = pipeline.clock().now_ms();
        tokio::spawn(async move { providers.look_up_models(now_ms).await });
        let jobs = Jobs::start(&store, &pipeline, settings.store, (unrecorded, waiting), money).await;
        let listen = |port| TcpListener::bind((settings.http.host, port)).map_err(|error| Error::Bind(port, error));
        let (listener, metrics) = (listen(settings.http.port)?, listen(settings.http.metrics_port)?);
        let address = listener.local_addr().map_err(Error::Serve)?;
        let metrics_address = metrics.local_addr().map_err(Error::Serve)?;
        let door = door(settings.http.auth, &settings.tokens)?;
        let (shared, stored) = (Arc::clone(&pipeline), Arc::clone(&store));
        let service = Arc::new(Service::new(settings.http, settings.app_env, shared, stored, door));
        let server = http::serve(&service, listener).map_err(Error::Serve)?;
        let metrics = http::serve_metrics(metrics).map_err(Error::Serve)?;
        events::listening(&address.to_string(), &metrics_address.to_string(), settings.app_env.as_str());
        Ok(Self { address, server, metrics, service, pipeline, store, media, jobs, grace })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` resolves (to the reason), then stops accepting, finishes what was admitted within the grace
    /// time, and stops every room.
    ///
    /// # Errors
    /// When the server itself fails.
    pub async fn run_until(self, stop: impl Future<Output = &'static str>) -> Result<(), Error> {
        let Self { server, metrics, service, pipeline, store, media, jobs, grace, .. } = self;
        let handle = server.handle();
        let serving = tokio::spawn(server);
        let metrics_handle = metrics.handle();
        let serving_metrics = tokio::spawn(metrics);
        events::draining(stop.await);
        service.drain();
        tokio::time::sleep(NOTICE).await;
        let until = Instant::now() + grace;
        handle.stop(true).await;
        let unfinished = pipeline.drain(until).await;
        media.stop().await;
        jobs.stop().await;
        store.close().await;
        metrics_handle.stop(false).await;
        let _nothing_to_finish = serving_metrics.await;
        let served = serving.await;
        events::stopped(unfinished);
        served.map_err(|_| Error::ServerDied)?.map_err(Error::Serve)
    }
}

/// The part of the path that needs neither socket nor store, and the pool to stop when done with it.
///
/// # Errors
/// When no media worker can be started.
pub async fn examiner(
    settings: &Settings,
    choice: Arc<Choice>,
    providers: Providers,
    worker: PathBuf,
) -> Result<(Examiner, Pool), Error> {
    let media = Pool::start(&settings.media, &settings.ocr, worker).await?;
    let examiner = Examiner::new(
        settings.pipeline.clone(),
        choice,
        media.clone(),
        providers,
        Engine::open(&settings.ingredients)?,
        Clock::System,
    );
    Ok((examiner, media))
}

/// How callers are told from each other. Without anything to check tokens with, `AUTH=jwt` was refused before.
fn door(mode: Mode, config: &tokens::Config) -> Result<Door, Error> {
    Ok(match mode {
        Mode::Off => Door::Open,
        Mode::Keys => Door::Keys(http::Ring::default()),
        Mode::Jwt => {
            Tokens::new(config)?.map_or(Door::Keys(http::Ring::default()), |tokens| Door::Tokens(Box::new(tokens)))
        }
    })
}

/// What may be spent, where that is limited. A slice is leased for twice as long as an analysis may take.
fn allowance(settings: &Settings) -> Option<Allowance> {
    let config = &settings.providers;
    let deadline = Duration::from_secs(settings.pipeline.request_deadline_seconds.into());
    let allowance =
        Allowance { per_day: config.budget_usd_per_day, per_hour: config.budget_usd_per_hour, lease: 2 * deadline };
    config.has_budget().then_some(allowance)
}

/// What providers are paid from: without a bottom where nothing is limited, else empty until somebody fills it.
#[must_use]
pub fn purse(settings: &Settings) -> Purse {
    if settings.providers.has_budget() { Purse::empty() } else { Purse::unlimited() }
}

/// Fills `purse` for the command line, from the same budget that the service has; nobody where nothing is limited.
///
/// # Errors
/// When the store, which counts what is spent, cannot be opened.
pub async fn fill(settings: &Settings, purse: Purse) -> Result<Option<Filled>, Error> {
    let Some(allowance) = allowance(settings).filter(|_| !settings.reads_locally_alone()) else { return Ok(None) };
    let store = Store::open(&settings.store, rand::random()).await?;
    Ok(Some(Filled::begin(store, purse, allowance)))
}

/// The remote readers, paid from `purse`, and those that arms have for themselves; none where pictures are read locally alone.
///
/// # Errors
/// When they cannot be set up.
pub fn providers(settings: &Settings, purse: Purse) -> Result<Providers, Error> {
    if settings.reads_locally_alone() {
        return Ok(Providers::none());
    }
    let mut providers = Providers::new(&settings.providers, purse)?;
    for arm in settings.experiment.experiment().arms.iter().filter(|arm| arm.is_special()) {
        let wants = Special { provider: arm.provider, model: arm.model.clone(), prompt: arm.prompt.clone() };
        providers.add_arm(&arm.name, wants, &settings.providers)?;
    }
    Ok(providers)
}

/// The model that pictures are made for: `model`, or the one that these settings would ask.
///
/// # Errors
/// When the table of models is faulty or does not have it.
pub fn target(settings: &Settings, model: Option<&str>) -> Result<Target, Error> {
    Ok(Target::find(&settings.providers, settings.experiment.ai_provider, model)?)
}

/// The readers that these settings make callable.
///
/// # Errors
/// When they cannot be set up.
pub fn callable(settings: &Settings) -> Result<Vec<Callable>, Error> {
    Ok(pipeline::callable(&providers(settings, Purse::unlimited())?))
}
