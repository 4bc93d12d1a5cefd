//! A body that is the file itself: fields travel in the query, the user in a header.

use actix_web::HttpRequest;
use actix_web::web::Query;

use super::super::error::{Code, Problem};
use super::Parts;
use super::body::Body;
use super::fields::{Fields, kind_of, wrong};
use crate::domain::{Blob, MediaKind};
use crate::pipeline::Reservation;

pub(super) async fn take(
    request: &HttpRequest,
    content_type: &str,
    mut body: Body,
) -> Result<(Parts, Reservation), Problem> {
    let kind = kind_of(content_type).ok_or_else(|| Problem::new(Code::UnsupportedMediaType))?;
    let fields = fields(request)?;
    fields.settle(request)?;
    let mut blob = Blob::new().map_err(|_| Problem::new(Code::Internal))?;
    while let Some(chunk) = body.next().await? {
        blob.append(&chunk).map_err(|_| Problem::new(Code::Internal))?;
    }
    let (image, video) = match kind {
        MediaKind::Video => (Vec::new(), vec![blob]),
        MediaKind::Image | MediaKind::Text => (vec![blob], Vec::new()),
    };
    Ok((Parts { image, images: Vec::new(), video, files: Vec::new(), fields }, body.into_reservation()))
}

fn fields(request: &HttpRequest) -> Result<Fields, Problem> {
    let pairs = Query::<Vec<(String, String)>>::from_query(request.query_string()).map_err(|_| wrong("query"))?;
    let mut fields = Fields::default();
    // A user id in a URL would stand in every proxy's log: it is taken from the header alone.
    for (name, value) in pairs.into_inner().into_iter().filter(|(name, _)| name != "userId") {
        fields.set(&name, value)?;
    }
    Ok(fields)
}
