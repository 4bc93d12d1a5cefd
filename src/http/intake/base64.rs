//! Base64 straight out of a JSON string into a blob: no unescaped copy, no decoded copy beside the blob.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::super::error::{Code, Problem};
use crate::domain::Blob;

/// Base64 characters decoded at a time; a multiple of four.
const STEP: usize = 64 << 10;
/// What ends the prefix of a `data:` URI.
const MARK: &[u8] = b";base64,";
/// Longest such prefix, bytes.
const MAX_PREFIX_BYTES: usize = 256;
/// Phones disagree about padding.
const DECODER: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Decodes the JSON string `quoted` (with its quotes, escapes as sent): base64 of either alphabet (RFC 4648 §4, §5), with
/// or without a `data:` prefix. JSON writers escape `/`, `=` and line ends in it; white space is skipped.
///
/// # Errors
/// `INVALID_BASE64`; `INVALID_CONTENT_FORMAT` about `field` where it is no string; `INTERNAL` when out of memory.
pub fn decode(quoted: &str, field: &str) -> Result<Blob, Problem> {
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let inner = inner.ok_or_else(|| super::fields::wrong(field))?;
    let mut decoder =
        Decoder { blob: blob()?, pending: Vec::with_capacity(STEP), decoded: vec![0; STEP / 4 * 3], ended: false };
    let mut rest = without_data_prefix(inner)?.as_bytes();
    while !rest.is_empty() {
        let clean = rest.iter().position(|byte| matches!(byte, b'\\' | b' ')).unwrap_or(rest.len());
        decoder.push(&rest[..clean])?;
        rest = decoder.escape(&rest[clean..])?;
    }
    decoder.finish()
}

struct Decoder {
    blob: Blob,
    pending: Vec<u8>,
    decoded: Vec<u8>,
    /// Padding or a short group was seen: nothing may follow.
    ended: bool,
}

impl Decoder {
    fn push(&mut self, mut characters: &[u8]) -> Result<(), Problem> {
        while !characters.is_empty() {
            let take = characters.len().min(STEP - self.pending.len());
            self.pending.extend_from_slice(&characters[..take]);
            characters = &characters[take..];
            if self.pending.len() == STEP {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Takes one escape (or space) off the front of `rest`; returns what follows it.
    fn escape<'a>(&mut self, rest: &'a [u8]) -> Result<&'a [u8], Problem> {
        match rest {
            [] => Ok(rest),
            [b' ', after @ ..] | [b'\\', b'n' | b'r' | b't', after @ ..] => Ok(after),
            [b'\\', b'/', after @ ..] => self.push(b"/").map(|()| after),
            [b'\\', b'u', b'0', b'0', high, low, after @ ..] => {
                let digits = [*high, *low];
                let text = std::str::from_utf8(&digits).map_err(|_| invalid())?;
                let byte = u8::from_str_radix(text, 16).map_err(|_| invalid())?;
                if !byte.is_ascii_whitespace() {
                    self.push(&[byte])?;
                }
                Ok(after)
            }
            _ => Err(invalid()),
        }
    }

    fn flush(&mut self) -> Result<(), Problem> {
        if self.pending.is_empty() {
            return Ok(());
        }
        if self.ended {
            return Err(invalid());
        }
        for byte in &mut self.pending {
            *byte = match *byte {
                b'-' => b'+',
                b'_' => b'/',
                other => other,
            };
        }
        let length = DECODER.decode_slice(&self.pending, &mut self.decoded).map_err(|_| invalid())?;
        self.ended = length < self.pending.len() / 4 * 3 || !self.pending.len().is_multiple_of(4);
        self.blob.append(&self.decoded[..length]).map_err(|_| Problem::new(Code::Internal))?;
        self.pending.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<Blob, Problem> {
        self.flush()?;
        Ok(self.blob)
    }
}

fn without_data_prefix(text: &str) -> Result<&str, Problem> {
    if !text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:")) {
        return Ok(text);
    }
    // A comma does not end it: recorders write `data:video/webm;codecs=vp8,opus;base64,`.
    let prefix = &text.as_bytes()[..text.len().min(MAX_PREFIX_BYTES)];
    let mark = prefix.windows(MARK.len()).position(|piece| piece.eq_ignore_ascii_case(MARK)).ok_or_else(invalid)?;
    Ok(&text[mark + MARK.len()..])
}

fn blob() -> Result<Blob, Problem> {
    Blob::new().map_err(|_| Problem::new(Code::Internal))
}

fn invalid() -> Problem {
    Problem::new(Code::InvalidBase64)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD as ENCODER;

    use super::*;

    fn bytes(quoted: &str) -> Result<Vec<u8>, Code> {
        let blob = decode(quoted, "image").map_err(|problem| problem.code)?;
        let mut bytes = vec![0; usize::try_from(blob.len().unwrap()).unwrap()];
        blob.read_exact_at(&mut bytes, 0).unwrap();
        Ok(bytes)
    }

    fn sample(length: usize) -> Vec<u8> {
        (0..length).map(|i| u8::try_from(i * 31 % 251).unwrap()).collect()
    }

    #[test]
    fn every_length_around_a_step_comes_back_whole() {
        for length in [1, 2, 3, 49_150, 49_151, 49_152, 49_153, 49_154, 100_001] {
            let data = sample(length);
            let text = ENCODER.encode(&data);
            assert_eq!(bytes(&format!("\"{text}\"")), Ok(data.clone()), "{length}");
            assert_eq!(bytes(&format!("\"{}\"", text.trim_end_matches('='))), Ok(data), "{length} unpadded");
        }
    }

    #[test]
    fn what_json_writers_escape_is_understood() {
        assert_eq!(bytes(r#""\/\/\/\/""#), Ok(vec![0xff; 3]));
        assert_eq!(bytes(r#""YWJj\r\nZGU\u003d""#), Ok(b"abcde".to_vec()));
        assert_eq!(bytes(r#""data:image/jpeg;base64,YWJj""#), Ok(b"abc".to_vec()));
        assert_eq!(bytes(r#""data:image\/jpeg;base64,YWJj""#), Ok(b"abc".to_vec()));
        assert_eq!(bytes(r#""data:video/webm;codecs=vp8,opus;base64,YWJj""#), Ok(b"abc".to_vec()));
        assert_eq!(bytes(r#""Data:video/mp4; codecs=\"avc1, mp4a\";BASE64,YWJj""#), Ok(b"abc".to_vec()));
    }

    #[test]
    fn the_alphabet_for_addresses_is_understood_too() {
        assert_eq!(bytes(r#""-_-_""#), bytes(r#""+/+/""#));
        assert_eq!(bytes(r#""-_-_""#).map(|bytes| bytes.len()), Ok(3));
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for text in [r#""a""#, r#""YWJ*""#, r#""YQ==YQ==""#, r#""data:image/png,YWJj""#, r#""\u0100""#, r#""å""#] {
            assert_eq!(bytes(text), Err(Code::InvalidBase64), "{text}");
        }
        assert_eq!(bytes("17"), Err(Code::InvalidContentFormat));
    }
}
