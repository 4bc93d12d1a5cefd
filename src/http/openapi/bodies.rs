//! Bodies of requests that are read in parts: the media by one type, the fields beside them by another.

#![expect(dead_code, reason = "nothing but the schema of these is used")]

use utoipa::ToSchema;

use super::super::intake::{Fields, Media, Typed};
use super::super::shipped::{media, text};

/// The smallest picture that is worth showing, as a file in base64: an empty grey PNG.
pub const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAEAAAAAwCAAAAACEICPDAAAAJ0lEQVR42u3MQREAAAwCIPsnM5Yh9ttBANKjCAQCgUAgEAgEgq/BAGVMYIgZ7rkPAAAAAElFTkSuQmCC";

/// Exactly one of `image`, `images` and `video`, and fields.
#[derive(ToSchema)]
pub struct AnalyzeBody {
    #[serde(flatten)]
    media: Media<'static>,
    #[serde(flatten)]
    fields: Fields,
}

/// The same as a form: one file in `image`, `video` or `file`, or several in `images`, and fields.
#[derive(ToSchema)]
pub struct AnalyzeForm {
    #[schema(value_type = Option<String>, format = Binary)]
    image: (),
    #[schema(value_type = Option<String>, format = Binary)]
    video: (),
    /// A photo or a clip.
    #[schema(value_type = Option<String>, format = Binary)]
    file: (),
    #[schema(value_type = Option<Vec<String>>)]
    images: (),
    #[serde(flatten)]
    fields: Fields,
}

/// `ingredients`, `text`, or both, and fields.
#[derive(ToSchema)]
pub struct TextBody {
    #[serde(flatten)]
    typed: Typed,
    #[serde(flatten)]
    fields: Fields,
}

/// As the shipped app sends a video.
#[derive(ToSchema)]
pub struct ShippedVideo {
    #[serde(flatten)]
    video: media::VideoBody<'static>,
    #[serde(flatten)]
    fields: Fields,
}

/// As the shipped app sends a photo.
#[derive(ToSchema)]
pub struct ShippedImage {
    #[serde(flatten)]
    image: media::ImageBody<'static>,
    #[serde(flatten)]
    fields: Fields,
}

/// As the shipped app sends a list of ingredients.
#[derive(ToSchema)]
pub struct ShippedIngredients {
    #[serde(flatten)]
    typed: Typed,
    #[serde(flatten)]
    fields: Fields,
    #[serde(flatten)]
    spoken: text::Spoken,
}
