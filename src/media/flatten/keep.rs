//! What is kept of a clip while it is decoded: every frame small, the sharpest ones at full size.

use super::plane::{Coded, Plane};

/// Longest edge of a small frame.
const SMALL_EDGE: usize = 480;
/// Frames that are looked at lie at least this far apart.
const LEAST_GAP_MS: u32 = 55;
/// Bytes of full-size luma that are held at most.
const BYTES: usize = 84 << 20;
/// Most frames at full size.
const MOST: usize = 40;
/// A frame of more samples is held at half its size: its print is large enough.
const LARGE: usize = 4_000_000;

/// A frame of full size (or half of it), and its number among the small ones.
pub struct Kept {
    /// Its number.
    pub small: usize,
    /// Sharpness of text, to compare.
    pub score: f32,
    /// Its luma.
    pub plane: Plane,
}

/// The frames of a clip, as they come.
pub struct Keeper {
    slot_ms: u32,
    last_ms: Option<u32>,
    slot: u32,
    factor: usize,
    /// Every frame that was looked at, small.
    pub small: Vec<Plane>,
    /// The sharpest of each short time.
    pub kept: Vec<Kept>,
}

impl Keeper {
    /// For a clip of which `window_ms` milliseconds are looked at, with frames of this many samples.
    pub fn new(window_ms: u32, samples: usize) -> Self {
        let factor = if samples > LARGE { 2 } else { 1 };
        let most = (BYTES / (samples / (factor * factor)).max(1)).clamp(4, MOST);
        let slot_ms = window_ms / u32::try_from(most).unwrap_or(1) + 1;
        Self { slot_ms, last_ms: None, slot: 0, factor, small: Vec::new(), kept: Vec::new() }
    }

    /// Whether a frame of that time is to be looked at.
    pub fn wants(&self, time_ms: u32) -> bool {
        self.last_ms.is_none_or(|last| time_ms >= last + LEAST_GAP_MS)
    }

    /// Looks at a frame; `score` is its sharpness.
    pub fn take(&mut self, coded: Coded<'_>, time_ms: u32, score: f32) {
        let long = coded.width.max(coded.height);
        let Some(small) = Plane::reduced(coded, long.div_ceil(SMALL_EDGE)) else { return };
        // A size that changes in the middle of a clip ends what can be laid together.
        if self.small.first().is_some_and(|first| (first.width, first.height) != (small.width, small.height)) {
            return;
        }
        self.last_ms = Some(time_ms);
        self.small.push(small);
        let (slot, number) = (time_ms / self.slot_ms, self.small.len() - 1);
        let fresh = self.kept.is_empty() || slot != self.slot;
        if !fresh && self.kept.last().is_some_and(|held| held.score >= score) {
            return;
        }
        let Some(plane) = Plane::reduced(coded, self.factor) else { return };
        if !fresh {
            self.kept.pop();
        }
        self.slot = slot;
        self.kept.push(Kept { small: number, score, plane });
    }

    /// How many samples of a kept frame one of a small frame stands for, in each direction.
    #[expect(clippy::cast_precision_loss, reason = "a small factor")]
    pub fn ratio(&self) -> f32 {
        match (self.kept.first(), self.small.first()) {
            (Some(kept), Some(small)) => (kept.plane.width / small.width.max(1)) as f32,
            _ => 1.0,
        }
    }
}
