//! One upload to upright pictures, hung in the gallery that came with the job.

use std::time::Instant;

use super::gallery::Gallery;
use crate::domain::{Blob, MediaKind, Strategy};
use crate::media::frames::{self, Sink};
use crate::media::label;
use crate::media::sniff::{Container, SNIFF_BYTES, sniff};
use crate::media::still;
use crate::media::wire::{Failure, FailureKind, Limits, Prepared};

/// Decodes one clip, or one to several stills.
///
/// # Errors
/// What is wrong with the upload, or internal.
pub fn prepare(
    claimed: Option<MediaKind>,
    files: &[Blob],
    mut gallery: Gallery<'_>,
    strategy: Strategy,
    limits: &Limits,
    until: Instant,
) -> Result<Prepared, Failure> {
    let containers = files.iter().map(container_of).collect::<Result<Vec<_>, _>>()?;
    let kind = common_kind(claimed, &containers)?;
    if let ([clip], [container], MediaKind::Video) = (files, containers.as_slice(), kind) {
        let seen = match strategy {
            Strategy::Flat => label::flatten(clip, *container, limits, until, &mut gallery)?,
            Strategy::Frames | Strategy::Clip => frames::choose(clip, *container, limits, until, &mut gallery)?,
        };
        return gallery.close(Some(seen));
    }
    match strategy {
        Strategy::Flat => labels(files, &containers, gallery, limits),
        Strategy::Frames | Strategy::Clip => {
            for (done, (file, container)) in files.iter().zip(containers).enumerate() {
                gallery.progress(done, files.len());
                gallery.take(&still::decode(file, container, limits)?, u64::MAX)?;
            }
            gallery.close(None)
        }
    }
}

/// Hangs the straightened print of each photo; those with little of it beside the fullest come last, and small.
fn labels(
    files: &[Blob],
    containers: &[Container],
    mut gallery: Gallery<'_>,
    limits: &Limits,
) -> Result<Prepared, Failure> {
    let mut labels = Vec::with_capacity(files.len());
    for (done, (file, container)) in files.iter().zip(containers).enumerate() {
        gallery.progress(done, files.len());
        labels.push(label::of_photo(file, *container, files.len(), limits)?);
    }
    let fullest = labels.iter().map(|label| label.print).max().unwrap_or_default();
    labels.sort_by_key(|label| label.is_poor_beside(fullest));
    for label in &mut labels {
        if label.is_poor_beside(fullest) {
            label.reduce()?;
        }
        gallery.take(&label.picture, label.ample_pixels)?;
    }
    Ok(gallery.close_photos(&labels))
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
