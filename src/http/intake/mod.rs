//! From a request's bytes to an [`AnalysisRequest`]: JSON, multipart or a raw body, bounded before and while it arrives.
//!
//! Media bytes end in [`Blob`]s: a raw or multipart body is written there as it arrives, base64 is decoded into one.

mod base64;
mod body;
mod bounded;
mod fields;
mod json;
mod multipart;
mod raw;
mod text;

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Payload};
use serde::de::DeserializeOwned;
use tracing::Instrument;

use super::Service;
use super::admin::is_admin;
use super::auth::is_premium;
use super::context::Caller;
use super::error::{Code, Problem};
use crate::domain::{
    AnalysisId, AnalysisRequest, Blob, Content, Environment, Listener, MediaKind, PathStep, ProviderName, Upload,
};
use crate::pipeline::Reservation;
use crate::telemetry::events;
use body::Body;

pub use base64::decode;
pub use bounded::text_or_number;
pub use fields::{Fields, wrong};
pub use json::{Files, Look, Looked, look, parse};
pub use text::{Look as TextLook, look as look_typed};

/// Largest small document, bytes.
const MAX_DOCUMENT_BYTES: u64 = 64 << 10;

/// A request, taken in.
pub struct Taken {
    /// What is asked for.
    pub request: AnalysisRequest,
    /// Memory reserved for it.
    pub reservation: Reservation,
    /// The caller's own key for it.
    pub key: Option<String>,
}

/// Files and fields, whatever they were wrapped in.
struct Parts {
    image: Vec<Blob>,
    images: Vec<Blob>,
    video: Vec<Blob>,
    /// Files that may be either.
    files: Vec<Blob>,
    fields: Fields,
}

/// Takes in media: multipart, a raw body, or JSON of the form that `look` reads.
///
/// # Errors
/// The code that names what is wrong with the body, its size or its pace.
pub async fn media(service: &Service, request: &HttpRequest, payload: Payload, look: Look) -> Result<Taken, Problem> {
    let content_type = content_type(request);
    let within = Duration::from_secs(service.config.upload_timeout_seconds.into());
    let body = Body::admit(service, request, payload, service.config.max_upload_bytes)?;
    let taking = async {
        match content_type.as_str() {
            "application/json" => json::take(service, request, body, look).await,
            "multipart/form-data" => multipart::take(service, request, body).await,
            other => raw::take(request, other, body).await,
        }
    };
    let taking = tokio::time::timeout(within, taking).instrument(events::step(PathStep::Intake));
    let (parts, reservation) = match taking.await {
        Ok(taken) => taken?,
        Err(_elapsed) => return Err(Problem::new(Code::UploadTimeout)),
    };
    let content = Content::Media(one_upload(&parts.fields, parts.image, parts.images, parts.video, parts.files)?);
    let key = parts.fields.key(request)?;
    Ok(Taken { request: ask(service, request, &parts.fields, content)?, reservation, key })
}

/// Takes in typed ingredients or text; `look` reads the fields beside them.
///
/// # Errors
/// As [`media`].
pub async fn typed(
    service: &Service,
    request: &HttpRequest,
    payload: Payload,
    look: TextLook,
) -> Result<Taken, Problem> {
    let within = Duration::from_secs(service.config.upload_timeout_seconds.into());
    if content_type(request) != "application/json" {
        return Err(Problem::new(Code::UnsupportedMediaType));
    }
    let body = Body::admit(service, request, payload, text::MAX_BODY_BYTES)?;
    let taking = tokio::time::timeout(within, text::take(request, body, look));
    let ((content, fields), reservation) = match taking.instrument(events::step(PathStep::Intake)).await {
        Ok(taken) => taken?,
        Err(_elapsed) => return Err(Problem::new(Code::UploadTimeout)),
    };
    let key = fields.key(request)?;
    Ok(Taken { request: ask(service, request, &fields, content)?, reservation, key })
}

/// Takes in a small JSON document.
///
/// # Errors
/// As [`media`], for a document of more than [`MAX_DOCUMENT_BYTES`].
pub async fn document<T: DeserializeOwned>(
    service: &Service,
    request: &HttpRequest,
    payload: Payload,
) -> Result<T, Problem> {
    json::parse(&small(service, request, payload).await?)
}

/// As [`document`], where an empty body says as much as an empty document.
///
/// # Errors
/// As [`document`].
pub async fn document_if_any<T: DeserializeOwned + Default>(
    service: &Service,
    request: &HttpRequest,
    payload: Payload,
) -> Result<T, Problem> {
    let bytes = small(service, request, payload).await?;
    if bytes.is_empty() { Ok(T::default()) } else { json::parse(&bytes) }
}

async fn small(service: &Service, request: &HttpRequest, payload: Payload) -> Result<Bytes, Problem> {
    let within = Duration::from_secs(service.config.upload_timeout_seconds.into());
    let body = Body::admit(service, request, payload, MAX_DOCUMENT_BYTES)?;
    match tokio::time::timeout(within, body.whole()).await {
        Ok(taken) => Ok(taken?.0),
        Err(_elapsed) => Err(Problem::new(Code::UploadTimeout)),
    }
}

/// The essence of the Content-Type, in lower case; empty without one.
pub(super) fn content_type(request: &HttpRequest) -> String {
    let header = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Exactly one of the ways to send media.
fn one_upload(
    fields: &Fields,
    image: Vec<Blob>,
    images: Vec<Blob>,
    video: Vec<Blob>,
    files: Vec<Blob>,
) -> Result<Upload, Problem> {
    let mut given = [
        (Some(MediaKind::Image), image, 1),
        (Some(MediaKind::Image), images, usize::MAX),
        (Some(MediaKind::Video), video, 1),
        (None, files, 1),
    ]
    .into_iter()
    .filter(|(_, blobs, _)| !blobs.is_empty());
    let Some((claimed, files, at_most)) = given.next() else { return Err(Problem::new(Code::MissingContent)) };
    if given.next().is_some() || files.len() > at_most {
        return Err(Problem::new(Code::AmbiguousContent));
    }
    if files.iter().any(|blob| blob.is_empty().unwrap_or(true)) {
        return Err(Problem::new(Code::MissingContent));
    }
    let claimed = match (claimed, fields.claimed()?) {
        (Some(field), Some(mime)) if field != mime => return Err(Problem::new(Code::UnsupportedMediaType)),
        (field, mime) => field.or(mime),
    };
    Ok(Upload { claimed, files })
}

fn ask(
    service: &Service,
    request: &HttpRequest,
    fields: &Fields,
    content: Content,
) -> Result<AnalysisRequest, Problem> {
    Ok(AnalysisRequest {
        id: AnalysisId::new(service.pipeline.clock().new_uuid()),
        user: fields.user(request)?,
        premium: is_premium(request),
        content,
        language: Caller::of(request).language(),
        watched: fields.watched()?,
        forced_provider: forced_provider(service, request, fields.provider.as_deref())?,
        by_admin: is_admin(request, &service.config),
        include_label_image: fields.include_label_image.unwrap_or(false),
        listener: Listener::default(),
    })
}

/// A provider may be forced outside production, and by an admin.
fn forced_provider(
    service: &Service,
    request: &HttpRequest,
    name: Option<&str>,
) -> Result<Option<ProviderName>, Problem> {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(None) };
    if service.environment == Environment::Production && !is_admin(request, &service.config) {
        return Err(Problem::new(Code::ProviderOverrideForbidden));
    }
    let known = ProviderName::parse(name);
    known.map(Some).ok_or_else(|| Problem::about(Code::InvalidContentFormat, "provider"))
}
