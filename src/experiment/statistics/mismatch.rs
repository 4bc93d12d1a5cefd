//! Sample ratio mismatch: do the arms get the shares of units that they should. If not, the assignment or the recording
//! is broken, and no other figure means anything.

use statrs::distribution::{ChiSquared, ContinuousCDF};
use statrs::function::gamma::ln_gamma;

/// Weight of the expected shares in the prior, as a number of units.
const CONCENTRATION: f64 = 100.0;

/// An arm's units beside the share of all units that it should have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arm {
    /// Units seen.
    pub units: u64,
    /// Their expected share; the shares add up to 1.
    pub share: f64,
}

/// The natural logarithm of the Bayes factor against the expected shares, valid at every moment (a Dirichlet prior
/// around them; Lindon and Malek, arXiv 2011.03567). Alarm at `ln 1000`.
#[must_use]
pub fn ln_bayes_factor(arms: &[Arm]) -> f64 {
    let prior: Vec<f64> = arms.iter().map(|arm| CONCENTRATION * arm.share).collect();
    let posterior: Vec<f64> = arms.iter().zip(&prior).map(|(arm, prior)| prior + count(arm.units)).collect();
    let expected: f64 = arms.iter().map(|arm| count(arm.units) * arm.share.ln()).sum();
    ln_beta(&posterior) - ln_beta(&prior) - expected
}

/// Pearson's χ² test of the shares, for the one look at the end of an experiment. 1 for fewer than two arms.
#[must_use]
pub fn p_value_at_the_end(arms: &[Arm]) -> f64 {
    let total: f64 = arms.iter().map(|arm| count(arm.units)).sum();
    let distance = |arm: &Arm| (count(arm.units) - total * arm.share).powi(2) / (total * arm.share);
    let chi2: f64 = arms.iter().map(distance).sum();
    let freedom = count(arms.len() as u64) - 1.0;
    ChiSquared::new(freedom).map_or(1.0, |distribution| distribution.sf(chi2))
}

fn ln_beta(alphas: &[f64]) -> f64 {
    alphas.iter().copied().map(ln_gamma).sum::<f64>() - ln_gamma(alphas.iter().sum())
}

#[expect(clippy::cast_precision_loss, reason = "counts of units stay far below 2^53")]
fn count(n: u64) -> f64 {
    n as f64
}
