//! Errors to Sentry, where `SENTRY_DSN` names one: log events of level error, panics among them, and nothing else. What
//! is sent is a log line's words and fields, which hold no body, no header and no user; there is no integration that
//! could add any. Nobody waits: what Sentry does not take in time is dropped and counted.

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use sentry::protocol::{Event, Value};
use sentry::transports::{RateLimiter, TokioTransportThread, TokioTransportThreadOptions};
use sentry::types::Dsn;
use sentry::{Client, ClientOptions, Envelope, Transport, TransportFactory, TransportOptions};
use tokio::time::Instant;
use tracing::field::{Field, Visit};
use tracing::{Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::Secret;
use super::events::Ids;
use super::lost::{self, Reason, Signal, Trouble};
use crate::domain::Environment;

/// Reports that may wait.
const QUEUE: usize = 30;
/// Time for Sentry's answer.
const LIMIT: Duration = Duration::from_secs(5);

/// How long nothing is sent after a 429 that does not say, and at most.
const PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// Turns error events into reports.
pub(super) struct Reports {
    client: Arc<Client>,
}

impl Reports {
    /// Reports to the project that `dsn` names.
    pub fn new(dsn: &Secret, environment: Environment, faults: &mut Vec<String>) -> Option<Self> {
        let http = reqwest::Client::builder().timeout(LIMIT).redirect(reqwest::redirect::Policy::none()).build();
        let http = http.map_err(|error| faults.push(format!("SENTRY_DSN cannot be used: {error}"))).ok()?;
        let options = ClientOptions::new()
            .dsn(dsn.expose())
            .release(concat!("koalens-backend@", env!("CARGO_PKG_VERSION")))
            .environment(environment.as_str())
            .default_integrations(false)
            .send_default_pii(false)
            .max_breadcrumbs(0)
            .transport(Posts(http));
        Some(Self { client: Arc::new(Client::with_options(options)) })
    }

    /// What is needed to send what waits: see [`Client::flush`].
    pub fn client(&self) -> Arc<Client> {
        Arc::clone(&self.client)
    }
}

/// Whether `text` is what Sentry calls a DSN.
pub(super) fn is_dsn(text: &str) -> bool {
    text.parse::<Dsn>().is_ok()
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Reports {
    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        if *event.metadata().level() != Level::ERROR {
            return;
        }
        let mut report = Event {
            level: sentry::Level::Error,
            logger: Some(event.metadata().target().to_owned()),
            // One issue for each place in the program: messages hold ids.
            fingerprint: Cow::Owned(vec![Cow::Owned(event.metadata().name().to_owned())]),
            ..Event::default()
        };
        event.record(&mut Fields(&mut report));
        let scope = context.event_scope(event).into_iter().flatten();
        for span in scope {
            if let Some(ids) = span.extensions().get::<Ids>() {
                report.tags.insert("request_id".to_owned(), ids.request.clone());
                report.tags.extend(ids.trace.clone().map(|trace| ("trace_id".to_owned(), trace)));
            }
        }
        self.client.capture_event(report, None);
    }
}

/// Takes an event's fields into a report.
struct Fields<'a>(&'a mut Event<'static>);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(message)) => self.0.message = Some(message),
            (name, value) => drop(self.0.extra.insert(name.to_owned(), value)),
        }
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}

/// Makes the transport: Sentry's own, but for a time limit and a count of what is lost.
struct Posts(reqwest::Client);

struct Post {
    thread: TokioTransportThread,
    waiting: Arc<AtomicUsize>,
}

impl TransportFactory for Posts {
    fn create_transport_with_options(&self, options: TransportOptions) -> Arc<dyn Transport> {
        let TransportOptions { dsn, user_agent, client_report_recorder, .. } = options;
        let (http, url) = (self.0.clone(), dsn.envelope_api_url().to_string());
        let auth = dsn.to_auth(Some(&user_agent)).to_string();
        let (trouble, waiting) = (Arc::new(Trouble::new(Signal::Reports)), Arc::new(AtomicUsize::new(0)));
        let waits = Arc::clone(&waiting);
        let quiet = Arc::new(Mutex::new(Instant::now()));
        // The library's own limiter drops what it holds back without a word; so it is never told of limits.
        let send = move |envelope: Envelope, limiter: RateLimiter| {
            let mut body = Vec::new();
            let written = envelope.to_writer(&mut body).map_err(|error| error.to_string());
            let request = http.post(&url).header("X-Sentry-Auth", &auth).body(body);
            let (trouble, waits, quiet) = (Arc::clone(&trouble), Arc::clone(&waits), Arc::clone(&quiet));
            async move {
                waits.fetch_sub(1, Ordering::AcqRel);
                let sent = match written {
                    Ok(()) => send(request, &quiet).await,
                    Err(error) => Err(error),
                };
                trouble.tell(&sent, 1);
                limiter
            }
        };
        let thread = TokioTransportThreadOptions::new(send)
            .with_client_report_recorder(client_report_recorder)
            .with_channel_capacity(QUEUE)
            .spawn_thread();
        Arc::new(Post { thread, waiting })
    }
}

async fn send(request: RequestBuilder, quiet: &Mutex<Instant>) -> Result<(), String> {
    let quiet = || quiet.lock().unwrap_or_else(PoisonError::into_inner);
    if Instant::now() < *quiet() {
        return Err("it wants to hear nothing for a while".to_owned());
    }
    let answer = request.send().await.map_err(|error| super::events::chain(&error.without_url()))?;
    let status = answer.status();
    if status.as_u16() == 429 {
        *quiet() = Instant::now() + pause(answer.headers());
    }
    if status.is_success() { Ok(()) } else { Err(format!("answered {status}")) }
}

/// How long Sentry wants to hear nothing: `60:error:organization, …` or a number of seconds.
fn pause(headers: &HeaderMap) -> Duration {
    let limits = headers.get("x-sentry-rate-limits").or_else(|| headers.get(RETRY_AFTER));
    let first = limits.and_then(|value| value.to_str().ok()?.split([':', ',']).next());
    first.and_then(|seconds| seconds.trim().parse().ok()).map_or(PAUSE, Duration::from_secs).min(LONGEST_PAUSE)
}

impl Transport for Post {
    fn send_envelope(&self, envelope: Envelope) {
        let place = |waiting| (waiting < QUEUE).then_some(waiting + 1);
        match self.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, place) {
            Ok(_) => self.thread.send(envelope),
            Err(_full) => lost::count(Signal::Reports, Reason::Queue, 1),
        }
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.thread.flush(timeout)
    }

    fn shutdown(&self, timeout: Duration) -> bool {
        self.flush(timeout)
    }
}
