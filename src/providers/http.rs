//! The one HTTP client: pooled, HTTP/2 where the vendor has it, TLS by rustls against the machine's certificates, through
//! the proxy that `HTTPS_PROXY` and its kin name. It follows no redirect, reads no more of an answer than a bound, and
//! cuts one that stalls.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response};
use tokio::time::{Instant, timeout, timeout_at};

use super::call::{CallFailure, FailureKind};
use crate::telemetry::events;

/// Time to get a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest silence inside an answer that has begun.
const STALL: Duration = Duration::from_secs(5);
/// Most of an answer that is read: a reading has some kilobytes.
const MAX_ANSWER_BYTES: usize = 1 << 20;
/// Connections kept for each vendor.
const IDLE_CONNECTIONS: usize = 32;
/// How long an idle one is kept: less than servers commonly do.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
/// How often a connection that is waited on is asked whether it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The client; clones share its connections.
#[derive(Debug, Clone)]
pub(super) struct Http {
    client: Client,
}

/// One request.
#[derive(Debug)]
pub(super) struct Request {
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// One answer, whole.
#[derive(Debug)]
pub(super) struct Received {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Http {
    /// Makes the client.
    ///
    /// # Errors
    /// When there are no certificates to trust.
    pub fn new() -> Result<Self, reqwest::Error> {
        // The other user of rustls here, the database's driver, brings its own and minds none that is installed.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .tcp_keepalive(KEEP_ALIVE)
            .http2_adaptive_window(true)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .user_agent(concat!("koalens/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client })
    }

    /// Sends `request` and reads the answer whole, all of it within `limit`.
    ///
    /// # Errors
    /// A broken connection, an answer that comes too late or stalls, or one that is too large. A status is no error.
    pub async fn send(&self, request: Request, limit: Duration) -> Result<Received, CallFailure> {
        let until = Instant::now() + limit;
        let Request { method, url, mut headers, body } = request;
        if let Some(trace) = events::traceparent().and_then(|trace| HeaderValue::try_from(trace).ok()) {
            headers.insert("traceparent", trace);
        }
        let sending = self.client.request(method, url).headers(headers).body(body).send();
        match timeout_at(until, sending).await {
            Ok(answer) => receive(answer.map_err(broken)?, until).await,
            Err(_elapsed) => Err(CallFailure::new(FailureKind::TimedOut, "no answer in time").maybe_billed()),
        }
    }
}

async fn receive(mut answer: Response, until: Instant) -> Result<Received, CallFailure> {
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let too_large =
        || CallFailure::new(FailureKind::Foreign, format!("an answer above {MAX_ANSWER_BYTES} bytes")).maybe_billed();
    let late = |cause: &str| CallFailure::new(FailureKind::TimedOut, cause).maybe_billed();
    if answer.content_length().is_some_and(|length| length > MAX_ANSWER_BYTES as u64) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    loop {
        // Some send the head at once and think before the body.
        let patience = if body.is_empty() { until.saturating_duration_since(Instant::now()) } else { STALL };
        let stall = timeout(patience, answer.chunk());
        let piece = match timeout_at(until, stall).await {
            Ok(Ok(piece)) => piece.map_err(broken)?,
            Ok(Err(_stalled)) => return Err(late("the answer stalled")),
            Err(_elapsed) => return Err(late("the answer was not whole in time")),
        };
        match piece {
            None => return Ok(Received { status, headers, body: body.freeze() }),
            Some(piece) if body.len() + piece.len() > MAX_ANSWER_BYTES => return Err(too_large()),
            Some(piece) => body.extend_from_slice(&piece),
        }
    }
}

/// A connection that could not be made or broke. The cause names no address: it may be an operator's secret.
fn broken(error: reqwest::Error) -> CallFailure {
    let kind = if error.is_timeout() { FailureKind::TimedOut } else { FailureKind::Network };
    let may_be_billed = !error.is_connect();
    CallFailure { may_be_billed, ..CallFailure::new(kind, events::chain(&error.without_url())) }
}

impl Received {
    /// How long the vendor asks to wait: `retry-after-ms`, or `retry-after` in seconds. A date is not taken: it would
    /// need this machine's clock to be right.
    pub fn retry_after(&self) -> Option<Duration> {
        let number =
            |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok()?.trim().parse::<f64>().ok());
        let seconds =
            number("retry-after-ms").map(|millis| millis / 1000.0).or_else(|| number(RETRY_AFTER.as_str()))?;
        Duration::try_from_secs_f64(seconds).ok()
    }
}

/// The headers of a request with a JSON body.
pub(super) fn json_headers() -> HeaderMap {
    HeaderMap::from_iter([(reqwest::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))])
}
