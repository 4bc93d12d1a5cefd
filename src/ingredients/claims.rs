//! Vegan marks: which wordings count, and that none of them is denied.

use super::text::{clean, fold, tokens};
use crate::domain::Reading;

/// Wordings that count, words in lower case without accents.
const WORDINGS: [&str; 54] = [
    "vegan",
    "vegansk",
    "veganskt",
    "100 vegan",
    "100 vegansk",
    "100 veganskt",
    "helt vegansk",
    "helt vegan",
    "vegaaninen",
    "vegaani",
    "100 vegaaninen",
    "vegan society",
    "the vegan society",
    "vegan trademark",
    "certified vegan",
    "v label vegan",
    "european vegetarian union vegan",
    "suitable for vegans",
    "passar veganer",
    "lamplig for veganer",
    "passer for veganere",
    "egnet for veganere",
    "velegnet til veganere",
    "sopii vegaaneille",
    "fur veganer geeignet",
    "vegan certified",
    "vegansk produkt",
    "vegan product",
    "vegane",
    "produit vegan",
    "convient aux vegans",
    "convient aux veganes",
    "convient aux vegetaliens",
    "vegano",
    "vegana",
    "100 vegano",
    "producto vegano",
    "apto para veganos",
    "prodotto vegano",
    "adatto ai vegani",
    "adatto a vegani",
    "veganistisch",
    "100 veganistisch",
    "geschikt voor veganisten",
    "weganski",
    "weganskie",
    "weganska",
    "100 weganski",
    "produkt weganski",
    "odpowiedni dla wegan",
    "vegaanituote",
    "veganes produkt",
    "rein vegan",
    "100 vegaani",
];
/// Words that deny what stands beside them.
const DENIALS: [&str; 15] =
    ["inte", "ej", "icke", "not", "non", "ikke", "nicht", "ei", "inget", "kein", "no", "pas", "niet", "geen", "nie"];

/// Words that go on from a mark, which then says something else: a vegan serving tip.
const CONTINUES: [&str; 16] = [
    "serving",
    "serve",
    "servering",
    "tip",
    "tips",
    "recipe",
    "recept",
    "option",
    "idea",
    "rezept",
    "serviervorschlag",
    "recette",
    "suggestion",
    "receta",
    "ricetta",
    "przepis",
];
/// How many words before the mark may deny it.
const REACH: usize = 4;

/// Whether the pack says vegan: a mark that the reader names, or lines of the label that say nothing else.
pub(super) fn made(text: &str, reading: Option<&Reading>) -> bool {
    let marks = reading.map(|reading| reading.claims.as_slice()).unwrap_or_default();
    let sentences = || text.split(['.', '!', '?']);
    !sentences().any(denied) && (marks.iter().any(|mark| counts(&clean(mark).0)) || sentences().any(stands_in_lines))
}

/// Whether a sentence says "not" shortly before "vegan", over the breaks of its lines.
fn denied(sentence: &str) -> bool {
    let words = words(sentence);
    let denial = |word: &String| DENIALS.contains(&word.as_str());
    words.iter().enumerate().any(|(at, word)| {
        (word.starts_with("vega") || word.starts_with("wega")) && words[at.saturating_sub(REACH)..at].iter().any(denial)
    })
}

/// Whether a line is a mark, and the next one does not go on from it.
fn stands_in_lines(sentence: &str) -> bool {
    let lines: Vec<&str> = sentence.lines().filter(|line| !line.trim().is_empty()).collect();
    let goes_on = |next: &&str| {
        let small = next.trim_start().starts_with(char::is_lowercase);
        small || words(next).first().is_some_and(|word| CONTINUES.contains(&word.as_str()))
    };
    lines.iter().enumerate().any(|(at, line)| counts(line) && !lines.get(at + 1).is_some_and(goes_on))
}

fn counts(said: &str) -> bool {
    WORDINGS.contains(&words(said).join(" ").as_str())
}

fn words(text: &str) -> Vec<String> {
    tokens(text).iter().map(|token| fold(&token.key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_counts_only_alone_and_not_denied() {
        assert!(made("Ingredienser: socker.\n100 % VEGANSK!", None));
        assert!(!made("Ingredienser: socker. Inte vegansk.", None));
        assert!(!made("Vegan serving tip: add jam.", None));
        assert!(made("Skład: cukier.\nProdukt wegański", None));
        assert!(!made("Skład: cukier.\nProdukt nie jest\nwegański", None));
        assert!(made("Ingrédients : sucre. Convient aux végans.", None));
        assert!(!made("No es un\nproducto vegano", None));
    }
}
