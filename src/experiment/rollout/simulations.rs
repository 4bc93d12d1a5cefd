//! What the whole decision does to whole rollouts, looked at every 50 requests: how often it rolls back an arm that is no
//! worse, by all of its gates and limits together, and how long it takes to find one that is. Seeded, so that a run can
//! be repeated.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::domain::{Action, Figures, Ground, Measured, PlanName, Share, Sketch, measure};
use crate::experiment::config::of_flags;
use crate::experiment::{Config, Experiment};

const RUNS: u64 = 2000;
const ALPHA: f64 = 0.01;
const LOOK_EVERY: usize = 50;
const START_MS: i64 = 1_000_000;

/// What one arm does to one request.
#[derive(Clone, Copy)]
struct Truth {
    fails: f64,
    unusable: f64,
    slow: f64,
}

/// A rollout to be lived through.
#[derive(Clone, Copy)]
struct World {
    old: Truth,
    new: Truth,
    share: f64,
    /// Users who ask again and again, a tenth of them ten times as unlucky as the others; 0 = each request is a unit.
    users: usize,
    requests: usize,
}

fn healthy(fails: f64) -> World {
    let truth = Truth { fails, unusable: 0.01, slow: 0.05 };
    World { old: truth, new: truth, share: 50.0, users: 0, requests: 3000 }
}

/// Milliseconds of answers: all alike but for the slow ones.
const TIMES_MS: [u32; 5] = [900, 1200, 1600, 2200, 4000];
const SLOW: usize = 4;

/// What an arm did so far, as the store would count it: plain numbers, because there are millions of requests.
#[derive(Default)]
struct Counts {
    failed: i64,
    times: [i64; 5],
    /// Units: all, failed, unusable, slow.
    units: [i64; 4],
    marked: BTreeSet<(usize, usize)>,
}

impl Counts {
    fn figures(&self) -> Figures {
        let mut figures = Figures::default();
        let ms = |power: u32| self.times.iter().zip(TIMES_MS).map(|(n, ms)| n * i64::from(ms).pow(power)).sum::<i64>();
        let sums: [(&str, i64); 4] = [
            (measure::EXPOSED, self.times.iter().sum()),
            (measure::FAILED, self.failed),
            (measure::MS, ms(1)),
            (measure::MS_SQUARED, ms(2)),
        ];
        let units = [measure::UNITS, measure::UNITS_FAILED, measure::UNITS_UNUSABLE, measure::UNITS_SLOW];
        sums.into_iter().chain(units.into_iter().zip(self.units)).for_each(|(name, n)| figures.add(name, n));
        for (n, ms) in self.times.iter().zip(TIMES_MS).filter(|(n, _)| **n > 0) {
            figures.add(&format!("{}{}", measure::MS_BUCKET, Sketch::bucket(ms)), *n);
        }
        figures
    }
}

struct Life {
    random: SmallRng,
    /// New arm, old arm.
    arms: [Counts; 2],
}

impl Life {
    fn request(&mut self, world: &World, number: usize) {
        let user = if world.users == 0 { number } else { self.random.random_range(0..world.users) };
        // Sticky: a user's arm does not change.
        let mut of_user = SmallRng::seed_from_u64(user as u64 ^ 0x5eed);
        let drawn = if world.users == 0 { &mut self.random } else { &mut of_user };
        let is_new = drawn.random_bool(world.share / 100.0);
        let truth = if is_new { world.new } else { world.old };
        let luck = match world.users {
            0 => 1.0,
            _ if user.is_multiple_of(10) => 5.0,
            _ => 0.5,
        };
        let failed = self.random.random_bool((truth.fails * luck).min(1.0));
        let unusable = !failed && self.random.random_bool(truth.unusable);
        let slow = self.random.random_bool(truth.slow);
        let time = if slow { SLOW } else { self.random.random_range(0..SLOW) };
        let counts = &mut self.arms[usize::from(!is_new)];
        counts.failed += i64::from(failed);
        counts.times[time] += 1;
        for (at, _) in [true, failed, unusable, slow].into_iter().enumerate().filter(|(_, happened)| *happened) {
            if world.users == 0 || counts.marked.insert((user, at)) {
                counts.units[at] += 1;
            }
        }
    }
}

/// After how many requests the rollout is rolled back, and why, if it is.
fn rolled_back_after(world: &World, config: &Config, seed: u64) -> Option<(usize, Ground)> {
    let experiment = Experiment::default();
    let schedule = Schedule::new(config, &experiment);
    let share = Share::of_percent(world.share).unwrap();
    let start = |command, before: Option<&_>| apply(&config.limits, "x", before, command, None, START_MS);
    let rollout = start(Command::Promote(Some(share)), Some(&start(Command::Start(PlanName::Standard), None)));
    let random = SmallRng::seed_from_u64(seed);
    let mut life = Life { random, arms: Default::default() };
    let mut measured = Measured { at_ms: START_MS, steps: vec![(rollout.step.clone(), BTreeMap::new())] };
    for number in 1..=world.requests {
        life.request(world, number);
        if !number.is_multiple_of(LOOK_EVERY) {
            continue;
        }
        let [new, old] = [life.arms[0].figures(), life.arms[1].figures()];
        measured.steps[0].1 = BTreeMap::from([("gemini".to_owned(), new), ("claude".to_owned(), old)]);
        let decision = decide(&schedule, &rollout, Some(&measured), START_MS);
        if decision.action == Action::RollBack {
            return Some((number, decision.reason));
        }
    }
    None
}

fn outcomes(world: &World) -> Vec<Option<(usize, Ground)>> {
    let config = of_flags(&[]);
    (0..RUNS).map(|seed| rolled_back_after(world, &config, seed)).collect()
}

#[track_caller]
fn seldom_condemned(world: &World) {
    let condemned: Vec<_> = outcomes(world).into_iter().flatten().collect();
    assert!(condemned.len() as f64 <= ALPHA * RUNS as f64, "{} of {RUNS}: {condemned:?}", condemned.len());
}

/// The median over fewer runs, those that were never rolled back counting as later than all.
fn median_until_found(world: &World) -> usize {
    let config = of_flags(&[]);
    let mut after: Vec<_> =
        (0..301).map(|seed| rolled_back_after(world, &config, seed).map_or(usize::MAX, |(after, _)| after)).collect();
    after.sort_unstable();
    after[after.len() / 2]
}

#[test]
fn a_healthy_arm_that_seldom_fails_is_rolled_back_no_more_often_than_alpha() {
    seldom_condemned(&healthy(0.005));
}

#[test]
fn a_healthy_arm_at_two_percent_is_rolled_back_no_more_often_than_alpha() {
    seldom_condemned(&healthy(0.02));
}

#[test]
fn a_healthy_arm_near_the_critical_limit_is_rolled_back_no_more_often_than_alpha() {
    seldom_condemned(&healthy(0.045));
}

#[test]
fn a_healthy_arm_with_a_tenth_of_the_users_is_rolled_back_no_more_often_than_alpha() {
    seldom_condemned(&World { share: 10.0, ..healthy(0.02) });
}

#[test]
fn unlucky_users_who_ask_again_and_again_condemn_no_healthy_arm_more_often_than_alpha() {
    seldom_condemned(&World { users: 400, ..healthy(0.02) });
}

#[test]
fn an_arm_that_fails_three_times_as_often_is_rolled_back_in_time() {
    let new = Truth { fails: 0.06, ..healthy(0.02).new };
    let after = median_until_found(&World { new, requests: 6000, ..healthy(0.02) });
    assert!(after as f64 <= 1.2 * 990.0, "after {after} requests");
}

#[test]
fn an_arm_that_fails_where_the_other_never_does_is_rolled_back_in_time() {
    let old = Truth { fails: 0.0, ..healthy(0.0).old };
    let after = median_until_found(&World { old, new: Truth { fails: 0.05, ..old }, ..healthy(0.0) });
    assert!(after as f64 <= 1.2 * 300.0, "after {after} requests");
}

#[test]
fn an_arm_that_answers_with_nothing_and_one_that_is_slow_are_rolled_back_too() {
    let fine = healthy(0.02);
    for (bad, ground) in [
        (Truth { unusable: 0.2, ..fine.new }, Ground::QualityGate),
        (Truth { slow: 0.25, ..fine.new }, Ground::LatencyGate),
    ] {
        let found = rolled_back_after(&World { new: bad, ..fine }, &of_flags(&[]), 1).unwrap();
        assert!(found.0 <= 600 && found.1 == ground, "{found:?}");
    }
}

#[test]
fn eight_failures_against_none_are_enough_and_seven_are_not() {
    let config = of_flags(&[]);
    let experiment = Experiment::default();
    let begun = apply(&config.limits, "x", None, Command::Start(PlanName::Standard), None, START_MS);
    let rollout = apply(&config.limits, "x", Some(&begun), Command::Promote(None), None, START_MS);
    let decided = |failed: i64| {
        let figures = |failed: i64| {
            let mut figures = Figures::default();
            figures.add(measure::UNITS, 40);
            figures.add(measure::UNITS_FAILED, failed);
            figures
        };
        let arms = BTreeMap::from([("gemini".to_owned(), figures(failed)), ("claude".to_owned(), figures(0))]);
        let measured = Measured { at_ms: START_MS, steps: vec![(rollout.step.clone(), arms)] };
        decide(&Schedule::new(&config, &experiment), &rollout, Some(&measured), START_MS).action
    };
    assert_eq!((decided(7), decided(8)), (Action::Hold, Action::RollBack));
}
