//! Quantiles of times from counts in buckets that grow geometrically: sketches add up, over minutes and machines, and
//! no quantile is off by more than 1 % of its value. (The idea of DDSketch; Masson, Rim and Lee, VLDB 2019.)

use std::collections::BTreeMap;

/// How far a quantile may be off, relative to its value.
pub const RELATIVE_ERROR: f64 = 0.01;

/// How many times fell into each bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sketch(BTreeMap<i32, u64>);

impl Sketch {
    /// The bucket of a time in milliseconds; 0 counts as 1.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the logarithm of a u32 is small")]
    pub fn bucket(ms: u32) -> i32 {
        (f64::from(ms.max(1)).ln() / growth().ln()).ceil() as i32
    }

    /// Adds `n` times of one bucket.
    pub fn add(&mut self, bucket: i32, n: u64) {
        *self.0.entry(bucket).or_default() += n;
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|(bucket, n)| self.add(*bucket, *n));
    }

    /// How many times there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The time in milliseconds that a part `q` of all are at most; `None` without any.
    #[must_use]
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let rank = (self.count().checked_sub(1)? as f64 * q.clamp(0.0, 1.0)) as u64;
        let mut passed = 0;
        let found = self.0.iter().find(|(_, n)| {
            passed += **n;
            passed > rank
        });
        found.map(|(bucket, _)| middle(*bucket))
    }

    /// How many are longer than `ms`, of which those within 1 % of it may be told wrong.
    #[must_use]
    pub fn longer_than(&self, ms: f64) -> u64 {
        self.0.iter().filter(|(bucket, _)| middle(**bucket) > ms).map(|(_, n)| n).sum()
    }
}

fn growth() -> f64 {
    (1.0 + RELATIVE_ERROR) / (1.0 - RELATIVE_ERROR)
}

/// The value that is equally far, relatively, from both ends of a bucket.
fn middle(bucket: i32) -> f64 {
    2.0 * growth().powi(bucket) / (growth() + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_a_hundredth_of_the_exact_ones_and_halves_add_up() {
        let mut times: Vec<u32> = (0..20_000_u32).map(|i| 1 + (i.wrapping_mul(2_654_435_761) % 30_000)).collect();
        let (mut one, mut other) = (Sketch::default(), Sketch::default());
        for (i, ms) in times.iter().enumerate() {
            if i % 3 == 0 { &mut one } else { &mut other }.add(Sketch::bucket(*ms), 1);
        }
        one.merge(&other);
        times.sort_unstable();
        for (q, rank) in [(0.5, 9_999), (0.95, 18_999), (0.99, 19_799), (0.0, 0), (1.0, 19_999)] {
            let (got, exact) = (one.quantile(q).unwrap(), f64::from(times[rank]));
            assert!((got - exact).abs() <= RELATIVE_ERROR * exact + 1e-9, "{q}: {got} for {exact}");
        }
        assert_eq!(one.count(), 20_000);
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Sketch::default().quantile(0.5), None);
        assert_eq!(Sketch::bucket(0), Sketch::bucket(1));
    }
}
