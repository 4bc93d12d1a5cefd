//! Videos and photos.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::super::Service;
use super::super::error::Problem;
use super::super::intake::{self, Fields, Files, Look, Looked, decode, parse, wrong};
use super::super::once::{Job, Write};
use super::super::openapi::{AnalyzeBody, PICTURE, ShippedImage, ShippedVideo};
use super::super::wire::Answer;
use super::{as_known, missing};
use crate::domain::MediaKind;
use crate::pipeline::Finished;

/// The verdict of a video.
#[derive(Serialize, ToSchema)]
pub struct Wrapped<'a> {
    success: bool,
    result: Answer<'a>,
}

/// `POST /api/video/analyze-video` and its other names.
///
/// # Errors
/// Those of `/analyze`.
#[utoipa::path(
    post,
    path = "/api/video/analyze-video",
    tag = "shipped",
    operation_id = "shippedVideo",
    request_body(content = ShippedVideo, example = json!({"base64Data": "AAAAIGZ0eXBpc29t", "mimeType": "video/mp4", "preferredLanguage": "sv"})),
    responses((status = 200, description = "The verdict under `result`", body = Wrapped)),
)]
pub async fn video(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
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
    request_body(content = ShippedImage, example = json!({"data": PICTURE, "contentType": "image/png", "userId": "anna", "metadata": {"language": "sv"}})),
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
    request_body(content = AnalyzeBody, example = json!({"image": PICTURE, "preferredLanguage": "sv"})),
    responses((status = 200, description = "The verdict, its ingredients as plain names", body = ref("#/components/schemas/NamedAnswer"))),
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

/// The members that the app sends a video in.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VideoBody<'a> {
    #[schema(value_type = String, format = Byte, min_length = 1)]
    #[serde(borrow)]
    base64_data: Option<&'a RawValue>,
    #[schema(value_type = String, pattern = "^video/")]
    mime_type: Option<String>,
}

fn video_of(bytes: &[u8], _most: usize) -> Looked {
    let fields: Fields = parse(bytes)?;
    let files = clip(bytes, &fields);
    Ok((fields, files))
}

fn clip(bytes: &[u8], fields: &Fields) -> Result<Files, Problem> {
    let VideoBody { base64_data, mime_type } = parse(bytes)?;
    let data = given(base64_data).ok_or_else(|| missing("base64Data"))?;
    if mime_type.is_none_or(|named| named.is_empty()) {
        return Err(missing("mimeType"));
    }
    if !matches!(fields.claimed(), Ok(Some(MediaKind::Video))) {
        return Err(wrong("mimeType"));
    }
    Ok(Files { video: vec![decode(data, "base64Data")?], ..Files::default() })
}

/// The members that the app sends a photo in.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageBody<'a> {
    #[schema(value_type = String, format = Byte, min_length = 1)]
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    content_type: Option<String>,
    metadata: Option<Metadata>,
}

/// What the app says about a photo; only the language counts.
#[derive(Deserialize, ToSchema)]
pub struct Metadata {
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
