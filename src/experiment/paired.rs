//! Two arms that were shown the same pictures: what differs between them is theirs, and not the pictures'.

use crate::domain::{Figures, measure};

use super::statistics::error_gate::{Failures, ln_evidence};
use super::statistics::sequence::{Interval, Sample, mean};

/// Pairs that a difference needs before it is shown.
const ENOUGH: u64 = 100;

/// What befell one of the two and not the other: what befell both, or neither, tells nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Discordant {
    /// Of what.
    pub name: &'static str,
    /// Pairs in which the new arm alone did.
    pub only_new: u64,
    /// Pairs in which the old arm alone did.
    pub only_old: u64,
    /// The logarithm of the evidence that the new arm does more often, valid at every look; alarm at `ln(1/α)`.
    pub ln_evidence: f64,
}

/// A mean difference within pairs, new minus old (a ratio: new over old).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Of what.
    pub name: &'static str,
    /// `None` while there is too little to say.
    pub interval: Option<Interval>,
}

/// All that the pairs say.
#[derive(Debug, Clone, PartialEq)]
pub struct Paired {
    /// How many pairs there are.
    pub pairs: u64,
    /// Those of which both arms answered.
    pub answered: u64,
    /// Those of them whose verdicts differ.
    pub verdicts_differ: u64,
    /// Failures, useless answers, slow ones.
    pub discordant: [Discordant; 3],
    /// Time and cost.
    pub differences: [Difference; 3],
}

/// What the figures of a pair say; `None` without any.
#[must_use]
pub fn paired(figures: &Figures, tolerated_ratio: f64, alpha: f64) -> Option<Paired> {
    let discordant = |name, measure: &str| {
        let of = |side: &str| figures.count(&format!("{measure}{side}"));
        let (only_new, only_old) = (of(measure::ONLY_NEW), of(measure::ONLY_OLD));
        // Either arm of a pair is as likely as the other to be the one that fails alone, if they fail alike.
        let counted = Failures { share: 0.5, old: only_old, new: only_new };
        Discordant { name, only_new, only_old, ln_evidence: ln_evidence(&[counted], tolerated_ratio) }
    };
    let answered = figures.count(measure::PAIR_ANSWERED);
    let difference = |sum, squares, scale: f64| {
        let sample = Sample::of_sums(answered, number(figures, sum) / scale, number(figures, squares) / scale);
        (answered >= ENOUGH).then(|| mean(&sample, alpha)).flatten()
    };
    let ratio = difference(measure::PAIR_LN, measure::PAIR_LN_SQUARED, 1e6).map(|ln| Interval {
        difference: ln.difference.exp(),
        low: ln.low.exp(),
        high: ln.high.exp(),
    });
    let usd = difference(measure::PAIR_COST, measure::PAIR_COST_SQUARED, 1.0).map(|micro| Interval {
        difference: micro.difference / 1e6,
        low: micro.low / 1e6,
        high: micro.high / 1e6,
    });
    let pairs = figures.count(measure::PAIRS);
    (pairs > 0).then(|| Paired {
        pairs,
        answered,
        verdicts_differ: figures.count(measure::PAIR_VERDICTS),
        discordant: [
            discordant("failed", measure::PAIR_FAILED),
            discordant("unusable", measure::PAIR_UNUSABLE),
            discordant("slow", measure::PAIR_SLOW),
        ],
        differences: [
            Difference { name: "response", interval: difference(measure::PAIR_MS, measure::PAIR_MS_SQUARED, 1.0) },
            Difference { name: "responseRatio", interval: ratio },
            Difference { name: "costUsd", interval: usd },
        ],
    })
}

#[expect(clippy::cast_precision_loss, reason = "sums of milliseconds lose nothing that counts")]
fn number(figures: &Figures, name: &str) -> f64 {
    figures.sum(name) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(sums: &[(&str, i64)]) -> Figures {
        let mut figures = Figures::default();
        sums.iter().for_each(|(name, n)| figures.add(name, *n));
        figures
    }

    #[test]
    fn only_what_befell_one_of_the_two_counts() {
        assert_eq!(paired(&Figures::default(), 1.0, 0.01), None);
        let seen =
            figures(&[(measure::PAIRS, 5000), ("pair.failed.new", 8), ("pair.slow.new", 4), ("pair.slow.old", 4)]);
        let told = paired(&seen, 1.0, 0.01).unwrap();
        let [failed, unusable, slow] = told.discordant;
        assert!(failed.ln_evidence >= 100_f64.ln(), "eight against none, however many pairs agreed");
        assert!(slow.ln_evidence < 0.0 && unusable.ln_evidence.abs() < 1e-12);
        assert_eq!((failed.only_new, failed.only_old, told.pairs), (8, 0, 5000));
    }

    #[test]
    fn a_difference_within_pairs_needs_a_hundred_of_them_and_has_an_interval() {
        // Half the pairs 200 ms apart, half 400.
        let of = |n: i64| {
            figures(&[
                (measure::PAIRS, n),
                (measure::PAIR_ANSWERED, n),
                (measure::PAIR_MS, n * 300),
                (measure::PAIR_MS_SQUARED, n / 2 * (200 * 200 + 400 * 400)),
            ])
        };
        let response = |n| paired(&of(n), 1.0, 0.05).unwrap().differences[0].interval;
        assert_eq!(response(98), None);
        let (few, many) = (response(200).unwrap(), response(5000).unwrap());
        assert!((few.difference - 300.0).abs() < 1e-9 && few.low > 200.0 && few.high < 400.0, "{few:?}");
        assert!(many.high - many.low < few.high - few.low);
    }
}
