//! How a surface is bent: found from how far single spots of print moved between frames, here more and there less.

use std::ops::Range;

use super::motion::Levels;
use super::plane::View;
use super::shake::{LEAST_SPOTS, Spot, off};
use super::surface::Surface;

/// Samples of a spot, and from one to the next that may be looked for.
const SPOT: (usize, usize) = (24, 14);
const EVERY: (usize, usize) = (8, 14);
/// Samples searched for it, around where the way of the label puts it.
const REACH: (i32, i32) = (7, 3);
/// Samples around a place whose mean is taken off.
const LOCAL: usize = 4;
/// Mean distance from nothing, on the map of print, from which a spot has something to hold on to.
const LEAST_PRINT: usize = 2;
/// Agreement from which it is found again.
const FOUND: f32 = 0.65;
/// Spots of all pairs together from which they can tell a cylinder from a plane: fewer fit nearly any.
const ENOUGH: usize = 48;
/// Spots of a pair that are looked for.
const MOST_SPOTS: usize = 90;
/// Spots left out of the first trials, to each that is not.
const SKIPPED: usize = 3;
/// Widths of a cylinder that are tried first, and how far it may stand aside, in widths of the frame.
const WIDTHS: [f32; 6] = [0.45, 0.55, 0.65, 0.75, 0.85, 0.95];
const ASIDE: [f32; 3] = [-0.06, 0.0, 0.06];
/// How far each is changed to find better ones, tilt too; halved so many times.
const STEP: Bend = Bend { width: 0.05, aside: 0.03, tilt: 0.06 };
const ROUNDS: usize = 5;
/// Most changes of one size.
const CHANGES: usize = 12;
/// Part of what a plane leaves unexplained that a cylinder may leave: a plane has less to say, and more often the last word.
const CYLINDER: f32 = 0.8;

/// Two frames, and how far the label moved between them on a surface that was guessed.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    /// The frames.
    pub views: (View<'a>, View<'a>),
    /// Print of the first, at half its size.
    pub map: View<'a>,
    /// Where a sample of the unrolled first is on the unrolled second: right, down.
    pub step: (f32, f32),
}

/// Finds the surface on which spots of print move as they do. `None` where too few can be followed.
pub fn surface(guess: &Surface, pairs: &[Pair<'_>]) -> Option<Surface> {
    let followed = pairs.iter().map(|pair| follow(pair, guess));
    let found: Vec<Vec<Spot>> = followed.filter(|spots| spots.len() >= LEAST_SPOTS).collect();
    #[expect(clippy::cast_precision_loss, reason = "pixels of a frame")]
    let size = pairs.first().map(|pair| (pair.views.0.width as f32, pair.views.0.height as f32))?;
    (found.iter().map(Vec::len).sum::<usize>() >= ENOUGH).then(|| fitted(size, &found))
}

/// A cylinder's place in the frame, in its widths, and the sine at which the camera looks down on it.
#[derive(Debug, Clone, Copy)]
struct Bend {
    width: f32,
    aside: f32,
    tilt: f32,
}

impl Bend {
    fn surface(self, size: (f32, f32)) -> Surface {
        let (middle, half) = ((0.5 + self.aside) * size.0, 0.5 * self.width * size.0);
        Surface::cylinder(size, middle - half, middle + half, self.tilt)
    }

    /// Those that differ in one thing, by `part` of a step, as far as there are such packs.
    fn around(self, part: f32) -> impl Iterator<Item = Self> {
        let by = move |sign: f32, size: f32| sign * part * size;
        [1.0, -1.0]
            .into_iter()
            .flat_map(move |sign| {
                [
                    Self { width: self.width + by(sign, STEP.width), ..self },
                    Self { aside: self.aside + by(sign, STEP.aside), ..self },
                    Self { tilt: self.tilt + by(sign, STEP.tilt), ..self },
                ]
            })
            .filter(|bend| (0.3..1.4).contains(&bend.width) && bend.aside.abs() < 0.3 && bend.tilt.abs() < 0.5)
    }
}

/// The surface that explains best how spots moved, by coordinate search.
fn fitted(size: (f32, f32), pairs: &[Vec<Spot>]) -> Surface {
    let all = |surface: &Surface, pairs: &[Vec<Spot>]| pairs.iter().map(|spots| off(surface, spots)).sum::<f32>();
    let some: Vec<Vec<Spot>> = pairs.iter().map(|spots| spots.iter().step_by(SKIPPED).copied().collect()).collect();
    let some = if some.iter().any(|spots| spots.len() >= LEAST_SPOTS) { &some } else { pairs };
    let tried = WIDTHS.iter().flat_map(|&width| ASIDE.iter().map(move |&aside| Bend { width, aside, tilt: 0.0 }));
    let least = |a: &(f32, Bend), b: &(f32, Bend)| a.0.total_cmp(&b.0);
    let rough = tried.map(|bend| (all(&bend.surface(size), some), bend)).min_by(least);
    let plane = Surface::plane(size);
    let Some((_, rough)) = rough else { return plane };
    let mut best = (all(&rough.surface(size), pairs), rough);
    let mut part = 1.0;
    for _ in 0..ROUNDS {
        for _ in 0..CHANGES {
            let next = best.1.around(part).map(|bend| (all(&bend.surface(size), pairs), bend)).min_by(least);
            match next {
                Some(next) if next.0 < best.0 => best = next,
                _ => break,
            }
        }
        part /= 2.0;
    }
    if best.0 < CYLINDER * all(&plane, pairs) { best.1.surface(size) } else { plane }
}

/// Follows spots of print from one frame to another.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "pixels of a frame")]
fn follow(pair: &Pair<'_>, guess: &Surface) -> Vec<Spot> {
    let (here, there) = pair.views;
    let rows = here.height / 8..(here.height * 7 / 8).saturating_sub(SPOT.1);
    let columns = 0..here.width.saturating_sub(SPOT.0);
    let places: Vec<(usize, usize)> = rows
        .step_by(EVERY.1)
        .flat_map(|y| columns.clone().step_by(EVERY.0).map(move |x| (x, y)))
        .filter(|&(x, y)| printed(&pair.map, x / 2, y / 2))
        .collect();
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return Vec::new() };
    // No more than the rows of print, and what lies near.
    let from = first.1.saturating_sub(SPOT.1 * 2);
    let rows = from..(last.1 + SPOT.1 * 3).min(here.height);
    let (a, b) = (levels(here, rows.clone()), levels(there, rows));
    let half = (SPOT.0 as f32 / 2.0, SPOT.1 as f32 / 2.0);
    let spot = |&(x, y): &(usize, usize)| {
        let middle = (x as f32 + half.0, y as f32 + half.1);
        let (u, v) = guess.unrolled(middle)?;
        let seen = guess.column(u + pair.step.0);
        let to = (seen.x - half.0, seen.row(v + pair.step.1) - half.1 - from as f32);
        let to = (to.0.round() as i32, to.1.round() as i32);
        let whole = inside(to.0, REACH.0, SPOT.0, b.width) && inside(to.1, REACH.1, SPOT.1, b.height);
        let moved = whole.then(|| a.part(x..x + SPOT.0, y - from..y - from + SPOT.1).best(&b, to, REACH))?;
        let there = (moved.across + half.0, moved.along + half.1 + from as f32);
        (moved.response >= FOUND).then_some(Spot { here: middle, there })
    };
    places.iter().step_by(places.len().div_ceil(MOST_SPOTS)).filter_map(spot).collect()
}

/// Whether `length` samples from `from` on, moved by `reach` either way, are among `all`.
fn inside(from: i32, reach: i32, length: usize, all: usize) -> bool {
    from >= reach && usize::try_from(from + reach).is_ok_and(|from| from + length <= all)
}

/// Whether a map shows print at a spot.
fn printed(map: &View<'_>, x: usize, y: usize) -> bool {
    let columns = x..x + SPOT.0 / 2;
    let row = |y: usize| columns.clone().map(|x| usize::from(map.at(x, y).abs_diff(128))).sum::<usize>();
    (y..y + SPOT.1 / 2).map(row).sum::<usize>() >= LEAST_PRINT * SPOT.0 * SPOT.1 / 4
}

fn levels(view: View<'_>, rows: Range<usize>) -> Levels {
    let plane = view.rows(rows).to_plane();
    Levels::of(&plane.samples, plane.width, plane.height, LOCAL)
}

#[cfg(test)]
mod tests {
    use image::metadata::Orientation;

    use super::*;
    use crate::media::flatten::motion::print_maps;
    use crate::media::flatten::plane::{Plane, Stand};

    const UPRIGHT: Stand = Stand { orientation: Orientation::NoTransforms, quarter: false };

    const SIZE: (f32, f32) = (270.0, 480.0);

    /// Spots all over a surface that turns by `turn` while the camera moves by (3, −2), some of them mistaken.
    fn spots(surface: &Surface, turn: f32) -> Vec<Spot> {
        let places =
            (0..8_u8).flat_map(|y| (0..16_u8).map(move |x| (40.0 + 12.0 * f32::from(x), 90.0 + 40.0 * f32::from(y))));
        let spot = |(number, here): (usize, (f32, f32))| {
            let (u, v) = surface.unrolled(here)?;
            let seen = surface.column(u + turn);
            let mistaken = if number % 9 == 0 { 7.0 } else { 0.0 };
            Some(Spot { here, there: (seen.x + 3.0 + mistaken, seen.row(v) - 2.0) })
        };
        places.enumerate().filter_map(|(number, here)| spot((number, here))).collect()
    }

    #[test]
    fn a_cylinder_is_found_by_the_way_its_print_moves() {
        let can = Surface::cylinder(SIZE, 38.0, 226.0, -0.12);
        let pairs: Vec<Vec<Spot>> = [12.0, -15.0, 20.0].map(|turn| spots(&can, turn)).to_vec();
        let found = fitted(SIZE, &pairs);
        for u in [-90.0, -40.0, 30.0, 80.0] {
            let (is, should) = (found.column(u), can.column(u));
            let off = (is.x - should.x).hypot(is.row(400.0) - should.row(400.0));
            assert!(off < 5.0, "{u}: {off} {found:?}");
        }
    }

    #[test]
    fn what_does_not_bend_is_a_plane() {
        let plane = Surface::plane(SIZE);
        let pairs: Vec<Vec<Spot>> = [12.0, -15.0, 20.0].map(|turn| spots(&plane, turn)).to_vec();
        assert_eq!(fitted(SIZE, &pairs), plane);
    }

    #[test]
    fn a_few_spots_do_not_say_how_a_surface_is_bent() {
        // Blots in a window of `rows` rows, moved by `x`.
        let frame = |x: usize, rows: usize| {
            let inside = |at: usize| (60..210).contains(&(at % 270)) && (200..200 + rows).contains(&(at / 270));
            let blot = |at: usize| (((at % 270 + x) / 4 * 7919) ^ (at / 270 / 4 * 104_729)) % 251 < 80;
            let samples = (0..270 * 480).map(|at| if inside(at) && blot(at) { 30 } else { 200 }).collect();
            Plane { width: 270, height: 480, samples }
        };
        for (rows, enough) in [(16, false), (160, true)] {
            let frames = [frame(0, rows), frame(8, rows)];
            let maps = print_maps(&frames);
            let [here, there] = [&frames[0], &frames[1]].map(|frame| UPRIGHT.view(frame));
            let pair = Pair { views: (here, there), map: UPRIGHT.view(&maps[0]), step: (-8.0, 0.0) };
            let guess = Surface::plane(SIZE);
            assert!(follow(&pair, &guess).len() >= LEAST_SPOTS, "{rows}");
            assert_eq!(surface(&guess, &[pair]).is_some(), enough, "{rows}");
        }
    }
}
