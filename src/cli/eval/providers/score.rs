//! How right an arm was: verdicts, and ingredients found and made up.

use std::collections::BTreeSet;

use crate::domain::Status;

use super::results::Outcome;
use super::truth::Sample;

/// Likeness from which two spellings are of one name.
const ALIKE: f64 = 0.85;

/// The verdicts in the order of the counts; behind them, no verdict at all.
pub(super) const VERDICTS: [Status; 4] = [Status::Vegan, Status::NonVegan, Status::Uncertain, Status::Unknown];

/// How one arm did with all files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Score {
    /// By the right verdict, then by the given one, both in the order of [`VERDICTS`]; last, none given.
    pub verdicts: [[u32; 5]; 4],
    /// Printed ingredients that were read.
    pub found: u32,
    /// Those of them that stand in the order of the label.
    pub in_order: u32,
    /// Printed ingredients.
    pub printed: u32,
    /// Ingredients that were read and are printed.
    pub true_: u32,
    /// Ingredients that were read.
    pub read: u32,
}

impl Score {
    /// Counts one file.
    pub fn add(&mut self, sample: &Sample, outcome: &Outcome) {
        let given = outcome.status.map_or(4, place);
        self.verdicts[place(sample.verdict)][given] += 1;
        let (missing, extra) = differences(&sample.declared, &outcome.ingredients);
        let (printed, read) = (names(&sample.declared).len(), names(&outcome.ingredients).len());
        self.printed += count(printed);
        self.read += count(read);
        self.found += count(printed - missing.len());
        self.true_ += count(read - extra.len());
        self.in_order += count(in_order(&sample.declared, &outcome.ingredients));
    }

    /// Files with the right verdict, of all.
    #[must_use]
    pub fn right(&self) -> (u32, u32) {
        let right = (0..4).map(|at| self.verdicts[at][at]).sum();
        (right, self.verdicts.iter().flatten().sum())
    }

    /// Files called vegan that are not: the one mistake that must never be made.
    #[must_use]
    pub fn falsely_vegan(&self) -> u32 {
        self.verdicts[place(Status::NonVegan)][place(Status::Vegan)]
    }

    /// Of what was read, the part that is printed.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        (self.read > 0).then(|| f64::from(self.true_) / f64::from(self.read))
    }

    /// Of what is printed, the part that was read.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        self.of_printed(self.found)
    }

    /// Of what is printed, the part that was read in its order.
    #[must_use]
    pub fn recall_in_order(&self) -> Option<f64> {
        self.of_printed(self.in_order)
    }

    fn of_printed(&self, part: u32) -> Option<f64> {
        (self.printed > 0).then(|| f64::from(part) / f64::from(self.printed))
    }
}

/// Printed names that were not read, and names that were read and are not printed.
#[must_use]
pub(super) fn differences(printed: &[String], read: &[String]) -> (Vec<String>, Vec<String>) {
    let (printed, mut left) = (names(printed), names(read));
    let mut missing = Vec::new();
    for name in printed {
        // The likest of those that are left; each counts for one.
        let likest = left.iter().enumerate().map(|(at, other)| (at, likeness(other, &name)));
        let best = likest.max_by(|a, b| a.1.total_cmp(&b.1));
        match best.filter(|(_, likeness)| *likeness >= ALIKE) {
            Some((at, _)) => drop(left.remove(at)),
            None => missing.push(name),
        }
    }
    (missing, left)
}

/// How many printed names were read in their order: the longest common subsequence.
fn in_order(printed: &[String], read: &[String]) -> usize {
    let read = names(read);
    // longest[at]: with the first `at` names that were read.
    let mut longest = vec![0; read.len() + 1];
    for name in names(printed) {
        let mut before = 0;
        for (at, other) in read.iter().enumerate() {
            let with = before + usize::from(likeness(other, &name) >= ALIKE);
            before = longest[at + 1];
            longest[at + 1] = before.max(longest[at]).max(with);
        }
    }
    longest[read.len()]
}

/// 1 if one name holds the other, otherwise the part of their letters that is the same.
fn likeness(one: &str, other: &str) -> f64 {
    if holds(one, other) { 1.0 } else { strsim::normalized_levenshtein(one, other) }
}

/// Whether one name is the other with more words around it, as in `WHEAT flour` and `flour (wheat)`.
fn holds(one: &str, other: &str) -> bool {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (one, other) = (words(one), words(other));
    let within = |some: &[String], all: &[String]| some.iter().all(|word| all.contains(word));
    within(&one, &other) || within(&other, &one)
}

/// In lower case, without amounts, notes in brackets and marks; each once, where it stands first.
fn names(all: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut names: Vec<String> = all.iter().map(|name| plain(name)).filter(|name| !name.is_empty()).collect();
    names.retain(|name| seen.insert(name.clone()));
    names
}

fn plain(name: &str) -> String {
    let name = name.split('(').next().unwrap_or_default().to_lowercase();
    let words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_amount = |word: &str| word.chars().all(|letter| letter.is_ascii_digit());
    words.filter(|word| !is_amount(word)).collect::<Vec<_>>().join(" ")
}

fn place(status: Status) -> usize {
    VERDICTS.iter().position(|verdict| *verdict == status).unwrap_or(3)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::outcome;
    use super::*;
    use crate::domain::Language;

    fn sample(verdict: Status, declared: &[&str]) -> Sample {
        Sample {
            name: "a.jpg".to_owned(),
            path: "a.jpg".into(),
            language: Language::Sv,
            verdict,
            declared: declared.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn names_are_compared_without_case_amounts_and_small_mistakes() {
        let printed = ["vatten", "grädde", "salt"].map(str::to_owned);
        let read = ["Vatten", "GRÄDDE (9 %)", "sellt", "socker 3 %"].map(str::to_owned);
        let (missing, extra) = differences(&printed, &read);
        assert_eq!(missing, ["salt"], "short names must be nearly the same");
        assert_eq!(extra, ["sellt", "socker"]);
        assert_eq!(
            differences(&["surhetsreglerande".to_owned()], &["surhetsreglerende".to_owned()]).0,
            Vec::<String>::new()
        );
    }

    #[test]
    fn names_that_were_read_in_another_order_are_told() {
        let declared = ["vatten", "grädde", "salt", "lök"].map(str::to_owned);
        let read =
            |names: &[&str]| in_order(&declared, &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(read(&["Vatten", "socker", "GRÄDDE (9 %)", "salt", "lök"]), 4);
        assert_eq!(read(&["salt", "lök", "vatten", "grädde"]), 2);
        assert_eq!(read(&["lök", "salt", "grädde", "vatten"]), 1);
        assert_eq!(read(&[]), 0);
    }

    #[test]
    fn a_missed_animal_word_and_a_wrong_verdict_show_in_the_score() {
        let mut score = Score::default();
        let cream = sample(Status::NonVegan, &["vatten", "grädde"]);
        score.add(&cream, &outcome("a.jpg", "x", Some(Status::Vegan), &["vatten"]));
        score.add(&cream, &outcome("a.jpg", "x", Some(Status::NonVegan), &["vatten", "grädde", "salt"]));
        score.add(&cream, &outcome("a.jpg", "x", None, &[]));
        assert_eq!((score.right(), score.falsely_vegan()), ((1, 3), 1));
        assert_eq!(score.verdicts[1], [1, 1, 0, 0, 1]);
        assert_eq!((score.precision(), score.recall()), (Some(0.75), Some(0.5)));
        assert_eq!(score.recall_in_order(), Some(0.5));
        assert_eq!(Score::default().precision(), None);
    }
}
