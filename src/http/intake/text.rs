//! A JSON body that holds typed ingredients or text.

use actix_web::HttpRequest;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::error::{Code, Problem};
use super::body::Body;
use super::bounded::at_most;
use super::fields::{Fields, wrong};
use super::json::parse;
use crate::domain::Content;
use crate::pipeline::Reservation;

/// More than any pack carries; the engine's time is bounded by it.
const MAX_INGREDIENTS: usize = 500;
const MAX_TEXT_BYTES: usize = 64 << 10;
/// Largest body, bytes: the text, escaped and listed, with its fields.
pub(super) const MAX_BODY_BYTES: u64 = 1 << 20;

/// Reads the fields of one form of body.
pub type Look = fn(&[u8]) -> Result<Fields, Problem>;

/// What was typed.
#[derive(Deserialize, ToSchema)]
pub struct Typed {
    #[schema(max_items = 500)]
    #[serde(default, deserialize_with = "at_most::<_, _, MAX_INGREDIENTS>")]
    ingredients: Option<Vec<String>>,
    text: Option<String>,
}

/// The fields of `/analyze-text`.
pub fn look(bytes: &[u8]) -> Result<Fields, Problem> {
    parse(bytes)
}

pub(super) async fn take(
    request: &HttpRequest,
    body: Body,
    look: Look,
) -> Result<((Content, Fields), Reservation), Problem> {
    let (bytes, reservation) = body.whole().await?;
    let fields = look(&bytes)?;
    fields.settle(request)?;
    let Typed { ingredients, text } = parse(&bytes)?;
    let ingredients = ingredients.unwrap_or_default();
    let text = text.filter(|text| !text.trim().is_empty());
    if ingredients.iter().map(String::len).sum::<usize>() > MAX_TEXT_BYTES {
        return Err(wrong("ingredients"));
    }
    if text.as_ref().is_some_and(|text| text.len() > MAX_TEXT_BYTES) {
        return Err(wrong("text"));
    }
    if text.is_none() && ingredients.iter().all(|name| name.trim().is_empty()) {
        return Err(Problem::new(Code::MissingContent));
    }
    Ok(((Content::Text { ingredients, text }, fields), reservation))
}
