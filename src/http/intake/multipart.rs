//! A `multipart/form-data` body: files go into blobs as they arrive.

use std::cell::RefCell;
use std::rc::Rc;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::HttpRequest;
use actix_web::error::PayloadError;
use futures_util::{StreamExt, stream};

use super::super::Service;
use super::super::error::{Code, Problem};
use super::Parts;
use super::body::Body;
use super::fields::{Fields, wrong};
use crate::domain::Blob;
use crate::pipeline::Reservation;

/// Longest text field, bytes, and most parts.
const MAX_TEXT_BYTES: usize = 64 << 10;
const MAX_PARTS: usize = 64;

pub(super) async fn take(
    service: &Service,
    request: &HttpRequest,
    body: Body,
) -> Result<(Parts, Reservation), Problem> {
    let watched = Rc::new(RefCell::new(Watched { body: Some(body), refused: None }));
    let mut multipart = Multipart::new(request.headers(), chunks(Rc::clone(&watched)));
    let taken = read(&mut multipart, usize::from(service.config.max_images)).await;
    drop(multipart);
    let mut watched = watched.borrow_mut();
    if let Some(refused) = watched.refused.take() {
        return Err(refused);
    }
    let parts = taken?;
    parts.fields.settle(request)?;
    let body = watched.body.take().ok_or_else(|| Problem::new(Code::Internal))?;
    Ok((parts, body.into_reservation()))
}

/// The body and why it was refused: the multipart reader has errors of its own only.
struct Watched {
    body: Option<Body>,
    refused: Option<Problem>,
}

fn chunks(
    watched: Rc<RefCell<Watched>>,
) -> impl futures_util::Stream<Item = Result<actix_web::web::Bytes, PayloadError>> {
    stream::unfold(watched, |watched| async move {
        let mut body = watched.borrow_mut().body.take()?;
        let next = body.next().await;
        watched.borrow_mut().body = Some(body);
        match next {
            Ok(chunk) => chunk.map(|chunk| (Ok(chunk), watched)),
            Err(problem) => {
                watched.borrow_mut().refused = Some(problem);
                Some((Err(PayloadError::Overflow), watched))
            }
        }
    })
    // The multipart reader asks again after the end.
    .fuse()
}

async fn read(multipart: &mut Multipart, max_images: usize) -> Result<Parts, Problem> {
    let mut parts = Parts {
        image: Vec::new(),
        images: Vec::new(),
        video: Vec::new(),
        files: Vec::new(),
        fields: Fields::default(),
    };
    let mut seen = 0;
    while let Some(field) = multipart.next().await {
        let mut field = field.map_err(broken)?;
        seen += 1;
        if seen > MAX_PARTS {
            return Err(wrong("multipart"));
        }
        let name = field.name().unwrap_or_default().to_owned();
        let (files, most) = match name.as_str() {
            "image" => (&mut parts.image, 2),
            "images" => (&mut parts.images, max_images),
            "video" => (&mut parts.video, 2),
            "file" => (&mut parts.files, 2),
            _ => {
                let value = text(&mut field, &name).await?;
                parts.fields.set(&name, value)?;
                continue;
            }
        };
        if files.len() == most {
            return Err(wrong(&format!("{name} (1–{most})")));
        }
        files.push(file(&mut field).await?);
    }
    Ok(parts)
}

async fn file(field: &mut Field) -> Result<Blob, Problem> {
    let mut blob = Blob::new().map_err(|_| Problem::new(Code::Internal))?;
    while let Some(chunk) = field.next().await {
        blob.append(&chunk.map_err(broken)?).map_err(|_| Problem::new(Code::Internal))?;
    }
    Ok(blob)
}

async fn text(field: &mut Field, name: &str) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.next().await {
        bytes.extend_from_slice(&chunk.map_err(broken)?);
        if bytes.len() > MAX_TEXT_BYTES {
            return Err(wrong(name));
        }
    }
    String::from_utf8(bytes).map_err(|_| wrong(name))
}

fn broken(_: MultipartError) -> Problem {
    wrong("multipart")
}
