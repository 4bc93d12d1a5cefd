//! Pages that are drawn, warped and straightened.

use image::{Rgb, RgbImage};

use super::ink::{Ink, Tiles};
use super::*;

const SIZE: (u32, u32) = (1200, 1000);
/// Where the text stands, from the middle of the page.
const TEXT: (f32, f32) = (380.0, 130.0);

/// Whether there is ink at a place of a page, counted from its middle: rows of letters, a third of them tall, 26 apart.
fn inked(x: f32, y: f32) -> bool {
    if x.abs() > TEXT.0 || y.abs() > TEXT.1 {
        return false;
    }
    let (column, across) = ((x + 1000.0).div_euclid(13.0), (x + 1000.0).rem_euclid(13.0));
    let (row, down) = ((y + 1000.0).div_euclid(26.0), (y + 1000.0).rem_euclid(26.0));
    let letter = ((column * 7.31 + row * 3.77).sin() * 43_758.547).fract().abs();
    let top = if letter > 0.7 { 3.0 } else { 9.0 };
    let stem = across < 2.6 || (letter > 0.4 && (6.5..9.0).contains(&across));
    let bar = across < 9.0 && (down - (9.0 + 8.0 * letter)).abs() < 1.4;
    letter > 0.12 && (top..20.0).contains(&down) && (stem || bar)
}

/// A photo: `place` says what place of the page is seen, from its middle; `None` beside the pack.
fn photo(place: impl Fn(f32, f32) -> Option<(f32, f32)>) -> RgbImage {
    let middle = (SIZE.0 as f32 / 2.0, SIZE.1 as f32 / 2.0);
    RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        let level = |dx: f32, dy: f32| match place(x as f32 + dx - middle.0, y as f32 + dy - middle.1) {
            None => 70_u16,
            Some((x, y)) if inked(x, y) => 30,
            Some(_) => 225,
        };
        let sum = level(0.25, 0.25) + level(0.75, 0.25) + level(0.25, 0.75) + level(0.75, 0.75);
        Rgb([u8::try_from(sum / 4).unwrap(); 3])
    })
}

fn straightened(photo: RgbImage) -> Straightened {
    let look = Look::at(&photo);
    straighten(photo, look)
}

/// How level the rows of a picture are, for comparison with another of the same page.
fn level(picture: &RgbImage) -> f32 {
    let plane = luma_plane(picture, 1);
    let area = whole(&plane);
    rows::level(&Ink::of(&plane, &Tiles::of(&plane), &area), &area)
}

fn turned(degrees: f32) -> RgbImage {
    let (sine, cosine) = degrees.to_radians().sin_cos();
    photo(|x, y| Some((x * cosine + y * sine, y * cosine - x * sine)))
}

#[test]
fn level_print_is_cut_out_with_a_margin() {
    let label = straightened(turned(0.0));
    let (width, height) = label.picture.dimensions();
    assert!((760..960).contains(&width) && (260..420).contains(&height), "{width} × {height}");
    assert!(label.print > 0 && !label.cut);
}

#[test]
fn leaning_print_is_turned_level() {
    let upright = level(&straightened(turned(0.0)).picture);
    for degrees in [3.0, -12.0, 31.0] {
        let label = straightened(turned(degrees));
        assert!(level(&label.picture) > 0.6 * upright, "{degrees}: {} of {upright}", level(&label.picture));
    }
}

#[test]
fn print_on_its_side_is_turned_by_a_quarter() {
    let (width, height) = straightened(turned(90.0)).picture.dimensions();
    assert!(width > height, "{width} × {height}");
}

#[test]
fn sagging_rows_are_straightened() {
    let sagging = photo(|x, y| Some((x, y + x * x / 3000.0)));
    let (label, upright) = (straightened(sagging), straightened(turned(0.0)));
    assert!(level(&label.picture) > 0.6 * level(&upright.picture), "{}", level(&label.picture));
}

#[test]
fn a_can_is_unrolled_and_a_box_between_the_same_sides_is_not() {
    const RADIUS: f32 = 330.0;
    let inside = |x: f32| x.abs() < RADIUS;
    let can = photo(|x, y| inside(x).then(|| (RADIUS * (x / RADIUS).asin(), y)));
    let flat = photo(|x, y| inside(x).then_some((1.2 * x, y)));
    let found = |photo: &RgbImage| {
        let plane = luma_plane(photo, 1);
        let tiles = Tiles::of(&plane);
        let area = ink::find(&tiles).unwrap().area;
        can::find(&plane, &Ink::of(&plane, &tiles, &area), &area).is_some()
    };
    assert_eq!((found(&can), found(&flat)), (true, false));
    assert!(straightened(can).picture.width() > 700);
}

/// A photo of a pack, so many places of the page wide to each side, seen from above or below.
fn keystone(half: f32, together: f32, page: impl Fn(f32, f32) -> (f32, f32)) -> RgbImage {
    photo(|x, y| {
        let far = 1.0 + together * y;
        let (x, y) = (x / far, y / far);
        (x.abs() < half).then(|| page(x, y))
    })
}

#[test]
fn sides_that_run_together_are_made_upright() {
    let found = |together: f32| {
        let plane = luma_plane(&keystone(460.0, together, |x, y| (x, y)), 1);
        tilt::find(&plane, &ink::find(&Tiles::of(&plane)).unwrap().area)
    };
    assert!(found(0.0).is_none());
    for together in [2e-4_f32, -3e-4] {
        let tilt = found(together).unwrap();
        let side = |row: f32, half: f32| {
            let far = 1.0 + together * (row - SIZE.1 as f32 / 2.0);
            tilt.after.at((SIZE.0 as f32 / 2.0 + half * far, row)).0
        };
        for half in [-460.0, 460.0] {
            let columns = [400.0, 500.0, 600.0].map(|row| side(row, half));
            assert!((columns[0] - columns[2]).abs() < 6.0, "{together}: {columns:?}");
        }
    }
}

#[test]
fn a_flat_pack_seen_from_above_is_not_unrolled() {
    let plane = luma_plane(&keystone(400.0, 2e-4, |x, y| (x, y)), 1);
    let tilt = tilt::find(&plane, &ink::find(&Tiles::of(&plane)).unwrap().area).unwrap();
    let step = Step::tilt(&tilt);
    let (after, area) = (step.taken(&plane), ink::find(&Tiles::of(&plane)).unwrap().area);
    let area = tilt.within(step.area_after(&area));
    assert!(can::between(tilt.sides, &after, &Ink::of(&after, &Tiles::of(&after), &area), &area).is_none());
}

#[test]
fn letters_far_narrower_than_any_are_given_their_shape_back() {
    let ratio = |label: &Straightened| f64::from(label.picture.width()) / f64::from(label.picture.height());
    let upright = straightened(turned(0.0));
    let squeezed = straightened(photo(|x, y| Some((x / 0.6, y / 1.8))));
    assert!((0.7..1.6).contains(&(ratio(&squeezed) / ratio(&upright))), "{} {}", ratio(&squeezed), ratio(&upright));
    let narrow = straightened(photo(|x, y| Some((x / 0.7, y))));
    assert!(ratio(&narrow) < 0.85 * ratio(&upright), "a narrow face stays: {} {}", ratio(&narrow), ratio(&upright));
}

#[test]
fn print_in_letters_that_fill_the_photo_is_cut_out_whole() {
    let near = |x: f32, y: f32| if x.abs() > 490.0 || y.abs() > 400.0 { (900.0, 0.0) } else { (x / 5.0, y / 8.0) };
    let label = straightened(image::imageops::fast_blur(&photo(|x, y| Some(near(x, y))), 4.0));
    let (width, height) = label.picture.dimensions();
    assert!(label.print > 0 && width > 980 && height > 750, "{width} × {height}");
    assert!(label.letter.is_some_and(|letter| (60..120).contains(&letter)), "{:?}", label.letter);
}

#[test]
fn letters_are_measured_in_pixels_of_the_picture() {
    let letter = |times: f32| straightened(photo(|x, y| Some((x / times, y / times)))).letter.unwrap();
    assert!((9..=17).contains(&letter(1.0)), "{}", letter(1.0));
    assert!((5..=8).contains(&letter(0.5)), "{}", letter(0.5));
}

#[test]
fn rows_that_leave_the_photo_are_told() {
    let near = photo(|x, y| Some((x / 2.0, y / 2.0)));
    assert!(straightened(near).cut);
}

#[test]
fn a_photo_without_print_is_left_as_it_is() {
    let bare = photo(|x, y| (y > x).then_some((900.0, 900.0)));
    let label = straightened(bare.clone());
    assert_eq!((label.print, label.picture), (0, bare));
}

#[test]
fn photos_of_any_size_are_taken() {
    for (width, height) in [(1, 1), (1, 900), (900, 1), (7, 3), (33, 40)] {
        let speckled =
            RgbImage::from_fn(width, height, |x, y| Rgb([u8::try_from((x * 7 + y * 13) % 5 * 60).unwrap(); 3]));
        assert!(straightened(speckled).picture.width() > 0);
    }
}
