//! Confidence sequences: intervals that hold at every moment of an experiment at once.
//!
//! The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (arXiv 2103.06476), tuned to be
//! tightest at `N* = 5000` units: with `N` units in both arms and a standard error `SE` of the difference, half the
//! width is `SE·√N·√(2(Nρ²+1)/(Nρ)²·ln(√(Nρ²+1)/α))`.

/// The number of units at which the intervals are tightest.
pub const TUNED_FOR: f64 = 5000.0;

/// What is known of one arm's values: their number, mean and variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// How many.
    pub n: f64,
    /// Their mean.
    pub mean: f64,
    /// The variance of a single value.
    pub variance: f64,
}

/// A difference, new minus old, and the interval that holds at all times with a probability of `1 − α`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub difference: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Sample {
    /// `hits` of `n`, as values of 0 and 1.
    #[must_use]
    pub fn of_proportion(hits: u64, n: u64) -> Self {
        let (hits, n) = (count(hits), count(n));
        let mean = hits / n;
        Self { n, mean, variance: mean * (1.0 - mean) }
    }

    /// `n` values with the sum and the sum of squares given; their variance is the unbiased one.
    #[must_use]
    pub fn of_sums(n: u64, sum: f64, squares: f64) -> Self {
        let n = count(n);
        let mean = sum / n;
        Self { n, mean, variance: ((squares - sum * mean) / (n - 1.0)).max(0.0) }
    }
}

/// The difference between two arms, valid at all times. `None` while an arm is empty or nothing varies: no interval can
/// be given then, and none is made up.
#[must_use]
pub fn difference(old: &Sample, new: &Sample, alpha: f64) -> Option<Interval> {
    interval(new.mean - old.mean, standard_error(old, new)?, old.n + new.n, alpha)
}

/// A mean by itself, as of differences within pairs, valid at all times. `None` where nothing varies.
#[must_use]
pub fn mean(sample: &Sample, alpha: f64) -> Option<Interval> {
    let error = (sample.variance / sample.n).sqrt();
    usable(error).then(|| interval(sample.mean, error, sample.n, alpha)).flatten()
}

/// The ratio of two means, new over old, of which logarithms were sampled: of geometric means.
#[must_use]
pub fn ratio_of_geometric_means(old_ln: &Sample, new_ln: &Sample, alpha: f64) -> Option<Interval> {
    let Interval { difference, low, high } = difference(old_ln, new_ln, alpha)?;
    Some(Interval { difference: difference.exp(), low: low.exp(), high: high.exp() })
}

/// What a single arm's mean is at least, at all times with a probability of `1 − α`.
#[must_use]
pub fn at_least(sample: &Sample, alpha: f64) -> Option<f64> {
    let error = (sample.variance / sample.n).sqrt();
    usable(error).then(|| sample.mean - one_sided(error, sample.n, alpha, TUNED_FOR))
}

/// What the difference, new minus old, is at least, at all times with a probability of `1 − α`.
#[must_use]
pub fn difference_at_least(old: &Sample, new: &Sample, alpha: f64) -> Option<f64> {
    let error = standard_error(old, new)?;
    Some(new.mean - old.mean - one_sided(error, old.n + new.n, alpha, TUNED_FOR))
}

fn interval(difference: f64, error: f64, n: f64, alpha: f64) -> Option<Interval> {
    let half = two_sided(error, n, alpha, TUNED_FOR);
    Some(Interval { difference, low: difference - half, high: difference + half })
}

fn standard_error(old: &Sample, new: &Sample) -> Option<f64> {
    let error = (old.variance / old.n + new.variance / new.n).sqrt();
    usable(error).then_some(error)
}

fn usable(error: f64) -> bool {
    error.is_finite() && error > 0.0
}

pub(super) fn two_sided(error: f64, n: f64, alpha: f64, tuned_for: f64) -> f64 {
    let spread = 1.0 + n * rho_squared(alpha, tuned_for);
    half_width(error, n, alpha, tuned_for, (spread.sqrt() / alpha).ln())
}

pub(super) fn one_sided(error: f64, n: f64, alpha: f64, tuned_for: f64) -> f64 {
    let spread = 1.0 + n * rho_squared(2.0 * alpha, tuned_for);
    half_width(error, n, 2.0 * alpha, tuned_for, (1.0 + spread.sqrt() / (2.0 * alpha)).ln())
}

fn half_width(error: f64, n: f64, alpha: f64, tuned_for: f64, log: f64) -> f64 {
    let rho2 = rho_squared(alpha, tuned_for);
    error * n.sqrt() * (2.0 * (n * rho2 + 1.0) / (n * n * rho2) * log).sqrt()
}

/// The mixture's precision that is tightest at `tuned_for` units.
fn rho_squared(alpha: f64, tuned_for: f64) -> f64 {
    let a = -2.0 * alpha.ln();
    (a + (1.0 + a).ln()) / tuned_for
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls stay far below 2^53")]
fn count(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_varies_gives_no_interval() {
        let never = Sample::of_proportion(0, 500);
        assert_eq!(difference(&never, &never, 0.05), None);
        assert_eq!(at_least(&never, 0.05), None);
        assert_eq!(difference(&Sample::of_proportion(0, 0), &Sample::of_proportion(3, 50), 0.05), None);
    }

    #[test]
    fn a_single_value_has_no_variance_to_speak_of() {
        let one = Sample::of_sums(1, 7.0, 49.0);
        assert_eq!(difference(&one, &one, 0.05), None);
    }

    #[test]
    fn more_units_narrow_the_interval() {
        let of = |n: u64| difference(&Sample::of_proportion(n / 50, n), &Sample::of_proportion(n / 25, n), 0.05);
        let (few, many) = (of(1000).unwrap(), of(10_000).unwrap());
        assert!(many.high - many.low < few.high - few.low);
        assert!(few.low < 0.0 && many.low > 0.0);
    }
}
