//! Two arms beside each other, with intervals that hold at every look.

use crate::domain::{Figures, measure};

use super::statistics::sequence::{Interval, Sample, difference, ratio_of_geometric_means};

/// Analyses that each arm needs before an interval is shown.
const ENOUGH: u64 = 100;
/// Hits and misses that each arm needs before the interval of a share is shown.
const ENOUGH_HITS: u64 = 5;

/// One figure of both arms, new minus old (a ratio: new over old).
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Of what.
    pub name: &'static str,
    /// `None` while there is too little to say.
    pub interval: Option<Interval>,
    /// Analyses in both arms.
    pub n: u64,
}

/// Everything that is compared.
#[must_use]
pub fn compare(old: &Figures, new: &Figures, alpha: f64) -> Vec<Metric> {
    let arms = [old, new];
    let n = arms.iter().map(|arm| arm.count(measure::EXPOSED)).sum();
    let metric = |name, interval| Metric { name, interval, n };
    let enough = arms.iter().all(|arm| arm.count(measure::EXPOSED) >= ENOUGH);
    let samples = |sum: &str, squares: &str, scale: f64| {
        arms.map(|arm| {
            Sample::of_sums(arm.count(measure::EXPOSED), number(arm, sum) / scale, number(arm, squares) / scale)
        })
    };
    let [old_ms, new_ms] = samples(measure::MS, measure::MS_SQUARED, 1.0);
    let [old_ln, new_ln] = samples(measure::LN, measure::LN_SQUARED, 1e6);
    vec![
        metric("errorRate", share(arms, measure::FAILED, alpha)),
        metric("unusableRate", share(arms, measure::UNUSABLE, alpha)),
        metric("fallbackRate", share(arms, measure::FALLBACKS, alpha)),
        metric("meanResponse", enough.then(|| difference(&old_ms, &new_ms, alpha)).flatten()),
        metric("responseRatio", enough.then(|| ratio_of_geometric_means(&old_ln, &new_ln, alpha)).flatten()),
    ]
}

fn share([old, new]: [&Figures; 2], name: &str, alpha: f64) -> Option<Interval> {
    let sample = |arm: &Figures| {
        let (hits, n) = (arm.count(name), arm.count(measure::EXPOSED));
        let enough = n >= ENOUGH && hits.min(n.saturating_sub(hits)) >= ENOUGH_HITS;
        enough.then(|| Sample::of_proportion(hits, n))
    };
    difference(&sample(old)?, &sample(new)?, alpha)
}

#[expect(clippy::cast_precision_loss, reason = "sums of milliseconds lose nothing that counts")]
fn number(figures: &Figures, name: &str) -> f64 {
    figures.sum(name) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(n: i64, failed: i64, ms: i64) -> Figures {
        let mut figures = Figures::default();
        // Half the analyses take a tenth less, half a tenth more.
        let (short, long) = (ms * 9 / 10, ms * 11 / 10);
        figures.add(measure::EXPOSED, n);
        figures.add(measure::FAILED, failed);
        figures.add(measure::MS, n * ms);
        figures.add(measure::MS_SQUARED, n / 2 * (short * short + long * long));
        figures
    }

    #[test]
    fn a_difference_comes_with_an_interval_around_it_and_only_when_there_is_enough() {
        let metrics = compare(&arm(2000, 20, 1000), &arm(2000, 120, 1500), 0.01);
        let error = metrics[0].interval.unwrap();
        assert!((error.difference - 0.05).abs() < 1e-12 && error.low > 0.0 && error.high < 0.1, "{error:?}");
        let mean = metrics[3].interval.unwrap();
        assert!((mean.difference - 500.0).abs() < 1e-9 && mean.low > 450.0, "{mean:?}");
        assert!(compare(&arm(90, 20, 1000), &arm(2000, 120, 1500), 0.01).iter().all(|it| it.interval.is_none()));
        assert_eq!(
            compare(&arm(2000, 0, 1000), &arm(2000, 120, 1500), 0.01)[0].interval,
            None,
            "no failure, no variance"
        );
    }
}
