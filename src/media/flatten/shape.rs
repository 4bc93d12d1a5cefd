//! Which surface is filmed: the one on which frames that lie far apart agree best once they are unrolled.

use std::ops::Range;

use image::metadata::Orientation;

use super::bend::{self, Pair};
use super::motion::{Levels, Sampler, Step, print_maps};
use super::plane::{Plane, Stand, View};
use super::surface::Surface;

/// Sides of the cylinder that a clip is first looked at with, in widths of the frame: most who film a can fill the frame
/// with it. And those of one that is slim or far away, which is tried where steps over the first are not [`FIRM`].
const WIDE: (f32, f32) = (0.1, 0.9);
const NARROW: (f32, f32) = (0.25, 0.75);
/// How much higher the response over the narrow one must be: less than that, both are guesses.
const PLAINLY: f32 = 0.1;
/// Response below which a step is not believed: the label is taken to move on as it did.
const WEAK: f32 = 0.35;
/// Samples searched for a step, when nothing is known of it and when it was measured before on another surface.
const FIRST_REACH: (i32, i32) = (12, 2);
/// The same for clips of few frames, which lie further apart.
const FEW_FRAMES: usize = 40;
const SPARSE_REACH: (i32, i32) = (36, 3);
const LATER_REACH: (i32, i32) = (5, 2);
/// Samples over which a step is measured once the surface is known.
const LONG: f32 = 12.0;
/// Response below which a step is measured from the frame before instead.
const FIRM: f32 = 0.6;
/// Steps in a row that may fail before the next is measured from where the label is thought to be.
const LOST: usize = 3;
/// Pairs of frames that are compared.
const PAIRS: usize = 14;
/// How far the frames of a pair lie apart, as a share of the width of their unrolled pictures.
const APART: (f32, f32) = (0.06, 0.16);
/// Samples of a frame for one of its map of print.
const MAP: f32 = 2.0;

/// Reaches across below which a label is taken to stand still.
const STILL: f32 = 0.5;
/// Part of the fullest row's print, as a divisor, from which a row counts as printed, and rows that are looked at beyond.
const FAINTEST: u32 = 16;
const PAST: f32 = 8.0;
/// Part of a frame's rows that is followed.
const FOLLOWED: f32 = 0.75;
/// What a view says before anyone asked.
const UPRIGHT: Stand = Stand { orientation: Orientation::NoTransforms, quarter: false };

/// A surface, and the way of the label over it.
#[derive(Debug, Clone)]
pub struct Shape {
    /// How the frames are seen upright.
    pub stand: Stand,
    /// In the size of the frames that were looked at.
    pub surface: Surface,
    /// For each sharp frame, the place on the label that its middle shows.
    pub places: Vec<(f32, f32)>,
    /// For each sharp frame, the stretch of the way that it lies on. Between two stretches the label was lost, and how far
    /// it moved there is a guess.
    pub stretches: Vec<usize>,
    /// Median response of the steps.
    pub response: f32,
    /// Unrolled pictures, evenly lit.
    pub levels: Vec<Levels>,
}

/// Finds the surface that `frames` show.
pub fn find(frames: &[Plane], sharp: &[usize], orientation: Orientation) -> Option<Shape> {
    let maps = print_maps(frames);
    let mut stand = Stand { orientation, quarter: false };
    let mut rough = glance(&maps, stand)?;
    if rough.went() < STILL {
        // Nothing to speak of moves across: the pack may lie on its side, so that its lines run up or down the frame.
        let turned = Stand { quarter: true, ..stand };
        let other = glance(&maps, turned)?;
        if other.went() > 2.0 * rough.went() {
            (stand, rough) = (turned, other);
        }
    }
    let views: Vec<View<'_>> = maps.iter().map(|plane| stand.view(plane)).collect();
    let size = size(views.first()?);
    let apart: Vec<Pair<'_>> = pairs(&rough.places, sharp, 2.0 * rough.surface.reach())
        .into_iter()
        .map(|(from, to, step)| Pair {
            views: (stand.view(&frames[from]), stand.view(&frames[to])),
            map: views[from],
            step: (MAP * step.0, MAP * step.1),
        })
        .collect();
    let bent = bend::surface(&rough.surface.reduced(1.0 / MAP), &apart).map(|surface| surface.reduced(MAP));
    // A plane hides nothing of what was filmed, whatever its shape.
    let surface = bent.unwrap_or_else(|| Surface::plane(size));
    let sharp_views: Vec<View<'_>> = sharp.iter().map(|&number| views[number]).collect();
    let before: Vec<(f32, f32)> = sharp.iter().map(|&number| rough.places[number]).collect();
    Some(Shape { stand, ..follow(&sharp_views, &surface, Some(&before)) })
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a frame")]
fn size(view: &View<'_>) -> (f32, f32) {
    (view.width as f32, view.height as f32)
}

/// The way of the label over a cylinder such as most are.
fn glance(maps: &[Plane], stand: Stand) -> Option<Shape> {
    let views: Vec<View<'_>> = maps.iter().map(|plane| stand.view(plane)).collect();
    let size = size(views.first()?);
    let over = |(left, right): (f32, f32)| {
        let usual = Surface::cylinder(size, left * size.0, right * size.0, 0.0);
        Shape { stand, ..follow(&views, &usual, None) }
    };
    let wide = over(WIDE);
    if wide.response >= FIRM {
        return Some(wide);
    }
    let narrow = over(NARROW);
    Some(if narrow.response > wide.response + PLAINLY { narrow } else { wide })
}

impl Shape {
    /// The rows of the looked-at frames that hold print in any of them, as parts of their height.
    #[expect(clippy::cast_precision_loss, reason = "rows of a frame")]
    pub fn printed(&self) -> Range<f32> {
        let Some(first) = self.levels.first() else { return 0.0..1.0 };
        let mut sums = vec![0; first.height];
        for levels in &self.levels {
            sums.iter_mut().zip(levels.row_sums()).for_each(|(sum, row)| *sum += row);
        }
        let least = sums.iter().copied().max().unwrap_or_default() / FAINTEST;
        let printed = |sum: &u32| *sum > least;
        let (from, to) = (sums.iter().position(printed).unwrap_or(0), sums.iter().rposition(printed).unwrap_or(0));
        // The rows that are followed are those of the middle of the frame.
        let all = first.height as f32 / FOLLOWED;
        let beside = (all - first.height as f32) / 2.0;
        let at = |row: f32| ((row + beside) / all).clamp(0.0, 1.0);
        at(from as f32 - PAST)..at(to as f32 + 1.0 + PAST)
    }

    /// How far the label went across, in reaches.
    fn went(&self) -> f32 {
        let (least, most) =
            self.places.iter().fold((0.0_f32, 0.0_f32), |(least, most), place| (least.min(place.0), most.max(place.0)));
        (most - least) / self.surface.reach()
    }
}

fn rows(views: &[View<'_>]) -> std::ops::Range<usize> {
    let height = views.first().map_or(0, |view| view.height);
    height / 8..height - height / 8
}

/// Two frames and how far the label moved from the first to the second.
type Apart = (usize, usize, (f32, f32));

/// Pairs of sharp frames, spread over the clip, that overlap but lie well apart.
#[expect(clippy::cast_precision_loss, reason = "a few pairs")]
fn pairs(places: &[(f32, f32)], sharp: &[usize], width: f32) -> Vec<Apart> {
    let (least, most) = (APART.0 * width, APART.1 * width);
    let partner = |at: usize| {
        let from = sharp[at];
        let apart = |to: usize| places[from].0 - places[to].0;
        let fit = |to: &&usize| (least..most).contains(&apart(**to).abs());
        let to = *sharp[at + 1..].iter().find(fit)?;
        Some((from, to, (apart(to), places[from].1 - places[to].1)))
    };
    let all: Vec<Apart> = (0..sharp.len()).filter_map(partner).collect();
    let step = (all.len() as f32 / PAIRS as f32).max(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the list")]
    let at = |number: usize| (number as f32 * step + step / 2.0) as usize;
    (0..PAIRS).filter_map(|number| all.get(at(number)).copied()).collect()
}

/// Follows the label over a surface; `before` is the way that was found on another one.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "samples")]
fn follow(views: &[View<'_>], surface: &Surface, before: Option<&[(f32, f32)]>) -> Shape {
    // Every second row is enough to see which way it goes.
    let every = if before.is_some() { 1 } else { 2 };
    let sampler = Sampler::new(surface, rows(views).step_by(every), views[0]);
    let levels: Vec<Levels> = views.iter().map(|view| sampler.unrolled(*view)).collect();
    let mut places = vec![(0.0, 0.0)];
    let (mut stretches, mut responses) = (vec![0], Vec::new());
    let (mut speed, mut anchor, mut seen) = ((0.0, 0.0), 0, 0);
    for number in 1..levels.len() {
        let measure = |anchor: usize| {
            let gap = (number - anchor) as f32;
            let guess = match before {
                Some(places) => (places[anchor].0 - places[number].0, places[anchor].1 - places[number].1),
                None => (speed.0 * gap, speed.1 * gap),
            };
            let reach = match before {
                Some(_) => LATER_REACH,
                None if levels.len() < FEW_FRAMES => SPARSE_REACH,
                None => FIRST_REACH,
            };
            let around = (guess.0.round() as i32, (guess.1 / every as f32).round() as i32);
            let step = levels[anchor].best(&levels[number], around, reach);
            Step { along: step.along * every as f32, ..step }
        };
        let mut step: Step = measure(anchor);
        if step.response < FIRM && seen > anchor {
            anchor = seen;
            step = measure(anchor);
        }
        responses.push(step.response);
        let lost = usize::from(step.response < FIRM);
        stretches.push(stretches[number - 1] + lost);
        let (last, gap): ((f32, f32), _) = (places[anchor], (number - anchor) as f32);
        if let Some(known) = before.filter(|_| step.response < WEAK) {
            places.push((last.0 + known[number].0 - known[anchor].0, last.1 + known[number].1 - known[anchor].1));
            // Nothing is gained by waiting for ever for a place that is seen no more.
            if number - anchor >= LOST {
                (anchor, seen) = (number, number);
            }
            continue;
        }
        if step.response < WEAK {
            places.push((last.0 - speed.0 * gap, last.1 - speed.1 * gap));
            continue;
        }
        speed = (step.across / gap, step.along / gap);
        // Frames between that showed nothing lie on the way.
        for (between, place) in places.iter_mut().enumerate().skip(seen + 1) {
            let part = (between - anchor) as f32;
            *place = (last.0 - speed.0 * part, last.1 - speed.1 * part);
        }
        places.push((last.0 - step.across, last.1 - step.along));
        seen = number;
        // Over a short way, what stands still (a rim, a side) is too near to what moves, and holds it back.
        if before.is_none() || step.across.hypot(step.along) >= LONG {
            anchor = number;
        }
    }
    responses.sort_by(f32::total_cmp);
    let response = responses.get(responses.len() / 2).copied().unwrap_or_default();
    Shape { stand: UPRIGHT, surface: *surface, places, stretches, response, levels }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (usize, usize) = (270, 240);
    /// Samples by which a can turns from frame to frame.
    const TURN: f32 = 12.0;

    /// Blots of a few samples that repeat nowhere.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places of a small picture")]
    fn blot(u: f32, v: f32) -> u8 {
        let (x, y) = ((u + 8000.0) as u32 / 5, v as u32 / 5);
        let mixed = (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA6B)).wrapping_mul(0xC2B2_AE35);
        if mixed >> 30 == 0 { 30 } else { 200 }
    }

    /// Maps of frames in which a can turns, before a wall.
    #[expect(clippy::cast_precision_loss, reason = "places of a small picture")]
    fn turning(can: &Surface) -> Vec<Plane> {
        let level = |number: usize, at: usize| {
            let (x, y) = ((at % SIZE.0) as f32, (at / SIZE.0) as f32);
            can.unrolled((x, y)).map_or(90, |(u, v)| blot(u + TURN * number as f32, v))
        };
        let frame = |number| Plane {
            width: SIZE.0,
            height: SIZE.1,
            samples: (0..SIZE.0 * SIZE.1).map(|at| level(number, at)).collect(),
        };
        print_maps(&(0..30).map(frame).collect::<Vec<_>>())
    }

    #[expect(clippy::cast_precision_loss, reason = "the size of a small picture")]
    fn can(left: f32, right: f32) -> Surface {
        Surface::cylinder((SIZE.0 as f32, SIZE.1 as f32), left * SIZE.0 as f32, right * SIZE.0 as f32, 0.0)
    }

    #[test]
    fn a_can_is_followed_whether_it_fills_the_frame_or_half_of_it() {
        for sides in [(0.1, 0.9), (0.28, 0.72)] {
            let seen = glance(&turning(&can(sides.0, sides.1)), UPRIGHT).unwrap();
            let (went, turned) = (seen.places[29].0, 29.0 * TURN / MAP);
            assert!((went - turned).abs() < 0.07 * turned, "{sides:?}: {went} of {turned}");
        }
    }
}
