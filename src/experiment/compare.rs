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
    /// Observations in both arms: units, or analyses where no units were counted.
    pub n: u64,
}

/// Everything that is compared. Where units were counted, as in a step, they are the observations: one user's analyses
/// are alike, and a user who asks a thousand times proves no more than one who asks once.
#[must_use]
pub fn compare(old: &Figures, new: &Figures, alpha: f64) -> Vec<Metric> {
    let arms = [old, new];
    let n = arms.iter().map(|arm| observations(arm)).sum();
    let metric = |name, interval| Metric { name, interval, n };
    let enough = arms.iter().all(|arm| observations(arm) >= ENOUGH);
    let samples = |sum: &str, squares: &str, scale: f64| {
        arms.map(|arm| {
            let all =
                Sample::of_sums(arm.count(measure::EXPOSED), number(arm, sum) / scale, number(arm, squares) / scale);
            Sample { n: as_number(observations(arm)), ..all }
        })
    };
    let [old_ms, new_ms] = samples(measure::MS, measure::MS_SQUARED, 1.0);
    let [old_ln, new_ln] = samples(measure::LN, measure::LN_SQUARED, 1e6);
    vec![
        metric("errorRate", share(arms, [measure::UNITS_FAILED, measure::FAILED], alpha)),
        metric("unusableRate", share(arms, [measure::UNITS_UNUSABLE, measure::UNUSABLE], alpha)),
        metric("fallbackRate", of_analyses(arms, measure::FALLBACKS, alpha)),
        metric("meanResponse", enough.then(|| difference(&old_ms, &new_ms, alpha)).flatten()),
        metric("responseRatio", enough.then(|| ratio_of_geometric_means(&old_ln, &new_ln, alpha)).flatten()),
    ]
}

/// Units where they were counted, else analyses.
fn observations(arm: &Figures) -> u64 {
    Some(arm.count(measure::UNITS)).filter(|units| *units > 0).unwrap_or_else(|| arm.count(measure::EXPOSED))
}

/// Of the units, the part that it happened to once or often; of analyses where no units were counted.
fn share(arms: [&Figures; 2], [of_units, name]: [&str; 2], alpha: f64) -> Option<Interval> {
    if arms.iter().any(|arm| arm.count(measure::UNITS) == 0) {
        return of_analyses(arms, name, alpha);
    }
    let sample = |arm: &Figures| proportion(arm.count(of_units), arm.count(measure::UNITS));
    difference(&sample(arms[0])?, &sample(arms[1])?, alpha)
}

/// The part of the analyses, with no more weight than there are observations.
fn of_analyses([old, new]: [&Figures; 2], name: &str, alpha: f64) -> Option<Interval> {
    let sample = |arm: &Figures| {
        let sample = proportion(arm.count(name), arm.count(measure::EXPOSED))?;
        (observations(arm) >= ENOUGH).then(|| Sample { n: as_number(observations(arm)), ..sample })
    };
    difference(&sample(old)?, &sample(new)?, alpha)
}

fn proportion(hits: u64, n: u64) -> Option<Sample> {
    let enough = n >= ENOUGH && hits.min(n.saturating_sub(hits)) >= ENOUGH_HITS;
    enough.then(|| Sample::of_proportion(hits, n))
}

#[expect(clippy::cast_precision_loss, reason = "counts of units stay far below 2^53")]
fn as_number(n: u64) -> f64 {
    n as f64
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

    #[test]
    fn users_who_ask_again_and_again_widen_the_interval() {
        let of = |units: i64, units_failed: i64, failed: i64| {
            let mut figures = arm(2000, failed, 1000);
            figures.add(measure::UNITS, units);
            figures.add(measure::UNITS_FAILED, units_failed);
            figures
        };
        let wide = compare(&of(200, 10, 60), &of(200, 20, 120), 0.01);
        let narrow = compare(&of(2000, 60, 60), &of(2000, 120, 120), 0.01);
        let width = |metric: &Metric| metric.interval.map(|it| it.high - it.low).unwrap();
        for at in [0, 3] {
            assert!(width(&wide[at]) > 2.0 * width(&narrow[at]), "{wide:?}");
        }
        assert!((wide[0].interval.unwrap().difference - 0.05).abs() < 1e-12, "of users, not of analyses");
        assert_eq!(wide[0].n, 400);
        assert_eq!(compare(&of(90, 10, 60), &of(2000, 60, 60), 0.01)[3].interval, None, "90 users are too few");
    }
}
