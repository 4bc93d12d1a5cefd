//! Listed words that lie a few letters from a written one.

use std::collections::HashMap;
use std::ops::Range;

use super::languages::Languages;
use super::table::Entry;
use crate::ingredients::text::{apart, shape};

#[derive(Debug, Clone, Copy)]
struct Word {
    start: u32,
    length: u8,
    /// Its letters as a set of bits: most words are ruled out by it.
    set: u32,
    entry: Entry,
}

/// Where words of one first letter and one length stand.
type Bucket = (char, u8);

/// Single words without accents, by the shape of their first letter and their length.
#[derive(Debug, Default)]
pub(super) struct Near {
    text: String,
    words: Vec<Word>,
    buckets: HashMap<Bucket, Range<u32>>,
}

impl Near {
    /// Adds a folded word; [`Near::finish`] makes it found.
    pub fn push(&mut self, folded: &str, entry: Entry) {
        let Ok(length) = u8::try_from(folded.len()) else { return };
        let word = Word { start: self.text.len() as u32, length, set: letter_set(folded), entry };
        self.text.push_str(folded);
        self.words.push(word);
    }

    /// Sorts what was added, the same word of one concept once.
    pub fn finish(&mut self) {
        let text = &self.text;
        let of = |word: &Word| &text[word.start as usize..][..usize::from(word.length)];
        let key = |word: &Word| (bucket(of(word)), of(word), word.entry.concept);
        self.words.sort_unstable_by(|left, right| key(left).cmp(&key(right)));
        self.words.dedup_by(|next, kept| {
            let same = next.entry.concept == kept.entry.concept && of(next) == of(kept);
            if same {
                kept.entry.languages = kept.entry.languages.with(next.entry.languages);
            }
            same
        });
        self.words.shrink_to_fit();
        for (place, word) in self.words.iter().enumerate() {
            let place = place as u32;
            self.buckets.entry(bucket(of(word))).or_insert(place..place).end = place + 1;
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
        let first = bucket(folded).0;
        let set = letter_set(folded);
        let ranges = lengths.filter_map(move |length| self.buckets.get(&(first, u8::try_from(length).ok()?)));
        let words = ranges.flat_map(|range| &self.words[range.start as usize..range.end as usize]);
        // An edit adds or takes away at most one letter.
        let close = move |other: u32| (set & !other).count_ones().max((other & !set).count_ones()) <= limit as u32;
        words.filter(move |word| word.entry.languages.meets(languages) && close(word.set)).filter_map(move |word| {
            let other = &self.text[word.start as usize..][..usize::from(word.length)];
            Some((apart(folded.as_bytes(), other.as_bytes(), limit)?, word.entry.concept))
        })
    }
}

/// The letters of a word as a set of bits; letters that share a bit only let more through.
fn letter_set(folded: &str) -> u32 {
    folded.bytes().fold(0, |set, byte| set | 1 << (byte % 32))
}

fn bucket(folded: &str) -> Bucket {
    let first = folded.chars().next().map(|c| shape(c.encode_utf8(&mut [0; 4])).chars().next().unwrap_or(c));
    (first.unwrap_or_default(), u8::try_from(folded.len()).unwrap_or(u8::MAX))
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
