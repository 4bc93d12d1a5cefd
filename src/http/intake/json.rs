//! A JSON body that holds media, in whatever form a route takes it.

use actix_web::HttpRequest;
use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::super::Service;
use super::super::error::{Code, Problem};
use super::Parts;
use super::base64::decode;
use super::body::Body;
use super::bounded::at_most;
use super::fields::{Fields, wrong};
use crate::domain::Blob;
use crate::pipeline::Reservation;

/// The highest `MAX_IMAGES` that can be set.
const MAX_IMAGES: usize = 16;
/// Bodies above this are parsed and decoded off the reactor, bytes.
const INLINE_BYTES: usize = 64 << 10;

/// Reads one form of JSON body; at most so many pictures.
pub type Look = fn(&[u8], usize) -> Looked;

/// The fields, and beside them the files or what is wrong with them: errors about files speak the language that the
/// fields name. An error of the outer kind is about the whole body.
pub type Looked = Result<(Fields, Result<Files, Problem>), Problem>;

/// The members of `/analyze` that hold media, as they stand in the body: borrowed, so that 50 MB are not copied to be
/// looked at.
#[derive(Deserialize, ToSchema)]
pub struct Media<'a> {
    #[schema(value_type = Option<String>, format = Byte)]
    #[serde(borrow)]
    image: Option<&'a RawValue>,
    #[schema(value_type = Option<String>, format = Byte)]
    #[serde(borrow)]
    video: Option<&'a RawValue>,
    #[schema(value_type = Option<Vec<String>>, max_items = 16)]
    #[serde(borrow, default, deserialize_with = "at_most::<_, _, MAX_IMAGES>")]
    images: Option<Vec<&'a RawValue>>,
}

/// Files, decoded.
#[derive(Default)]
pub struct Files {
    pub image: Vec<Blob>,
    pub images: Vec<Blob>,
    pub video: Vec<Blob>,
}

pub(super) async fn take(
    service: &Service,
    request: &HttpRequest,
    body: Body,
    look: Look,
) -> Result<(Parts, Reservation), Problem> {
    let (bytes, reservation) = body.whole().await?;
    let most = usize::from(service.config.max_images);
    let (fields, files) = if bytes.len() <= INLINE_BYTES {
        look(&bytes, most)?
    } else {
        let looking = tokio::task::spawn_blocking(move || look(&bytes, most));
        looking.await.map_err(|_panicked| Problem::new(Code::Internal))??
    };
    fields.settle(request)?;
    let Files { image, images, video } = files?;
    Ok((Parts { image, images, video, files: Vec::new(), fields }, reservation))
}

/// The form of `/analyze`.
pub fn look(bytes: &[u8], most: usize) -> Looked {
    Ok((parse(bytes)?, files(bytes, most)))
}

fn files(bytes: &[u8], most: usize) -> Result<Files, Problem> {
    let Media { image, video, images } = parse(bytes)?;
    let images = images.unwrap_or_default();
    if images.len() > most {
        return Err(wrong(&format!("images (1–{most})")));
    }
    if usize::from(image.is_some()) + usize::from(video.is_some()) + usize::from(!images.is_empty()) > 1 {
        return Err(Problem::new(Code::AmbiguousContent));
    }
    let one = |value: Option<&RawValue>, field| value.map(|value| decode(value.get(), field)).into_iter().collect();
    let image: Result<_, _> = one(image, "image");
    let video: Result<_, _> = one(video, "video");
    let images: Result<_, _> = images.into_iter().map(|value| decode(value.get(), "images")).collect();
    Ok(Files { image: image?, images: images?, video: video? })
}

/// Reads a JSON document.
///
/// # Errors
/// `INVALID_JSON` for what is none, `INVALID_CONTENT_FORMAT` for one whose members have the wrong types.
pub fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        Category::Data => wrong(&format!("JSON, {}:{}", error.line(), error.column())),
        Category::Syntax | Category::Eof | Category::Io => Problem::new(Code::InvalidJson),
    })
}
