//! What was once called vegan and is not, what must stay vegan beside it, and text made to cost time.

use std::time::{Duration, Instant};

use super::tests::{Dice, engine, listed, local, picture, typed};
use super::text::MAX_CHARS;
use super::*;

fn rows(text: &'static str) -> impl Iterator<Item = (Language, String)> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('|'))
        .map(|(tag, text)| (Language::from_tag(tag.trim()), text.trim().replace("/n", "\n")))
}

#[test]
fn labels_that_a_careless_parser_calls_vegan_are_not() {
    let wrong: Vec<_> = rows(include_str!("mistakes.psv"))
        .filter(|(language, text)| typed(text, *language).status == Status::Vegan)
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{wrong:#?}", wrong.len());
}

#[test]
fn what_stands_beside_those_mistakes_stays_vegan() {
    let texts = [
        (Language::Sv, "Ingredienser: vatten, salt. Innehåller inte mjölk, ägg och soja."),
        (Language::Sv, "Ingredienser: vatten, salt. Fri från gluten, mjölk och ägg."),
        (Language::Sv, "Ingredienser: vatten, rapsolja & salt, utan mjölk och ägg"),
        (Language::Sv, "Ingredienser: vatten, växtbaserad ost utan laktos, salt"),
        (Language::Sv, "Ingredienser: vatten, ej animalisk löpe, salt. Innehåller en fenylalaninkälla."),
        (Language::Sv, "INGREDIENSER/AINEKSET: vatten/vesi, salt/suola"),
        (Language::Sv, "Ingredienser: vatten, mjölkfri grädde, köttfri färs, rom (sprit), romarom"),
        (Language::Sv, "Ingredienser: vatten, färgämnen E160a, 162, salt"),
        (Language::Sv, "Ingredienser: vatten, salt (kan innehålla spår av nötter, mjölk), socker."),
        (Language::Sv, "Ingredienser: vatten, salt.\nKan innehålla spår av nötter, mjölk och ägg."),
        (Language::Sv, "Ingredienser: vatten, salt. Innehåller soja. Förvaras svalt. Passar till kött, fisk och ägg."),
        (Language::En, "Ingredients: water, salt. Allergy advice: for allergens see ingredients in CAPITALS."),
        (Language::En, "Ingredients: orange juice not from concentrate, non-hydrogenated palm oil, salt and/or pepper"),
        (
            Language::Sv,
            "Ingredienser: vatten, socker, salt. Ingredients: water, sugar, salt. Ainekset: vesi, sokeri, suola.",
        ),
        (Language::De, "Zutaten: Tomaten, Salz. Hergestellt in einem Betrieb, der Milch verarbeitet."),
    ];
    let wrong: Vec<_> = texts
        .into_iter()
        .map(|(language, text)| (text, typed(text, language)))
        .filter(|(_, verdict)| verdict.status != Status::Vegan)
        .map(|(text, verdict)| (text, verdict.reasoning))
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{wrong:#?}", wrong.len());
}

const LISTED: [&str; 4] = ["Vatten", "kostfiber", "kokosmjölk", "salt"];
const LABEL: &str = "Ingredienser: Vatten, kostfiber, kokosmjölk, salt. Kan innehålla spår av mjölk. Förvaras svalt.";

#[test]
fn a_name_that_the_model_lists_is_matched_by_whole_words_with_our_own() {
    assert_eq!(picture(&listed(LABEL, &LISTED), None).status, Status::Vegan);
    for extra in ["ost", "mjölk", "smör"] {
        let names = [LISTED.as_slice(), &[extra]].concat();
        assert_ne!(picture(&listed(LABEL, &names), None).status, Status::Vegan, "{extra}");
    }
}

#[test]
fn a_word_of_the_second_reading_is_not_excused_by_another_word_or_by_a_trace() {
    let reading = listed(LABEL, &LISTED);
    let agreed = "Ingredienser: Vatten, kostfiber, kokosmjölk, salt. Kan innehålla spår av mjölk.";
    assert_eq!(picture(&reading, Some(agreed)).status, Status::Vegan);
    for words in ["Ingredienser: Vatten, MJÖLK, salt.", "kostfiber smör", "Vatten ÄGG salt", "salt ost"] {
        assert_ne!(picture(&reading, Some(words)).status, Status::Vegan, "{words}");
    }
}

#[test]
fn a_model_reading_with_a_list_beyond_the_advice_is_doubted() {
    let text = "Ingredienser: socker.\nFörvaras torrt.\nmjölk, ägg.";
    assert_ne!(picture(&listed(text, &["socker"]), None).status, Status::Vegan);
}

#[test]
fn a_vegan_mark_that_the_label_denies_or_goes_on_from_settles_nothing() {
    let list = "Ingredienser: vatten, E471, salt.\nFörvaras svalt.";
    assert_eq!(picture(&local(&format!("VEGANSK\n{list}")), None).status, Status::Vegan);
    for mark in ["Not\nsuitable for vegans", "Ej\nlämplig för veganer", "Vegan\nserving tip", "VEGAN\nSERVING TIP"] {
        let reading = local(&format!("{list}\n{mark}\n"));
        assert_eq!(picture(&reading, None).status, Status::Uncertain, "{mark}");
    }
}

/// More than enough for what is linear in the text, on a slow machine without optimisation.
const ENOUGH: Duration = Duration::from_secs(2);

fn in_time(text: &str) {
    let begun = Instant::now();
    let _ = typed(text, Language::Sv);
    let _ = engine().look_up(text, Language::Sv);
    let took = begun.elapsed();
    assert!(took < ENOUGH, "{took:?}: {}", text.chars().take(60).collect::<String>());
    let begun = Instant::now();
    let _ = picture(&listed(text, &[text]), Some(text));
    let took = begun.elapsed();
    assert!(took < 2 * ENOUGH, "picture {took:?}: {}", text.chars().take(60).collect::<String>());
}

fn nonsense(dice: &mut Dice, letters: usize, separator: &str, chars: usize) -> String {
    let alphabet: Vec<char> = "abcdefghijklmnoprstuvyäö".chars().collect();
    let mut out = String::new();
    let mut count = 0;
    while count < chars {
        out.extend((0..letters).map(|_| alphabet[dice.roll(alphabet.len())]));
        out.push_str(separator);
        count += letters + separator.chars().count();
    }
    out
}

#[test]
fn no_text_costs_more_than_its_length() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for separator in [" ", ", ", " och ", ". ", "(", "/", "\n", "%", ":", " - ", "-\n"] {
        in_time(&nonsense(&mut dice, 9, separator, MAX_CHARS));
    }
    for letters in [1, 2, 4, 30, 63, MAX_CHARS] {
        in_time(&nonsense(&mut dice, letters, ", ", MAX_CHARS));
    }
    in_time(&"socker och salt och ".repeat(1000));
    in_time(&"mjölk, ".repeat(3000));
    in_time(&"mjölk. ".repeat(3000));
    in_time(&"kan innehålla mjölk, ".repeat(1000));
    in_time(&"Ingredienser: mjölk. ".repeat(1000));
    in_time(&"Ingredients: sugar, milk, salt. Ingredienser: socker, salt, vatten. ".repeat(300));
}

#[test]
fn a_long_trace_sentence_costs_no_more_than_a_list() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let items: Vec<String> = (0..300).map(|_| nonsense(&mut dice, 9, " ", 55)).collect();
    in_time(&format!("Kan innehålla {}", items.join(", ")));
}

#[test]
fn a_name_of_endless_links_is_unknown() {
    assert_eq!(typed(&"socker och salt och ".repeat(1000), Language::Sv).status, Status::Uncertain);
    assert_eq!(typed("socker och salt och vatten och peppar", Language::Sv).ingredients.len(), 4);
}

#[test]
fn the_reasoning_names_the_words_that_decide() {
    assert_eq!(typed("sugar BUTTER", Language::Sv).reasoning, "Innehåller butter, som är en mejeriprodukt.");
}
