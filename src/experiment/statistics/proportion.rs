//! Intervals and odds of proportions for a fixed number of units: for display only, never for a decision, because they
//! do not hold when one looks again and again.

use statrs::distribution::{Beta, Continuous, ContinuousCDF, Normal};

/// `hits` of `n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// How many did.
    pub hits: u64,
    /// Of how many.
    pub n: u64,
}

impl Share {
    /// The proportion itself; 0 of none is 0.
    #[must_use]
    pub fn rate(self) -> f64 {
        if self.n == 0 { 0.0 } else { count(self.hits) / count(self.n) }
    }
}

/// Wilson's score interval (1927). The whole range while there is nothing to go by.
#[must_use]
pub fn wilson(share: Share, alpha: f64) -> (f64, f64) {
    if share.n == 0 {
        return (0.0, 1.0);
    }
    let (n, rate, z) = (count(share.n), share.rate(), quantile(1.0 - alpha / 2.0));
    let z2 = z * z;
    let middle = (rate + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z / (1.0 + z2 / n) * (rate * (1.0 - rate) / n + z2 / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

/// Newcombe's interval for a difference, new minus old (1998, method 10: two Wilson intervals).
#[must_use]
pub fn newcombe(old: Share, new: Share, alpha: f64) -> (f64, f64) {
    let (p, q) = (new.rate(), old.rate());
    let ((low_p, high_p), (low_q, high_q)) = (wilson(new, alpha), wilson(old, alpha));
    (p - q - (p - low_p).hypot(high_q - q), p - q + (high_p - p).hypot(q - low_q))
}

/// The posterior probability that the new arm's rate exceeds the old one's, under Jeffreys priors.
#[must_use]
pub fn probability_new_is_higher(old: Share, new: Share) -> f64 {
    higher_by(old, new, 0.5, 0.0)
}

/// `P(new > old + margin)` under `Beta(prior, prior)` priors, by integration over the old rate.
pub(super) fn higher_by(old: Share, new: Share, prior: f64, margin: f64) -> f64 {
    let posterior = |share: Share| Beta::new(count(share.hits) + prior, count(share.n - share.hits) + prior);
    let (Ok(old), Ok(new)) = (posterior(old), posterior(new)) else { return 0.5 };
    // x = sin²(θ) takes the poles out of Beta densities with parameters of a half.
    let weight = |theta: f64| {
        let x = theta.sin().powi(2);
        old.pdf(x) * new.sf((x + margin).min(1.0)) * 2.0 * theta.sin() * theta.cos()
    };
    simpson(weight, std::f64::consts::FRAC_PI_2)
}

/// Simpson's rule from 0 to `end`, the very ends left out: a density may have a pole there that its factor cancels.
fn simpson(f: impl Fn(f64) -> f64, end: f64) -> f64 {
    const PANELS: u32 = 20_000;
    const INSIDE: f64 = 1e-9;
    let width = end / f64::from(PANELS);
    let inner = (1..PANELS).map(|i| f(f64::from(i) * width) * if i % 2 == 0 { 2.0 } else { 4.0 });
    (inner.sum::<f64>() + f(INSIDE) + f(end - INSIDE)) * width / 3.0
}

fn quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls stay far below 2^53")]
fn count(n: u64) -> f64 {
    n as f64
}
