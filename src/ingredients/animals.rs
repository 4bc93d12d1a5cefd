//! That nothing animal ever comes out vegan: every animal name of the lexicon, as it stands, bent and within lists.

use super::tests::{Dice, labels, local, picture, status, typed};
use super::*;

#[test]
fn an_animal_ingredient_added_anywhere_is_never_vegan() {
    let animals =
        ["gelatin", "SKUMMJÖLKSPULVER", "egg white", "Rindertalg", "hunaja", "anchovies", "E120", "fløte", "æg"];
    for (language, wanted, text) in labels().filter(|(_, wanted, _)| *wanted == "vegan") {
        let start = text.find(':').unwrap() + 1;
        for animal in animals {
            for (at, _) in text.match_indices(',').filter(|(at, _)| *at > start) {
                let end = text.find(". ").unwrap_or(text.len());
                if at < end {
                    let added = format!("{}, {animal}{}", &text[..at], &text[at..]);
                    assert_ne!(typed(&added, language).status.as_str(), wanted, "{added}");
                    assert_ne!(picture(&local(&added), None).status.as_str(), wanted, "{added}");
                }
            }
        }
    }
}

/// Every name of an animal thing, with its language.
fn animal_names() -> Vec<(Language, String)> {
    let lexicon = lexicon::Lexicon::load();
    let animals = lexicon.concepts().iter().filter(|concept| concept.kind.status() == Some(Status::NonVegan));
    animals.flat_map(|concept| concept.all_names().map(|(l, name)| (l, name.to_owned()))).collect()
}

#[test]
fn no_animal_name_is_called_vegan_in_any_language_or_case() {
    let lexicon = lexicon::Lexicon::load();
    let mut wrong = Vec::new();
    for (number, (language, name)) in animal_names().into_iter().enumerate() {
        let stranger = Language::ALL[number % Language::ALL.len()];
        // A word may mean two things: Norwegian `ribs` are currants.
        let own = lexicon.languages_of(&lexicon::key_of(&name)).meets(Languages::only(stranger).kin());
        let asked = if own { language } else { stranger };
        for written in [name.clone(), name.to_uppercase(), format!("E330, {name}, E331")] {
            if status(&written, asked) == Status::Vegan {
                wrong.push((asked, written));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn an_animal_name_with_a_wrong_letter_is_never_called_vegan() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let lexicon = lexicon::Lexicon::load();
    let mut wrong = Vec::new();
    for (language, name) in animal_names() {
        let longest = name.split([' ', '-']).max_by_key(|word| word.chars().count()).unwrap();
        let mut letters: Vec<char> = longest.chars().collect();
        if letters.len() < 5 {
            continue;
        }
        let at = 1 + dice.roll(letters.len() - 1);
        letters[at] = ['a', 'e', 'i', 'l', 'n', 'o', 'r', 's', 't', '1'][dice.roll(10)];
        let bent: String = letters.into_iter().collect();
        // A letter can make another word of it: `horse`, `hirse`; butter's milk becomes barley's.
        let listed = lexicon.languages_of(&lexicon::key_of(&bent)) != Languages::NONE;
        let written = name.replace(longest, &bent);
        let barley = bent.starts_with("kornmjölk");
        if !listed && !barley && status(&written, language) == Status::Vegan {
            wrong.push((name, written));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn no_list_for_tuning_that_holds_an_animal_is_called_vegan_and_few_vegan_ones_are_doubted() {
    let table = include_str!("../../fixtures/labels/dev/lists.tsv");
    for score in score(&super::tests::engine(), table).unwrap() {
        let language = score.language.tag();
        let animal = score.share(Status::NonVegan, &[Status::NonVegan]);
        let vegan = score.share(Status::Vegan, &[Status::Vegan]).unwrap_or_default();
        assert!(animal.is_none_or(|share| share >= 1.0), "{language}: {animal:?} {:?}", score.misjudged);
        assert!(vegan >= 0.9, "{language}: {vegan} {:?}", score.misjudged);
    }
}
