//! A photo of a pack to a flat, upright picture of its print.
//!
//! The print is found by its texture; it is turned until its rows are level, unrolled where the sides of a can stand
//! around it and its letters narrow towards them, its rows are straightened, and it is cut out with a margin. Each step
//! is taken only where the photo bears it out, and what is left is the photo itself.

mod can;
mod ink;
mod lean;
mod light;
mod rows;
mod strokes;
#[cfg(test)]
mod tests;
mod warp;

use image::RgbImage;

use super::flatten::Plane;
use super::quality::luma_plane;
use ink::{Area, Ink, Tiles};
use strokes::Neighbours;
use warp::Step;

/// Longest side at which a photo is looked at.
const LOOKED_AT: usize = 2500;
/// Samples kept around the print, as a part of the longer side of what is looked at.
const MARGIN: usize = 30;
/// How much more level rows must become for straightening to be worth its blur.
const BETTER: f32 = 1.02;

/// What becomes of a photo.
#[derive(Debug)]
pub struct Straightened {
    /// The print, upright; the whole photo where none was found.
    pub picture: RgbImage,
    /// How much print there is; none for a photo without any.
    pub print: u32,
    /// Whether rows run out of the photo.
    pub cut: bool,
}

/// A photo on its way: as it is looked at, and the steps that led there.
struct Bench {
    way: warp::Way,
    plane: Plane,
    area: Area,
    ink: Ink,
}

impl Bench {
    fn take(&mut self, step: Step, area: impl FnOnce(&Step, &Plane) -> Area) {
        let after = step.taken(&self.plane);
        self.area = area(&step, &after);
        self.ink = Ink::of(&after, &Tiles::of(&after), &self.area);
        self.plane = after;
        self.way.push(step);
    }
}

/// Straightens a photo.
pub fn straighten(photo: RgbImage, Look { plane, factor }: Look) -> Straightened {
    let tiles = Tiles::of(&plane);
    let Some(print) = ink::find(&tiles) else {
        return Straightened { picture: photo, print: 0, cut: false };
    };
    let margin = plane.width.max(plane.height) / MARGIN;
    let (area, ink) = (print.area.clone(), Ink::of(&plane, &tiles, &print.area));
    let mut bench = Bench { way: warp::Way::new(factor), plane, area, ink };
    let mut cut = print.cut;

    let turn = lean::turn(&bench.ink, &bench.area);
    if turn != lean::Turn::default() {
        let (step, before) = (Step::turn(turn, &bench.plane), bench.area.clone());
        let anew = |plane: &Plane| ink::find(&Tiles::of(plane)).map(|print| print.area);
        bench.take(step, |step, after| anew(after).unwrap_or_else(|| step.area_after(&before)));
    }
    if let Some(surface) = can::find(&bench.plane, &bench.ink, &bench.area) {
        bench.take(Step::unroll(surface, &bench.area.widened(margin, &bench.plane)), |_, after| whole(after));
        cut |= ink::find(&Tiles::of(&bench.plane)).is_some_and(|print| print.cut);
    }
    let wide = bench.area.widened(margin, &bench.plane);
    let before = rows::level(&bench.ink, &bench.area);
    let straight = rows::Field::measure(&bench.ink, &bench.area).and_then(|field| {
        let step = Step::rows(field.ways(&wide), &wide);
        let straight = step.taken(&bench.plane);
        let area = whole(&straight);
        let ink = Ink::of(&straight, &Tiles::of(&straight), &area);
        (rows::level(&ink, &area) > BETTER * before).then_some(step)
    });
    match straight {
        Some(step) => bench.take(step, |_, after| whole(after)),
        None => bench.take(Step::cut(&wide), |_, after| whole(after)),
    }
    if Neighbours::of(&bench.ink).are_on_their_heads(turn.quarter) {
        let step = Step::over(&bench.plane);
        bench.take(step, |_, after| whole(after));
    }
    let picture = light::evened(bench.way.picture(&photo, bench.plane.width, bench.plane.height));
    Straightened { picture, print: print.tiles, cut }
}

fn whole(plane: &Plane) -> Area {
    Area { columns: 0..plane.width, rows: 0..plane.height }
}

/// A photo as it is looked at.
#[derive(Debug)]
pub struct Look {
    /// Its luma, reduced.
    pub plane: Plane,
    /// By how much.
    pub factor: usize,
}

impl Look {
    /// Looks at a photo.
    pub fn at(photo: &RgbImage) -> Self {
        let factor = (photo.width().max(photo.height()) as usize).div_ceil(LOOKED_AT).max(1);
        Self { plane: luma_plane(photo, factor), factor }
    }
}
