//! What an answer was worth: an arm that answers fast with nothing is not a good one.

use crate::domain::{DecidedBy, Legibility, Quality, Reading, Source, Status, Verdict};

/// Judges a reading by itself and by what was decided from it.
pub(super) fn quality(reading: &Reading, verdict: &Verdict) -> Quality {
    let judged: Vec<_> = judged(reading, verdict).collect();
    let contradicts = judged.iter().any(|(model, lexicon)| *model == Status::Vegan && *lexicon == Status::NonVegan);
    let said_nothing = reading.legibility == Legibility::Full && verdict.ingredients.is_empty();
    let agreed = judged.iter().filter(|(model, lexicon)| model == lexicon).count();
    Quality {
        unusable: contradicts || said_nothing || invents(reading) || leaves_out(reading, verdict),
        judged: u32::try_from(judged.len()).unwrap_or(u32::MAX),
        agreed: u32::try_from(agreed).unwrap_or(u32::MAX),
    }
}

/// What the model and the lexicon say of the ingredients that both know.
fn judged<'a>(reading: &'a Reading, verdict: &'a Verdict) -> impl Iterator<Item = (Status, Status)> + 'a {
    let by_lexicon = |name: &str| {
        let decided = verdict.ingredients.iter().filter(|it| it.decided_by == Some(DecidedBy::Lexicon));
        decided.into_iter().find(|it| it.name == name).map(|it| it.status)
    };
    let items = reading.ingredients.iter().flatten();
    items.filter_map(move |item| Some((item.status?, by_lexicon(&item.name)?)))
}

/// A name that stands nowhere in the text it is said to come from.
fn invents(reading: &Reading) -> bool {
    let text = plain(&reading.label_text);
    let declared = reading.ingredients.iter().flatten().filter(|item| item.source == Source::Declared);
    declared.map(|item| plain(&item.name)).any(|name| !text.contains(&name))
}

/// An animal word in the text that its list of ingredients lacks.
fn leaves_out(reading: &Reading, verdict: &Verdict) -> bool {
    let found =
        |it: &crate::domain::Ingredient| it.decided_by == Some(DecidedBy::LabelText) && it.status == Status::NonVegan;
    reading.ingredients.is_some() && verdict.ingredients.iter().any(found)
}

fn plain(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Ingredient, Match, ReadIngredient};

    fn reading(text: &str, names: &[(&str, Option<Status>)]) -> Reading {
        let item = |(name, status): &(&str, Option<Status>)| ReadIngredient {
            name: (*name).to_owned(),
            source: Source::Declared,
            status: *status,
            translated_name: None,
            confidence: 1.0,
        };
        Reading {
            label_text: text.to_owned(),
            language: None,
            legibility: Legibility::Full,
            issues: vec![],
            ingredients: Some(names.iter().map(item).collect()),
            claims: vec![],
        }
    }

    fn verdict(items: &[(&str, Status, DecidedBy)]) -> Verdict {
        let item = |(name, status, decided_by): &(&str, Status, DecidedBy)| Ingredient {
            name: (*name).to_owned(),
            canonical_name: None,
            translated_name: None,
            status: *status,
            source: Source::Declared,
            confidence: 1.0,
            reason: String::new(),
            description: String::new(),
            decided_by: Some(*decided_by),
            matched: Some(Match::Exact),
        };
        Verdict {
            status: Status::Uncertain,
            confidence: 1.0,
            ingredients: items.iter().map(item).collect(),
            watched: vec![],
            problem_ingredient: None,
            reasoning: String::new(),
            uncertain_reasons: vec![],
            detected_language: None,
            legibility: Legibility::Full,
        }
    }

    #[test]
    fn each_way_of_being_of_no_use_is_seen() {
        use DecidedBy::{LabelText, Lexicon};
        use Status::{NonVegan, Vegan};
        let text = "Ingredienser: vatten, GRÄDDE.";
        let names = [("vatten", Some(Vegan)), ("GRÄDDE", Some(NonVegan))];
        let decided = verdict(&[("vatten", Vegan, Lexicon), ("GRÄDDE", NonVegan, Lexicon)]);
        let good = quality(&reading(text, &names), &decided);
        assert_eq!(good, Quality { unusable: false, judged: 2, agreed: 2 });
        let missed = verdict(&[("vatten", Vegan, Lexicon), ("GRÄDDE", NonVegan, LabelText)]);
        for (what, reading, verdict) in [
            ("nothing", reading("", &[]), verdict(&[])),
            ("invented", reading("Ingredienser: vatten.", &names), decided.clone()),
            ("left out", reading(text, &names[..1]), missed),
            ("contradicts", reading(text, &[names[0], ("GRÄDDE", Some(Vegan))]), decided.clone()),
        ] {
            assert!(quality(&reading, &verdict).unusable, "{what}");
        }
    }
}
