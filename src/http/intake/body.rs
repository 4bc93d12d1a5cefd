//! A request body under watch: its size and its memory. What is left of a refused one the server reads and drops after
//! the answer.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::StreamExt;

use super::super::Service;
use super::super::error::{Code, Problem};
use crate::pipeline::Reservation;

/// A body that may be read: its memory is reserved.
pub struct Body {
    payload: Payload,
    reservation: Reservation,
    announced: Option<u64>,
    received: u64,
    most: u64,
}

impl Body {
    /// Admits a body of at most `most` bytes before its first one: by its Content-Length, and by the memory that is left.
    ///
    /// # Errors
    /// `PAYLOAD_TOO_LARGE`, `OVERLOADED`.
    pub fn admit(service: &Service, request: &HttpRequest, payload: Payload, most: u64) -> Result<Self, Problem> {
        let header = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let announced = header.and_then(|text| text.parse::<u64>().ok());
        if announced.is_some_and(|length| length > most) {
            return Err(too_large(most));
        }
        let reservation = service.pipeline.reserve(announced.unwrap_or(0))?;
        Ok(Self { payload, reservation, announced, received: 0, most })
    }

    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// `PAYLOAD_TOO_LARGE`, `OVERLOADED`; `INVALID_CONTENT_FORMAT` for a body that breaks off.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        let Some(chunk) = self.payload.next().await else { return Ok(None) };
        let chunk = chunk.map_err(|_broken_off| Problem::about(Code::InvalidContentFormat, "body"))?;
        self.received += chunk.len() as u64;
        if self.received > self.most {
            return Err(too_large(self.most));
        }
        self.reservation.cover(self.received)?;
        Ok(Some(chunk))
    }

    /// The whole body in one buffer, which is as large as was announced from the start.
    ///
    /// # Errors
    /// As [`Body::next`].
    pub async fn whole(mut self) -> Result<(Bytes, Reservation), Problem> {
        let mut whole = BytesMut::with_capacity(usize::try_from(self.announced.unwrap_or(0)).unwrap_or(0));
        while let Some(chunk) = self.next().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok((whole.freeze(), self.reservation))
    }

    /// The reservation, once the body has been read.
    pub fn into_reservation(self) -> Reservation {
        self.reservation
    }
}

fn too_large(most: u64) -> Problem {
    let most = if most < 1 << 20 { format!("{} KiB", most >> 10) } else { format!("{} MiB", most >> 20) };
    Problem::about(Code::PayloadTooLarge, most)
}
