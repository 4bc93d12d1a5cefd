//! What the error gate does to whole experiments, watched every 50 requests: how often it condemns an arm that is no
//! worse, and how long it takes to find one that is. Seeded, so that a run can be repeated.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::error_gate::{Failures, ln_evidence};

const RUNS: u64 = 2000;
const ALPHA: f64 = 0.01;
const LOOK_EVERY: u32 = 50;

/// How an experiment is made up: failure rates and the new arm's share.
#[derive(Clone, Copy)]
struct Truth {
    old: f64,
    new: f64,
    share: f64,
}

/// After how many requests the gate fires, if it does within `requests`.
fn fires_after(truth: Truth, requests: u32, seed: u64) -> Option<u32> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut seen = Failures { share: truth.share, old: 0, new: 0 };
    for request in 1..=requests {
        let new = random.random_bool(truth.share);
        let failed = random.random_bool(if new { truth.new } else { truth.old });
        seen.new += u64::from(new && failed);
        seen.old += u64::from(!new && failed);
        if request % LOOK_EVERY == 0 && ln_evidence(&[seen], 1.0) >= -ALPHA.ln() {
            return Some(request);
        }
    }
    None
}

fn fired(truth: Truth, requests: u32) -> Vec<Option<u32>> {
    (0..RUNS).map(|seed| fires_after(truth, requests, seed)).collect()
}

/// The median over all runs, those that never fired counting as later than all.
fn median(mut fired: Vec<Option<u32>>) -> u32 {
    fired.sort_by_key(|after| after.unwrap_or(u32::MAX));
    fired[fired.len() / 2].unwrap_or(u32::MAX)
}

#[test]
fn healthy_arms_are_condemned_no_more_often_than_alpha() {
    for (rate, share) in [(0.02, 0.5), (0.02, 0.05), (0.10, 0.5)] {
        let runs = fired(Truth { old: rate, new: rate, share }, 6000);
        let condemned = runs.iter().flatten().count();
        assert!(condemned as f64 <= ALPHA * RUNS as f64, "{condemned} of {RUNS} at {rate}, share {share}");
    }
}

#[test]
fn an_arm_that_fails_three_times_as_often_is_found_in_time() {
    let after = median(fired(Truth { old: 0.02, new: 0.06, share: 0.5 }, 10_000));
    assert!(f64::from(after) <= 1.2 * 990.0, "after {after} requests");
}

#[test]
fn an_arm_that_fails_where_the_other_never_does_is_found_in_time() {
    let after = median(fired(Truth { old: 0.0, new: 0.05, share: 0.5 }, 10_000));
    assert!(f64::from(after) <= 1.2 * 300.0, "after {after} requests");
}
