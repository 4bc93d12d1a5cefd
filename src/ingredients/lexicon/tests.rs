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
