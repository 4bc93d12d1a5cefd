//! Videos and photos.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::Service;
use super::super::error::Problem;
use super::super::intake::{self, Fields, Files, Look, Looked, decode, parse, wrong};
use super::super::once::{Job, Write};
use super::super::openapi::{ImageRequest, Named, NamedImageRequest, VideoRequest, Wrapped as WrappedAnswer};
use super::super::wire::Answer;
use super::{as_known, missing};
use crate::domain::MediaKind;
use crate::pipeline::Finished;

/// `POST /api/video/analyze-video` and its other names.
///
/// # Errors
/// Those of `/analyze`.
#[utoipa::path(
    post,
    path = "/api/video/analyze-video",
    tag = "shipped",
    operation_id = "shippedVideo",
    request_body(content = VideoRequest),
    responses((status = 200, description = "The verdict under `result`", body = WrappedAnswer)),
)]
pub async fn video(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    #[derive(Serialize)]
    struct Wrapped<'a> {
        success: bool,
        result: Answer<'a>,
    }
    let write = |finished: &Finished| serde_json::to_vec(&Wrapped { success: true, result: whole(finished) });
    analyze(&request, payload, &service, ("/analyze-video", video_of, write)).await
}

/// `POST /api/image/analyze`.
///
/// # Errors
/// Those of `/analyze`.
#[utoipa::path(
    post,
    path = "/api/image/analyze",
    tag = "shipped",
    operation_id = "shippedImage",
    request_body(content = ImageRequest),
    responses((status = 200, description = "The verdict", body = Answer)),
)]
pub async fn image(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    let write = |finished: &Finished| serde_json::to_vec(&whole(finished));
    analyze(&request, payload, &service, ("/api/image/analyze", image_of, write)).await
}

/// `POST /api/analyze/image` and its other name: ingredients are answered as names alone.
///
/// # Errors
/// Those of `/analyze`.
#[utoipa::path(
    post,
    path = "/api/analyze/image",
    tag = "shipped",
    operation_id = "shippedNamedImage",
    request_body(content = NamedImageRequest),
    responses((status = 200, description = "The verdict, its ingredients as plain names", body = Named)),
)]
pub async fn image_named(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    let write = |finished: &Finished| serde_json::to_vec(&whole(finished).named());
    analyze(&request, payload, &service, ("/api/analyze/image", intake::look, write)).await
}

async fn analyze(
    request: &HttpRequest,
    payload: web::Payload,
    service: &web::Data<Service>,
    (route, look, write): (&'static str, Look, Write),
) -> Result<HttpResponse, Problem> {
    service.limits.analysis(request)?;
    let taken = intake::media(service, request, payload, look).await?;
    Job::new(service, request, route, taken, write)?.answer().await.map_err(as_known)
}

fn whole(finished: &Finished) -> Answer<'_> {
    Answer::of(&finished.analysis, finished.usage, finished.label_image.as_ref())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VideoBody<'a> {
    #[serde(borrow)]
    base64_data: Option<&'a RawValue>,
}

fn video_of(bytes: &[u8], _most: usize) -> Looked {
    let fields: Fields = parse(bytes)?;
    let files = clip(bytes, &fields);
    Ok((fields, files))
}

fn clip(bytes: &[u8], fields: &Fields) -> Result<Files, Problem> {
    let VideoBody { base64_data } = parse(bytes)?;
    let data = given(base64_data).ok_or_else(|| missing("base64Data"))?;
    if fields.mime_type.as_deref().is_none_or(str::is_empty) {
        return Err(missing("mimeType"));
    }
    if !matches!(fields.claimed(), Ok(Some(MediaKind::Video))) {
        return Err(wrong("mimeType"));
    }
    Ok(Files { video: vec![decode(data, "base64Data")?], ..Files::default() })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ImageBody<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    content_type: Option<String>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    language: Option<String>,
}

fn image_of(bytes: &[u8], _most: usize) -> Looked {
    let ImageBody { data, content_type, metadata } = parse(bytes)?;
    let mut fields: Fields = parse(bytes)?;
    fields.mime_type = content_type;
    fields.preferred_language = fields.preferred_language.or(metadata.and_then(|metadata| metadata.language));
    let files = given(data).ok_or_else(|| missing("data")).and_then(|data| decode(data, "data"));
    Ok((fields, files.map(|file| Files { image: vec![file], ..Files::default() })))
}

/// A member as it stands in the body, if there is anything in it.
fn given(value: Option<&RawValue>) -> Option<&str> {
    value.map(RawValue::get).filter(|text| *text != "\"\"")
}
