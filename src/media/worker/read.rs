//! Pictures to text, by the local reader.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use image::RgbImage;

use crate::domain::{Blob, Legibility, QualityIssue, Reading};
use crate::media::ffmpeg;
use crate::media::join::join;
use crate::media::quality::luma;
use crate::media::wire::{Failure, FailureKind, Hung, LocalReading};
use crate::ocr::{self, Page};

/// So few pictures are photos, not a clip: no other picture helps out, and there is time to read each as it is too.
const FEW_PICTURES: usize = 2;

/// Reads pictures and joins what they say. Every second one comes first, so that a reading that is cut short has still
/// seen all sides of a turning pack.
///
/// One picture can take longer than all the others, and the reader cannot be interrupted: when `until` passes, what the
/// pictures before it said goes to `early`, from another thread, and `None` is returned if this one ever gets so far;
/// `early` has then returned.
///
/// # Errors
/// Internal: pixels were checked before they came here.
pub fn read(
    reader: &mut ocr::Reader,
    hung: &[Hung],
    pixels: &[Blob],
    until: Instant,
    early: impl FnOnce(LocalReading) + Send + 'static,
) -> Result<Option<LocalReading>, Failure> {
    let pictures: Vec<_> = hung.iter().zip(pixels).collect();
    let pages = Arc::new(Mutex::new(Some(BTreeMap::new())));
    let (_finished, answering) = answer_at(until, Arc::clone(&pages), early);
    for index in (0..pictures.len()).step_by(2).chain((1..pictures.len()).step_by(2)) {
        let (hung, pixels) = pictures[index];
        let read = read_pages(reader, *hung, pixels, pictures.len() <= FEW_PICTURES)?;
        if !keep(&pages, index, read) {
            // The process ends with this thread: the answer must be out before.
            answering.join().map_err(|_| FailureKind::Internal.because(&"the early answer panicked"))?;
            return Ok(None);
        }
        if Instant::now() >= until {
            break;
        }
    }
    Ok(take(&pages).map(|pages| transcript(&pages, pictures.len())))
}

/// Pages read so far, by the place of their picture; gone once someone has answered with them.
type Pages = Mutex<Option<BTreeMap<usize, Vec<Page>>>>;

/// Adds what a picture said. False once somebody has answered without it.
fn keep(pages: &Pages, index: usize, read: Vec<Page>) -> bool {
    let mut pages = pages.lock().unwrap_or_else(PoisonError::into_inner);
    pages.as_mut().map(|pages| pages.insert(index, read)).is_some()
}

/// Takes the pages, if there are any and nobody has answered with them.
fn take(pages: &Pages) -> Option<BTreeMap<usize, Vec<Page>>> {
    pages.lock().unwrap_or_else(PoisonError::into_inner).take_if(|pages| !pages.is_empty())
}

/// Waits for `until` beside the reading, unless the sender that is returned goes first.
fn answer_at(
    until: Instant,
    pages: Arc<Pages>,
    early: impl FnOnce(LocalReading) + Send + 'static,
) -> (Sender<()>, JoinHandle<()>) {
    let (finished, waits) = mpsc::channel();
    let answering = thread::spawn(move || {
        let left = until.saturating_duration_since(Instant::now());
        if waits.recv_timeout(left) == Err(RecvTimeoutError::Timeout)
            && let Some(pages) = take(&pages)
        {
            early(transcript(&pages, usize::MAX));
        }
    });
    (finished, answering)
}

/// Reads a picture no larger than is ample for its print: the time that it takes grows with its pixels.
fn read_pages(reader: &mut ocr::Reader, hung: Hung, pixels: &Blob, twice: bool) -> Result<Vec<Page>, Failure> {
    let internal = |error: &dyn std::error::Error| FailureKind::Internal.because(&error);
    let mut rgb = vec![0; usize::try_from(hung.size.rgb_bytes()).map_err(|error| internal(&error))?];
    pixels.read_exact_at(&mut rgb, 0).map_err(|error| internal(&error))?;
    let picture = RgbImage::from_raw(hung.size.width, hung.size.height, rgb);
    let picture = picture.ok_or_else(|| FailureKind::Internal.because("rows are missing"))?;
    let picture = ffmpeg::scale(picture, u32::MAX, hung.ample_pixels)?;
    let (width, height) = picture.dimensions();
    let grey: Vec<u8> = picture.as_chunks().0.iter().copied().map(luma).collect();
    let even = reader.read(&grey, width, height).map_err(|error| internal(&error))?;
    if !twice {
        return Ok(vec![even]);
    }
    let plain = reader.read_plain(&grey, width, height).map_err(|error| internal(&error))?;
    Ok(vec![even, plain])
}

/// A transcript vouches for the whole list only if every picture was read.
fn transcript(pages: &BTreeMap<usize, Vec<Page>>, pictures: usize) -> LocalReading {
    let joined = join(&pages.values().flatten().cloned().collect::<Vec<_>>());
    let cap = if pages.len() == pictures { Legibility::Full } else { Legibility::Partial };
    let legibility = joined.legibility.min(cap);
    let issues = if joined.legibility == Legibility::None { vec![QualityIssue::NoText] } else { Vec::new() };
    let reading =
        Reading { label_text: joined.text, language: None, legibility, issues, ingredients: None, claims: Vec::new() };
    LocalReading { reading, confident_text: joined.confident_text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::{Line, Word};

    fn page() -> Page {
        let word = |text: &str, left| Word {
            text: text.to_owned(),
            confidence: 95,
            left,
            top: 100,
            width: 90,
            height: 20,
            ..Word::default()
        };
        let mut words = vec![word("Vatten,", 300), word("salt,", 400), word("socker.", 500)];
        (words[0].bare_before, words[2].bare_after) = (60, 60);
        Page { width: 1000, height: 1000, lines: vec![Line { words }] }
    }

    #[test]
    fn a_transcript_of_some_of_the_pictures_is_never_whole() {
        let pages = BTreeMap::from([(0, vec![page()])]);
        let legibility = |pictures| transcript(&pages, pictures).reading.legibility;
        assert_eq!((legibility(1), legibility(2)), (Legibility::Full, Legibility::Partial));
    }

    #[test]
    fn pictures_without_text_say_so() {
        assert_eq!(transcript(&BTreeMap::new(), 0).reading.issues, [QualityIssue::NoText]);
    }

    #[test]
    fn what_was_read_is_answered_when_time_is_up() {
        let (answer, answered) = mpsc::channel();
        let pages = Arc::new(Mutex::new(Some(BTreeMap::from([(0, vec![page()])]))));
        let (_finished, _) = answer_at(Instant::now(), Arc::clone(&pages), move |early| answer.send(early).unwrap());
        let early = answered.recv().unwrap();
        assert!(early.reading.label_text.contains("salt"));
        assert!(take(&pages).is_none(), "nobody answers twice");
    }

    #[test]
    fn nothing_read_is_no_answer() {
        let pages = Arc::new(Mutex::new(Some(BTreeMap::new())));
        let (answer, answered) = mpsc::channel();
        let (finished, _) = answer_at(Instant::now(), Arc::clone(&pages), move |early| answer.send(early).unwrap());
        assert!(answered.recv().is_err(), "it ended without a word");
        drop(finished);
        assert!(pages.lock().unwrap().is_some(), "and left the pages to come");
    }
}
