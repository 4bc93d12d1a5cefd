//! What is known of food names: one concept a row in the `.psv` files of `data/`, loaded once into an index.
//!
//! A row is `id | kind [policy] [flags] | sv | en | no | da | fi | de | fr | es | it | nl | pl`, names separated by
//! commas, the first one the name shown to people; cells at the end may be left out. The kind decides the status, so
//! the two can never disagree. To add knowledge, add rows, or a file.

mod concept;
mod index;
mod kind;
mod languages;
mod near;
mod table;
mod words;

use std::borrow::Cow;

pub(super) use concept::Concept;
pub(super) use index::{Found, Lexicon, Seen, is_e_number, key_of};
pub(super) use kind::{Kind, Policy};
pub(super) use languages::Languages;
pub(super) use words::LONGEST_WORD;

/// The data shipped with the program: name and text of every file.
pub(super) const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/lexicon_files.rs"));

/// A row of a file: its line, counted from one, and what it says.
pub(super) type Row = (usize, Result<Concept, String>);

/// The rows of a shipped file, without comments and blank lines.
fn shipped(text: &'static str) -> impl Iterator<Item = Row> {
    rows(text).map(|(line, row)| (line, Concept::parse(Cow::Borrowed(row))))
}

/// The rows of a text that is not kept.
pub(super) fn rows_of(text: &str) -> impl Iterator<Item = Row> {
    rows(text).map(|(line, row)| (line, Concept::parse(Cow::Owned(row.to_owned()))))
}

fn rows(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests;
