//! How an analysis reaches its caller: whole when it is done, told of on the way, or fetched later.

mod later;
mod stream;
mod telling;

use actix_web::http::header::{ACCEPT, HeaderName};
use actix_web::{HttpRequest, HttpResponse, web};

use super::Service;
use super::error::Problem;
use super::intake::Taken;
use super::once::{Job, Write};

pub use later::{Pending, pending};
pub use telling::{Told, of_the_whole};

/// RFC 7240.
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// Runs what was taken in and answers in the way that the request asks for. A key counts on this `route` alone.
///
/// # Errors
/// Those of [`Job::done`], where nothing has been answered yet.
pub async fn deliver(
    service: &web::Data<Service>,
    request: &HttpRequest,
    route: &'static str,
    taken: Taken,
    write: Write,
) -> Result<HttpResponse, Problem> {
    let job = Job::new(service, request, route, taken, write)?;
    if names(request, &ACCEPT, "text/event-stream") {
        return Ok(stream::answer(request, job));
    }
    if names(request, &PREFER, "respond-async") {
        return later::answer(request, job).await;
    }
    job.answer().await
}

/// Whether a header that is a list has `wanted` in it.
fn names(request: &HttpRequest, header: &HeaderName, wanted: &str) -> bool {
    let values = request.headers().get_all(header).filter_map(|value| value.to_str().ok());
    let mut items = values.flat_map(|value| value.split(','));
    items.any(|item| item.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_list_in_a_header_is_searched_by_item() {
        let accepts = |value: &str| {
            let request = TestRequest::default().insert_header(("Accept", value)).to_http_request();
            names(&request, &ACCEPT, "text/event-stream")
        };
        assert!(accepts("text/event-stream"));
        assert!(accepts("application/json, Text/Event-Stream;q=0.9"));
        assert!(!accepts("text/event-stream-of-mine, */*"));
        assert!(!accepts(""));
    }
}
