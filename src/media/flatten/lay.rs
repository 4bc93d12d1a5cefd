//! The looks of a clip, laid side by side on the label.

use std::ops::Range;

use image::metadata::Orientation;

use super::choose::{self, Look, Segment, choose};
use super::keep::Keeper;
use super::mosaic::{Placement, Strip, draw};
use super::plane::{Plane, View};
use super::seams::{Side, fit};
use super::shape::Shape;
use super::surface::Surface;

/// Samples searched for a step between two looks, around the way that was followed.
const AROUND: (i32, i32) = (3, 2);
/// Response from which that search is believed.
const FIRM: f32 = 0.3;

/// Everything that is known about a clip once its surface is found.
pub struct Table<'a> {
    views: Vec<View<'a>>,
    numbers: Vec<usize>,
    looks: Vec<Look>,
    shape: &'a Shape,
    /// In the size of the kept frames.
    surface: Surface,
    ratio: f32,
    rows: Range<usize>,
}

/// A label, laid together.
pub struct Laid {
    /// Its picture.
    pub picture: Plane,
    /// Where two frames meet, and how well they agree there.
    pub seams: Vec<Seam>,
    /// Which frame of the clip lends which columns of the picture.
    pub segments: Vec<Lent>,
}

/// Where two frames meet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seam {
    /// Column of the picture.
    pub column: usize,
    /// Mean correlation of the print on both sides; 0 without print.
    pub agreement: f32,
}

/// Columns that a frame lends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lent {
    /// Number of the kept frame.
    pub frame: usize,
    /// Columns of the picture.
    pub columns: Range<usize>,
}

impl<'a> Table<'a> {
    /// Measures the kept frames.
    pub fn new(keeper: &'a Keeper, orientation: Orientation, shape: &'a Shape) -> Option<Self> {
        let ratio = 2.0 * keeper.ratio();
        let surface = shape.surface.reduced(1.0 / ratio);
        let views: Vec<View<'_>> = keeper.kept.iter().map(|kept| kept.plane.upright(orientation)).collect();
        let height = views.first()?.height;
        let numbers: Vec<usize> = keeper.kept.iter().map(|kept| kept.small).collect();
        let sharpness = |view: &View<'_>| choose::sharpness(*view, &surface, height / 6..height * 5 / 6);
        let look = |(view, number): (&View<'_>, &usize)| Look {
            place: shape.places[*number].0 * ratio,
            sharpness: sharpness(view),
        };
        let looks = views.iter().zip(&numbers).map(look).collect();
        Some(Self { views, numbers, looks, shape, surface, ratio, rows: height / 50..height - height / 50 })
    }

    /// Lays the label together. `None` without a single look.
    pub fn lay(&self) -> Option<Laid> {
        let segments = choose(&self.looks, &self.surface);
        let first = segments.first()?;
        let start = first.from;
        let mut placement = Placement::at(self.looks[first.look].place);
        let mut strips = vec![Strip { segment: *first, view: self.views[first.look], placement }];
        let mut seams = Vec::new();
        for pair in segments.windows(2) {
            let [a, b] = pair else { continue };
            let guess = self.between(a.look, b.look);
            let left = placement.locate(b.from, 0.0).0;
            let sides = (
                Side { view: self.views[a.look], column: left, lift: 0.0 },
                Side { view: self.views[b.look], column: left + guess.0, lift: guess.1 },
            );
            let fit = fit(&self.surface, self.rows.clone(), sides.0, sides.1);
            placement = placement.followed_by(&fit, b.from, guess);
            strips.push(Strip { segment: *b, view: self.views[b.look], placement });
            seams.push(Seam { column: column(b.from - start), agreement: fit.agreement });
        }
        let lent = |segment: &Segment| Lent {
            frame: segment.look,
            columns: column(segment.from - start)..column(segment.to - start),
        };
        let segments = segments.iter().map(lent).collect();
        Some(Laid { picture: draw(&strips, &self.surface, self.rows.clone()), seams, segments })
    }

    /// One frame alone, unrolled as far as it is seen well.
    pub fn alone(&self, frame: usize) -> Plane {
        let (place, reach) = (self.looks[frame].place, self.surface.reach());
        let segment = Segment { look: frame, from: place - reach, to: place + reach };
        draw(
            &[Strip { segment, view: self.views[frame], placement: Placement::at(place) }],
            &self.surface,
            self.rows.clone(),
        )
    }

    /// The frame that shows a place of the label best among those that see it from the front: `column` of the laid picture,
    /// whose first column is that of `laid`.
    pub fn best_at(&self, laid: &Laid, column: usize) -> Option<usize> {
        let lent = laid.segments.iter().find(|lent| lent.columns.contains(&column))?;
        #[expect(clippy::cast_precision_loss, reason = "pixels")]
        let place = laid.segments.first().map(|first| {
            let start = self.start(first.frame);
            start + column as f32
        })?;
        let reach = self.surface.reach();
        let worth = |look: &Look| {
            look.at(place, &self.surface).unwrap_or(0.0) * (1.0 - ((place - look.place) / reach).powi(2)).max(0.0)
        };
        let best = (0..self.looks.len()).max_by(|&a, &b| worth(&self.looks[a]).total_cmp(&worth(&self.looks[b])));
        best.or(Some(lent.frame))
    }

    fn start(&self, _first: usize) -> f32 {
        self.looks.iter().map(|look| look.place).fold(f32::MAX, f32::min) - self.surface.reach()
    }

    /// How far look `b` lies from look `a`: what is added to a place on the one to find it on the other.
    #[expect(clippy::cast_possible_truncation, reason = "samples")]
    fn between(&self, a: usize, b: usize) -> (f32, f32) {
        let (a, b) = (self.numbers[a], self.numbers[b]);
        let Shape { places, levels, .. } = self.shape;
        let way = (places[a].0 - places[b].0, places[a].1 - places[b].1);
        let step = levels[a].best(&levels[b], (way.0.round() as i32, way.1.round() as i32), AROUND);
        let (across, along) = if step.response > FIRM { (step.across, step.along) } else { way };
        (across * self.ratio, along * self.ratio)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a picture")]
fn column(place: f32) -> usize {
    place.max(0.0) as usize
}
