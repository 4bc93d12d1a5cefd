//! What a worker answers is an attacker's until it has been checked: nothing is used before it passed here.

use crate::domain::{Blob, EncodedClip, MediaFacts, MediaKind, Picture, Pictures, Progress, Stage};
use crate::media::Error;
use crate::media::wire::{Event, FailureKind, FilmFacts, Hung, LocalReading, Prepared};

/// Longest text of all pictures together, twice: sixteen densely printed pages.
const MAX_TEXT_BYTES: usize = 128 << 10;

/// Most issues there are to have.
const MAX_ISSUES: usize = 8;

/// Longest film: the longest `VIDEO_MAX_ANALYZE_SECONDS` and its last picture.
const MAX_FILM_MS: u32 = 61_000;

/// The parts of an MP4 file without fragments.
const FILM_BOXES: [&[u8; 4]; 4] = [b"ftyp", b"free", b"mdat", b"moov"];

/// Longest detail that is kept for the log, in characters.
const MAX_DETAIL_CHARS: usize = 300;

/// Accepts pictures whose sizes are within bounds and agree with the bytes that were written, and seals them: the next
/// worker that is shown them cannot change what later readers see.
///
/// # Errors
/// [`Error::Protocol`].
pub fn pictures(prepared: Prepared, outputs: Vec<Blob>, max_edge: u32) -> Result<Pictures, Error> {
    let count = prepared.pictures.len();
    if count == 0 || count > outputs.len() {
        return Err(Error::Protocol("more pictures than outputs, or none"));
    }
    let clip = match prepared.kind {
        MediaKind::Video => true,
        MediaKind::Image => false,
        MediaKind::Text => return Err(Error::Protocol("pictures of a text")),
    };
    if clip != prepared.duration_ms.is_some() || prepared.issues.len() > MAX_ISSUES {
        return Err(Error::Protocol("facts that contradict each other"));
    }
    let mut pictures = Vec::with_capacity(count);
    for (Hung { size, ample_pixels }, pixels) in prepared.pictures.into_iter().zip(outputs) {
        let in_bounds = |edge| (1..=max_edge).contains(&edge);
        if !in_bounds(size.width) || !in_bounds(size.height) {
            return Err(Error::Protocol("a picture out of bounds"));
        }
        pixels.seal().map_err(Error::System)?;
        if pixels.len().map_err(Error::System)? != size.rgb_bytes() {
            return Err(Error::Protocol("pixels and size disagree"));
        }
        pictures.push(Picture { width: size.width, height: size.height, pixels, ample_pixels: ample_pixels.max(1) });
    }
    let facts = MediaFacts {
        kind: prepared.kind,
        duration_ms: prepared.duration_ms,
        frames_decoded: prepared.frames_decoded,
        images_sent: u32::try_from(count).unwrap_or(u32::MAX),
        bytes_sent: 0,
        image_tokens: 0,
        flattened: prepared.flattened,
    };
    Ok(Pictures { pictures, facts, issues: prepared.issues, clip: None })
}

/// Accepts a text of bounded length that is no more than a transcript.
///
/// # Errors
/// [`Error::Protocol`].
pub fn reading(local: LocalReading) -> Result<LocalReading, Error> {
    let reading = &local.reading;
    let texts = [&reading.label_text, &local.confident_text].into_iter().chain(&reading.claims);
    if texts.map(String::len).sum::<usize>() > MAX_TEXT_BYTES || reading.issues.len() > MAX_ISSUES {
        return Err(Error::Protocol("more text than pictures can hold"));
    }
    if reading.ingredients.is_some() {
        return Err(Error::Protocol("a transcript that judges"));
    }
    Ok(local)
}

/// Accepts a film of bounded size and length whose file is made of the parts that a film has, and no others.
///
/// # Errors
/// [`Error::Protocol`].
pub fn film(facts: FilmFacts, file: &Blob, max_bytes: u64, max_edge: u32) -> Result<EncodedClip, Error> {
    let FilmFacts { size, duration_ms } = facts;
    let in_bounds = |edge| (1..=max_edge).contains(&edge);
    if !in_bounds(size.width) || !in_bounds(size.height) || !(1..=MAX_FILM_MS).contains(&duration_ms) {
        return Err(Error::Protocol("a film out of bounds"));
    }
    file.seal().map_err(Error::System)?;
    let length = file.len().map_err(Error::System)?;
    if length > max_bytes {
        return Err(Error::Protocol("a film of too many bytes"));
    }
    let mut bytes = vec![0; usize::try_from(length).map_err(|_| Error::Protocol("a film of too many bytes"))?];
    file.read_exact_at(&mut bytes, 0).map_err(Error::System)?;
    if !is_plain_film(&bytes) {
        return Err(Error::Protocol("a film that is none"));
    }
    Ok(EncodedClip {
        width: size.width,
        height: size.height,
        duration_ms,
        media_type: "video/mp4",
        bytes: bytes.into(),
    })
}

/// Whether the file is a row of the boxes that a film needs, from its first byte to its last.
fn is_plain_film(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    let mut seen = Vec::new();
    while let [a, b, c, d, name @ ..] = rest {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let (Some(name), Some(after)) = (name.get(..4), rest.get(length..)) else { return false };
        if length < 8 || !FILM_BOXES.iter().any(|known| *known == name) {
            return false;
        }
        seen.push(name);
        rest = after;
    }
    rest.is_empty() && seen.first() == Some(&&b"ftyp"[..]) && seen.contains(&&b"moov"[..])
}

/// Accepts progress that goes forwards: so there are no more than 101 messages of it.
///
/// # Errors
/// [`Error::Protocol`].
pub fn progress(before: Option<u8>, percent: u8) -> Result<Progress, Error> {
    if percent > 100 || before.is_some_and(|before| percent <= before) {
        return Err(Error::Protocol("progress that goes backwards, or beyond the end"));
    }
    Ok(Progress { stage: Stage::Media, percent })
}

/// Translates an answer that is not the one hoped for.
pub fn failure(event: Event) -> Error {
    let Event::Failed(failure) = event else { return Error::Protocol("an answer to another question") };
    let detail = failure.detail.chars().take(MAX_DETAIL_CHARS).collect();
    match failure.kind {
        FailureKind::Unreadable => Error::Unreadable { detail },
        FailureKind::Unsupported => Error::UnsupportedType { detail },
        FailureKind::TooLong => Error::TooLong { detail },
        FailureKind::TooLarge => Error::TooLargeDimensions { detail },
        FailureKind::NoFrames => Error::NoFrames { detail },
        FailureKind::Internal => Error::Internal { detail },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Confinement;
    use crate::media::wire::Size;

    fn prepared(sizes: &[(u32, u32)]) -> Prepared {
        let hung = |&(width, height): &(u32, u32)| Hung { size: Size { width, height }, ample_pixels: 0 };
        Prepared {
            pictures: sizes.iter().map(hung).collect(),
            kind: MediaKind::Image,
            duration_ms: None,
            frames_decoded: 1,
            issues: Vec::new(),
            flattened: false,
            film: None,
        }
    }

    fn outputs(lengths: &[usize]) -> Vec<Blob> {
        lengths.iter().map(|&length| Blob::copy_of(&vec![0; length]).unwrap()).collect()
    }

    fn local(text: &str) -> LocalReading {
        let reading = crate::domain::Reading {
            label_text: text.to_owned(),
            language: None,
            legibility: crate::domain::Legibility::Full,
            issues: Vec::new(),
            ingredients: None,
            claims: Vec::new(),
        };
        LocalReading { reading, confident_text: text.to_owned() }
    }

    #[test]
    fn a_transcript_is_short_and_judges_nothing() {
        assert_eq!(reading(local("salt")).unwrap().reading.label_text, "salt");
        assert!(reading(local(&"x".repeat(MAX_TEXT_BYTES))).is_err());
        let mut judging = local("salt");
        judging.reading.ingredients = Some(Vec::new());
        assert!(reading(judging).is_err());
    }

    #[test]
    fn what_a_worker_says_of_a_failure_is_cut_short() {
        let long = FailureKind::TooLong.because(&"å".repeat(5000));
        let Error::TooLong { detail } = failure(Event::Failed(long)) else { panic!("another kind") };
        assert_eq!(detail.chars().count(), MAX_DETAIL_CHARS);
        assert!(matches!(failure(Event::Ready(Confinement::NONE)), Error::Protocol(_)));
    }

    #[test]
    fn pictures_that_agree_with_their_bytes_are_accepted() {
        let pictures = pictures(prepared(&[(2, 3), (1, 1)]), outputs(&[18, 3, 0]), 3).unwrap();
        assert_eq!(pictures.pictures.len(), 2);
        assert_eq!(pictures.facts.images_sent, 2);
        assert!(pictures.pictures.iter().all(|picture| picture.ample_pixels > 0), "no picture is reduced to nothing");
    }

    #[test]
    fn progress_goes_forwards() {
        assert_eq!(progress(None, 0).unwrap().percent, 0);
        assert_eq!(progress(Some(99), 100).unwrap().percent, 100);
        assert!(progress(Some(5), 5).is_err() && progress(Some(5), 4).is_err() && progress(None, 101).is_err());
    }

    #[test]
    fn a_film_is_a_plain_file_of_bounded_size() {
        let facts = |width, duration_ms| FilmFacts { size: crate::media::wire::Size { width, height: 2 }, duration_ms };
        let plain = b"\0\0\0\x08ftyp\0\0\0\x0Amdat..\0\0\0\x08moov";
        let taken = |facts, bytes: &[u8]| film(facts, &Blob::copy_of(bytes).unwrap(), 26, 9);
        assert_eq!(&*taken(facts(2, 5), plain).unwrap().bytes, plain);
        assert!(taken(facts(10, 5), plain).is_err() && taken(facts(0, 5), plain).is_err());
        assert!(taken(facts(2, 0), plain).is_err() && taken(facts(2, u32::MAX), plain).is_err());
        assert!(taken(facts(2, 5), &[plain.as_slice(), b"\0\0\0\x08free"].concat()).is_err(), "too long");
        for broken in [
            &b""[..],
            b"\0\0\0\x08ftyp",
            b"\0\0\0\x08moov\0\0\0\x08ftyp",
            b"\0\0\0\x08ftyp\0\0\0\x08moovx",
            b"\0\0\0\x08ftyp\0\0\0\x09moov",
            b"\0\0\0\x08ftyp\0\0\0\0moov",
            b"\0\0\0\x08ftyp\0\0\0\x08uuid",
        ] {
            assert!(taken(facts(2, 5), broken).is_err(), "{}", broken.escape_ascii());
        }
    }

    #[test]
    fn answers_that_lie_are_not_believed() {
        let refused = |prepared, lengths: &[usize]| {
            assert!(matches!(pictures(prepared, outputs(lengths), 3), Err(Error::Protocol(_))));
        };
        refused(prepared(&[]), &[18]);
        refused(prepared(&[(2, 3), (2, 3)]), &[18]);
        refused(prepared(&[(2, 3)]), &[17]);
        refused(prepared(&[(2, 3)]), &[19]);
        refused(prepared(&[(2, 4)]), &[24]);
        refused(prepared(&[(0, 3)]), &[0]);
        refused(prepared(&[(u32::MAX, u32::MAX)]), &[3]);
        refused(Prepared { kind: MediaKind::Text, ..prepared(&[(2, 3)]) }, &[18]);
        refused(Prepared { duration_ms: Some(5), ..prepared(&[(2, 3)]) }, &[18]);
    }
}
