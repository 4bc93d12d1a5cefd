//! Ink that is no letter: bars, rims, rules and frames, which would speak louder than the text beside them.

use super::ink::Ink;

/// Longer than this many usual pieces of ink, and without a gap across, is a bar.
const LONG: usize = 3;
/// Samples from which a piece of ink is no speck.
const SPECK: usize = 12;

/// A piece of connected ink.
#[derive(Debug, Clone, Copy)]
struct Piece {
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
    samples: usize,
    /// Runs of ink along its rows, and along its columns: one in each for a bar.
    along: usize,
    across: usize,
}

impl Piece {
    fn length(&self) -> usize {
        (self.right - self.left).max(self.bottom - self.top) + 1
    }

    /// Whether it may be a letter where letters are usually so long.
    fn is_like(&self, usual: usize) -> bool {
        (usual..=LIKE * LIKE * usual).contains(&(LIKE * self.length()))
    }

    /// Twice the place of its middle.
    fn middle(&self) -> (usize, usize) {
        (self.left + self.right, self.top + self.bottom)
    }

    /// Samples between two pieces.
    fn gap(&self, other: &Self) -> usize {
        let apart = |a: (usize, usize), b: (usize, usize)| a.0.saturating_sub(b.1).max(b.0.saturating_sub(a.1));
        apart((self.left, self.right), (other.left, other.right))
            + apart((self.top, self.bottom), (other.top, other.bottom))
    }

    fn is_solid(&self) -> bool {
        4 * self.along <= 5 * (self.bottom - self.top + 1) || 4 * self.across <= 5 * (self.right - self.left + 1)
    }
}

/// Takes bars out of the ink.
pub fn without_bars(ink: &mut Ink) {
    let (labels, pieces) = pieces(ink, |_, _| true);
    let Some(usual) = usual(&pieces) else { return };
    let bar: Vec<bool> = pieces.iter().map(|piece| piece.length() > LONG * usual && piece.is_solid()).collect();
    for (ink, &label) in ink.inked.iter_mut().zip(&labels) {
        *ink &= label == 0 || !bar[label - 1];
    }
}

/// The number of its piece, from 1, for each sample of ink; and the pieces that have a sample which `counts`.
fn pieces(ink: &Ink, counts: impl Fn(usize, usize) -> bool) -> (Vec<usize>, Vec<Piece>) {
    let width = ink.width;
    let mut labels = vec![0; ink.inked.len()];
    let mut pieces = Vec::new();
    let mut edge = Vec::new();
    for start in 0..ink.inked.len() {
        if !ink.inked[start] || labels[start] != 0 {
            continue;
        }
        let (x, y) = (start % width, start / width);
        if !counts(x, y) {
            continue;
        }
        let mut piece = Piece { left: x, right: x, top: y, bottom: y, samples: 0, along: 0, across: 0 };
        let label = pieces.len() + 1;
        labels[start] = label;
        edge.push(start);
        while let Some(at) = edge.pop() {
            let (x, y) = (at % width, at / width);
            piece.samples += 1;
            piece.left = piece.left.min(x);
            piece.right = piece.right.max(x);
            piece.top = piece.top.min(y);
            piece.bottom = piece.bottom.max(y);
            piece.along += usize::from(x == 0 || !ink.inked[at - 1]);
            piece.across += usize::from(y == 0 || !ink.inked[at - width]);
            let left = (x > 0).then(|| at - 1);
            let right = (x + 1 < width).then_some(at + 1);
            let near = [left, right, at.checked_sub(width), Some(at + width).filter(|at| *at < labels.len())];
            for near in near.into_iter().flatten() {
                if ink.inked[near] && labels[near] == 0 {
                    labels[near] = label;
                    edge.push(near);
                }
            }
        }
        pieces.push(piece);
    }
    (labels, pieces)
}

/// What the letters of a text are like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Letters {
    /// The usual length of a piece of ink, samples: about the height of an `x`.
    pub length: usize,
    /// The usual width of a letter, for one of its height: 0.5 to 0.9 in print.
    pub shape: f32,
}

/// Measures the letters of which some sample `counts`. `None` without ink.
pub fn letters(ink: &Ink, counts: impl Fn(usize, usize) -> bool) -> Option<Letters> {
    let (_, pieces) = pieces(ink, counts);
    let length = usual(&pieces)?;
    #[expect(clippy::cast_precision_loss, reason = "a few samples")]
    let shape = |piece: &Piece| (piece.right - piece.left + 1) as f32 / (piece.bottom - piece.top + 1) as f32;
    let mut shapes: Vec<f32> = pieces.iter().filter(|piece| piece.is_like(length)).map(shape).collect();
    shapes.sort_unstable_by(f32::total_cmp);
    Some(Letters { length, shape: *shapes.get(shapes.len() / 2)? })
}

fn usual(pieces: &[Piece]) -> Option<usize> {
    let mut lengths: Vec<usize> = pieces.iter().filter(|piece| piece.samples >= SPECK).map(Piece::length).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied()
}

/// Letters that are asked for their neighbours.
const MOST_ASKED: usize = 600;
/// How much longer or shorter than usual a piece may be to be a letter.
const LIKE: usize = 2;
/// So many times as many letters must have their neighbour above or below for rows to run that way: phones know which way
/// is up.
const SIDEWAYS: usize = 2;
/// Part of a letter's height by which neighbours differ.
const DIFFER: usize = 6;

/// What letters show together with those nearest to them, each the next in its row (O'Gorman, The document spectrum for
/// page layout analysis, 1993).
#[derive(Debug, Clone, Copy, Default)]
pub struct Neighbours {
    level: usize,
    sideways: usize,
    tops_differ: usize,
    bottoms_differ: usize,
}

impl Neighbours {
    /// Asks the letters of the ink.
    pub fn of(ink: &Ink) -> Self {
        let (_, pieces) = pieces(ink, |_, _| true);
        let Some(usual) = usual(&pieces) else { return Self::default() };
        let letters: Vec<&Piece> = pieces.iter().filter(|piece| piece.is_like(usual)).collect();
        let asked = letters.iter().step_by(letters.len() / MOST_ASKED + 1);
        let mut all = Self::default();
        for piece in asked {
            let others = letters.iter().filter(|other| !std::ptr::eq(**other, *piece));
            if let Some(next) = others.min_by_key(|other| piece.gap(other)) {
                all.add(piece, next);
            }
        }
        all
    }

    fn add(&mut self, piece: &Piece, next: &Piece) {
        let (here, there) = (piece.middle(), next.middle());
        if here.0.abs_diff(there.0) <= here.1.abs_diff(there.1) {
            self.sideways += 1;
            return;
        }
        self.level += 1;
        let least = (piece.bottom - piece.top).max(next.bottom - next.top) / DIFFER + 1;
        let tops = piece.top.abs_diff(next.top) > least;
        let bottoms = piece.bottom.abs_diff(next.bottom) > least;
        self.tops_differ += usize::from(tops && !bottoms);
        self.bottoms_differ += usize::from(bottoms && !tops);
    }

    /// Whether rows run from top to bottom.
    pub fn are_sideways(self) -> bool {
        self.sideways > SIDEWAYS * self.level
    }

    /// Whether level rows stand on their heads: in every language of this alphabet tall letters outnumber those with tails.
    /// Of a photo that lay on its side either is as likely; else the letters must be many and sure.
    pub fn are_on_their_heads(self, lay: bool) -> bool {
        let (tops, bottoms) = (self.tops_differ, self.bottoms_differ);
        if lay { bottoms > tops } else { 5 * bottoms > 6 * tops + 50 }
    }
}
