//! The lexicon's data and the form it is written in.

use super::*;
use crate::domain::Language;
use crate::ingredients::check::{check, check_shipped};

#[test]
fn the_shipped_data_has_no_fault() {
    let faults = check_shipped().faults;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn only_fault(text: &str) -> String {
    let mut faults = check(text).faults;
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

#[test]
fn each_kind_of_fault_in_a_row_is_found() {
    assert!(only_fault("Foo | plant | zyx").contains("is no identifier"));
    assert!(only_fault("foo | weed | zyx").contains("is no kind"));
    assert!(only_fault("foo | plant tasty | zyx").contains("is no flag"));
    assert!(only_fault(&format!("foo | plant{}", " | zyx".repeat(12))).contains("more than 11 languages"));
    assert!(only_fault("foo | plant | zyx, zyx").contains("stands twice"));
    let contradiction = check("foo | plant | zyx\nbar | meat | zyx").faults;
    assert!(contradiction.iter().any(|fault| fault.contains("has two meanings")), "{contradiction:?}");
    assert!(only_fault("foo | plant | zyx\nfoo | plant | zyz").contains("stands at line 1 too"));
    assert!(only_fault("foo | plant | zyxmjölk").contains("holds a name of"));
    assert!(check("foo | plant exception | zyxmjölk").faults.is_empty());
}

#[test]
fn cells_at_the_end_may_be_left_out_and_names_stand_in_their_columns() {
    let (_, row) = rows_of("# a comment\n\n foo_1 | dairy imitable |  a , b |c||||||||| k").next().unwrap();
    let concept = row.unwrap();
    assert_eq!((concept.id(), concept.kind, concept.imitable), ("foo_1", Kind::Dairy, true));
    assert_eq!(concept.names(Language::Sv).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(concept.names(Language::En).collect::<Vec<_>>(), ["c"]);
    assert_eq!(concept.names(Language::Pl).collect::<Vec<_>>(), ["k"]);
    assert_eq!(concept.name_in(Language::Fi), Some("c"));
}

#[test]
fn a_row_of_an_operator_replaces_the_one_of_its_name_and_wins_where_names_meet() {
    let row = |text: &str| rows_of(text).filter_map(|(_, row)| row.ok()).collect();
    let lexicon = Lexicon::load().overlaid(row("e120 | plant | zyx\nmine | plant | mjölk"));
    let kind = |name: &str| lexicon.exact(name, Languages::only(Language::Sv)).map(|concept| concept.kind);
    assert_eq!(kind("zyx"), Some(Kind::Plant));
    assert_eq!(kind("e120"), Some(Kind::Plant));
    assert_eq!(kind("mjölk"), Some(Kind::Plant));
    assert_eq!(kind("grädde"), Some(Kind::Dairy));
}
