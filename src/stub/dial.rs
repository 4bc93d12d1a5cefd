//! Turns a model of the stand-in into another while it runs: `PUT /stub/MODEL` with `{"does": "broken", "percent": 30,
//! "delayMs": 1500}` lets that part of its answers come as `stub-broken`, and all of them so much later.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::Seen;

/// What became of a model.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Dial {
    /// The behaviour in place of its own; `None` = its own.
    does: Option<String>,
    /// Of how many of a hundred answers; the others are its own.
    percent: Option<u32>,
    /// How much later all of them come, milliseconds.
    delay_ms: u64,
    #[serde(skip)]
    asked: u32,
}

/// Every model that was turned.
#[derive(Debug, Default)]
pub(super) struct Dials(Mutex<HashMap<String, Dial>>);

impl Dials {
    /// Turns a model; `None` for a request that is about something else.
    pub fn set(&self, seen: &Seen) -> Option<HttpResponse> {
        let model = seen.path.strip_prefix("/stub/")?;
        let Ok(dial) = serde_json::from_slice::<Dial>(&seen.body) else {
            return Some(HttpResponse::BadRequest().finish());
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(model.to_owned(), dial);
        Some(HttpResponse::NoContent().finish())
    }

    /// The request as the model that answers it sees it, and how long that takes.
    pub fn turn(&self, seen: Seen) -> (Seen, Duration) {
        let mut dials = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = dials.iter_mut().find(|(model, _)| seen.method == "POST" && seen.is_for(model));
        let Some((model, dial)) = asked else { return (seen, Duration::ZERO) };
        let delay = Duration::from_millis(dial.delay_ms);
        dial.asked += 1;
        let percent = dial.percent.unwrap_or(100).min(100);
        // So many of a hundred, spread evenly.
        let turned = dial.asked * percent / 100 > (dial.asked - 1) * percent / 100;
        match dial.does.as_deref().filter(|_| turned) {
            Some(does) => (seen.about(model, &format!("stub-{}", does.trim_start_matches("stub-"))), delay),
            None => (seen, delay),
        }
    }
}

impl Seen {
    /// Whether it asks for this model: by its path, or in its body.
    fn is_for(&self, model: &str) -> bool {
        let in_body = || serde_json::from_slice::<Value>(&self.body).is_ok_and(|body| body["model"] == model);
        self.path.contains(&format!("/models/{model}:")) || in_body()
    }

    /// The same for another model.
    fn about(self, model: &str, other: &str) -> Self {
        let path = self.path.replace(&format!("/models/{model}:"), &format!("/models/{other}:"));
        let body = match serde_json::from_slice::<Value>(&self.body) {
            Ok(mut body) if body["model"] == model => {
                body["model"] = other.into();
                Bytes::from(body.to_string())
            }
            _ => self.body.clone(),
        };
        Self { path, body, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(method: &str, path: &str, body: &'static str) -> Seen {
        Seen {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: HashMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn a_part_of_the_answers_is_anothers_and_all_are_late() {
        let dials = Dials::default();
        assert!(dials.set(&seen("POST", "/v1/messages", "{}")).is_none());
        assert_eq!(dials.set(&seen("PUT", "/stub/stub-ok", "no")).unwrap().status(), 400);
        let body = r#"{"does": "broken", "percent": 25, "delayMs": 40}"#;
        assert_eq!(dials.set(&seen("PUT", "/stub/stub-ok", body)).unwrap().status(), 204);
        let ask = || dials.turn(seen("POST", "/v1/models/stub-ok:generateContent", "{}"));
        let turned = (0..100).filter(|_| ask().0.path.contains("stub-broken:")).count();
        assert_eq!((turned, ask().1), (25, Duration::from_millis(40)));
        let (claude, _) = dials.turn(seen("POST", "/v1/messages", r#"{"model":"stub-ok","max_tokens":1}"#));
        assert!(std::str::from_utf8(&claude.body).unwrap().contains("max_tokens"));
        assert_eq!(dials.turn(seen("POST", "/v1/messages", r#"{"model":"other"}"#)).1, Duration::ZERO);
    }
}
