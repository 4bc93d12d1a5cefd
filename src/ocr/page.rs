//! What was read off one picture.

use serde::{Deserialize, Serialize};

/// One word as read, with its box in pixels of the picture given, its rows straightened: where they sag, a word's place
/// across is its own, and its place down is where it would stand were its row level.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// As read, punctuation attached, never blank.
    pub text: String,
    /// The reader's own trust in it, 0–100.
    pub confidence: u8,
    /// Left edge, pixels.
    pub left: u32,
    /// Top edge, pixels.
    pub top: u32,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// Pixels to its left without ink, read or unread; at most four letter heights, and never beyond the picture.
    pub bare_before: u32,
    /// The same to its right.
    pub bare_after: u32,
    /// The same below it, in all of its columns.
    pub bare_below: u32,
}

/// Words that stand beside each other, left to right; never empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// From left to right.
    pub words: Vec<Word>,
}

/// The lines of one picture, in the reader's reading order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Columns of the picture, pixels.
    pub width: u32,
    /// Rows of the picture, pixels.
    pub height: u32,
    /// From top to bottom within each block of text.
    pub lines: Vec<Line>,
}
