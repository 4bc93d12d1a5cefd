//! Request bodies: JSON written in one pass, each picture turned into base64 right where it stands in the body.

use std::io::{self, Write};
use std::vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;

/// Bytes that are written as a base64 string. Only [`write`] understands them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Base64<'a>(pub &'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// Compact JSON in which byte strings are base64, each behind the next of `prefixes`.
struct Compact {
    prefixes: vec::IntoIter<String>,
}

/// Bytes encoded at a time: a multiple of three, so that pieces can be joined.
const PIECE: usize = 3 * 4096;

impl Formatter for Compact {
    fn write_byte_array<W: ?Sized + Write>(&mut self, writer: &mut W, value: &[u8]) -> io::Result<()> {
        writer.write_all(b"\"")?;
        writer.write_all(self.prefixes.next().unwrap_or_default().as_bytes())?;
        let mut encoded = [0; PIECE / 3 * 4];
        for piece in value.chunks(PIECE) {
            let length = STANDARD.encode_slice(piece, &mut encoded).map_err(io::Error::other)?;
            writer.write_all(&encoded[..length])?;
        }
        writer.write_all(b"\"")
    }
}

/// Writes `request`, whose pictures have `picture_bytes` bytes together. The n-th picture stands behind the n-th of
/// `prefixes` (`data:image/jpeg;base64,` where a vendor wants URLs); without prefixes, bare.
///
/// # Errors
/// When a value has no JSON form, which no request of ours has.
pub(super) fn write(
    request: &impl Serialize,
    picture_bytes: usize,
    prefixes: Vec<String>,
) -> Result<Bytes, serde_json::Error> {
    let mut body = Vec::with_capacity(picture_bytes.div_ceil(3) * 4 + 16 * 1024);
    let compact = Compact { prefixes: prefixes.into_iter() };
    request.serialize(&mut serde_json::Serializer::with_formatter(&mut body, compact))?;
    Ok(body.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Two<'a> {
        text: &'a str,
        first: Base64<'a>,
        second: Base64<'a>,
    }

    #[test]
    fn pictures_of_every_length_come_back_as_they_were() {
        for length in [0, 1, 2, 3, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 2] {
            let bytes: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let two = Two { text: "\"å\"", first: Base64(&bytes), second: Base64(b"kok") };
            let body = write(&two, length, vec!["data:x;base64,".to_owned()]).unwrap();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let first = body["first"].as_str().unwrap().strip_prefix("data:x;base64,").unwrap();
            assert_eq!(STANDARD.decode(first).unwrap(), bytes, "{length}");
            assert_eq!((&body["text"], &body["second"]), (&"\"å\"".into(), &"a29r".into()));
        }
    }

    #[test]
    fn the_body_never_grows_while_it_is_written() {
        let bytes = vec![7; 1 << 20];
        let body =
            write(&Two { text: "", first: Base64(&bytes), second: Base64(&[]) }, bytes.len(), Vec::new()).unwrap();
        let room = bytes.len().div_ceil(3) * 4 + 16 * 1024;
        let body = Vec::from(body);
        assert!(body.len() <= room && body.capacity() == room, "{} of {}", body.len(), body.capacity());
    }
}
