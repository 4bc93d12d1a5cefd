//! A clip of a label to one flat picture of it.
//!
//! Frames are registered against each other, the surface (a cylinder, or a plane) is found and unrolled, the sharpest
//! columns are laid side by side, the light is evened out and the picture is cut to the block of small print. Where frames
//! do not agree at a seam, single frames that show that place, unrolled and cut alike, follow the flat picture. All of it
//! works on luma alone, and needs no text to be read: print is found by its texture.

mod choose;
mod keep;
mod lay;
mod light;
mod mosaic;
mod motion;
mod plane;
mod seams;
mod shape;
mod sides;
mod size;
mod surface;
mod text;

use image::metadata::Orientation;

use keep::Keeper;
use lay::Table;
pub use plane::{Coded, Plane};

/// Median response of the steps below which frames are not taken to show one surface.
const LEAST_RESPONSE: f32 = 0.35;
/// Agreement below which a seam is in doubt.
const DOUBT: f32 = 0.72;
/// Single frames that follow the flat picture, at most.
const MOST_BESIDE: usize = 3;
/// Pixels between two places in doubt that one frame shows well enough.
const NEAR: usize = 240;
/// Sharp frames that stand in for a label that cannot be laid together.
const INSTEAD: usize = 6;
/// Pixels of all pictures together: 28 × 28 of them are a token.
const PIXELS: usize = 1_250_000;
/// Pixels of frames that stand in.
const PIXELS_INSTEAD: usize = 4_000_000;

/// Takes the frames of a clip, and lays the label together when they are all there.
pub struct Flattener {
    orientation: Orientation,
    keeper: Keeper,
}

/// What becomes of a clip.
#[derive(Debug, Default)]
pub struct Label {
    /// Its pictures, in the order in which they should be read; none of a clip without a frame.
    pub pictures: Vec<Plane>,
    /// Whether the first is the flat label.
    pub flattened: bool,
}

impl Flattener {
    /// For a clip of which `window_ms` are looked at, with frames of `samples` samples that are turned upright by
    /// `orientation`.
    pub fn new(window_ms: u32, samples: usize, orientation: Orientation) -> Self {
        Self { orientation, keeper: Keeper::new(window_ms, samples) }
    }

    /// Whether a frame of that time is to be looked at.
    pub fn wants(&self, time_ms: u32) -> bool {
        self.keeper.wants(time_ms)
    }

    /// Looks at a frame; `score` is its sharpness.
    pub fn take(&mut self, coded: Coded<'_>, time_ms: u32, score: f32) {
        self.keeper.take(coded, time_ms, score);
    }

    /// Lays the label together.
    pub fn finish(&self) -> Label {
        let pictures = self.flat().unwrap_or_default();
        if pictures.is_empty() {
            return Label { pictures: self.instead(), flattened: false };
        }
        Label { pictures: size::fit(pictures, PIXELS), flattened: true }
    }

    fn flat(&self) -> Option<Vec<Plane>> {
        let shape = shape::find(&self.keeper.small, self.orientation)?;
        if shape.response < LEAST_RESPONSE {
            return None;
        }
        let table = Table::new(&self.keeper, self.orientation, &shape)?;
        let laid = table.lay()?;
        let block = text::find(&laid.picture)?;
        let mut pictures = vec![light::even(&text::cut(&laid.picture, &block))];
        let doubtful = |seam: &&lay::Seam| seam.agreement < DOUBT && block.columns.contains(&seam.column);
        let mut shown: Vec<usize> = Vec::new();
        for seam in laid.seams.iter().filter(doubtful) {
            if shown.len() < MOST_BESIDE && shown.iter().all(|column| column.abs_diff(seam.column) > NEAR) {
                shown.push(seam.column);
                let alone = table.alone(table.best_at(&laid, seam.column)?);
                pictures.extend(text::find(&alone).map(|block| light::even(&text::cut(&alone, &block))));
            }
        }
        Some(pictures)
    }

    /// The sharpest frames, spread over the clip, cut to their print.
    fn instead(&self) -> Vec<Plane> {
        let kept = &self.keeper.kept;
        let count = kept.len().min(INSTEAD);
        let best = |slot: usize| {
            let frames = &kept[slot * kept.len() / count..(slot + 1) * kept.len() / count];
            frames.iter().max_by(|a, b| a.score.total_cmp(&b.score))
        };
        let picture = |frame: &keep::Kept| {
            let upright = frame.plane.upright(self.orientation).to_plane();
            text::find(&upright).map_or_else(|| upright.clone(), |block| text::cut(&upright, &block))
        };
        size::fit((0..count).filter_map(best).map(picture).collect(), PIXELS_INSTEAD)
    }
}
