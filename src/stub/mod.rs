//! A stand-in for the vendors: one server on this machine that speaks the three wires, for tests, demonstrations and
//! trials without a key. The model's name selects what it does ([`Behaviour`]). It shares no type with `providers`, so
//! that each can show a mistake of the other. Never on the path of a request in production.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "where a vendor has no way of its own, a behaviour reads the label"
)]

mod behaviour;
mod claude;
mod dial;
mod files;
mod gemini;
mod label;
mod openai;
mod reply;

pub use behaviour::Behaviour;

use std::collections::{HashMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use actix_web::dev::{Server, ServerHandle};
use actix_web::web::{self, Bytes, Data, PayloadConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::Value;

use dial::Dials;
use reply::Reply;

/// Largest body it takes: that of the vendor with the largest.
const MAX_BODY_BYTES: usize = 100 << 20;
/// Requests it remembers, and how many of them, the newest, with their bodies.
const REMEMBERED: usize = 4096;
const WITH_BODY: usize = 32;

/// A running stand-in.
pub struct Stub {
    address: SocketAddr,
    state: Data<State>,
    handle: ServerHandle,
}

/// A request that it got.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `GET`, `POST` or `DELETE`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// The body, as it came.
    pub body: Bytes,
}

struct State {
    seen: Mutex<VecDeque<Seen>>,
    times: Mutex<HashMap<String, u32>>,
    left: AtomicUsize,
    record: Option<PathBuf>,
    own_url: String,
    dials: Dials,
}

/// Who waits for an answer that has no end: counted when they leave.
struct Waiting(Data<State>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.left.fetch_add(1, Ordering::Relaxed);
    }
}

impl Stub {
    /// Starts it on a port of the loopback interface, 0 for any free one; writes the bodies of requests for a
    /// reading into `record`.
    /// The server runs once the returned one is awaited or spawned.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub fn start(port: u16, record: Option<PathBuf>) -> std::io::Result<(Self, Server)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let state = Data::new(State {
            seen: Mutex::default(),
            times: Mutex::default(),
            left: AtomicUsize::new(0),
            record,
            own_url: format!("http://{address}"),
            dials: Dials::default(),
        });
        let shared = state.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(PayloadConfig::new(MAX_BODY_BYTES))
                .default_service(web::to(answer))
        });
        let server = server.workers(1).disable_signals().shutdown_timeout(0).listen(listener)?.run();
        Ok((Self { address, state, handle: server.handle() }, server))
    }

    /// `http://127.0.0.1:port`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests it got, oldest first, the newest 4096 of them; the newest 32 with their bodies.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// How many left while an answer dripped.
    #[must_use]
    pub fn left(&self) -> usize {
        self.state.left.load(Ordering::Relaxed)
    }

    /// Ends it.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

impl State {
    fn remember(&self, seen: &Seen) {
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_back(seen.clone());
        if all.len() > REMEMBERED {
            all.pop_front();
        }
        if let Some(older) = all.len().checked_sub(WITH_BODY + 1) {
            all[older].body = Bytes::new();
        }
        if let (Some(directory), Some(vendor)) = (&self.record, vendor_of(&seen.path)) {
            let name = format!("{vendor}-{}.json", all.len());
            let _best_effort = std::fs::write(directory.join(name), &seen.body);
        }
    }

    /// How often `what` was asked for before.
    fn times(&self, what: String) -> u32 {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let count = times.entry(what).or_default();
        *count += 1;
        *count - 1
    }
}

/// Who is asked for a reading there.
fn vendor_of(path: &str) -> Option<&'static str> {
    let ends = [("/chat/completions", "openai"), ("/messages", "claude"), (":generateContent", "gemini")];
    ends.into_iter().find(|(end, _)| path.ends_with(end)).map(|(_, vendor)| vendor)
}

async fn answer(request: HttpRequest, body: Bytes, state: Data<State>) -> HttpResponse {
    let header = |(name, value): (&_, &actix_web::http::header::HeaderValue)| {
        (ToString::to_string(name), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let seen = Seen {
        method: request.method().to_string(),
        path: request.uri().to_string(),
        headers: request.headers().iter().map(|(name, value)| header((&name.as_str(), value))).collect(),
        body,
    };
    if let Some(turned) = state.dials.set(&seen) {
        return turned;
    }
    state.remember(&seen);
    let (seen, delay) = state.dials.turn(seen);
    tokio::time::sleep(delay).await;
    reply(&seen, &state).into_response(&state).await
}

/// Routes as the three vendors have them.
fn reply(seen: &Seen, state: &State) -> Reply {
    let path = seen.path.split('?').next().unwrap_or_default();
    let json = || serde_json::from_slice::<Value>(&seen.body).ok();
    if let Some(rest) = path.strip_prefix("/upload/") {
        return files::upload(seen, rest, &state.own_url);
    }
    if path.contains("/files/") {
        return files::look_up(seen, path, state);
    }
    if let Some((_, model)) = path.split_once("/models/") {
        return match model.strip_suffix(":generateContent") {
            Some(model) => gemini::answer(seen, model, json(), state.times(format!("{path} {model}"))),
            None => look_up_model(seen, model),
        };
    }
    let body = json().unwrap_or_default();
    let model = body["model"].as_str().unwrap_or_default();
    if path.ends_with("/chat/completions") {
        return openai::answer(seen, model, &body, state.times(format!("{path} {model}")));
    }
    if path.ends_with("/v1/messages") {
        return claude::answer(seen, model, &body, state.times(format!("{path} {model}")));
    }
    Reply::status(404)
}

/// What is known of a model: all names are known but those that are there not to be.
fn look_up_model(seen: &Seen, model: &str) -> Reply {
    let behaviour = Behaviour::of_model(model);
    if seen.headers.contains_key("anthropic-version") {
        claude::look_up(behaviour, model)
    } else if seen.headers.contains_key("x-goog-api-key") {
        gemini::look_up(behaviour, model)
    } else {
        openai::look_up(behaviour, model)
    }
}
