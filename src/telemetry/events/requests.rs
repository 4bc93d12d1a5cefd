//! Requests: served, failed, left.

use std::error::Error;
use std::time::Duration;

use super::super::instruments::{self, Label};
use super::{chain, millis, spans};

/// The statuses that a route's counts begin with: what alerts compare.
const WATCHED: [u16; 3] = [200, 500, 503];

/// These routes and these error codes can be answered: their counts begin at 0, so that the first one is an increase.
pub fn routes_known(templates: &[&'static str], codes: impl Iterator<Item = &'static str>) {
    let instruments = instruments::get();
    for route in templates {
        WATCHED.iter().for_each(|status| instruments.requests.add(0, [(*route).into(), Label::status(*status)]));
    }
    codes.for_each(|code| instruments.errors.add(0, [code.into()]));
}

/// The current span's request was answered. `route` is the template, never the path with a user in it.
pub fn request_served(method: &str, route: &str, status: u16, code: Option<&'static str>, took: Duration) {
    let instruments = instruments::get();
    instruments.requests.add(1, [Label::route(route), Label::status(status)]);
    instruments.request_seconds.record(took.as_secs_f64(), [Label::route(route)]);
    spans::answered(status, code);
    if let Some(code) = code {
        instruments.errors.add(1, [code.into()]);
    }
    let duration_ms = millis(took);
    if status >= 500 {
        tracing::warn!(method, route, status, code, duration_ms, "{method} {route} answered {status}");
    } else {
        tracing::info!(method, route, status, code, duration_ms, "{method} {route} answered {status}");
    }
}

/// A request's caller left before the answer.
pub fn caller_left(method: &str, route: &str, after: Duration) {
    tracing::info!(method, route, duration_ms = millis(after), "the caller of {method} {route} left");
}

/// A request failed through a fault of ours; `cause` is written with its whole chain.
pub fn request_failed(cause: &dyn Error) {
    tracing::error!(cause = chain(cause), "request failed");
}

/// Code of ours panicked while it served a request.
pub fn request_panicked() {
    tracing::error!("a request panicked");
}
