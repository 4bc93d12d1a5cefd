//! One upload to upright pictures, written into the outputs that came with the job.

use std::time::Instant;

use image::RgbImage;

use crate::domain::{Blob, MediaKind, Strategy};
use crate::media::frames::{self, Sink};
use crate::media::label;
use crate::media::quality::{Measured, issues, measure};
use crate::media::sniff::{Container, SNIFF_BYTES, sniff};
use crate::media::still;
use crate::media::wire::{Failure, FailureKind, Limits, Prepared, Size};

/// Decodes one clip, or one to several stills.
///
/// # Errors
/// What is wrong with the upload, or internal.
pub fn prepare(
    claimed: Option<MediaKind>,
    files: &[Blob],
    outputs: &[Blob],
    strategy: Strategy,
    limits: &Limits,
    until: Instant,
) -> Result<Prepared, Failure> {
    let containers = files.iter().map(container_of).collect::<Result<Vec<_>, _>>()?;
    let kind = common_kind(claimed, &containers)?;
    let mut gallery = Gallery { outputs: outputs.iter(), sizes: Vec::new(), measured: Vec::new() };
    let (mut flattened, mut seen_issues) = (false, None);
    let (duration_ms, frames_decoded) = match (files, containers.as_slice(), kind) {
        ([clip], [container], MediaKind::Video) => {
            let seen = match strategy {
                Strategy::Flat => label::flatten(clip, *container, limits, until, &mut gallery)?,
                Strategy::Frames => frames::choose(clip, *container, limits, until, &mut gallery)?,
            };
            (flattened, seen_issues) = (seen.flattened, seen.issues);
            (Some(seen.duration_ms), seen.frames_decoded)
        }
        _ => {
            for (file, container) in files.iter().zip(containers) {
                gallery.take(&still::decode(file, container, limits)?)?;
            }
            (None, u32::try_from(files.len()).unwrap_or(u32::MAX))
        }
    };
    let issues = seen_issues.unwrap_or_else(|| issues(&gallery.measured));
    Ok(Prepared { sizes: gallery.sizes, kind, duration_ms, frames_decoded, issues, flattened })
}

fn container_of(file: &Blob) -> Result<Container, Failure> {
    let mut head = [0; SNIFF_BYTES];
    let count = file.read_at(&mut head, 0).map_err(|error| FailureKind::Internal.because(&error))?;
    sniff(&head[..count]).ok_or_else(|| FailureKind::Unsupported.because("unknown first bytes"))
}

/// All stills, or one clip; and what the caller said, if they said anything.
fn common_kind(claimed: Option<MediaKind>, containers: &[Container]) -> Result<MediaKind, Failure> {
    let kind = match containers {
        [one] => one.kind(),
        [] => return Err(FailureKind::Internal.because("a job without files")),
        several if several.iter().all(|container| container.kind() == MediaKind::Image) => MediaKind::Image,
        _ => return Err(FailureKind::Unsupported.because("a clip among several files")),
    };
    match claimed {
        Some(claimed) if claimed != kind => {
            Err(FailureKind::Unsupported.because(&format!("said to be {}, is {}", claimed.as_str(), kind.as_str())))
        }
        _ => Ok(kind),
    }
}

/// Writes pictures into the outputs, in order, and measures them in passing.
struct Gallery<'a> {
    outputs: std::slice::Iter<'a, Blob>,
    sizes: Vec<Size>,
    measured: Vec<Measured>,
}

impl Sink for Gallery<'_> {
    fn take(&mut self, picture: &RgbImage) -> Result<(), Failure> {
        let output = self.outputs.next().ok_or_else(|| FailureKind::Internal.because("more pictures than outputs"))?;
        output.write_all_at(picture, 0).map_err(|error| FailureKind::Internal.because(&error))?;
        self.sizes.push(Size { width: picture.width(), height: picture.height() });
        self.measured.push(measure(picture));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_must_be_what_the_caller_said() {
        let kind = |claimed, containers| common_kind(claimed, containers).map_err(|failure| failure.kind);
        assert_eq!(kind(None, &[Container::Mp4]), Ok(MediaKind::Video));
        assert_eq!(kind(Some(MediaKind::Image), &[Container::Png, Container::Jpeg]), Ok(MediaKind::Image));
        assert_eq!(kind(Some(MediaKind::Image), &[Container::Mp4]), Err(FailureKind::Unsupported));
        assert_eq!(kind(Some(MediaKind::Video), &[Container::Jpeg]), Err(FailureKind::Unsupported));
        assert_eq!(kind(None, &[Container::Png, Container::Mp4]), Err(FailureKind::Unsupported));
    }
}
