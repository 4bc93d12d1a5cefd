//! Where finished pictures go: into the outputs that came with the job, measured in passing; a film of them too, if one is
//! wanted; and word of how far it is.

use ffmpeg_next::frame;
use image::{DynamicImage, RgbImage};

use crate::domain::{Blob, MediaKind, QualityIssue};
use crate::media::ffmpeg::{Film, Frame, Scaler};
use crate::media::frames::{Opened, Seen, Sink};
use crate::media::label::PhotoLabel;
use crate::media::quality::{Measured, issues, luma_plane, measure};
use crate::media::wire::{Failure, FailureKind, FilmFacts, FilmLimits, Hung, Limits, Prepared, Size};

/// Longest edge of a film's pictures: beyond it a film of the allowed length is coarser, not finer.
const FILM_EDGE: u32 = 1920;

/// Steps in which progress is told, percent: some twenty messages a job.
const STEP_PERCENT: u8 = 5;

/// The pictures of one job.
pub struct Gallery<'a> {
    outputs: std::slice::Iter<'a, Blob>,
    hung: Vec<Hung>,
    measured: Vec<Measured>,
    projector: Option<Projector<'a>>,
    tell: &'a dyn Fn(u8),
    told: Option<u8>,
    opened: Option<Opened>,
}

/// A film on its way.
struct Projector<'a> {
    file: &'a Blob,
    limits: FilmLimits,
    max_edge: u32,
    scaler: Scaler,
    begun: Option<(Film, Size)>,
    /// The sharpest frame of the current tick.
    held: Option<Held>,
}

struct Held {
    tick: u32,
    sharpness: f32,
    planes: frame::Video,
}

impl<'a> Gallery<'a> {
    /// An empty one. Where a film is wanted, the last output is for it.
    pub fn new(outputs: &'a [Blob], film: Option<FilmLimits>, limits: &Limits, tell: &'a dyn Fn(u8)) -> Self {
        let (pictures, projector) = match (film, outputs.split_last()) {
            (Some(film), Some((file, pictures))) => {
                let max_edge = FILM_EDGE.min(limits.max_edge);
                let scaler = Scaler::default();
                (pictures, Some(Projector { file, limits: film, max_edge, scaler, begun: None, held: None }))
            }
            _ => (outputs, None),
        };
        Self {
            outputs: pictures.iter(),
            hung: Vec::new(),
            measured: Vec::new(),
            projector,
            tell,
            told: None,
            opened: None,
        }
    }

    /// Tells that `done` of `all` are done, unless that is hardly more than what was told.
    pub fn progress(&mut self, done: usize, all: usize) {
        let percent = u8::try_from(done.min(all) * 99 / all.max(1)).unwrap_or(99);
        if self.told.is_none_or(|told| percent >= told + STEP_PERCENT) {
            self.told = Some(percent);
            (self.tell)(percent);
        }
    }

    /// What there is at the end: of a clip that was looked through, or of stills.
    ///
    /// # Errors
    /// Internal: a film that cannot be ended.
    pub fn close(self, clip: Option<Seen>) -> Result<Prepared, Failure> {
        let film = match (self.projector, self.opened) {
            (Some(projector), Some(opened)) => projector.close(opened)?,
            _ => None,
        };
        let film = film.map(|(size, duration_ms)| FilmFacts { size, duration_ms });
        let stills = u32::try_from(self.hung.len()).unwrap_or(u32::MAX);
        let issues = |judged: Option<Vec<QualityIssue>>| judged.unwrap_or_else(|| issues(&self.measured));
        let (kind, duration_ms, frames_decoded, flattened, issues) = match clip {
            Some(clip) => {
                let Seen { duration_ms, frames_decoded, flattened, issues: judged } = clip;
                (MediaKind::Video, Some(duration_ms), frames_decoded, flattened, issues(judged))
            }
            None => (MediaKind::Image, None, stills, false, issues(None)),
        };
        Ok(Prepared { pictures: self.hung, kind, duration_ms, frames_decoded, issues, flattened, film })
    }

    /// What there is at the end of photos that were straightened.
    pub fn close_photos(self, labels: &[PhotoLabel]) -> Prepared {
        Prepared {
            kind: MediaKind::Image,
            duration_ms: None,
            frames_decoded: u32::try_from(self.hung.len()).unwrap_or(u32::MAX),
            pictures: self.hung,
            issues: PhotoLabel::issues(labels),
            flattened: labels.first().is_some_and(|label| label.print > 0),
            film: None,
        }
    }
}

impl Sink for Gallery<'_> {
    fn open(&mut self, opened: Opened) {
        self.opened = Some(opened);
        self.progress(0, 1);
    }

    fn see(&mut self, frame: &Frame, sharpness: f32) -> Result<(), Failure> {
        let Some(opened) = self.opened else { return Ok(()) };
        self.progress(frame.time_ms as usize, opened.window_ms as usize);
        self.projector.as_mut().map_or(Ok(()), |projector| projector.see(frame, sharpness, opened))
    }

    fn take(&mut self, picture: &RgbImage, ample_pixels: u64) -> Result<(), Failure> {
        let output = self.outputs.next().ok_or_else(|| FailureKind::Internal.because("more pictures than outputs"))?;
        output.write_all_at(picture, 0).map_err(|error| FailureKind::Internal.because(&error))?;
        self.hung.push(Hung { size: Size { width: picture.width(), height: picture.height() }, ample_pixels });
        self.measured.push(measure(&luma_plane(picture, 1), 1));
        Ok(())
    }
}

impl Projector<'_> {
    /// Of the frames of each tick, the sharpest is shown: whoever looks at one picture a second sees less of a shaking hand.
    fn see(&mut self, frame: &Frame, sharpness: f32, opened: Opened) -> Result<(), Failure> {
        let tick = self.limits.tick(frame.time_ms);
        let ended = match &self.held {
            Some(held) if tick > held.tick => self.held.take(),
            Some(held) if sharpness <= held.sharpness => return Ok(()),
            _ => None,
        };
        self.held = Some(Held { tick, sharpness, planes: frame.planes.clone() });
        ended.map_or(Ok(()), |held| self.show(&held, opened))
    }

    fn show(&mut self, held: &Held, opened: Opened) -> Result<(), Failure> {
        if self.begun.as_ref().is_some_and(|(film, _)| film.is_full()) {
            return Ok(());
        }
        let mut picture = DynamicImage::from(self.scaler.convert(&held.planes, self.max_edge)?);
        picture.apply_orientation(opened.orientation);
        let picture = picture.into_rgb8();
        let size = Size { width: picture.width(), height: picture.height() };
        let begun = match self.begun.take() {
            Some(begun) => begun,
            None => (Film::begin(self.file, size, opened.window_ms, self.limits)?, size),
        };
        let (film, begun_with) = self.begun.insert(begun);
        // A clip that changes its size on the way is rare: the film shows its first part.
        if *begun_with == size { film.add(&picture, held.tick) } else { Ok(()) }
    }

    fn close(mut self, opened: Opened) -> Result<Option<(Size, u32)>, Failure> {
        if let Some(held) = self.held.take() {
            self.show(&held, opened)?;
        }
        self.begun.map(|(film, _)| film.finish()).transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn progress_is_told_at_once_and_then_in_steps() {
        let told = RefCell::new(Vec::new());
        let tell = |percent| told.borrow_mut().push(percent);
        let limits = Limits {
            max_video_ms: 1,
            analyze_ms: 1,
            max_pixels: 1,
            max_edge: 1,
            memory_bytes: 1,
            cpu_seconds: 1,
            soft_ms: 1,
        };
        let mut gallery = Gallery::new(&[], None, &limits, &tell);
        (0..=1000).for_each(|done| gallery.progress(done, 1000));
        gallery.progress(5, 0);
        let told = told.take();
        assert_eq!((told[0], told.len()), (0, 20), "{told:?}");
        assert!(told.is_sorted() && *told.last().unwrap() < 100);
    }
}
