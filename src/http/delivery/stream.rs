//! An analysis as server-sent events: `progress` on the way, then `result` or `error`.
//!
//! A slow reader skips what is out of date: only the newest progress is held. One who leaves drops the work, which
//! `once` and the pipeline see to.

use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::sync::watch;
use tracing::Instrument;

use super::super::context::{Caller, problem_body};
use super::super::error::Problem;
use super::super::once::Job;
use super::telling::{Told, of_the_whole};
use crate::domain::{Listener, Progress, Stage};

/// How often a quiet stream says that it lives: proxies cut what is silent for long.
const COMMENT_EVERY: Duration = Duration::from_secs(15);

/// Answers with a stream that runs `job`.
pub fn answer(request: &HttpRequest, mut job: Job) -> HttpResponse {
    let (tell, mut heard) = watch::channel(Progress::begins(Stage::Intake));
    job.listen(Listener::new(move |progress| {
        // Stages and shares never go back, whatever thread tells of them.
        tell.send_if_modified(|newest| {
            let further = of_the_whole(progress) > of_the_whole(*newest);
            if further {
                *newest = progress;
            }
            further
        });
    }));
    heard.mark_changed();
    let stream = Stream { work: Some(job.done().in_current_span().boxed_local()), heard, caller: Caller::of(request) };
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_ENCODING, "identity"))
        // nginx holds answers back otherwise.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(unfold(stream, Stream::next))
}

struct Stream {
    /// `None` once it has ended.
    work: Option<LocalBoxFuture<'static, Result<Vec<u8>, Problem>>>,
    heard: watch::Receiver<Progress>,
    caller: Rc<Caller>,
}

impl Stream {
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let work = self.work.as_mut()?;
        let piece = tokio::select! {
            biased;
            outcome = work => {
                self.work = None;
                last(outcome, &self.caller)
            }
            Ok(()) = self.heard.changed() => {
                let progress = *self.heard.borrow_and_update();
                event("progress", &json(&Told::of(progress, self.caller.language())))
            }
            () = tokio::time::sleep(COMMENT_EVERY) => Bytes::from_static(b":\n\n"),
        };
        Some((Ok(piece), self))
    }
}

/// The event that ends the stream.
fn last(outcome: Result<Vec<u8>, Problem>, caller: &Caller) -> Bytes {
    match outcome {
        Ok(body) => event("result", &body),
        Err(problem) => {
            caller.failed(problem.code);
            event("error", &problem_body(&problem, caller))
        }
    }
}

/// `data` is JSON, which holds no line end.
fn event(name: &str, data: &[u8]) -> Bytes {
    [b"event: ", name.as_bytes(), b"\ndata: ", data, b"\n\n"].concat().into()
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
