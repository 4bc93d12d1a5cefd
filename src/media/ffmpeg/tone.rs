//! Frames made for bright screens, shown on ordinary ones.

use image::RgbImage;

/// Constants of the PQ curve, SMPTE ST 2084.
const M1: f32 = 2610.0 / 16384.0;
const M2: f32 = 2523.0 / 32.0;
const C1: f32 = 3424.0 / 4096.0;
const C2: f32 = 2413.0 / 128.0;
const C3: f32 = 2392.0 / 128.0;

/// Luminance that a value of 1 stands for, cd/m².
const PQ_PEAK: f32 = 10_000.0;

/// Luminance of white paper (ITU-R BT.2408) and of the brightest reflection that is still told apart from white, cd/m².
const PAPER: f32 = 203.0;
const BRIGHTEST: f32 = 1000.0;

/// Turns levels on the PQ curve into ordinary ones: untreated, paper is a dull grey and print on it fainter still. One
/// curve for all three channels (Reinhard's, with a white point): print needs contrast, not exact hues.
pub fn from_pq(picture: &mut RgbImage) {
    let levels: Vec<u8> = (0..=u8::MAX).map(ordinary).collect();
    for level in picture.iter_mut() {
        *level = levels[usize::from(*level)];
    }
}

fn ordinary(level: u8) -> u8 {
    let root = (f32::from(level) / 255.0).powf(1.0 / M2);
    let luminance = PQ_PEAK * ((root - C1).max(0.0) / (C2 - C3 * root)).powf(1.0 / M1);
    let (light, white) = (luminance / PAPER, BRIGHTEST / PAPER);
    // Scaled so that paper comes out at four fifths of white.
    let light = 2.0 * PAPER_LIGHT * light * (1.0 + light / (white * white)) / (1.0 + light);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte first")]
    let level = (255.0 * light.clamp(0.0, 1.0).powf(1.0 / 2.2)).round() as u8;
    level
}

/// Light that paper becomes, of 1.
const PAPER_LIGHT: f32 = 0.8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_becomes_bright_and_ink_stays_dark() {
        // 203 cd/m² is 0.58 of the curve, 5 cd/m² (ink in the same light) 0.25.
        let (paper, ink) = (ordinary(148), ordinary(64));
        assert!((210..=250).contains(&paper), "{paper}");
        assert!(ink < 70, "{ink}");
    }

    #[test]
    fn the_curve_never_falls() {
        let levels: Vec<u8> = (0..=u8::MAX).map(ordinary).collect();
        assert!(levels.is_sorted() && levels[0] == 0 && levels[255] == 255, "{levels:?}");
    }
}
