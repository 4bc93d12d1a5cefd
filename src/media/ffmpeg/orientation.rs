//! The display matrix of a track, as one of the eight ways to turn a picture upright.

use image::metadata::Orientation;

/// Reads a display matrix: nine 32-bit numbers in machine order, the first two of each row of three being the upper left
/// 2 × 2 (`a b`, `c d`) with `x' = a·x + c·y`, `y' = b·x + d·y` (ISO/IEC 14496-12, 6.2.2; libavutil/display.h).
///
/// Angles between are taken as the nearest quarter turn. No matrix, or a broken one, is no turn.
pub fn from_display_matrix(bytes: &[u8]) -> Orientation {
    let number = |index: usize| {
        let at = bytes.get(4 * index..4 * index + 4)?;
        at.try_into().ok().map(i32::from_ne_bytes).map(i64::from)
    };
    let (Some(a), Some(b), Some(c), Some(d)) = (number(0), number(1), number(3), number(4)) else {
        return Orientation::NoTransforms;
    };
    if a.abs() + d.abs() >= b.abs() + c.abs() {
        match (a < 0, d < 0) {
            (false, false) => Orientation::NoTransforms,
            (true, true) => Orientation::Rotate180,
            (true, false) => Orientation::FlipHorizontal,
            (false, true) => Orientation::FlipVertical,
        }
    } else {
        match (b < 0, c < 0) {
            (false, true) => Orientation::Rotate90,
            (true, false) => Orientation::Rotate270,
            (false, false) => Orientation::Rotate90FlipH,
            (true, true) => Orientation::Rotate270FlipH,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: i32 = 1 << 16;

    fn of(a: i32, b: i32, c: i32, d: i32) -> Orientation {
        let matrix = [a, b, 0, c, d, 0, 7 * ONE, 9 * ONE, 1 << 30];
        from_display_matrix(&matrix.map(i32::to_ne_bytes).concat())
    }

    #[test]
    fn an_iphone_held_upright_means_a_quarter_turn_clockwise() {
        assert_eq!(of(0, ONE, -ONE, 0), Orientation::Rotate90);
    }

    #[test]
    fn all_eight_ways_are_told_apart() {
        use Orientation as O;
        let ways = [
            ((1, 0, 0, 1), O::NoTransforms),
            ((-1, 0, 0, -1), O::Rotate180),
            ((-1, 0, 0, 1), O::FlipHorizontal),
            ((1, 0, 0, -1), O::FlipVertical),
            ((0, 1, -1, 0), O::Rotate90),
            ((0, -1, 1, 0), O::Rotate270),
            ((0, 1, 1, 0), O::Rotate90FlipH),
            ((0, -1, -1, 0), O::Rotate270FlipH),
        ];
        for ((a, b, c, d), way) in ways {
            assert_eq!(of(a * ONE, b * ONE, c * ONE, d * ONE), way);
            // The matrix maps the corner that the turn maps: (1, 0) of a 2 × 1 picture.
            let mut picture = image::DynamicImage::new_luma8(2, 1);
            picture.as_mut_luma8().unwrap().put_pixel(1, 0, image::Luma([255]));
            picture.apply_orientation(way);
            let lit = picture.to_luma8().enumerate_pixels().find(|(.., p)| p.0[0] == 255).map(|(x, y, _)| (x, y));
            let edge = |v: i32, far: u32| if v > 0 { far } else { 0 };
            assert_eq!(lit, Some((edge(a, 1), edge(b, 1))), "{way:?}");
        }
    }

    #[test]
    fn broken_matrices_are_no_turn() {
        assert_eq!(from_display_matrix(&[]), Orientation::NoTransforms);
        assert_eq!(from_display_matrix(&[0xFF; 7]), Orientation::NoTransforms);
        assert_eq!(of(i32::MIN, i32::MIN, i32::MAX, i32::MIN), Orientation::Rotate180);
    }
}
