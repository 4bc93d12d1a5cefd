//! The paths that the app in people's hands and its scripts call: other names and other shapes for the same work, with
//! the same limits and the same right to call. Nothing is decided here.

mod counters;
mod media;
mod reports;
mod stats;
mod text;
mod usage;

use actix_web::http::Method;
use actix_web::web::ServiceConfig;

use super::error::{Code, Problem};
use super::routes::{read, write};

pub use stats::Clips;

const VIDEO: [&str; 4] = ["/api/video/analyze-video", "/video/analyze-video", "/analyze-video", "/api/analyze-video"];
const IMAGE: [&str; 2] = ["/api/analyze/image", "/api/ai/analyze-image"];
const TEXT: [&str; 2] = ["/api/analyze/text", "/api/ai/analyze-text"];
const COUNTER: [&str; 2] = ["/api/counters/{user}/{counter}", "/api/counter/{user}/{counter}"];

/// These paths, for the hint in `NOT_FOUND`.
pub const PATHS: [&str; 17] = [
    VIDEO[0],
    VIDEO[1],
    VIDEO[2],
    VIDEO[3],
    "/api/image/analyze",
    IMAGE[0],
    IMAGE[1],
    TEXT[0],
    TEXT[1],
    "/api/ingredients/analyze",
    COUNTER[0],
    "/api/counters/{user}/{counter}/increment",
    COUNTER[1],
    "/api/counter/{user}/{counter}/increment",
    "/usage/{userId}",
    "/api/reports/ingredient",
    "/api/video/stats",
];

/// Sets the paths up.
pub fn configure(app: &mut ServiceConfig) {
    for path in VIDEO {
        app.service(write(path, Method::POST, media::video));
    }
    for path in IMAGE {
        app.service(write(path, Method::POST, media::image_named));
    }
    for path in TEXT {
        app.service(write(path, Method::POST, text::brief));
    }
    for path in COUNTER {
        app.service(read(path, counters::value));
        app.service(write(&format!("{path}/increment"), Method::POST, counters::increment));
    }
    app.service(write("/api/image/analyze", Method::POST, media::image))
        .service(write("/api/ingredients/analyze", Method::POST, text::ingredients))
        .service(read("/usage/{userId}", usage::usage))
        .service(write("/api/reports/ingredient", Method::POST, reports::ingredient))
        .service(read("/api/video/stats", stats::stats));
}

/// As the shipped app knows it: what is in flight is answered 429.
fn as_known(problem: Problem) -> Problem {
    let status = if problem.code == Code::DuplicateRequest { Some(429) } else { problem.status };
    Problem { status, ..problem }
}

/// A member that must be there is not.
fn missing(field: &str) -> Problem {
    let sentence = Some(format!("Missing required field: {field}"));
    Problem { sentence, ..Problem::new(Code::MissingContent) }
}
