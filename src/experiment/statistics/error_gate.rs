//! The error gate: does the new arm fail more often than it may, judged by failures alone.
//!
//! Of two arms, one of which gets the share `w` of the units, each failure falls on the new one with the probability
//! `q(ρ) = w·ρ / (w·ρ + 1 − w)` when it fails `ρ` times as often as the old one, whatever the rate of failure is. A
//! mixture of likelihood ratios over a grid of `ρ` against the tolerated ratio `r` is then a supermartingale for every
//! `ρ ≤ r`, so by Ville's inequality it ever reaches `1/α` with a probability of at most `α`. It needs no failure in
//! the old arm, and no minimum sample. (Lindon and Malek, arXiv 2011.03567, with a grid in place of their prior.)

/// Alternatives on the grid: `r·2^(1/4)` to `r·2^6`.
const ALTERNATIVES: u32 = 24;

/// Failures within one step of a rollout, while the share of the new arm did not change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Failures {
    /// The part of the units that the new arm gets, above 0 and below 1.
    pub share: f64,
    /// Failed units of the old arm.
    pub old: u64,
    /// Failed units of the new arm.
    pub new: u64,
}

/// The natural logarithm of the evidence that the new arm fails more than `tolerated_ratio` times as often as the old
/// one; alarm at `ln(1/α)`. Steps without two arms (a share of 0 or 1) have no control and tell nothing.
#[must_use]
pub fn ln_evidence(steps: &[Failures], tolerated_ratio: f64) -> f64 {
    let compared = || steps.iter().filter(|step| step.share > 0.0 && step.share < 1.0);
    let grid = (1..=ALTERNATIVES).map(|j| tolerated_ratio * (f64::from(j) / 4.0).exp2());
    let terms = grid.map(|ratio| compared().map(|step| step.ln_ratio(ratio, tolerated_ratio)).sum::<f64>());
    ln_sum_exp(&terms.collect::<Vec<_>>()) - f64::from(ALTERNATIVES).ln()
}

impl Failures {
    /// How much likelier the failures of this step are under `ratio` than under `tolerated`, as a logarithm.
    fn ln_ratio(&self, ratio: f64, tolerated: f64) -> f64 {
        let (q, q0) = (self.falls_on_new(ratio), self.falls_on_new(tolerated));
        count(self.new) * (q / q0).ln() + count(self.old) * ((1.0 - q) / (1.0 - q0)).ln()
    }

    fn falls_on_new(&self, ratio: f64) -> f64 {
        self.share * ratio / (self.share * ratio + 1.0 - self.share)
    }
}

fn ln_sum_exp(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + terms.iter().map(|term| (term - largest).exp()).sum::<f64>().ln()
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls stay far below 2^53")]
fn count(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fires(share: f64, old: u64, new: u64, ratio: f64) -> bool {
        ln_evidence(&[Failures { share, old, new }], ratio) >= 100_f64.ln()
    }

    #[test]
    fn eight_failures_against_none_are_enough_and_seven_are_not() {
        assert!(fires(0.5, 0, 8, 1.0) && !fires(0.5, 0, 7, 1.0));
        assert!(fires(0.5, 0, 11, 1.5) && !fires(0.5, 0, 10, 1.5));
    }

    #[test]
    fn a_control_that_never_failed_is_no_excuse() {
        assert!(fires(0.5, 0, 50, 1.0));
    }

    #[test]
    fn a_step_without_control_tells_nothing() {
        let alone = Failures { share: 1.0, old: 0, new: 1000 };
        assert!(ln_evidence(&[alone], 1.0).abs() < 1e-12);
        let with = [Failures { share: 0.5, old: 1, new: 4 }, alone];
        assert!((ln_evidence(&with, 1.0) - ln_evidence(&with[..1], 1.0)).abs() < 1e-12);
    }
}
