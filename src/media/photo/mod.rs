//! A photo of a pack to a flat, upright picture of its print.
//!
//! The print is found by its texture; it is turned until its rows are level, unrolled where the sides of a can stand
//! around it and its letters narrow towards them, its rows are straightened, and it is cut out with a margin. Letters that
//! are far narrower than any print, because they were filmed from the side or a program squeezed the photo, are given their
//! shape back. Each step is taken only where the photo bears it out, and what is left is the photo itself.

mod can;
mod ink;
mod lean;
mod light;
mod rows;
mod strokes;
#[cfg(test)]
mod tests;
mod tilt;
mod warp;

use image::RgbImage;

use super::flatten::Plane;
use super::quality::luma_plane;
use ink::{Area, Ink, Print, Tiles};
use lean::Turn;
use strokes::{Letters, Neighbours};
use tilt::Tilt;
use warp::Step;

/// Longest side at which a photo is looked at.
const LOOKED_AT: usize = 2500;
/// Letters of paper kept around the print: they show that its rows are whole. As a part of the longer side of what is looked
/// at, no less and no more than.
const MARGIN_LETTERS: usize = 5;
const LEAST_MARGIN: usize = 60;
const MOST_MARGIN: usize = 14;
/// How much more level rows must become for straightening to be worth its blur.
const BETTER: f32 = 1.02;
/// Letters of so many samples are too large for text to be told by its texture: they are looked at from further away.
const LARGE: usize = 48;
/// How often, each time from twice as far.
const LOOKS: usize = 4;
/// Letters this narrow stand on no pack, and what they are brought to: their width for one of their height.
const NARROW: f32 = 0.42;
const USUAL: f32 = 0.6;
/// Times that rows are straightened at most: steep ones are not told well the first time.
const PASSES: usize = 2;

/// What becomes of a photo.
#[derive(Debug)]
pub struct Straightened {
    /// The print, upright; the whole photo where none was found.
    pub picture: RgbImage,
    /// How much print there is; none for a photo without any.
    pub print: u32,
    /// Whether rows run out of the photo.
    pub cut: bool,
    /// How large its letters are, pixels of the picture: about the height of an `x`. `None` without print.
    pub letter: Option<usize>,
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

    /// Turns the photo, and looks for the print anew.
    fn turn(&mut self, turn: Turn) {
        let (step, before) = (Step::turn(turn, &self.plane), self.area.clone());
        let anew = |plane: &Plane| ink::find(&Tiles::of(plane)).map(|print| print.area);
        self.take(step, |step, after| anew(after).unwrap_or_else(|| step.area_after(&before)));
    }

    /// Makes the sides of the pack upright and parallel, where they can be told.
    fn look_straight(&mut self) -> Option<Tilt> {
        let tilt = tilt::find(&self.plane, &self.area)?;
        let before = self.area.clone();
        self.take(Step::tilt(&tilt), |step, _| tilt.within(step.area_after(&before)));
        Some(tilt)
    }

    /// Gives letters that are too narrow for their height their shape back; what letters are like then.
    fn widen_letters(&mut self) -> Option<Letters> {
        let measured = |plane: &Plane| Ink::letters(plane, &Tiles::of(plane), &whole(plane));
        let letters = measured(&self.plane)?;
        if letters.shape >= NARROW {
            return Some(letters);
        }
        let step = Step::squeeze(USUAL / letters.shape, &self.plane);
        self.take(step, |_, after| whole(after));
        measured(&self.plane)
    }

    /// Straightens the rows, if they become more level so, and keeps so much around the print.
    fn level_rows(&mut self, margin: usize) -> bool {
        let Some(field) = rows::Field::measure(&self.ink, &self.area) else { return false };
        let wide = self.area.widened(margin, &self.plane);
        let step = Step::rows(field.ways(&wide), &wide);
        let straight = step.taken(&self.plane);
        let inside = self.area.within(&wide);
        let ink = Ink::of(&straight, &Tiles::of(&straight), &inside);
        let is_better = rows::level(&ink, &inside) > BETTER * rows::level(&self.ink, &self.area);
        if is_better {
            self.take(step, |_, _| inside);
        }
        is_better
    }
}

/// The print of a photo, as it was looked at.
struct Seen {
    look: Look,
    tiles: Tiles,
    print: Print,
    letters: Letters,
}

impl Seen {
    /// Looks for print: from further away where its letters are large, or where none is found from near. `None` without any.
    fn sought(mut look: Look) -> Option<Self> {
        let mut best: Option<Self> = None;
        for times in 0..LOOKS {
            let further = look.further_away();
            if let Some(seen) = Self::at(look) {
                // Letters that are small from there too would have been seen from near.
                if times > 0 && 2 * seen.letters.length <= LARGE {
                    break;
                }
                let is_large = seen.letters.length > LARGE;
                best = Some(seen);
                if !is_large {
                    break;
                }
            }
            look = further;
        }
        best
    }

    fn at(look: Look) -> Option<Self> {
        let tiles = Tiles::of(&look.plane);
        let print = ink::find(&tiles)?;
        let letters = Ink::letters(&look.plane, &tiles, &print.area)?;
        Some(Self { look, tiles, print, letters })
    }
}

/// Straightens a photo.
pub fn straighten(photo: RgbImage, look: Look) -> Straightened {
    let Some(Seen { look, tiles, print, letters }) = Seen::sought(look) else {
        return Straightened { picture: photo, print: 0, cut: false, letter: None };
    };
    let Look { plane, factor } = look;
    let (area, ink) = (print.area.clone(), Ink::of(&plane, &tiles, &print.area));
    let side = plane.width.max(plane.height);
    let margin = (MARGIN_LETTERS * letters.length).clamp(side / LEAST_MARGIN, side / MOST_MARGIN);
    let mut bench = Bench { way: warp::Way::new(factor), plane, area, ink };
    let mut cut = print.cut;

    let turn = lean::turn(&bench.ink, &bench.area);
    if turn.quarter {
        bench.turn(Turn { quarter: true, radians: 0.0 });
    }
    let mut tilt = bench.look_straight();
    if tilt.is_none() && turn.radians != 0.0 {
        bench.turn(Turn { quarter: false, ..turn });
        tilt = bench.look_straight();
    }
    let round = || can::between(tilt.as_ref()?.sides, &bench.plane, &bench.ink, &bench.area);
    if let Some(surface) = can::find(&bench.plane, &bench.ink, &bench.area).or_else(round) {
        let wide = bench.area.widened(margin, &bench.plane);
        let print = can::unrolled(&surface, &bench.area, &wide);
        bench.take(Step::unroll(surface, &wide), |_, _| print);
        cut |= ink::find(&Tiles::of(&bench.plane)).is_some_and(|print| print.cut);
    }
    let mut passes = 0..PASSES;
    while passes.next().is_some() && bench.level_rows(margin) {}
    bench.take(Step::cut(&bench.area.widened(margin, &bench.plane)), |_, after| whole(after));
    if Neighbours::of(&bench.ink).are_on_their_heads(turn.quarter) {
        let step = Step::over(&bench.plane);
        bench.take(step, |_, after| whole(after));
    }
    let letters = bench.widen_letters();
    let picture = light::evened(bench.way.picture(&photo, bench.plane.width, bench.plane.height));
    Straightened { picture, print: print.tiles, cut, letter: letters.map(|letters| letters.length * factor) }
}

/// Whether there is print on a frame of a clip, and whether rows of it run out of the frame. `None` where there is none.
pub fn is_cut(frame: &Plane) -> Option<bool> {
    ink::find(&Tiles::of(frame)).map(|print| print.cut)
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

    fn further_away(&self) -> Self {
        Self { plane: self.plane.halved(), factor: 2 * self.factor }
    }
}
