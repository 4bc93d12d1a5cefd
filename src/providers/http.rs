//! The one HTTP client: pooled, HTTP/2 where the vendor has it, TLS by rustls against the machine's certificates, through
//! the proxy that `HTTPS_PROXY` and its kin name. It follows no redirect, reads no more of an answer than a bound, and
//! cuts one that stalls.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
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
    /// How long the vendor asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date. A date is held
    /// against the answer's own: this machine's clock may be wrong.
    pub fn retry_after(&self) -> Option<Duration> {
        let number = |name| self.header(name)?.parse::<f64>().ok();
        let seconds = number("retry-after-ms").map(|millis| millis / 1000.0).or_else(|| number("retry-after"));
        if let Some(seconds) = seconds {
            return Duration::try_from_secs_f64(seconds).ok();
        }
        // The form of dates in HTTP (RFC 9110, 5.6.7) is that of RFC 2822 with GMT for the zone.
        let date = |name| OffsetDateTime::parse(self.header(name)?, &Rfc2822).ok();
        (date("retry-after")? - date("date")?).try_into().ok()
    }

    /// Whether the vendor says that trying again is no use.
    pub fn is_final(&self) -> bool {
        self.header("x-should-retry") == Some("false")
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }
}

/// The headers of a request with a JSON body.
pub(super) fn json_headers() -> HeaderMap {
    HeaderMap::from_iter([(reqwest::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&'static str, &'static str)]) -> Option<Duration> {
        let value = |(name, value): &(&'static str, &'static str)| {
            (reqwest::header::HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let headers = headers.iter().map(value).collect();
        Received { status: 429, headers, body: Bytes::new() }.retry_after()
    }

    #[test]
    fn a_wait_is_asked_for_in_milliseconds_in_seconds_or_until_a_date() {
        assert_eq!(asked(&[("retry-after-ms", "250"), ("retry-after", "9")]), Some(Duration::from_millis(250)));
        assert_eq!(asked(&[("retry-after", " 1.5 ")]), Some(Duration::from_millis(1500)));
        let date = ("date", "Sat, 21 Nov 2026 10:00:00 GMT");
        assert_eq!(asked(&[("retry-after", "Sat, 21 Nov 2026 10:00:07 GMT"), date]), Some(Duration::from_secs(7)));
    }

    #[test]
    fn no_wait_is_read_out_of_nonsense() {
        let date = ("date", "Sat, 21 Nov 2026 10:00:00 GMT");
        for nonsense in ["-1", "1e300", "NaN", "soon", "Sat, 21 Nov 2026 09:59:00 GMT", "Sat, 99 Nov 2026 10:00:00 GMT"]
        {
            assert_eq!(asked(&[("retry-after", nonsense), date]), None, "{nonsense}");
        }
        assert_eq!(asked(&[("retry-after", "Sat, 21 Nov 2026 10:00:07 GMT")]), None, "nothing to hold it against");
    }
}
