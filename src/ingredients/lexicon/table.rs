//! Names to what they mean: all text in one string, found by hash, so that a hundred thousand names take few bytes and
//! load in milliseconds.

use super::languages::Languages;

/// What a name means in some languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its place among the concepts.
    pub concept: u32,
    pub languages: Languages,
}

#[derive(Debug, Clone, Copy)]
struct Name {
    hash: u32,
    start: u32,
    length: u16,
    /// The first of its meanings.
    first: u32,
}

#[derive(Debug, Clone, Copy)]
struct Meaning {
    entry: Entry,
    next: u32,
}

/// No name, no further meaning.
const NONE: u32 = u32::MAX;

/// All names of one spelling.
#[derive(Debug, Default)]
pub(super) struct Table {
    text: String,
    names: Vec<Name>,
    meanings: Vec<Meaning>,
    /// Places of names by hash, at most half of them taken; the length is a power of two.
    slots: Vec<u32>,
}

impl Table {
    /// Adds a meaning to a name. A name beyond the length of any is left out.
    pub fn insert(&mut self, key: &str, entry: Entry) {
        let Ok(length) = u16::try_from(key.len()) else { return };
        if self.names.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let hash = hash(key);
        let slot = self.slot(key, hash);
        let place = self.slots[slot];
        if place == NONE {
            self.slots[slot] = self.names.len() as u32;
            let (start, first) = (self.text.len() as u32, self.meanings.len() as u32);
            self.text.push_str(key);
            self.names.push(Name { hash, start, length, first });
            self.meanings.push(Meaning { entry, next: NONE });
            return;
        }
        let mut at = self.names[place as usize].first as usize;
        loop {
            let meaning = &mut self.meanings[at];
            if meaning.entry.concept == entry.concept {
                meaning.entry.languages = meaning.entry.languages.with(entry.languages);
                return;
            }
            if meaning.next == NONE {
                break;
            }
            at = meaning.next as usize;
        }
        self.meanings[at].next = self.meanings.len() as u32;
        self.meanings.push(Meaning { entry, next: NONE });
    }

    /// What a name means.
    pub fn get(&self, key: &str) -> impl Iterator<Item = Entry> + Clone {
        let slot = if self.slots.is_empty() { None } else { self.slots.get(self.slot(key, hash(key))) };
        let name = slot.and_then(|place| self.names.get(*place as usize));
        let first = name.and_then(|name| self.meanings.get(name.first as usize));
        std::iter::successors(first, |meaning| self.meanings.get(meaning.next as usize)).map(|meaning| meaning.entry)
    }

    /// Where a name stands, or would.
    fn slot(&self, key: &str, hash: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while let Some(name) = self.names.get(self.slots[slot] as usize) {
            let start = name.start as usize;
            if name.hash == hash && self.text.get(start..start + usize::from(name.length)) == Some(key) {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        self.slots = vec![NONE; (self.slots.len() * 2).max(1 << 10)];
        let mask = self.slots.len() - 1;
        for (place, name) in self.names.iter().enumerate() {
            let mut slot = name.hash as usize & mask;
            while self.slots[slot] != NONE {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = place as u32;
        }
    }
}

/// A fast hash: the table is filled from our own data and only read afterwards, so nobody can choose what collides.
fn hash(key: &str) -> u32 {
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let chunks = key.as_bytes().chunks(8).map(|chunk| {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(bytes)
    });
    let mixed = chunks.fold(key.len() as u64, |hash, chunk| (hash.rotate_left(5) ^ chunk).wrapping_mul(SPREAD));
    (mixed >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_meanings_however_many_there_are() {
        let mut table = Table::default();
        let entry = |concept| Entry { concept, languages: Languages::ALL };
        assert_eq!(table.get("anything").count(), 0);
        for number in 0..5000 {
            table.insert(&format!("name {number}"), entry(number));
            table.insert(&format!("name {}", number % 10), entry(number));
        }
        assert_eq!(table.get("name 4321").collect::<Vec<_>>(), [entry(4321)]);
        assert_eq!(table.get("name 7").count(), 500);
        assert_eq!(table.get("name 5000").count(), 0);
    }
}
