//! The paths that the app in people's hands and its scripts call: other names and other shapes for the same work, with
//! the same limits and the same right to call. Nothing is decided here.

pub mod counters;
pub mod media;
pub mod reports;
pub mod stats;
pub mod text;
pub mod usage;

use actix_web::http::Method;

use super::error::{Code, Problem};
use super::table::Table;

pub use stats::Clips;

const VIDEO: [&str; 4] = ["/api/video/analyze-video", "/video/analyze-video", "/analyze-video", "/api/analyze-video"];
const IMAGE: [&str; 2] = ["/api/analyze/image", "/api/ai/analyze-image"];
const TEXT: [&str; 2] = ["/api/analyze/text", "/api/ai/analyze-text"];
const COUNTER: [&str; 2] = ["/api/counters/{user}/{counter}", "/api/counter/{user}/{counter}"];

/// Paths with the others by which the same is known.
pub const ALIASES: [(&str, &str); 8] = [
    ("/health", "/api/health"),
    (VIDEO[0], VIDEO[1]),
    (VIDEO[0], VIDEO[2]),
    (VIDEO[0], VIDEO[3]),
    (IMAGE[0], IMAGE[1]),
    (TEXT[0], TEXT[1]),
    (COUNTER[0], COUNTER[1]),
    ("/api/counters/{user}/{counter}/increment", "/api/counter/{user}/{counter}/increment"),
];

/// Registers the paths.
pub fn register(table: &mut Table<'_>) {
    for path in VIDEO {
        table.write(path, Method::POST, media::video);
    }
    for path in IMAGE {
        table.write(path, Method::POST, media::image_named);
    }
    for path in TEXT {
        table.write(path, Method::POST, text::brief);
    }
    for path in COUNTER {
        table.read(path, counters::value);
        table.write(&format!("{path}/increment"), Method::POST, counters::increment);
    }
    table
        .write("/api/image/analyze", Method::POST, media::image)
        .write("/api/ingredients/analyze", Method::POST, text::ingredients)
        .read("/usage/{userId}", usage::usage)
        .write("/api/reports/ingredient", Method::POST, reports::ingredient)
        .read("/api/video/stats", stats::stats);
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
