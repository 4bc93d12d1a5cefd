//! Pictures to the size that is worth sending.

use image::metadata::Orientation;

use super::plane::{Plane, byte};

/// Reduces pictures alike so that together they have no more than `pixels`, and none has an edge above `max_edge`.
#[expect(clippy::cast_precision_loss, reason = "pixels")]
pub fn fit(pictures: Vec<Plane>, pixels: usize, max_edge: usize) -> Vec<Plane> {
    let all: usize = pictures.iter().map(|picture| picture.samples.len()).sum();
    let longest = pictures.iter().map(|picture| picture.width.max(picture.height)).max().unwrap_or_default();
    let factor = (pixels as f32 / all.max(1) as f32).sqrt().min(max_edge as f32 / longest.max(1) as f32);
    if factor >= 1.0 { pictures } else { pictures.iter().map(|picture| scaled(picture, factor)).collect() }
}

/// Each sample is the mean of those it stands for.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
fn scaled(picture: &Plane, factor: f32) -> Plane {
    let size = |edge: usize| ((edge as f32 * factor) as usize).max(1);
    let (width, height) = (size(picture.width), size(picture.height));
    let view = picture.upright(Orientation::NoTransforms);
    let step = 1.0 / factor;
    let quarter = step / 4.0;
    let mut samples = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let (x, y) = ((x as f32 + 0.5) * step - 0.5, (y as f32 + 0.5) * step - 0.5);
            let corners = [(-quarter, -quarter), (quarter, -quarter), (-quarter, quarter), (quarter, quarter)];
            let sum: f32 = corners.iter().map(|(dx, dy)| view.level(x + dx, y + dy)).sum();
            samples.push(byte((sum / 4.0).round() as u32));
        }
    }
    Plane { width, height, samples }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_reduced_alike_and_never_enlarged() {
        let plane = |width, height| Plane { width, height, samples: vec![90; width * height] };
        let sizes = |pixels, max_edge| {
            let fitted = fit(vec![plane(200, 100), plane(100, 50)], pixels, max_edge);
            fitted.iter().map(|picture| (picture.width, picture.height)).collect::<Vec<_>>()
        };
        assert_eq!(sizes(usize::MAX, 1000), [(200, 100), (100, 50)]);
        assert_eq!(sizes(6250, 1000), [(100, 50), (50, 25)]);
        assert_eq!(sizes(usize::MAX, 50), [(50, 25), (25, 12)]);
        assert!(fit(vec![plane(64, 64)], 1024, 99)[0].samples.iter().all(|&level| level == 90));
    }
}
