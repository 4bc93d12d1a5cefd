//! Pictures to the size that is worth sending.

use image::metadata::Orientation;

use super::plane::{Plane, byte};

/// Reduces pictures alike so that together they have no more than `pixels`.
#[expect(clippy::cast_precision_loss, reason = "pixels")]
pub fn fit(pictures: Vec<Plane>, pixels: usize) -> Vec<Plane> {
    let all: usize = pictures.iter().map(|picture| picture.samples.len()).sum();
    let factor = (pixels as f32 / all.max(1) as f32).sqrt();
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
