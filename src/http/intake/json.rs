//! A JSON body of `/analyze`.

use actix_web::HttpRequest;
use actix_web::web::Bytes;
use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::super::Service;
use super::super::error::{Code, Problem};
use super::base64::decode;
use super::body::Body;
use super::fields::{Fields, wrong};
use super::Parts;
use crate::domain::Blob;
use crate::pipeline::Reservation;

/// Bodies above this are parsed and decoded off the reactor, bytes.
const INLINE_BYTES: usize = 64 << 10;

/// The members that hold media, as they stand in the body: borrowed, so that 50 MB are not copied to be looked at.
#[derive(Deserialize)]
struct Media<'a> {
    #[serde(borrow)]
    image: Option<&'a RawValue>,
    #[serde(borrow)]
    video: Option<&'a RawValue>,
    #[serde(borrow)]
    images: Option<Vec<&'a RawValue>>,
}

pub(super) async fn take(
    service: &Service,
    request: &HttpRequest,
    body: Body,
) -> Result<(Parts, Reservation), Problem> {
    let (bytes, reservation) = body.whole().await?;
    let most = usize::from(service.config.max_images);
    let fields: Fields = parse(&bytes)?;
    fields.settle(request)?;
    let parts = if bytes.len() <= INLINE_BYTES {
        parts(&bytes, most, fields)?
    } else {
        let decoding = tokio::task::spawn_blocking(move || parts(&bytes, most, fields));
        decoding.await.map_err(|_panicked| Problem::new(Code::Internal))??
    };
    Ok((parts, reservation))
}

fn parts(bytes: &Bytes, most: usize, fields: Fields) -> Result<Parts, Problem> {
    let Media { image, video, images } = parse(bytes)?;
    let images = images.unwrap_or_default();
    if images.len() > most {
        return Err(wrong(&format!("images (1–{most})")));
    }
    if usize::from(image.is_some()) + usize::from(video.is_some()) + usize::from(!images.is_empty()) > 1 {
        return Err(Problem::new(Code::AmbiguousContent));
    }
    let decode_all = |values: Vec<&RawValue>, field| -> Result<Vec<Blob>, Problem> {
        values.into_iter().map(|value| decode(value.get(), field)).collect()
    };
    Ok(Parts {
        image: decode_all(image.into_iter().collect(), "image")?,
        images: decode_all(images, "images")?,
        video: decode_all(video.into_iter().collect(), "video")?,
        files: Vec::new(),
        fields,
    })
}

/// Reads a JSON document.
///
/// # Errors
/// `INVALID_JSON` for what is none, `INVALID_CONTENT_FORMAT` for one whose members have the wrong types.
pub(super) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        Category::Data => wrong(&format!("JSON, {}:{}", error.line(), error.column())),
        Category::Syntax | Category::Eof | Category::Io => Problem::new(Code::InvalidJson),
    })
}
