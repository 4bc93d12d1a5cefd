//! Shapes of requests and small answers that no type of their own is made for where they are read or written.

#![expect(dead_code, reason = "nothing but the schema of these is used")]

use serde::Serialize;
use utoipa::ToSchema;

use super::super::comparison::Row;
use super::super::intake::{Fields, Media, Typed};
use super::super::wire::Answer;

/// Body of `/analyze`: exactly one of `image`, `images` and `video`.
#[derive(ToSchema)]
pub struct AnalyzeBody {
    #[schema(inline)]
    #[serde(flatten)]
    media: Media<'static>,
    #[schema(inline)]
    #[serde(flatten)]
    fields: Fields,
}

/// The same as a form: one file in `image`, `video` or `file`, or several in `images`.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnalyzeForm {
    #[schema(value_type = Option<String>, format = Binary)]
    image: Option<Vec<u8>>,
    #[schema(value_type = Option<String>, format = Binary)]
    video: Option<Vec<u8>>,
    /// A photo or a clip.
    #[schema(value_type = Option<String>, format = Binary)]
    file: Option<Vec<u8>>,
    #[schema(value_type = Option<Vec<String>>)]
    images: Option<Vec<Vec<u8>>>,
    user_id: Option<String>,
    preferred_language: Option<String>,
    /// Separated by commas, or as JSON.
    watched_ingredients: Option<String>,
    provider: Option<String>,
    request_id: Option<String>,
    include_label_image: Option<bool>,
}

/// Body of `/analyze-text`: `ingredients`, `text`, or both.
#[derive(ToSchema)]
pub struct TextBody {
    #[schema(inline)]
    #[serde(flatten)]
    typed: Typed,
    #[schema(inline)]
    #[serde(flatten)]
    fields: Fields,
}

/// Body of `/api/ingredients/analyze`.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IngredientsRequest {
    #[schema(max_items = 500)]
    ingredients: Vec<String>,
    language: Option<String>,
    #[schema(max_length = 128)]
    user_id: Option<String>,
}

/// Body of `/api/video/analyze-video`.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VideoRequest {
    #[schema(format = Byte)]
    base64_data: String,
    #[schema(pattern = "^video/", example = "video/mp4")]
    mime_type: String,
    preferred_language: Option<String>,
    #[schema(max_length = 128)]
    user_id: Option<String>,
    #[schema(max_length = 128)]
    request_id: Option<String>,
}

/// Body of `/api/image/analyze`.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageRequest {
    #[schema(format = Byte)]
    data: String,
    #[schema(example = "image/jpeg")]
    content_type: Option<String>,
    #[schema(max_length = 128)]
    user_id: Option<String>,
    metadata: Option<Metadata>,
    /// Nothing in it counts.
    #[schema(value_type = Option<Object>)]
    options: Option<()>,
}

/// What the app says about a photo; only the language counts.
#[derive(ToSchema)]
pub struct Metadata {
    language: Option<String>,
}

/// Body of `/api/analyze/image`.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedImageRequest {
    #[schema(format = Byte)]
    image: String,
    preferred_language: Option<String>,
}

/// The verdict of a video on the shipped app's path.
#[derive(Serialize, ToSchema)]
pub struct Wrapped {
    success: bool,
    result: Answer<'static>,
}

/// The verdict with its ingredients as plain names; its members are set beside the usual answer's.
#[derive(Serialize, ToSchema)]
#[schema(as = NamedAnswer)]
pub struct Named {
    success: bool,
}

/// It was done.
#[derive(Serialize, ToSchema)]
pub struct Done {
    success: bool,
}

/// A report was kept.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reported {
    success: bool,
    #[schema(format = Uuid)]
    report_id: String,
}

/// It lives.
#[derive(Serialize, ToSchema)]
pub struct Alive {
    #[schema(example = "ok")]
    status: String,
}

/// What each provider did in a window of time.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    #[schema(format = DateTime)]
    from: Option<String>,
    #[schema(format = DateTime)]
    to: Option<String>,
    providers: Vec<Row<'static>>,
    model_breakdown: Vec<Row<'static>>,
}

/// What each model did in a window of time.
#[derive(Serialize, ToSchema)]
pub struct Models {
    #[schema(format = DateTime)]
    from: Option<String>,
    #[schema(format = DateTime)]
    to: Option<String>,
    models: Vec<Row<'static>>,
}
