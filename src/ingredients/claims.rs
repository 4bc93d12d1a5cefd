//! Vegan marks: which wordings count, and that none of them is denied.

use super::text::{clean, fold, tokens};
use crate::domain::Reading;

/// Wordings that count, words in lower case without accents.
const WORDINGS: [&str; 28] = [
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
];
/// Words that deny what stands beside them.
const DENIALS: [&str; 10] = ["inte", "ej", "icke", "not", "non", "ikke", "nicht", "ei", "inget", "kein"];

/// Whether the pack says vegan: a mark that the reader names, or a sentence of the label that is nothing else.
pub(super) fn made(text: &str, reading: Option<&Reading>) -> bool {
    let denied = words(text).windows(2).any(|pair| DENIALS.contains(&pair[0].as_str()) && pair[1].starts_with("vega"));
    let marks = reading.map(|reading| reading.claims.as_slice()).unwrap_or_default();
    let sentences = text.split(['\n', '.', '!']).map(str::to_owned);
    !denied && marks.iter().map(|mark| clean(mark).0).chain(sentences).any(|said| counts(&said))
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
    }
}
