//! Pictures to text, by the local reader.

use std::time::Instant;

use crate::domain::{Blob, Legibility, Reading};
use crate::media::quality::luma;
use crate::media::wire::{Failure, FailureKind, LocalReading, Size};
use crate::ocr::{self, Page};

/// Reads pictures one after the other until time is short, and joins what they say.
///
/// # Errors
/// Internal: pixels were checked before they came here.
pub fn read(
    reader: &mut ocr::Reader,
    sizes: &[Size],
    pixels: &[Blob],
    until: Instant,
) -> Result<LocalReading, Failure> {
    let mut pages = Vec::new();
    for (size, pixels) in sizes.iter().zip(pixels) {
        if !pages.is_empty() && Instant::now() >= until {
            break;
        }
        pages.push(read_page(reader, *size, pixels)?);
    }
    Ok(reading(&pages))
}

fn read_page(reader: &mut ocr::Reader, size: Size, pixels: &Blob) -> Result<Page, Failure> {
    let mut rgb = vec![0; usize::try_from(size.rgb_bytes()).map_err(|error| FailureKind::Internal.because(error))?];
    pixels.read_exact_at(&mut rgb, 0).map_err(|error| FailureKind::Internal.because(error))?;
    let grey: Vec<u8> = rgb.as_chunks().0.iter().copied().map(luma).collect();
    reader.read(&grey, size.width, size.height).map_err(|error| FailureKind::Internal.because(error))
}

fn reading(pages: &[Page]) -> LocalReading {
    let lines = pages.iter().flat_map(|page| &page.lines);
    let text: Vec<String> =
        lines.map(|line| line.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")).collect();
    let label_text = text.join("\n");
    LocalReading {
        reading: Reading {
            label_text: label_text.clone(),
            language: None,
            legibility: Legibility::Partial,
            issues: Vec::new(),
            ingredients: None,
            claims: Vec::new(),
        },
        confident_text: label_text,
    }
}
