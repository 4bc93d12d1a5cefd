//! A clip of a label to one flat picture of it.
//!
//! Frames are registered against each other, the surface (a cylinder, or a plane) is found and unrolled, the sharpest
//! columns are laid side by side, the light is evened out and the picture is cut to the block of small print. Where frames
//! do not agree at a seam, single frames that show that place, unrolled and cut alike, follow the flat picture. All of it
//! works on luma alone, and needs no text to be read: print is found by its texture.

mod bend;
mod choose;
mod keep;
mod lay;
mod level;
mod light;
mod mosaic;
mod motion;
mod plane;
mod seams;
mod search;
mod shake;
mod shape;
mod surface;
mod text;

use image::metadata::Orientation;

use keep::Keeper;
pub use lay::Piece;
use lay::{Laid, Seam, Table};
pub use light::even;
pub use motion::print;
use plane::Stand;
pub use plane::{Coded, Plane, byte};
pub use surface::Surface;
use text::Block;

/// Median response of the steps below which frames are not taken to show one surface.
const LEAST_RESPONSE: f32 = 0.35;
/// Pixels above and below a block in which a single frame may show it.
const ASTRAY: usize = 160;
/// Frames that the filming is judged by; every so many of the sharpest.
const SAMPLES: usize = 3;
/// Print of the fullest picture that another must have to be worth sending beside it.
const LEAST_PRINT: f32 = 0.25;
/// Sharp frames that stand in for a label that cannot be laid together.
const INSTEAD: usize = 6;
/// Pixels that are ample for all pictures together: 28 × 28 of them are a token.
const AMPLE: usize = 1_250_000;
/// Those of frames that stand in.
const AMPLE_INSTEAD: usize = 4_000_000;

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
    /// Whether print runs out of what was filmed.
    pub cut: bool,
    /// Pixels of all pictures together in which print can still be read.
    pub ample_pixels: usize,
    /// Which frames lent the columns of the flat label.
    pub pieces: Vec<Piece>,
    /// How the frames stand upright; none of frames that stand in.
    stand: Option<Stand>,
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

    /// Some of the sharpest frames as they were filmed, to judge the filming by.
    pub fn samples(&self) -> impl Iterator<Item = &Plane> {
        let mut kept: Vec<&keep::Kept> = self.keeper.kept.iter().collect();
        kept.sort_by(|a, b| b.score.total_cmp(&a.score));
        kept.into_iter().step_by(SAMPLES).take(SAMPLES).map(|kept| &kept.plane)
    }

    /// Lays the label together, as large as it was filmed.
    pub fn finish(&self) -> Label {
        let instead = || Label { pictures: self.instead(), ample_pixels: AMPLE_INSTEAD, ..Label::default() };
        self.flat().filter(|label| !label.pictures.is_empty()).unwrap_or_else(instead)
    }

    fn flat(&self) -> Option<Label> {
        let sharp: Vec<usize> = self.keeper.kept.iter().map(|kept| kept.small).collect();
        let shape = shape::find(&self.keeper.small, &sharp, self.orientation)?;
        if shape.response < LEAST_RESPONSE {
            return None;
        }
        let mut table = Table::new(&self.keeper, &shape)?;
        let laid = table.lay()?;
        let block = table.find(&laid, table.rows())?;
        let seams: Vec<&Seam> = laid.seams.iter().filter(|seam| block.columns.contains(&seam.column)).collect();
        let weak: Vec<usize> = seams.iter().filter(|seam| seam.is_weak()).map(|seam| seam.column).collect();
        let beside = table.showing(&laid, &weak);
        let doubtful = lay::are_doubtful(&seams);
        let flattened = !doubtful && beside.len() < lay::MOST_VIEWS;
        let (mut pictures, mut pieces) = (Vec::new(), Vec::new());
        if flattened {
            pieces = table.pieces(&laid, &block);
            pictures.push(light::even(&table.picture(&laid, &block)));
            pictures.extend(printed(&table, &beside, &block));
        } else {
            pictures = printed(&table, &table.across(), &block);
        }
        let sideways = text::sideways(&pictures);
        if sideways {
            // Where a label moves across its lines, columns of frames are rows of it: no picture of them is shown.
            pictures.iter_mut().for_each(|picture| *picture = picture.upright(Orientation::Rotate90).to_plane());
            pieces.clear();
        }
        if (sideways || shape.stand.quarter) && text::upside_down(&pictures) {
            pictures.iter_mut().for_each(|picture| picture.samples.reverse());
            pieces.iter_mut().for_each(|piece| piece.columns = 1.0 - piece.columns.end..1.0 - piece.columns.start);
        }
        Some(Label { pictures, flattened, cut: block.cut, ample_pixels: AMPLE, pieces, stand: Some(shape.stand) })
    }

    /// A frame that lent columns to `label`, as it stands upright.
    pub fn source(&self, label: &Label, piece: &Piece) -> Option<Plane> {
        Some(label.stand?.view(&self.keeper.kept.get(piece.frame)?.plane).to_plane())
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
            let block = text::find(&upright.halved()).map(|block| block.enlarged(2));
            block.map_or_else(|| upright.clone(), |block| text::cut(&upright, &block))
        };
        (0..count).filter_map(best).map(picture).collect()
    }
}

/// The small print of several frames, evenly lit; those that show little of it beside the others are left out. It is looked
/// for at the height of `block`.
fn printed(table: &Table<'_>, frames: &[Laid<'_>], block: &Block) -> Vec<Plane> {
    let all = table.rows();
    let rows = block.rows.start.saturating_sub(ASTRAY).max(all.start)..(block.rows.end + ASTRAY).min(all.end);
    let blocks: Vec<_> = frames.iter().filter_map(|frame| Some((frame, table.find(frame, &rows)?))).collect();
    let most = blocks.iter().map(|(_, block)| block.weight).fold(0.0, f32::max);
    let kept = blocks.iter().filter(|(_, block)| block.weight >= LEAST_PRINT * most);
    kept.map(|(frame, block)| light::even(&table.picture(frame, block))).collect()
}
