//! Pictures to text, by the local reader.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::domain::{Blob, Legibility, QualityIssue, Reading};
use crate::media::join::{Joined, join};
use crate::media::quality::luma;
use crate::media::wire::{Failure, FailureKind, LocalReading, Size};
use crate::ocr::{self, Page};

/// Reads pictures while there is time for one that takes as long as the slowest so far, and joins what they say. Every
/// second one comes first, so that a reading that is cut short has still seen all sides of a turning pack.
///
/// # Errors
/// Internal: pixels were checked before they came here.
pub fn read(
    reader: &mut ocr::Reader,
    sizes: &[Size],
    pixels: &[Blob],
    until: Instant,
) -> Result<LocalReading, Failure> {
    let pictures: Vec<_> = sizes.iter().zip(pixels).collect();
    let mut pages = BTreeMap::new();
    let mut slowest = Duration::ZERO;
    for index in (0..pictures.len()).step_by(2).chain((1..pictures.len()).step_by(2)) {
        let begun = Instant::now();
        if !pages.is_empty() && begun + slowest >= until {
            break;
        }
        let (size, pixels) = pictures[index];
        pages.insert(index, read_page(reader, *size, pixels)?);
        slowest = slowest.max(begun.elapsed());
    }
    let complete = pages.len() == pictures.len();
    Ok(transcript(join(&pages.into_values().collect::<Vec<_>>()), complete))
}

fn read_page(reader: &mut ocr::Reader, size: Size, pixels: &Blob) -> Result<Page, Failure> {
    let mut rgb = vec![0; usize::try_from(size.rgb_bytes()).map_err(|error| FailureKind::Internal.because(&error))?];
    pixels.read_exact_at(&mut rgb, 0).map_err(|error| FailureKind::Internal.because(&error))?;
    let grey: Vec<u8> = rgb.as_chunks().0.iter().copied().map(luma).collect();
    reader.read(&grey, size.width, size.height).map_err(|error| FailureKind::Internal.because(&error))
}

/// A transcript vouches for the whole list only if every picture was read.
fn transcript(joined: Joined, complete: bool) -> LocalReading {
    let legibility = if complete { joined.legibility } else { joined.legibility.min(Legibility::Partial) };
    let issues = if joined.legibility == Legibility::None { vec![QualityIssue::NoText] } else { Vec::new() };
    let reading =
        Reading { label_text: joined.text, language: None, legibility, issues, ingredients: None, claims: Vec::new() };
    LocalReading { reading, confident_text: joined.confident_text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str, legibility: Legibility) -> Joined {
        Joined { text: text.to_owned(), confident_text: text.to_owned(), legibility }
    }

    #[test]
    fn a_transcript_of_some_of_the_pictures_is_never_whole() {
        let legibility = |complete| transcript(joined("salt", Legibility::Full), complete).reading.legibility;
        assert_eq!((legibility(true), legibility(false)), (Legibility::Full, Legibility::Partial));
    }

    #[test]
    fn pictures_without_text_say_so() {
        assert_eq!(transcript(joined("", Legibility::None), true).reading.issues, [QualityIssue::NoText]);
    }
}
