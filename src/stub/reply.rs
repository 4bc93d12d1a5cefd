//! How an answer leaves: whole, late, in half, without an end.

use std::io;
use std::time::{Duration, SystemTime};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::HttpDate;
use actix_web::web::{Bytes, Data};
use futures_util::stream::{self, StreamExt};
use serde_json::Value;

use super::{Behaviour, State, Waiting};

/// How long `slow` takes.
const SLOWNESS: Duration = Duration::from_secs(2);

/// The next second but one, as HTTP writes dates.
#[expect(
    clippy::disallowed_methods,
    reason = "a stand-in for a vendor has the machine's time, as a vendor has its own"
)]
pub(super) fn soon() -> String {
    HttpDate::from(SystemTime::now() + Duration::from_secs(2)).to_string()
}

/// Between two blanks of `drips`.
const DRIP: Duration = Duration::from_millis(100);

/// An answer on its way.
pub(super) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    manner: Behaviour,
}

impl Reply {
    /// JSON with a status.
    pub fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: body.to_string(), manner: Behaviour::Ok }
    }

    /// Nothing but a status.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new(), manner: Behaviour::Ok }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same, in the manner of a behaviour that is one.
    pub fn in_manner(self, manner: Behaviour) -> Self {
        match manner {
            Behaviour::Garbage => {
                let page = "<!doctype html><title>Welcome</title>".to_owned();
                Self { headers: vec![("content-type", "text/html".to_owned())], body: page, manner, ..self }
            }
            Behaviour::Redirects => {
                Self { status: 307, manner, ..self }.header("location", "http://127.0.0.1:9/elsewhere")
            }
            _ => Self { manner, ..self },
        }
    }

    pub async fn into_response(self, state: &Data<State>) -> HttpResponse {
        let Self { status, headers, body, manner } = self;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        for header in headers {
            response.insert_header(header);
        }
        let half = Bytes::from(body.clone()).slice(..body.len() / 2);
        let half = stream::once(async { Ok::<_, io::Error>(half) });
        match manner {
            Behaviour::Slow => {
                tokio::time::sleep(SLOWNESS).await;
                response.body(body)
            }
            Behaviour::Hangs => std::future::pending().await,
            Behaviour::Drips => response.streaming(stream::unfold(Waiting(state.clone()), |waiting| async move {
                tokio::time::sleep(DRIP).await;
                Some((Ok::<_, io::Error>(Bytes::from_static(b" ")), waiting))
            })),
            Behaviour::Stalls => response.streaming(half.chain(stream::pending())),
            Behaviour::Drops => {
                let broken = stream::once(async { Err(io::Error::from(io::ErrorKind::ConnectionReset)) });
                response.streaming(half.chain(broken))
            }
            Behaviour::Huge => {
                let piece = Bytes::from(vec![b' '; 64 << 10]);
                response.streaming(stream::repeat_with(move || Ok::<_, io::Error>(piece.clone())))
            }
            _ => response.body(body),
        }
    }
}
