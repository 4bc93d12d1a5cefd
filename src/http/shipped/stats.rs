//! Counts of videos since this instance started.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::Service;
use super::super::admin::require;
use super::super::error::Problem;
use super::super::moments::moment;
use crate::domain::{AnalysisRequest, Content, MediaKind};

/// Analyses of what its sender calls a video, on whatever path.
#[derive(Debug)]
pub struct Clips {
    since_ms: i64,
    requested: AtomicU64,
    answered: AtomicU64,
    ended: AtomicU64,
    took_ms: AtomicU64,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub struct Clip<'a> {
    clips: &'a Clips,
    began: Instant,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VideoStats)]
pub struct Stats {
    success: bool,
    #[schema(format = DateTime)]
    since: Option<String>,
    requests: u64,
    in_flight: u64,
    answered: u64,
    /// Refused, failed, or left by their callers.
    failed: u64,
    average_ms: Option<u64>,
}

impl Clips {
    /// Counts from a time in UTC milliseconds on.
    #[must_use]
    pub fn since(since_ms: i64) -> Self {
        let zero = AtomicU64::default;
        Self { since_ms, requested: zero(), answered: zero(), ended: zero(), took_ms: zero() }
    }

    /// Counts `wanted`, if it is a video.
    pub fn begin(&self, wanted: &AnalysisRequest) -> Option<Clip<'_>> {
        let Content::Media(upload) = &wanted.content else { return None };
        (upload.claimed == Some(MediaKind::Video)).then(|| {
            self.requested.fetch_add(1, Ordering::Relaxed);
            Clip { clips: self, began: Instant::now() }
        })
    }

    fn stats(&self) -> Stats {
        // What is read later may be ahead of what was read before.
        let [answered, ended, requests, took_ms] =
            [&self.answered, &self.ended, &self.requested, &self.took_ms].map(|count| count.load(Ordering::Relaxed));
        Stats {
            success: true,
            since: moment(self.since_ms),
            requests,
            in_flight: requests.saturating_sub(ended),
            answered,
            failed: ended.saturating_sub(answered),
            average_ms: took_ms.checked_div(answered),
        }
    }
}

impl Clip<'_> {
    /// It got its answer.
    pub fn answered(self) {
        let took_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.clips.took_ms.fetch_add(took_ms, Ordering::Relaxed);
        self.clips.answered.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Clip<'_> {
    fn drop(&mut self) {
        self.clips.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// `GET /api/video/stats`.
///
/// # Errors
/// Those of an admin route, `RATE_LIMITED`.
#[utoipa::path(
    get,
    path = "/api/video/stats",
    tag = "shipped",
    operation_id = "videoStats",
    responses((status = 200, description = "Counts of videos since this instance started", body = Stats)),
)]
pub async fn stats(request: HttpRequest, service: web::Data<Service>) -> Result<HttpResponse, Problem> {
    service.limits.request(&request)?;
    require(&request, &service.config)?;
    Ok(HttpResponse::Ok().json(service.clips.stats()))
}
