//! `GET /ab/timeline`: verdicts, failures and cost over time, and how response times are spread, for drawings.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::Service;
use super::comparison::Window;
use super::error::Problem;
use super::moments::moment;
use super::rollout::admin;
use crate::domain::{Figures, NanoUsd, measure};

const MINUTE_MS: i64 = 60_000;
/// Lengths of a bin, minutes: the first that makes no more than [`MOST_BINS`] is taken.
const BINS: [i64; 10] = [1, 2, 5, 10, 30, 60, 180, 360, 1440, 10_080];
const MOST_BINS: i64 = 60;
/// The histogram of response times: its first edge, milliseconds, and how many bins a factor of ten makes, for how many of
/// them; the last edge is 100 s, beyond every deadline.
const FIRST_EDGE_MS: f64 = 10.0;
const BINS_A_DECADE: u32 = 10;
const SPREAD_BINS: u32 = 40;

/// Body of the answer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Timeline {
    #[schema(format = DateTime)]
    from: Option<String>,
    #[schema(format = DateTime)]
    to: Option<String>,
    bin_minutes: i64,
    bins: Vec<Bin>,
    edges_ms: Vec<f64>,
    response_times: Vec<Spread>,
}

#[derive(Serialize, ToSchema)]
struct Bin {
    #[schema(format = DateTime)]
    at: Option<String>,
    providers: BTreeMap<String, Sums>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Sums {
    total_requests: u64,
    failed: u64,
    cost_usd: f64,
    verdicts: BTreeMap<String, i64>,
}

/// How many of an arm's analyses took from one edge to the next; beyond the last edges the nearest bin counts them.
#[derive(Serialize, ToSchema)]
struct Spread {
    provider: String,
    counts: Vec<u64>,
}

/// Answers it. A window's first bin is whole: it may begin up to a bin before the window.
///
/// # Errors
/// Those of an admin route, `INVALID_CONTENT_FORMAT`, `STORE_UNAVAILABLE`.
#[utoipa::path(
    get,
    path = "/ab/timeline",
    tag = "rollout",
    operation_id = "abTimeline",
    params(Window),
    responses((status = 200, description = "Verdicts, failures, cost and response times, for drawings", body = Timeline)),
)]
pub async fn timeline(
    request: HttpRequest,
    window: Result<web::Query<Window>, actix_web::Error>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    admin(&request, &service)?;
    let minutes = Window::minutes(window)?;
    let bin_minutes = BINS.into_iter().find(|bin| minutes <= bin * MOST_BINS).unwrap_or(BINS[BINS.len() - 1]);
    let bin_ms = bin_minutes * MINUTE_MS;
    let to_ms = (service.pipeline.clock().now_ms().div_euclid(bin_ms) + 1) * bin_ms;
    let from_ms = (to_ms - minutes * MINUTE_MS).div_euclid(bin_ms) * bin_ms;
    let mut found = service.store.timeline(from_ms, to_ms, bin_ms).await?;
    let mut arms: BTreeMap<String, Figures> = BTreeMap::new();
    for ((arm, _), figures) in service.store.figures(from_ms, to_ms).await? {
        arms.entry(arm).or_default().merge(&figures);
    }
    let begins = (0..).map(|at| from_ms + at * bin_ms).take_while(|at_ms| *at_ms < to_ms);
    let bins = begins.map(|at_ms| Bin {
        at: moment(at_ms),
        providers: found.remove(&at_ms).unwrap_or_default().into_iter().map(|(arm, it)| (arm, Sums::of(&it))).collect(),
    });
    Ok(HttpResponse::Ok().json(Timeline {
        from: moment(from_ms),
        to: moment(to_ms),
        bin_minutes,
        bins: bins.collect(),
        edges_ms: edges_ms(),
        response_times: arms.into_iter().map(|(provider, it)| Spread { provider, counts: counts(&it) }).collect(),
    }))
}

impl Sums {
    fn of(figures: &Figures) -> Self {
        Self {
            total_requests: figures.count(measure::REQUESTS),
            failed: figures.count(measure::FAILED),
            cost_usd: NanoUsd(figures.sum(measure::COST)).as_usd(),
            verdicts: figures.under(measure::VERDICT).map(|(name, n)| (name.to_owned(), n)).collect(),
        }
    }
}

fn edges_ms() -> Vec<f64> {
    let edge = |at: u32| FIRST_EDGE_MS * 10_f64.powf(f64::from(at) / f64::from(BINS_A_DECADE));
    (0..=SPREAD_BINS).map(|at| edge(at).round()).collect()
}

fn counts(figures: &Figures) -> Vec<u64> {
    let times = figures.times();
    let edges = edges_ms();
    // How many are longer than the beginning of each bin; all are longer than that of the first.
    let inner = edges.iter().take(edges.len() - 1).skip(1).map(|edge| times.longer_than(*edge));
    let longer: Vec<u64> = std::iter::once(times.count()).chain(inner).collect();
    longer.iter().zip(longer.iter().skip(1).chain(&[0])).map(|(from, next)| from.saturating_sub(*next)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Sketch;

    #[test]
    fn every_time_falls_into_one_bin() {
        let mut figures = Figures::default();
        for ms in [1, 150, 1500, 1500, 400_000] {
            figures.add(&format!("{}{}", measure::MS_BUCKET, Sketch::bucket(ms)), 1);
        }
        let counts = counts(&figures);
        assert_eq!(counts.len(), edges_ms().len() - 1);
        assert_eq!((counts[0], counts[11], counts[21], counts[39]), (1, 1, 2, 1));
        assert_eq!(counts.iter().sum::<u64>(), 5);
    }
}
