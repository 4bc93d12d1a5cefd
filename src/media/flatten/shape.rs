//! Which surface is filmed: the one on which frames that lie far apart agree best once they are unrolled.

use image::metadata::Orientation;

use super::motion::{Levels, Sampler, Step, print_maps};
use super::plane::{Plane, Stand, View};
use super::sides::Profile;
use super::surface::Surface;

/// Response below which a step is not believed: the label is taken to move on as it did.
const WEAK: f32 = 0.35;
/// Samples searched for a step, when nothing is known of it and when it was measured before on another surface.
const FIRST_REACH: (i32, i32) = (12, 3);
/// The same for clips of few frames, which lie further apart.
const FEW_FRAMES: usize = 40;
const SPARSE_REACH: (i32, i32) = (36, 4);
const LATER_REACH: (i32, i32) = (5, 2);
/// Samples over which a step is measured once the surface is known.
const LONG: f32 = 12.0;
/// Response below which a step is measured from the frame before instead.
const FIRM: f32 = 0.6;
/// Pairs of frames that are compared.
const PAIRS: usize = 5;
/// How far the frames of a pair lie apart, as a share of the width of their unrolled pictures.
const APART: (f32, f32) = (0.18, 0.45);
/// Samples searched for a pair.
const PAIR_REACH: (i32, i32) = (6, 1);
/// How much more than the best cylinder a plane must explain: a wrong cylinder still explains the middle of a plane, and
/// a plane the middle of a cylinder.
const PLANE: f32 = 1.25;

/// Reaches across below which a label is taken to stand still.
const STILL: f32 = 0.5;
/// What a view says before anyone asked.
const UPRIGHT: Stand = Stand { orientation: Orientation::NoTransforms, quarter: false };

/// A surface, and the way of the label over it.
#[derive(Debug, Clone)]
pub struct Shape {
    /// How the frames are seen upright.
    pub stand: Stand,
    /// In the size of the frames that were looked at.
    pub surface: Surface,
    /// For each frame, the place on the label that its middle shows.
    pub places: Vec<(f32, f32)>,
    /// Median response of the steps.
    pub response: f32,
    /// Unrolled pictures, evenly lit.
    pub levels: Vec<Levels>,
}

/// Finds the surface that `frames` show.
pub fn find(frames: &[Plane], orientation: Orientation) -> Option<Shape> {
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
    let pairs = pairs(&rough.places, 2.0 * rough.surface.reach());
    let mut profile = Profile::default();
    frames.iter().step_by(4).for_each(|plane| profile.add(stand.view(&plane.halved())));
    let surface = if pairs.is_empty() { Surface::plane(size) } else { best_surface(&views, &profile, size, &pairs) };
    Some(Shape { stand, ..follow(&views, &surface, Some(&rough)) })
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a frame")]
fn size(view: &View<'_>) -> (f32, f32) {
    (view.width as f32, view.height as f32)
}

/// The way of the label over a cylinder such as most are.
fn glance(maps: &[Plane], stand: Stand) -> Option<Shape> {
    let views: Vec<View<'_>> = maps.iter().map(|plane| stand.view(plane)).collect();
    let size = size(views.first()?);
    let usual = Surface::cylinder(size, 0.1 * size.0, 0.9 * size.0, 0.0);
    Some(Shape { stand, ..follow(&views, &usual, None) })
}

impl Shape {
    /// How far the label went across, in reaches.
    fn went(&self) -> f32 {
        let (least, most) =
            self.places.iter().fold((0.0_f32, 0.0_f32), |(least, most), place| (least.min(place.0), most.max(place.0)));
        (most - least) / self.surface.reach()
    }
}

/// Two frames and how far the second lies from the first.
type Pair = (usize, usize, (i32, i32));

fn best_surface(views: &[View<'_>], profile: &Profile, size: (f32, f32), pairs: &[Pair]) -> Surface {
    let (lefts, rights) = profile.candidates();
    let mut best = (agreement(views, &Surface::plane(size), pairs) / PLANE, Surface::plane(size), None);
    let try_it = |(left, right, tilt): (f32, f32, f32), best: &mut (f32, Surface, Option<(f32, f32, f32)>)| {
        if right - left < 0.25 * size.0 {
            return false;
        }
        let surface = Surface::cylinder(size, left, right, tilt);
        let agreement = agreement(views, &surface, pairs);
        let better = agreement > best.0;
        if better {
            *best = (agreement, surface, Some((left, right, tilt)));
        }
        better
    };
    try_it((0.1 * size.0, 0.9 * size.0, 0.0), &mut best);
    for left in &lefts {
        for right in &rights {
            try_it((*left, *right, 0.0), &mut best);
        }
    }
    for scale in [1.0, 0.5] {
        let Some((left, right, tilt)) = best.2 else { break };
        let (move_by, tilt_by) = (0.03 * size.0 * scale, 0.08 * scale);
        for sign in [1.0, -1.0] {
            try_it((left + sign * move_by, right + sign * move_by, tilt), &mut best);
        }
        let Some((left, right, tilt)) = best.2 else { break };
        for sign in [1.0, -1.0] {
            try_it((left - sign * move_by, right + sign * move_by, tilt), &mut best);
        }
        let Some((left, right, tilt)) = best.2 else { break };
        for sign in [1.0, -1.0] {
            try_it((left, right, tilt + sign * tilt_by), &mut best);
        }
    }
    best.1
}

/// How much of what moves is explained by a surface: what the frames of each pair have in common, on the scale of the
/// frames.
#[expect(clippy::cast_precision_loss, reason = "to compare")]
fn agreement(views: &[View<'_>], surface: &Surface, pairs: &[Pair]) -> f32 {
    let sampler = Sampler::new(surface, rows(views).step_by(2), views[0]);
    let common = |&(from, to, (across, along)): &Pair| {
        let (a, b) = (sampler.weighted(views[from]), sampler.weighted(views[to]));
        let shifts = (along / 2 - PAIR_REACH.1..=along / 2 + PAIR_REACH.1)
            .flat_map(|along| (across - PAIR_REACH.0..=across + PAIR_REACH.0).map(move |across| (across, along)));
        shifts.map(|(across, along)| a.product(&b, across, along)).fold(0, i64::max)
    };
    pairs.iter().map(common).sum::<i64>() as f32
}

fn rows(views: &[View<'_>]) -> std::ops::Range<usize> {
    let height = views.first().map_or(0, |view| view.height);
    height / 8..height - height / 8
}

/// Pairs of frames, spread over the clip, that overlap but lie well apart.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a few pairs")]
fn pairs(places: &[(f32, f32)], width: f32) -> Vec<Pair> {
    let (least, most) = (APART.0 * width, APART.1 * width);
    let partner = |from: usize| {
        let apart = |to: usize| places[from].0 - places[to].0;
        let fit = |to: &usize| (least..most).contains(&apart(*to).abs());
        let down = |to: usize| places[from].1 - places[to].1;
        (from + 1..places.len()).find(fit).map(|to| (from, to, (apart(to).round() as i32, down(to).round() as i32)))
    };
    let all: Vec<Pair> = (0..places.len()).filter_map(partner).collect();
    let step = (all.len() as f32 / PAIRS as f32).max(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the list")]
    let at = |number: usize| (number as f32 * step + step / 2.0) as usize;
    (0..PAIRS).filter_map(|number| all.get(at(number)).copied()).collect()
}

/// Follows the label over a surface; `before` is the way that was found on another one.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "samples")]
fn follow(views: &[View<'_>], surface: &Surface, before: Option<&Shape>) -> Shape {
    let sampler = Sampler::new(surface, rows(views), views[0]);
    let levels: Vec<Levels> = views.iter().map(|view| sampler.unrolled(*view)).collect();
    let mut places = vec![(0.0, 0.0)];
    let mut responses = Vec::new();
    let (mut speed, mut anchor, mut seen) = ((0.0, 0.0), 0, 0);
    for number in 1..levels.len() {
        let measure = |anchor: usize| {
            let gap = (number - anchor) as f32;
            let guess = match before {
                Some(shape) => {
                    let ((x0, y0), (x1, y1)) = (shape.places[anchor], shape.places[number]);
                    (x0 - x1, y0 - y1)
                }
                None => (speed.0 * gap, speed.1 * gap),
            };
            let reach = match before {
                Some(_) => LATER_REACH,
                None if levels.len() < FEW_FRAMES => SPARSE_REACH,
                None => FIRST_REACH,
            };
            levels[anchor].best(&levels[number], (guess.0.round() as i32, guess.1.round() as i32), reach)
        };
        let mut step: Step = measure(anchor);
        if step.response < FIRM && seen > anchor {
            anchor = seen;
            step = measure(anchor);
        }
        responses.push(step.response);
        let (last, gap): ((f32, f32), _) = (places[anchor], (number - anchor) as f32);
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
    Shape { stand: UPRIGHT, surface: *surface, places, response, levels }
}
