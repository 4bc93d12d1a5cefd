//! The lexicon's data, checked: rows, duplicates, contradictions, animal names inside vegan ones.

use std::collections::HashMap;

use super::index::key_of;
use super::*;
use crate::domain::Status;

#[test]
fn every_row_of_the_data_is_well_formed() {
    for (file, text) in FILES {
        for row in rows(text) {
            assert!(Concept::parse(row).is_some(), "{file}: {row}");
        }
    }
}

#[test]
fn no_identifier_stands_twice() {
    let mut seen = std::collections::HashSet::new();
    for concept in concepts() {
        assert!(seen.insert(concept.id), "{}", concept.id);
    }
}

#[test]
fn no_name_has_two_statuses_in_one_language() {
    let mut seen: HashMap<(usize, String), (&str, Option<Status>)> = HashMap::new();
    let mut faults = Vec::new();
    for concept in concepts() {
        for (place, names) in concept.names.iter().enumerate() {
            for name in names {
                let status = concept.kind.status();
                let known = seen.entry((place, key_of(name))).or_insert((concept.id, status));
                if known.1 != status {
                    faults.push(format!("{name}: {} and {}", known.0, concept.id));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_vegan_name_that_holds_an_animal_name_is_an_exception_made_on_purpose() {
    let lexicon = Lexicon::load();
    let allowed: std::collections::HashSet<String> =
        include_str!("exceptions.txt").lines().map(|line| key_of(line.trim())).collect();
    let mut faults = Vec::new();
    for concept in concepts().iter().filter(|concept| concept.kind.status() == Some(Status::Vegan)) {
        for name in concept.names.iter().flatten() {
            let key = key_of(name);
            let animal = key.split(' ').any(|word| lexicon.animal_root(word).is_some());
            if animal && !allowed.contains(&key) {
                faults.push((*name).to_owned());
            }
        }
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{} not named:\n{}", faults.len(), faults.join("\n"));
}
