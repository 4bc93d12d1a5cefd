//! Listed words that lie a few letters from a written one.

use std::collections::HashMap;
use std::ops::Range;

use super::languages::Languages;
use super::table::Entry;
use crate::ingredients::text::{apart, letter_set, may_be_near};

#[derive(Debug, Clone, Copy)]
struct Word {
    start: u32,
    length: u8,
    bucket: u16,
    /// Its letters as a set of bits: most words are ruled out by it.
    set: u32,
    entry: Entry,
}

/// Single words without accents, by the shape of their first letter and their length.
#[derive(Debug, Default)]
pub(super) struct Near {
    text: String,
    words: Vec<Word>,
    /// Where words of one first letter and one length stand.
    buckets: HashMap<u16, Range<u32>>,
}

impl Near {
    /// Adds a folded word; [`Near::finish`] makes it found.
    pub fn push(&mut self, folded: &str, entry: Entry) {
        let Ok(length) = u8::try_from(folded.len()) else { return };
        let bucket = bucket(first_letter(folded), folded.len());
        let word = Word { start: self.text.len() as u32, length, bucket, set: letter_set(folded), entry };
        self.text.push_str(folded);
        self.words.push(word);
    }

    /// Sorts what was added.
    pub fn finish(&mut self) {
        self.words.sort_unstable_by_key(|word| word.bucket);
        self.words.shrink_to_fit();
        for (place, word) in self.words.iter().enumerate() {
            let place = place as u32;
            self.buckets.entry(word.bucket).or_insert(place..place).end = place + 1;
        }
    }

    /// Words of the same first letter within an edit distance of a folded one, with the distance.
    pub fn find<'a, 'w>(
        &'a self,
        folded: &'w str,
        limit: usize,
        languages: Languages,
    ) -> impl Iterator<Item = (usize, u32)> + use<'a, 'w> {
        let lengths = folded.len().saturating_sub(limit)..=folded.len() + limit;
        let first = first_letter(folded);
        let set = letter_set(folded);
        let ranges = lengths.filter_map(move |length| self.buckets.get(&bucket(first, length)));
        let words = ranges.flat_map(|range| &self.words[range.start as usize..range.end as usize]);
        let close = move |other: u32| may_be_near(set, other, limit);
        words.filter(move |word| word.entry.languages.meets(languages) && close(word.set)).filter_map(move |word| {
            let other = &self.text[word.start as usize..][..usize::from(word.length)];
            Some((apart(folded.as_bytes(), other.as_bytes(), limit)?, word.entry.concept))
        })
    }
}

/// The letter that a word begins with, as far as a reader can tell letters apart.
fn first_letter(folded: &str) -> u8 {
    match folded.bytes().next().unwrap_or_default() {
        b'l' | b'1' | b'j' => b'i',
        b'0' => b'o',
        b'5' => b's',
        b'8' => b'b',
        other => other,
    }
}

fn bucket(first: u8, length: usize) -> u16 {
    u16::from_be_bytes([first, u8::try_from(length).unwrap_or(u8::MAX)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_within_their_distance_and_language() {
        use crate::domain::Language::{En, Sv};
        let mut near = Near::default();
        let only = Languages::only;
        near.push("gelatin", Entry { concept: 1, languages: only(Sv) });
        near.push("gelatin", Entry { concept: 1, languages: only(En) });
        near.push("gelatine", Entry { concept: 1, languages: only(En) });
        near.finish();
        let find = |word, limit, language| near.find(word, limit, only(language)).collect::<Vec<_>>();
        assert_eq!(find("gelatn", 1, Sv), [(1, 1)]);
        assert_eq!(find("gelatn", 2, En), [(1, 1), (2, 1)]);
        assert_eq!(find("delatin", 1, Sv), []);
    }
}
